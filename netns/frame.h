// How messages travel on a lab's control socket and launch channel, both Unix stream sockets: a header of
// three little-endian 32-bit words (magic, length of the text, number of descriptors), then the text (JSON).
// Descriptors ride on the header's first byte (SCM_RIGHTS, unix(7)).
//
// Whoever sits at the other end is not trusted: lengths are bounded before anything is allocated, descriptors
// nobody announced are closed, and anything else that does not fit is an error after which the connection is
// useless.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

struct Frame {
    std::string text;
    std::vector<UniqueFd> descriptors;
};

inline constexpr std::size_t frame_header_bytes = 12;
inline constexpr std::size_t most_descriptors = 4;
inline constexpr std::size_t most_request_bytes = std::size_t{4} << 20; // an exec's arguments and environment
inline constexpr std::size_t most_reply_bytes = std::size_t{256} << 20; // a plan

// Takes bytes and descriptors as they come, gives frames.
class FrameDecoder {
public:
    explicit FrameDecoder(std::size_t most_text_bytes) : most_text_bytes_(most_text_bytes) {}

    void feed(std::span<const char> bytes, std::vector<UniqueFd> descriptors);
    // None: not complete yet. An error is final.
    Result<std::optional<Frame>> next();

private:
    std::size_t most_text_bytes_;
    std::string buffer_;
    std::size_t start_ = 0; // of what is not yet decoded in buffer_
    std::deque<UniqueFd> descriptors_;
};

std::string encode_frame_header(std::size_t text_bytes, std::size_t descriptors);

// Blocking. False in `receive_frame`'s optional: the other side has closed between two frames.
Result<> send_frame(int socket, std::string_view text, std::span<const int> descriptors = {});
Result<std::optional<Frame>> receive_frame(int socket, std::size_t most_text_bytes);

// Non-blocking: reads what is there into the decoder. False: the other side has closed.
Result<bool> receive_available(int socket, FrameDecoder& decoder);

// Non-blocking: what could not be sent yet stays here.
class FrameQueue {
public:
    void push(std::string text, std::vector<UniqueFd> descriptors = {});
    // Sends what the socket takes. Fails when the other side is gone.
    Result<> flush(int socket);
    bool empty() const { return frames_.empty(); }
    std::size_t bytes() const { return bytes_; }

private:
    struct Outgoing {
        std::string bytes; // header and text
        std::size_t sent = 0;
        std::vector<UniqueFd> descriptors;
    };
    std::deque<Outgoing> frames_;
    std::size_t bytes_ = 0;
};

} // namespace fulcrum::netns
