#include "ends/http_connection.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace fulcrum::ends {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class HttpConnectionTest : public testing::Test {
protected:
    HttpSite site{"server1", "", 0};
    HttpConnection connection{site, "172.16.1.10:40000", "10.1.1.10:80"};
    Instant now{1h};

    // All output there is, as if the socket took everything.
    std::string drain() {
        std::string out;
        while (connection.has_output()) {
            const std::string text(connection.text());
            out += text;
            auto left = connection.pattern_left();
            auto offset = connection.pattern_offset();
            std::uint64_t pattern = 0;
            while (left > 0) {
                auto run = pattern_from(offset);
                run = run.substr(0, std::min<std::uint64_t>(run.size(), left));
                out += run;
                left -= run.size();
                offset += run.size();
                pattern += run.size();
            }
            connection.sent(text.size() + pattern, now);
        }
        return out;
    }
    std::string exchange(std::string_view request) {
        connection.process_input(request, now);
        return drain();
    }
    static std::string body_of(const std::string& response) {
        const auto end = response.find("\r\n\r\n");
        return end == std::string::npos ? "" : response.substr(end + 4);
    }
};

TEST_F(HttpConnectionTest, DescribesTheRequest) {
    const auto response =
        exchange("GET / HTTP/1.1\r\nHost: vip\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\n"
                 "X-Odd: \xff\"\r\n\r\n");
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    const auto body = nlohmann::json::parse(body_of(response));
    EXPECT_EQ(body.at("server"), "server1");
    EXPECT_EQ(body.at("peer"), "172.16.1.10:40000");
    EXPECT_EQ(body.at("local"), "10.1.1.10:80");
    EXPECT_EQ(body.at("headers").at("Host"), "vip");
    EXPECT_EQ(body.at("headers").at("X-Forwarded-For"), "1.1.1.1, 2.2.2.2");
    EXPECT_EQ(body.at("headers").at("X-Odd"), "\u00ff\"");
    EXPECT_TRUE(body.at("proxy").is_null());
    EXPECT_FALSE(connection.finished());
}

TEST_F(HttpConnectionTest, AnswersPipelinedRequestsInOrderWhateverTheDivision) {
    const std::string requests = "GET /bytes/5 HTTP/1.1\r\nHost: a\r\n\r\n"
                                 "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                                 "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3;x=y\r\ndef\r\n2\r\ngh\r\n0\r\nTrailer: t\r\n\r\n"
                                 "GET /status/404 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const auto whole = exchange(requests);
    EXPECT_TRUE(connection.finished());
    EXPECT_THAT(whole, HasSubstr("Content-Length: 5\r\n\r\n01234HTTP/1.1 200 OK"));
    EXPECT_THAT(whole, HasSubstr("Content-Length: 3\r\n\r\nabcHTTP/1.1 200 OK"));
    EXPECT_THAT(whole, HasSubstr("3\r\ndef\r\n2\r\ngh\r\n0\r\n\r\nHTTP/1.1 404 Not Found"));

    // Byte by byte the chunks come out in other sizes; the rest must be the same.
    HttpConnection slow(site, "172.16.1.10:40000", "10.1.1.10:80");
    std::string out;
    for (const char c : requests) {
        slow.process_input({&c, 1}, now);
        while (slow.has_output()) {
            out += slow.text();
            const auto pattern = slow.pattern_left();
            out += pattern_from(slow.pattern_offset()).substr(0, pattern);
            slow.sent(slow.text().size() + pattern, now);
        }
    }
    EXPECT_TRUE(slow.finished());
    EXPECT_THAT(out, HasSubstr("1\r\nd\r\n1\r\ne\r\n1\r\nf\r\n1\r\ng\r\n1\r\nh\r\n0\r\n\r\nHTTP/1.1 404"));
}

