#include "engine/wire/tcp.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace fulcrum::wire {

namespace {

enum OptionKind : std::uint8_t {
    end_of_list = 0,
    no_operation = 1,
    maximum_segment_size = 2, // RFC 9293 section 3.7.1
    window_scale = 3,         // RFC 7323 section 2.2
    sack_permitted = 4,       // RFC 2018 section 2
    sack = 5,                 // RFC 2018 section 3
    timestamps = 8,           // RFC 7323 section 3.2
};

constexpr std::uint8_t largest_window_shift = 14;

void emit_header(const TcpHeader& header, std::span<std::uint8_t> segment) {
    assert(segment.size() >= header.size());
    std::uint8_t* out = segment.data();
    store_be16(out, header.source_port);
    store_be16(out + 2, header.destination_port);
    store_be32(out + 4, header.sequence);
    store_be32(out + 8, header.acknowledgement);
    out[12] = static_cast<std::uint8_t>((header.size() / 4) << 4);
    out[13] = header.flags;
    store_be16(out + 14, header.window);
    store_be16(out + tcp_checksum_offset, 0);
    store_be16(out + 18, header.urgent);
    header.options.emit(out + tcp_min_header_bytes);
}

} // namespace

std::size_t TcpOptions::size() const {
    std::size_t bytes = 0;
    bytes += mss ? 4 : 0;
    bytes += window_scale ? 3 : 0;
    bytes += sack_permitted ? 2 : 0;
    bytes += timestamps ? 10 : 0;
    bytes += sack_count > 0 ? 2 + std::size_t{8} * sack_count : 0;
    return (bytes + 3) / 4 * 4;
}

void TcpOptions::emit(std::uint8_t* out) const {
    const std::size_t padded = size();
    assert(padded <= tcp_max_header_bytes - tcp_min_header_bytes && sack_count <= sack.size());
    std::uint8_t* p = out;
    const auto put = [&p](OptionKind kind, std::size_t length) {
        p[0] = kind;
        p[1] = static_cast<std::uint8_t>(length);
        p += length;
        return p - length + 2;
    };
    if (mss) {
        store_be16(put(OptionKind::maximum_segment_size, 4), *mss);
    }
    if (sack_permitted) {
        put(OptionKind::sack_permitted, 2);
    }
    if (timestamps) {
        std::uint8_t* body = put(OptionKind::timestamps, 10);
        store_be32(body, timestamps->value);
        store_be32(body + 4, timestamps->echo);
    }
    if (window_scale) {
        *put(OptionKind::window_scale, 3) = *window_scale;
    }
    if (sack_count > 0) {
        std::uint8_t* body = put(OptionKind::sack, 2 + std::size_t{8} * sack_count);
        for (std::size_t i = 0; i < sack_count; ++i) {
            store_be32(body + 8 * i, sack[i].left);
            store_be32(body + 8 * i + 4, sack[i].right);
        }
    }
    std::fill(p, out + padded, std::uint8_t{no_operation});
}

Parsed<TcpOptions> parse_tcp_options(std::span<const std::uint8_t> options) {
    TcpOptions out;
    while (!options.empty() && options[0] != end_of_list) {
        if (options[0] == no_operation) {
            options = options.subspan(1);
            continue;
        }
        if (options.size() < 2 || options[1] < 2 || options[1] > options.size()) {
            return drop(DropReason::tcp_bad_option);
        }
        const std::size_t length = options[1];
        const std::uint8_t* body = options.data() + 2;
        switch (options[0]) {
        case maximum_segment_size:
            if (length != 4) {
                return drop(DropReason::tcp_bad_option);
            }
            out.mss = load_be16(body);
            break;
        case window_scale:
            if (length != 3) {
                return drop(DropReason::tcp_bad_option);
            }
            out.window_scale = std::min(body[0], largest_window_shift);
            break;
        case sack_permitted:
            if (length != 2) {
                return drop(DropReason::tcp_bad_option);
            }
            out.sack_permitted = true;
            break;
        case timestamps:
            if (length != 10) {
                return drop(DropReason::tcp_bad_option);
            }
            out.timestamps = TcpTimestamps{load_be32(body), load_be32(body + 4)};
            break;
        case sack:
            if (length < 10 || (length - 2) % 8 != 0 || (length - 2) / 8 > out.sack.size()) {
                return drop(DropReason::tcp_bad_option);
            }
            out.sack_count = static_cast<std::uint8_t>((length - 2) / 8);
            for (std::size_t i = 0; i < out.sack_count; ++i) {
                out.sack[i] = {load_be32(body + 8 * i), load_be32(body + 8 * i + 4)};
            }
            break;
        default:
            break; // unknown: stepped over
        }
        options = options.subspan(length);
    }
    return out;
}

void TcpHeader::emit(std::span<std::uint8_t> segment, std::uint32_t source, std::uint32_t destination) const {
    emit_header(*this, segment);
    store_be16(segment.data() + tcp_checksum_offset,
               finish(sum_of(segment) + pseudo_header_sum(source, destination, 6, segment.size())));
}

void TcpHeader::emit_partial(std::span<std::uint8_t> segment, std::uint32_t source,
                             std::uint32_t destination) const {
    emit_header(*this, segment);
    store_be16(segment.data() + tcp_checksum_offset,
               fold(pseudo_header_sum(source, destination, 6, segment.size())));
}

} // namespace fulcrum::wire
