#include "netns/frame.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace fulcrum::netns {

namespace {

constexpr std::uint32_t magic = 0x31626c66; // "flb1": another number when the messages change
// One receive never brings more descriptors than one send carried, but these may be a stranger's.
constexpr std::size_t most_pending_descriptors = 2 * most_descriptors;

void put_word(std::string& out, std::size_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>((value >> shift) & 0xffU);
    }
}

std::uint32_t word_at(const char* bytes) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

struct Header {
    std::size_t text_bytes = 0, descriptors = 0;
};

Result<Header> decode_header(const char* bytes, std::size_t most_text_bytes) {
    if (word_at(bytes) != magic) {
        return bad_input("control message: not of this version of Fulcrum");
    }
    const Header header{word_at(bytes + 4), word_at(bytes + 8)};
    if (header.text_bytes > most_text_bytes) {
        return bad_input(fmt::format("control message: {} bytes are too many", header.text_bytes));
    }
    if (header.descriptors > most_descriptors) {
        return bad_input(fmt::format("control message: {} descriptors are too many", header.descriptors));
    }
    return header;
}

// One sendmsg; returns the bytes taken, or -1 with errno.
ssize_t send_some(int socket, std::string_view bytes, std::span<const int> descriptors, int flags) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(most_descriptors * sizeof(int))] = {};
    if (!descriptors.empty()) {
        assert(descriptors.size() <= most_descriptors);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent;
}

// One recvmsg; returns the bytes, 0 at the end, or -1 with errno. Descriptors that came along are owned at
// once.
ssize_t receive_some(int socket, char* bytes, std::size_t size, std::vector<UniqueFd>& descriptors,
                     int flags) {
    iovec part{bytes, size};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(most_descriptors * sizeof(int))];
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t got = 0;
    do {
        got = ::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return got;
    }
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
    return got;
}

// All of `size` bytes, blocking. Returns what came before the end.
Result<std::size_t> receive_all(int socket, char* bytes, std::size_t size,
                                std::vector<UniqueFd>& descriptors) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = receive_some(socket, bytes + done, size - done, descriptors, 0);
        if (got < 0 && errno != ECONNRESET) {
            return fail_errno("control connection");
        }
        if (got <= 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

} // namespace

std::string encode_frame_header(std::size_t text_bytes, std::size_t descriptors) {
    std::string header;
    put_word(header, magic);
    put_word(header, text_bytes);
    put_word(header, descriptors);
    return header;
}

void FrameDecoder::feed(std::span<const char> bytes, std::vector<UniqueFd> descriptors) {
    buffer_.append(bytes.data(), bytes.size());
    for (UniqueFd& fd : descriptors) {
        descriptors_.push_back(std::move(fd));
    }
}

Result<std::optional<Frame>> FrameDecoder::next() {
    const std::size_t available = buffer_.size() - start_;
    if (descriptors_.size() > most_pending_descriptors) {
        return bad_input("control message: descriptors that belong to no message");
    }
    if (available < frame_header_bytes) {
        return std::optional<Frame>();
    }
    const auto header = decode_header(buffer_.data() + start_, most_text_bytes_);
    if (!header) {
        return tl::unexpected(header.error());
    }
    if (available < frame_header_bytes + header->text_bytes) {
        return std::optional<Frame>();
    }
    if (descriptors_.size() < header->descriptors) {
        return bad_input("control message: announced descriptors did not come");
    }
    Frame frame;
    frame.text = buffer_.substr(start_ + frame_header_bytes, header->text_bytes);
    start_ += frame_header_bytes + header->text_bytes;
    if (start_ == buffer_.size()) {
        buffer_.clear();
        start_ = 0;
    } else if (start_ > buffer_.size() / 2) {
        buffer_.erase(0, start_);
        start_ = 0;
    }
    for (std::size_t i = 0; i < header->descriptors; ++i) {
        frame.descriptors.push_back(std::move(descriptors_.front()));
        descriptors_.pop_front();
    }
    return std::optional<Frame>(std::move(frame));
}

Result<> send_frame(int socket, std::string_view text, std::span<const int> descriptors) {
    const std::string bytes = encode_frame_header(text.size(), descriptors.size()).append(text);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t sent = send_some(socket, std::string_view(bytes).substr(done),
                                       done == 0 ? descriptors : std::span<const int>(), 0);
        if (sent < 0) {
            return fail_errno("control connection");
        }
        done += static_cast<std::size_t>(sent);
    }
    return {};
}

Result<std::optional<Frame>> receive_frame(int socket, std::size_t most_text_bytes) {
    char bytes[frame_header_bytes];
    Frame frame;
    const auto got = receive_all(socket, bytes, sizeof bytes, frame.descriptors);
    if (!got) {
        return tl::unexpected(got.error());
    }
    if (*got == 0) {
        return std::optional<Frame>();
    }
    if (*got < sizeof bytes) {
        return fail("control connection: closed in the middle of a message");
    }
    const auto header = decode_header(bytes, most_text_bytes);
    if (!header) {
        return tl::unexpected(header.error());
    }
    frame.text.resize(header->text_bytes);
    const auto body = receive_all(socket, frame.text.data(), frame.text.size(), frame.descriptors);
    if (!body) {
        return tl::unexpected(body.error());
    }
    if (*body < frame.text.size()) {
        return fail("control connection: closed in the middle of a message");
    }
    if (frame.descriptors.size() != header->descriptors) {
        return fail("control connection: descriptors were lost (is the limit of open files reached?)");
    }
    return std::optional<Frame>(std::move(frame));
}

Result<bool> receive_available(int socket, FrameDecoder& decoder) {
    char bytes[16384];
    std::vector<UniqueFd> descriptors;
    const ssize_t got = receive_some(socket, bytes, sizeof bytes, descriptors, MSG_DONTWAIT);
    if (got < 0) {
        if (errno == EAGAIN) {
            return true;
        }
        return fail_errno("control connection");
    }
    decoder.feed({bytes, static_cast<std::size_t>(got)}, std::move(descriptors));
    return got > 0;
}

void FrameQueue::push(std::string text, std::vector<UniqueFd> descriptors) {
    Outgoing frame;
    frame.bytes = encode_frame_header(text.size(), descriptors.size()) + text;
    frame.descriptors = std::move(descriptors);
    bytes_ += frame.bytes.size();
    frames_.push_back(std::move(frame));
}

Result<> FrameQueue::flush(int socket) {
    while (!frames_.empty()) {
        Outgoing& frame = frames_.front();
        std::vector<int> numbers;
        for (const UniqueFd& fd : frame.descriptors) {
            numbers.push_back(fd.get());
        }
        const ssize_t sent =
            send_some(socket, std::string_view(frame.bytes).substr(frame.sent), numbers, MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EAGAIN) {
                return {};
            }
            return fail_errno("control connection");
        }
        frame.descriptors.clear();
        frame.sent += static_cast<std::size_t>(sent);
        bytes_ -= static_cast<std::size_t>(sent);
        if (frame.sent == frame.bytes.size()) {
            frames_.pop_front();
        }
    }
    return {};
}

} // namespace fulcrum::netns
