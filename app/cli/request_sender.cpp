#include "app/cli/request_sender.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>

#include "ends/http_response.h"

namespace fulcrum::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::size_t read_bytes = 64 * 1024;
constexpr milliseconds longest_wait{50}; // until somebody looks whether to go on

std::int64_t ns_between(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration_cast<nanoseconds>(to - from).count();
}

// One recorded connection, sent again.
class Lane {
public:
    Lane(const std::vector<capture::RecordedRequest>& requests, const RequestSending& sending,
         std::vector<HttpAnswer>& answers)
        : requests_(requests), sending_(sending), answers_(answers) {}

    void add(std::size_t request) { queue_.push_back(request); }
    bool over() const { return at_ == queue_.size(); }

    // What poll() is to wait for; nothing while the next request is not due.
    std::optional<pollfd> watched() const {
        if (over() || state_ == State::waiting) {
            return std::nullopt;
        }
        return pollfd{socket_.get(), static_cast<short>(state_ == State::reading ? POLLIN : POLLOUT), 0};
    }
    Clock::time_point deadline(Clock::time_point begin) const {
        return state_ == State::waiting ? due(begin) : started_ + sending_.timeout;
    }

    // Begins what is due, and gives up what takes too long.
    Result<> look(Clock::time_point begin, Clock::time_point now) {
        if (over()) {
            return {};
        }
        if (state_ != State::waiting) {
            if (now >= started_ + sending_.timeout) {
                end_with(fmt::format("no answer within {} s", sending_.timeout.count() / 1000));
            }
            return {};
        }
        if (now < due(begin)) {
            return {};
        }
        started_ = now;
        answer().late_ns = sending_.speed > 0 ? ns_between(due(begin), now) : 0;
        sent_ = 0;
        reader_.restart(request().method == "HEAD");
        heard_ = false;
        if (!socket_) {
            return connect();
        }
        state_ = State::sending;
        send();
        return {};
    }

    void ready() {
        if (state_ == State::connecting) {
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
            if (error != 0) {
                end_with(std::strerror(error));
                return;
            }
            state_ = State::sending;
        }
        if (state_ == State::sending) {
            send();
        } else {
            receive();
        }
    }

private:
    enum class State { waiting, connecting, sending, reading };

    const capture::RecordedRequest& request() const { return requests_[queue_[at_]]; }
    HttpAnswer& answer() { return answers_[queue_[at_]]; }
    Clock::time_point due(Clock::time_point begin) const {
        if (sending_.speed <= 0) {
            return begin;
        }
        const auto since = static_cast<double>(request().time_ns - requests_.front().time_ns);
        return begin + nanoseconds(static_cast<std::int64_t>(since / sending_.speed));
    }

    Result<> connect() {
        auto socket = sending_.open(request());
        if (!socket) {
            return tl::unexpected(socket.error());
        }
        socket_ = std::move(*socket);
        ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
        const int on = 1;
        ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const capture::Socket target = sending_.target(request());
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(target.port);
        target.address.store_v4(reinterpret_cast<std::uint8_t*>(&address.sin_addr));
        state_ = State::connecting;
        if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
            errno != EINPROGRESS) {
            end_with(std::strerror(errno));
        }
        return {};
    }

    void send() {
        const std::string& bytes = request().bytes;
        while (sent_ < bytes.size()) {
            const ssize_t n = ::send(socket_.get(), bytes.data() + sent_, bytes.size() - sent_,
                                     MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
                return;
            }
            if (n < 0) {
                end_with(std::strerror(errno));
                return;
            }
            sent_ += static_cast<std::size_t>(n);
        }
        sent_at_ = Clock::now();
        state_ = State::reading;
    }

    void receive() {
        std::array<char, read_bytes> buffer;
        const ssize_t n = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        using Reading = ends::HttpResponseReader::State;
        auto state = Reading::bad;
        if (n > 0) {
            if (!heard_) {
                heard_ = true;
                answer().latency_ns = ns_between(sent_at_, Clock::now());
            }
            std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
            state = reader_.process(bytes);
        } else if (n == 0) {
            state = reader_.process_end();
        }
        if (state == Reading::more) {
            return;
        }
        if (state == Reading::bad) {
            end_with(n < 0 ? std::strerror(errno) : reader_.fault());
            return;
        }
        answer().status = reader_.status();
        answer().head = reader_.head();
        answer().body = reader_.kept();
        if (!reader_.keep_alive() || n == 0) {
            socket_.reset();
        }
        next();
    }

    void end_with(const std::string& why) {
        answer().failure = why;
        answer().latency_ns = 0;
        socket_.reset();
        next();
    }
    void next() {
        ++at_;
        state_ = State::waiting;
    }

    const std::vector<capture::RecordedRequest>& requests_;
    const RequestSending& sending_;
    std::vector<HttpAnswer>& answers_;
    std::vector<std::size_t> queue_;
    std::size_t at_ = 0;
    State state_ = State::waiting;
    UniqueFd socket_;
    std::size_t sent_ = 0;
    ends::HttpResponseReader reader_{capture::longest_recorded_message};
    bool heard_ = false;
    Clock::time_point started_, sent_at_;
};

