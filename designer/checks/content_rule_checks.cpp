// Content rules: each leads somewhere, and to one place; redirects go to a URL, and not round in circles.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "designer/checks/rules.h"
#include "engine/wire/http_tokens.h"

namespace fulcrum::designer {

namespace {

constexpr std::size_t longest_redirect_bytes = 1024; // what an engine takes

std::string rule_text(const Service& service, std::size_t index) {
    return fmt::format("rule {} of {}", index + 1, service_text(service));
}

template <class F>
void each_rule(const Inspection& look, F f) {
    for (const Service& service : look.filled.services) {
        for (std::size_t i = 0; i < service.rules.size(); ++i) {
            f(service, service.rules[i], i);
        }
    }
}

void check_rule_without_target(const Inspection& look, Findings& findings) {
    each_rule(look, [&](const Service& service, const ContentRule& rule, std::size_t i) {
        if (rule.pool.empty() && rule.redirect.empty()) {
            findings.add(
                {service.id},
                fmt::format("{} leads nowhere: it has neither a pool nor a redirect", rule_text(service, i)),
                "choose a pool, say where it redirects to, or remove it");
        }
    });
}

void fix_rule_without_target(Document& document, const Problem& problem) {
    if (Service* service = document.service(problem.items.front())) {
        std::erase_if(service->rules,
                      [](const ContentRule& rule) { return rule.pool.empty() && rule.redirect.empty(); });
    }
}

void check_rule_with_two_targets(const Inspection& look, Findings& findings) {
    each_rule(look, [&](const Service& service, const ContentRule& rule, std::size_t i) {
        if (!rule.pool.empty() && !rule.redirect.empty()) {
            findings.add({service.id, rule.pool},
                         fmt::format("{} has a pool and a redirect: a request is either answered there or "
                                     "sent elsewhere",
                                     rule_text(service, i)),
                         "take one of them out");
        }
    });
}

// Where a redirect leads; `host` is empty when it stays on the host that was asked.
struct Target {
    bool is_secure = false; // https
    std::string_view host;
    std::uint32_t port = 0; // of a host; 0: not a port
    std::string_view path;
};

// RFC 3986 section 2: what a URL is written with.
constexpr bool is_url_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

std::uint32_t port_of(std::string_view digits) {
    std::uint32_t port = 0;
    for (const char c : digits) {
        port = c >= '0' && c <= '9' && port < 65536 ? port * 10 + static_cast<std::uint32_t>(c - '0') : 65536;
    }
    return digits.empty() || port > 65535 ? 0 : port;
}

Target target_of(std::string_view redirect) {
    Target target;
    std::string_view rest = redirect;
    target.is_secure = http::starts_with_name(redirect, "https://");
    if (target.is_secure || http::starts_with_name(redirect, "http://")) {
        rest.remove_prefix(target.is_secure ? 8 : 7);
        std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
        rest.remove_prefix(authority.size());
        const std::size_t colon = authority.rfind(':');
        target.host = authority.substr(0, colon);
        target.port = colon != std::string_view::npos ? port_of(authority.substr(colon + 1))
                      : target.is_secure              ? 443
                                                      : 80;
    }
    target.path = rest.substr(0, rest.find_first_of("?#"));
    return target;
}

// Why it is no place that a client can be sent to; empty: it is.
std::string bad_redirect(std::string_view redirect) {
    if (redirect.size() > longest_redirect_bytes) {
        return fmt::format("is longer than {} bytes", longest_redirect_bytes);
    }
    if (!std::ranges::all_of(redirect, is_url_char)) {
        return "has a character that a URL cannot have, such as a space";
    }
    if (redirect.starts_with("//")) {
        return "begins with two slashes, which clients take for the beginning of a host";
    }
    if (redirect.starts_with('/')) {
        return {};
    }
    const Target target = target_of(redirect);
    if (!http::starts_with_name(redirect, "http://") && !target.is_secure) {
        return "is neither a path that begins with / nor an http:// or https:// URL";
    }
    if (target.host.empty()) {
        return "has no host";
    }
    return target.port == 0 ? "has a port that is none" : std::string();
}

void check_bad_redirect(const Inspection& look, Findings& findings) {
    each_rule(look, [&](const Service& service, const ContentRule& rule, std::size_t i) {
        const std::string reason = rule.redirect.empty() ? std::string() : bad_redirect(rule.redirect);
        if (!reason.empty()) {
            findings.add({service.id},
                         fmt::format("{} redirects to \"{}\", which {}", rule_text(service, i),
                                     rule.redirect.substr(0, 80), reason),
                         "write a URL such as https://www.example.org, or a path such as /elsewhere");
        }
    });
}

// The rule that a client meets when it goes where `rules[from]` sends it; none: it is answered, or leaves.
// A host that is not known (the rule takes any) is taken for one that only rules for any host match.
std::optional<std::size_t> next_rule(const Service& service, std::size_t from) {
    const ContentRule& rule = service.rules[from];
    const Target target = target_of(rule.redirect);
    if (!target.host.empty()) {
        const bool is_ours = (service.vip && target.host == service.vip->text()) ||
                             (!rule.host.empty() && http::host_matches(rule.host, target.host));
        const bool listens = std::ranges::any_of(service.ports, [&](const PortRule& port) {
            return port.protocol == Protocol::tcp && port.port == target.port;
        });
        if (!is_ours || !listens || target.is_secure) {
            return std::nullopt;
        }
    }
    const std::string_view host = target.host.empty() ? std::string_view(rule.host) : target.host;
    const std::string_view kept = rule.redirect_keeps_path ? std::string_view(rule.path_prefix) : "";
    const std::string path =
        target.path.empty() && kept.empty() ? "/" : fmt::format("{}{}", target.path, kept);
    for (std::size_t i = 0; i < service.rules.size(); ++i) {
        const ContentRule& other = service.rules[i];
        if (path.starts_with(other.path_prefix) &&
            (other.host.empty() || (!host.empty() && http::host_matches(other.host, host)) ||
             http::same_name(other.host, host))) {
            return other.redirect.empty() ? std::nullopt : std::optional(i);
        }
    }
    return std::nullopt;
}

void check_redirect_loop(const Inspection& look, Findings& findings) {
    for (const Service& service : look.filled.services) {
        std::set<std::size_t> told;
        for (std::size_t i = 0; i < service.rules.size(); ++i) {
            std::set<std::size_t> met{i};
            auto next = service.rules[i].redirect.empty() ? std::nullopt : next_rule(service, i);
            while (next && met.insert(*next).second) {
                next = next_rule(service, *next);
            }
            if (next == i && told.insert(*met.begin()).second) {
                findings.add({service.id},
                             fmt::format("{} sends clients to {}, which {} again: they would go round in "
                                         "circles",
                                         rule_text(service, i), service.rules[i].redirect,
                                         met.size() == 1 ? "it matches" : "leads back to it"),
                             "redirect to a path or host that the rule does not match");
            }
        }
    }
}

constexpr std::array table{
    Rule{"rule-without-target", Severity::error, check_rule_without_target, fix_rule_without_target},
    Rule{"rule-with-two-targets", Severity::error, check_rule_with_two_targets},
    Rule{"bad-redirect", Severity::error, check_bad_redirect},
    Rule{"redirect-loop", Severity::warning, check_redirect_loop},
};

} // namespace

std::span<const Rule> content_rule_rules() {
    return table;
}

} // namespace fulcrum::designer