TEST_F(HttpConnectionTest, HeadHasTheLengthAndNoBody) {
    const auto response = exchange("HEAD /bytes/1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(response, HasSubstr("Content-Length: 1000000\r\n"));
    EXPECT_THAT(response, EndsWith("\r\n\r\n"));
}

TEST_F(HttpConnectionTest, StatusesWithoutABodyHaveNone) {
    EXPECT_THAT(exchange("GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n"),
                testing::Not(HasSubstr("Content-Length")));
    EXPECT_THAT(exchange("GET /status/304 HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("\r\n\r\n"));
}

TEST_F(HttpConnectionTest, PatternHasTheRightBytesAtEveryOffset) {
    const auto response = exchange("GET /bytes/700001 HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto body = body_of(response);
    ASSERT_EQ(body.size(), 700001U);
    const std::string_view pattern = "0123456789abcdefghijklmnopqrstuvwxyz\n";
    for (std::size_t i = 0; i < body.size(); ++i) {
        ASSERT_EQ(body[i], pattern[i % pattern.size()]) << i;
    }
}

TEST_F(HttpConnectionTest, SendsContinueBeforeTheBodyIsThere) {
    EXPECT_EQ(exchange("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"),
              "HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_THAT(exchange("abcd"), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(HttpConnectionTest, DelaysWithoutReadingOn) {
    EXPECT_EQ(exchange("GET /delay/250 HTTP/1.1\r\nHost: a\r\n\r\nGET /bytes/1 HTTP/1.1\r\nHost: a\r\n\r\n"),
              "");
    EXPECT_FALSE(connection.wants_input());
    ASSERT_TRUE(connection.wake_at());
    EXPECT_EQ(*connection.wake_at(), now + 250ms);
    now += 249ms;
    connection.process_time(now);
    EXPECT_FALSE(connection.has_output());
    now += 1ms;
    connection.process_time(now);
    const auto out = drain();
    EXPECT_THAT(out, HasSubstr("\"server\":\"server1\""));
    EXPECT_THAT(out, EndsWith("Content-Length: 1\r\n\r\n0"));
}

TEST_F(HttpConnectionTest, ReportsProxyHeadersOfBothVersions) {
    const auto v1 = exchange("PROXY TCP4 9.9.9.9 10.0.0.1 1234 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    auto proxy = nlohmann::json::parse(body_of(v1)).at("proxy");
    EXPECT_EQ(proxy.at("version"), 1);
    EXPECT_EQ(proxy.at("source"), "9.9.9.9:1234");
    EXPECT_EQ(proxy.at("destination"), "10.0.0.1:80");

    HttpConnection second(site, "a", "b");
    std::string bytes("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x09\x09\x09\x09\x0a\0\0\x01\x04\xd2\0\x50", 28);
    bytes += "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const char c : bytes) {
        second.process_input({&c, 1}, now);
    }
    proxy = nlohmann::json::parse(body_of(std::string(second.text()))).at("proxy");
    EXPECT_EQ(proxy.at("version"), 2);
    EXPECT_EQ(proxy.at("source"), "9.9.9.9:1234");
    EXPECT_EQ(proxy.at("destination"), "10.0.0.1:80");
}

TEST_F(HttpConnectionTest, RefusesAndEndsAfterHostileInput) {
    const auto out =
        exchange("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_THAT(out, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    EXPECT_THAT(out, HasSubstr("Connection: close\r\n"));
    EXPECT_TRUE(connection.finished());
    EXPECT_TRUE(connection.refused());
    EXPECT_EQ(exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), ""); // what was smuggled behind is not read
}

TEST_F(HttpConnectionTest, BadChunksEndTheConnection) {
    EXPECT_THAT(exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
                StartsWith("HTTP/1.1 400 "));
    HttpConnection echo(site, "a", "b");
    echo.process_input("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naX", now);
    echo.sent(echo.text().size(), now);
    EXPECT_TRUE(echo.finished());
}

TEST_F(HttpConnectionTest, AnswersAClientThatHasClosedItsSide) {
    connection.process_input("GET /bytes/3 HTTP/1.1\r\nHost: a\r\n\r\nGET /by", now);
    connection.process_end(now);
    EXPECT_FALSE(connection.finished());
    EXPECT_THAT(drain(), EndsWith("012"));
    EXPECT_TRUE(connection.finished());
}

TEST_F(HttpConnectionTest, HoldsAtMostTheEchoLimitForAClientThatDoesNotRead) {
    connection.process_input("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n", now);
    const std::string piece(100'000, 'x');
    std::size_t taken = 0;
    while (connection.wants_input() && taken < 1'000'000'000) {
        connection.process_input(piece, now);
        taken += piece.size();
    }
    EXPECT_GE(taken, HttpConnection::echo_limit_bytes - piece.size());
    EXPECT_LE(taken, HttpConnection::echo_limit_bytes + piece.size());
    EXPECT_GE(site.echo_held_bytes, taken);

    // Many such clients together get little each.
    site.echo_held_bytes += HttpConnection::echo_total_bytes;
    {
        HttpConnection late(site, "a", "b");
        late.process_input("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n", now);
        late.process_input(piece, now);
        EXPECT_FALSE(late.wants_input());
    }
    site.echo_held_bytes -= HttpConnection::echo_total_bytes;
    EXPECT_THAT(drain(), EndsWith("xxx"));
    EXPECT_EQ(site.echo_held_bytes, 0U);
    EXPECT_TRUE(connection.wants_input());
}

TEST_F(HttpConnectionTest, WrongNumbersInPathsAreRefused) {
    for (const auto* path : {"/bytes/", "/bytes/-1", "/bytes/99999999999999999999", "/status/99",
                             "/status/600", "/delay/3600001", "/bytes/1x"}) {
        EXPECT_THAT(exchange(std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\n\r\n"),
                    StartsWith("HTTP/1.1 400 "))
            << path;
    }
    EXPECT_THAT(exchange("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
}

} // namespace
} // namespace fulcrum::ends