// Names of fields whose value changes by itself from one answer to the next.
bool is_fleeting(std::string_view name) {
    return name == "date" || name == "age" || name == "expires";
}

std::string small(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::map<std::string, std::string> fields_of(std::string_view head) {
    std::map<std::string, std::string> fields;
    const auto line_end = head.find("\r\n");
    std::vector<ends::HttpField> parsed;
    if (line_end != std::string_view::npos && head.size() >= line_end + 4 &&
        ends::parse_fields(head.substr(line_end + 2, head.size() - line_end - 4), parsed) == nullptr) {
        for (const auto& field : parsed) {
            auto& value = fields[small(field.name)];
            value += (value.empty() ? "" : ", ") + std::string(field.value);
        }
    }
    return fields;
}

} // namespace

std::string HttpAnswer::server() const {
    if (const auto named = ends::server_named_in(body); !named.empty()) {
        return std::string(named);
    }
    const auto fields = fields_of(head);
    const auto found = fields.find("server");
    return found == fields.end() ? std::string() : found->second;
}

HttpAnswer parse_answer(std::string_view bytes, bool to_head) {
    HttpAnswer answer;
    ends::HttpResponseReader reader(capture::longest_recorded_message);
    reader.restart(to_head);
    auto state = reader.process(bytes);
    if (state == ends::HttpResponseReader::State::more) {
        state = reader.process_end();
    }
    if (state != ends::HttpResponseReader::State::done) {
        answer.failure = reader.fault();
        return answer;
    }
    answer.status = reader.status();
    answer.head = reader.head();
    answer.body = reader.kept();
    return answer;
}

Result<std::vector<HttpAnswer>> send_requests(const std::vector<capture::RecordedRequest>& requests,
                                              const RequestSending& sending) {
    std::vector<HttpAnswer> answers(requests.size());
    std::map<std::uint32_t, Lane> lanes;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        lanes.try_emplace(requests[i].connection, requests, sending, answers).first->second.add(i);
    }
    const auto begin = Clock::now();
    for (;;) {
        std::vector<pollfd> watched;
        std::vector<Lane*> of;
        auto wake = Clock::now() + longest_wait;
        bool any = false;
        for (auto& [connection, lane] : lanes) {
            if (auto looked = lane.look(begin, Clock::now()); !looked) {
                return tl::unexpected(looked.error());
            }
            if (lane.over()) {
                continue;
            }
            any = true;
            wake = std::min(wake, lane.deadline(begin));
            if (const auto poll = lane.watched()) {
                watched.push_back(*poll);
                of.push_back(&lane);
            }
        }
        if (!any) {
            return answers;
        }
        if (sending.cancelled()) {
            return fail("interrupted");
        }
        const auto left = std::max<std::int64_t>(0, ns_between(Clock::now(), wake));
        const timespec wait{left / 1'000'000'000, left % 1'000'000'000};
        ::ppoll(watched.data(), watched.size(), &wait, nullptr);
        for (std::size_t i = 0; i < watched.size(); ++i) {
            if (watched[i].revents != 0) {
                of[i]->ready();
            }
        }
    }
}

std::vector<std::string> differences(const HttpAnswer& recorded, const HttpAnswer& now) {
    std::vector<std::string> what;
    if (now.status == 0) {
        what.push_back("no answer: " + now.failure);
        return what;
    }
    if (recorded.status != now.status) {
        what.push_back(fmt::format("status {} → {}", recorded.status, now.status));
    }
    if (recorded.body.size() != now.body.size()) {
        what.push_back(fmt::format("body {} → {} bytes", recorded.body.size(), now.body.size()));
    } else if (recorded.body != now.body) {
        const auto at = std::mismatch(recorded.body.begin(), recorded.body.end(), now.body.begin()).first -
                        recorded.body.begin();
        what.push_back(fmt::format("body differs from byte {} on", at));
    }
    const auto before = fields_of(recorded.head), after = fields_of(now.head);
    for (const auto& [name, value] : before) {
        const auto found = after.find(name);
        if (found == after.end()) {
            what.push_back(fmt::format("field {} is gone", name));
        } else if (!is_fleeting(name) && found->second != value && name != "content-length") {
            what.push_back(fmt::format("field {}: {} → {}", name, value, found->second));
        }
    }
    for (const auto& [name, value] : after) {
        if (!before.contains(name)) {
            what.push_back(fmt::format("field {}: {} is new", name, value));
        }
    }
    return what;
}

} // namespace fulcrum::cli
