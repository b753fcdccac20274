#include "ends/http_request.h"

#include "engine/wire/http_tokens.h"

namespace fulcrum::ends {
namespace {

constexpr std::size_t max_target_bytes = 8 * 1024;

RequestOutcome refused(int status, const char* reason) {
    return {RequestOutcome::Kind::refused, 0, status, reason};
}

// The path of a request target (RFC 9112 section 3.2); empty when it has no acceptable form.
std::string_view path_of(std::string_view method, std::string_view target) {
    for (const char c : target) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7f) {
            return {};
        }
    }
    if (target == "*") {
        return method == "OPTIONS" ? target : std::string_view{};
    }
    if (target.starts_with('/')) {
        return target;
    }
    if (target.size() > 7 && http::same_name(target.substr(0, 7), "http://")) {
        const auto slash = target.find('/', 7);
        if (slash == 7) {
            return {};
        }
        return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
    }
    return {};
}

// "METHOD target HTTP/1.x" with single spaces; null when good.
RequestOutcome parse_request_line(std::string_view line, HttpRequest& request) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || last == first) {
        return refused(400, "request line needs a method, a target and a version");
    }
    request.method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto version = line.substr(last + 1);
    if (!is_token(request.method)) {
        return refused(400, "bad method");
    }
    if (target.size() > max_target_bytes) {
        return refused(414, "target too long");
    }
    if (version == "HTTP/1.1") {
        request.minor_version = 1;
    } else if (version == "HTTP/1.0") {
        request.minor_version = 0;
    } else if (version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
               version[5] >= '0' && version[5] <= '9' && version[7] >= '0' && version[7] <= '9') {
        return refused(505, "HTTP version other than 1.0 and 1.1");
    } else {
        return refused(400, "bad HTTP version");
    }
    request.path = path_of(request.method, target);
    if (request.path.empty()) {
        return refused(400, "bad target");
    }
    return {RequestOutcome::Kind::complete};
}

RequestOutcome interpret_fields(HttpRequest& request) {
    if (const char* fault = parse_framing(request.fields, request.framing)) {
        const bool unknown_coding = std::string_view(fault).starts_with("Transfer-Encoding");
        return refused(unknown_coding ? 501 : 400, fault);
    }
    if (request.framing.chunked && request.minor_version == 0) {
        return refused(400, "chunked body in HTTP/1.0");
    }
    std::size_t hosts = 0;
    bool close = false;
    bool keep = false;
    request.expects_continue = false;
    for (const auto& field : request.fields) {
        if (http::same_name(field.name, "host")) {
            ++hosts;
        } else if (http::same_name(field.name, "connection")) {
            close = close || list_has(field.value, "close");
            keep = keep || list_has(field.value, "keep-alive");
        } else if (http::same_name(field.name, "expect")) {
            if (!http::same_name(field.value, "100-continue")) {
                return refused(417, "expectation other than 100-continue");
            }
            // RFC 9110 section 10.1.1: a 1.0 client must not be sent an interim response.
            request.expects_continue = request.minor_version == 1;
        }
    }
    if (hosts > 1 || (hosts == 0 && request.minor_version == 1)) {
        return refused(400, "exactly one Host field is needed");
    }
    request.keep_alive = !close && (request.minor_version == 1 || keep);
    return {RequestOutcome::Kind::complete};
}

} // namespace

RequestOutcome parse_request(std::string_view bytes, HttpRequest& request) {
    // RFC 9112 section 2.2: blank lines before a request line are skipped; a stream of nothing else is not.
    std::size_t skipped = 0;
    while (bytes.substr(skipped).starts_with("\r\n")) {
        skipped += 2;
        if (skipped > 8) {
            return refused(400, "blank lines instead of a request");
        }
    }
    const auto rest = bytes.substr(skipped);
    const auto length = head_length(rest.substr(0, max_head_bytes));
    if (!length) {
        if (const char* fault = fault_of_partial_head(rest.substr(0, max_head_bytes))) {
            return refused(400, fault);
        }
        if (rest.size() >= max_head_bytes) {
            const bool one_line = rest.substr(0, max_head_bytes).find('\n') == std::string_view::npos;
            return one_line ? refused(414, "target too long") : refused(431, "head too large");
        }
        return {};
    }
    const auto head = rest.substr(0, *length);
    const auto line_end = head.find("\r\n");
    auto outcome = parse_request_line(head.substr(0, line_end), request);
    if (outcome.kind == RequestOutcome::Kind::refused) {
        return outcome;
    }
    const auto lines = head.substr(line_end + 2, head.size() - line_end - 4);
    if (const char* fault = parse_fields(lines, request.fields)) {
        return refused(std::string_view(fault) == "too many fields" ? 431 : 400, fault);
    }
    outcome = interpret_fields(request);
    outcome.length = skipped + *length;
    return outcome;
}

} // namespace fulcrum::ends
