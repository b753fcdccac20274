// How much of a message's body has passed.
#pragma once

#include <algorithm>

#include "engine/http/chunk_scanner.h"
#include "engine/http/message_head.h"

namespace fulcrum::http {

class BodyReader {
public:
    void begin(const BodyFraming& framing) {
        kind_ = framing.kind;
        left_ = framing.length;
        chunks_ = ChunkScanner();
        started_ = false;
    }

    // The next run of bytes that belong to the body; `data` is false for a chunked body's framing.
    ChunkScanner::Run next(std::span<const std::uint8_t> bytes, const ChunkLimits& limits) {
        started_ = started_ || !bytes.empty();
        switch (kind_) {
        case BodyFraming::Kind::none:
            return {};
        case BodyFraming::Kind::until_close:
            return {bytes.size(), true};
        case BodyFraming::Kind::chunked:
            return chunks_.next(bytes, limits);
        case BodyFraming::Kind::length: {
            const auto run = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left_));
            left_ -= run;
            return {run, true};
        }
        }
        return {};
    }

    bool complete() const {
        switch (kind_) {
        case BodyFraming::Kind::none:
            return true;
        case BodyFraming::Kind::until_close:
            return false; // the connection's end says it
        case BodyFraming::Kind::chunked:
            return chunks_.state() == ChunkScanner::State::complete;
        case BodyFraming::Kind::length:
            return left_ == 0;
        }
        return true;
    }
    bool refused() const { return chunks_.state() == ChunkScanner::State::refused; }
    bool started() const { return started_; }
    BodyFraming::Kind kind() const { return kind_; }

private:
    ChunkScanner chunks_;
    std::uint64_t left_ = 0;
    BodyFraming::Kind kind_ = BodyFraming::Kind::none;
    bool started_ = false;
};

} // namespace fulcrum::http
