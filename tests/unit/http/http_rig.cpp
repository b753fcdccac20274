#include "tests/unit/http/http_rig.h"

#include <algorithm>

namespace fulcrum::test {

namespace {
std::string drain(tcp::SliceQueue& queue) {
    std::string out;
    while (!queue.empty()) {
        const tcp::Slice slice = queue.pop(queue.size());
        out.append(reinterpret_cast<const char*>(slice.data()), slice.size());
    }
    return out;
}
} // namespace

void each_piece(std::string_view text, Cut cut, const std::function<void(std::string_view)>& use) {
    std::mt19937 random(cut.seed);
    while (!text.empty()) {
        std::size_t n = std::min<std::size_t>(text.size(), 60000);
        if (cut.kind == Cut::Kind::bytes) {
            n = 1;
        } else if (cut.kind == Cut::Kind::random) {
            n = std::min<std::size_t>(n, 1 + random() % (random() % 2 == 0 ? 7 : 90));
        }
        use(text.substr(0, n));
        text.remove_prefix(n);
    }
}

http::HttpPolicy plain_policy() {
    http::HttpPolicy policy;
    policy.default_pool = "pool1";
    policy.forwarded_for = engine::ForwardedFor::off;
    return policy;
}

HttpRig::HttpRig(http::HttpPolicy policy, Cut cut) : cut_(cut) {
    http::ClientFacts facts;
    facts.client = *IpAddress::parse("192.168.1.101");
    facts.vip = *IpAddress::parse("10.10.10.100");
    facts.client_port = 40000;
    facts.vip_port = 8080;
    session_ = std::make_unique<http::HttpSession>(std::make_shared<http::HttpPolicy>(std::move(policy)),
                                                   facts, pool_, this, now_);
}

HttpRig::~HttpRig() = default;

void HttpRig::end() {
    session_.reset();
}

tcp::Slice HttpRig::slice(std::string_view bytes) {
    return pool_.copy({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void HttpRig::take() {
    to_client += drain(session_->to_client());
    to_server += drain(session_->to_server());
    session_->advance(now_);
    to_client += drain(session_->to_client());
    to_server += drain(session_->to_server());
}

void HttpRig::client(std::string_view bytes) {
    each_piece(bytes, cut_, [this](std::string_view piece) {
        session_->from_client(slice(piece), now_);
        take();
    });
}

void HttpRig::client_fin() {
    session_->client_finished(now_);
    take();
}

void HttpRig::server(std::string_view bytes) {
    each_piece(bytes, cut_, [this](std::string_view piece) {
        session_->from_server(slice(piece), now_);
        take();
    });
}

void HttpRig::server_fin() {
    session_->server_finished(now_);
    take();
}

void HttpRig::server_reset() {
    session_->server_aborted(now_);
    take();
}

bool HttpRig::connect(std::string_view name, bool fresh) {
    if (!session_->server_wanted()) {
        return false;
    }
    session_->server_connected(name, fresh, now_);
    take();
    return true;
}

void HttpRig::pass(Duration time) {
    now_ += time;
    session_->process_deadline(now_);
    take();
}

} // namespace fulcrum::test
