#include "ends/http_request.h"

#include <gmock/gmock.h>

namespace fulcrum::ends {
namespace {

using Kind = RequestOutcome::Kind;

struct Refused {
    const char* name;
    std::string bytes;
    int status;
};

TEST(HttpRequest, ReadsAWholeHead) {
    HttpRequest request;
    const std::string text =
        "POST http://a.example/x?y HTTP/1.1\r\nHost: a\r\nX-Two:  v w \t\r\nContent-Length: 12\r\n"
        "Expect: 100-Continue\r\nConnection: foo, Close\r\n\r\nbody";
    const auto outcome = parse_request(text, request);
    ASSERT_EQ(outcome.kind, Kind::complete) << outcome.reason;
    EXPECT_EQ(outcome.length, text.size() - 4);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/x?y");
    EXPECT_EQ(request.fields.at(1).value, "v w");
    EXPECT_EQ(request.framing.length, 12U);
    EXPECT_TRUE(request.expects_continue);
    EXPECT_FALSE(request.keep_alive);
}

TEST(HttpRequest, EveryPrefixIsIncompleteAndNothingElse) {
    HttpRequest request;
    const std::string text = "\r\nGET /bytes/3 HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n";
    for (std::size_t n = 0; n < text.size(); ++n) {
        EXPECT_EQ(parse_request(text.substr(0, n), request).kind, Kind::incomplete) << n;
    }
    EXPECT_EQ(parse_request(text, request).length, text.size());
}

TEST(HttpRequest, KeepAliveFollowsVersionAndConnection) {
    HttpRequest request;
    const auto keep = [&](const std::string& text) {
        EXPECT_EQ(parse_request(text, request).kind, Kind::complete);
        return request.keep_alive;
    };
    EXPECT_TRUE(keep("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_FALSE(keep("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keep("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
    EXPECT_FALSE(keep("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n"));
}

TEST(HttpRequest, RefusesHostileHeads) {
    const std::string good = "GET / HTTP/1.1\r\nHost: a\r\n";
    std::string many = good;
    for (int i = 0; i < 200; ++i) {
        many += "A: b\r\n";
    }
    const std::vector<Refused> table = {
        {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
        {"bare LF, nothing more", "GET / HTTP/1.1\n", 400},
        {"NUL", std::string("GET /\0 HTTP/1.1\r\n", 17), 400},
        {"CR in the middle", "GET / HT\rTP/1.1", 400},
        {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
        {"HTTP/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"lower-case http", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        {"bad method", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"relative target", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"high byte in the target", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two Hosts", good + "Host: b\r\n\r\n", 400},
        {"space before the colon", good + "A : b\r\n\r\n", 400},
        {"folded line", good + "A: b\r\n c\r\n\r\n", 400},
        {"no colon", good + "abc\r\n\r\n", 400},
        {"empty name", good + ": b\r\n\r\n", 400},
        {"control byte in a value", good + "A: \x01\r\n\r\n", 400},
        {"two lengths", good + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
        {"list of lengths", good + "Content-Length: 1, 1\r\n\r\n", 400},
        {"signed length", good + "Content-Length: +1\r\n\r\n", 400},
        {"length overflow", good + "Content-Length: 18446744073709551616\r\n\r\n", 400},
        {"length and chunked", good + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"chunked twice", good + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
        {"gzip, chunked", good + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"xchunked", good + "Transfer-Encoding: xchunked\r\n\r\n", 501},
        {"chunked in 1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"other expectation", good + "Expect: tea\r\n\r\n", 417},
        {"too many fields", many + "\r\n", 431},
        {"head too large", good + "A: " + std::string(20'000, 'a'), 431},
        {"target too long", "GET /" + std::string(20'000, 'a'), 414},
        {"long target in a head", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"blank lines only", "\r\n\r\n\r\n\r\n\r\n\r\n", 400},
    };
    HttpRequest request;
    for (const auto& row : table) {
        const auto outcome = parse_request(row.bytes, request);
        EXPECT_EQ(outcome.kind, Kind::refused) << row.name;
        EXPECT_EQ(outcome.status, row.status) << row.name << ": " << outcome.reason;
    }
}

} // namespace
} // namespace fulcrum::ends
