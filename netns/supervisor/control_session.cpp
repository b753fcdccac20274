#include "netns/supervisor/control_session.h"

#include <poll.h>

#include "netns/control_message.h"

namespace fulcrum::netns {

Result<std::shared_ptr<ControlSession>> ControlSession::make(EventLoop& loop, UniqueFd socket,
                                                             Callbacks callbacks) {
    std::shared_ptr<ControlSession> session(
        new ControlSession(loop, std::move(socket), std::move(callbacks)));
    const std::weak_ptr<ControlSession> weak = session;
    auto watched = loop.watch(session->socket_.get(), [weak] {
        if (const auto alive = weak.lock()) {
            alive->ready();
        }
    });
    if (!watched) {
        return tl::unexpected(watched.error());
    }
    return session;
}

ControlSession::~ControlSession() {
    if (socket_) {
        loop_.forget(socket_.get());
    }
}

void ControlSession::close() {
    if (!socket_) {
        return;
    }
    const auto alive = shared_from_this(); // the callback may drop the last other reference
    loop_.forget(socket_.get());
    socket_.reset();
    callbacks_.closed(alive);
}

void ControlSession::ready() {
    const auto alive = shared_from_this();
    flush();
    process_frames(); // those that came while replies were waiting
    if (!is_open() || !queue_.empty()) {
        return;
    }
    const auto open = receive_available(socket_.get(), decoder_);
    process_frames();
    if (!open || !*open) {
        close();
    }
}

void ControlSession::process_frames() {
    while (is_open() && queue_.empty()) {
        auto frame = decoder_.next();
        if (!frame) {
            send(emit_failure(frame.error())); // the last thing it hears
            close();
            return;
        }
        if (!*frame) {
            return;
        }
        callbacks_.received(shared_from_this(), std::move(**frame));
    }
}

void ControlSession::send(std::string text, std::vector<UniqueFd> descriptors) {
    if (is_open()) {
        queue_.push(std::move(text), std::move(descriptors));
        flush();
    }
}

void ControlSession::flush() {
    if (!is_open()) {
        return;
    }
    if (auto flushed = queue_.flush(socket_.get()); !flushed) {
        close();
        return;
    }
    loop_.want(socket_.get(), queue_.empty() ? EventLoop::Want::reading : EventLoop::Want::writing);
}

void ControlSession::finish(int wait_ms) {
    while (is_open() && !queue_.empty()) {
        pollfd ready{socket_.get(), POLLOUT, 0};
        if (::poll(&ready, 1, wait_ms) <= 0) {
            return;
        }
        flush();
    }
}

} // namespace fulcrum::netns
