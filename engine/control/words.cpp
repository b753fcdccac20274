// The one table for each enumeration: its word in JSON, in the drawing and on the command line.
#include <array>
#include <utility>

#include "engine/control/config.h"
#include "engine/control/report.h"

namespace fulcrum::engine {

namespace {

template <class Enum>
struct Word {
    Enum value;
    std::string_view text;
};
template <class Enum>
Word(Enum, const char*) -> Word<Enum>;

constexpr std::array modes{
    Word{Mode::full_proxy, "full-proxy"}, Word{Mode::in_line, "in-line"},
    Word{Mode::l2_dsr, "l2-dsr"},         Word{Mode::l3_dsr_ipip, "l3-dsr-ipip"},
    Word{Mode::l3_dsr_gre, "l3-dsr-gre"},
};
constexpr std::array attachments{
    Word{Attachment::arp, "arp"},
    Word{Attachment::bgp, "bgp"},
    Word{Attachment::static_route, "static-route"},
};
constexpr std::array algorithms{
    Word{Algorithm::round_robin, "round-robin"},
    Word{Algorithm::ratio, "ratio"},
    Word{Algorithm::least_connections, "least-connections"},
    Word{Algorithm::least_load, "least-load"},
    Word{Algorithm::fastest_response, "fastest-response"},
    Word{Algorithm::maglev, "maglev"},
};
constexpr std::array persistences{
    Word{Persistence::none, "none"},
    Word{Persistence::source_ip, "source-ip"},
    Word{Persistence::cookie, "cookie"},
};
constexpr std::array health_kinds{
    Word{HealthKind::ping, "ping"}, Word{HealthKind::tcp_half_open, "tcp-half-open"},
    Word{HealthKind::tcp, "tcp"},   Word{HealthKind::http, "http"},
    Word{HealthKind::udp, "udp"},
};
constexpr std::array protocols{Word{Protocol::tcp, "tcp"}, Word{Protocol::udp, "udp"}};
constexpr std::array roles{Word{Role::active, "active"}, Word{Role::standby, "standby"}};
constexpr std::array closed_ports{Word{ClosedPort::drop, "drop"}, Word{ClosedPort::refuse, "refuse"}};
constexpr std::array forwarded_fors{
    Word{ForwardedFor::append, "append"},
    Word{ForwardedFor::replace, "replace"},
    Word{ForwardedFor::off, "off"},
};
constexpr std::array proxy_protocols{
    Word{ProxyProtocol::off, "off"},
    Word{ProxyProtocol::v1, "v1"},
    Word{ProxyProtocol::v2, "v2"},
};
constexpr std::array flow_states{
    Word{FlowState::opening, "opening"}, Word{FlowState::established, "established"},
    Word{FlowState::closing, "closing"}, Word{FlowState::closed, "closed"},
    Word{FlowState::reset, "reset"},     Word{FlowState::timed_out, "timed-out"},
};

template <class Table, class Enum>
std::string_view find_word(const Table& table, Enum value) {
    for (const auto& word : table) {
        if (word.value == value) {
            return word.text;
        }
    }
    return "unknown";
}

template <class Table>
auto find_value(const Table& table, std::string_view text) -> std::optional<decltype(table[0].value)> {
    for (const auto& word : table) {
        if (word.text == text) {
            return word.value;
        }
    }
    return std::nullopt;
}

} // namespace

std::string_view name_of(Mode v) {
    return find_word(modes, v);
}
std::string_view name_of(Attachment v) {
    return find_word(attachments, v);
}
std::string_view name_of(Algorithm v) {
    return find_word(algorithms, v);
}
std::string_view name_of(Persistence v) {
    return find_word(persistences, v);
}
std::string_view name_of(HealthKind v) {
    return find_word(health_kinds, v);
}
std::string_view name_of(Protocol v) {
    return find_word(protocols, v);
}
std::string_view name_of(Role v) {
    return find_word(roles, v);
}
std::string_view name_of(ClosedPort v) {
    return find_word(closed_ports, v);
}
std::string_view name_of(ForwardedFor v) {
    return find_word(forwarded_fors, v);
}
std::string_view name_of(ProxyProtocol v) {
    return find_word(proxy_protocols, v);
}
std::string_view name_of(FlowState v) {
    return find_word(flow_states, v);
}

std::optional<Mode> parse_mode(std::string_view text) {
    return find_value(modes, text);
}
std::optional<Attachment> parse_attachment(std::string_view text) {
    return find_value(attachments, text);
}
std::optional<Algorithm> parse_algorithm(std::string_view text) {
    return find_value(algorithms, text);
}
std::optional<Persistence> parse_persistence(std::string_view text) {
    return find_value(persistences, text);
}
std::optional<HealthKind> parse_health_kind(std::string_view text) {
    return find_value(health_kinds, text);
}
std::optional<Protocol> parse_protocol(std::string_view text) {
    return find_value(protocols, text);
}
std::optional<Role> parse_role(std::string_view text) {
    return find_value(roles, text);
}
std::optional<ClosedPort> parse_closed_port(std::string_view text) {
    return find_value(closed_ports, text);
}
std::optional<ForwardedFor> parse_forwarded_for(std::string_view text) {
    return find_value(forwarded_fors, text);
}
std::optional<ProxyProtocol> parse_proxy_protocol(std::string_view text) {
    return find_value(proxy_protocols, text);
}
std::optional<FlowState> parse_flow_state(std::string_view text) {
    return find_value(flow_states, text);
}

} // namespace fulcrum::engine
