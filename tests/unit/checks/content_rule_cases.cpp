// Content rules with redirects, and source ports.
#include "tests/unit/checks/rule_edits.h"

namespace fulcrum::designer::testing {

namespace {

Drawing http_proxy() {
    Drawing d = full_proxy();
    d.document.services[0].layer7 = true;
    return d;
}
Drawing with_redirect() {
    Drawing d = http_proxy();
    d.document.services[0].rules = {{"old.example", "/", {}, "https://new.example", 301, true}};
    return d;
}
RuleCase bad_redirect(std::string name, std::string redirect, std::string says) {
    return {"bad-redirect", std::move(name),
            with_redirect,  [redirect](Document& d) { d.services[0].rules[0].redirect = redirect; },
            {"vip1"},       std::move(says),
            false};
}
RuleCase loop(std::string name, std::vector<ContentRule> rules, std::string says) {
    return {"redirect-loop", std::move(name),
            with_redirect,   [rules](Document& d) { d.services[0].rules = rules; },
            {"vip1"},        std::move(says),
            false,           Severity::warning};
}

} // namespace

std::vector<RuleCase> content_rule_cases() {
    return {
        {"rule-without-target",
         "nothing chosen",
         with_redirect,
         [](Document& d) { d.services[0].rules[0].redirect.clear(); },
         {"vip1"},
         "rule 1 of vip1 (192.168.2.100) leads nowhere"},
        {"rule-with-two-targets",
         "a pool and a redirect",
         with_redirect,
         [](Document& d) { d.services[0].rules[0].pool = "pool1"; },
         {"vip1", "pool1"},
         "has a pool and a redirect",
         false},
        bad_redirect("a word", "new.example", "is neither a path that begins with / nor an http:// or"),
        bad_redirect("another scheme", "javascript:alert(1)", "is neither a path"),
        bad_redirect("a space", "https://new.example/a b", "has a character that a URL cannot have"),
        bad_redirect("not ASCII", "https://ex\xc3\xa4mple.org", "has a character that a URL cannot have"),
        bad_redirect("no host", "https://", "has no host"),
        bad_redirect("no port", "http://a.example:99999/", "has a port that is none"),
        bad_redirect("a host in disguise", "//new.example/", "begins with two slashes"),
        bad_redirect("endless", "/" + std::string(1024, 'x'), "is longer than 1024 bytes"),
        loop("below itself", {{"", "/old", {}, "/old/new"}}, "which it matches again"),
        loop("its own VIP", {{"", "/", {}, "http://192.168.2.100/home"}}, "which it matches again"),
        loop("its own host", {{"*.a.example", "", {}, "http://www.a.example:80"}}, "which it matches again"),
        loop("the path follows", {{"", "/a", {}, "http://192.168.2.100", 302, true}},
             "which it matches again"),
        loop("in turns", {{"", "/a", {}, "/b"}, {"", "/b", {}, "/a"}}, "which leads back to it"),
        {"source-ports-out-of-range",
         "the probes' own",
         full_proxy,
         [](Document& d) {
             d.node("se1")->source_ports = {60000, 65535};
         },
         {"se1"},
         "se1 would call servers from ports 60000 to 65535"},
        {"source-ports-out-of-range",
         "well-known ones",
         full_proxy,
         [](Document& d) {
             d.node("se1")->source_ports = {80, 64000};
         },
         {"se1"},
         "those below 1024 belong to well-known services"},
        {"few-source-ports",
         "a hundred",
         full_proxy,
         [](Document& d) {
             d.node("se1")->source_ports = {30000, 30099};
         },
         {"se1"},
         "se1 has 100 source ports",
         false,
         Severity::note},
        {"limit-above-source-ports",
         "two servers, 50 ports each",
         full_proxy,
         [](Document& d) {
             d.node("se1")->source_ports = {30000, 30049};
             d.services[0].limits.service_connections = 101;
         },
         {"vip1"},
         "vip1 (192.168.2.100) may have 101 connections, and its source ports are good for 100",
         false,
         Severity::warning},
    };
}

} // namespace fulcrum::designer::testing
