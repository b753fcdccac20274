// HTTP health checks on bytes (SPEC M6).
#include <gtest/gtest.h>

#include "engine/http/health_check.h"
#include "tests/unit/http/http_rig.h"

namespace fulcrum::test {
namespace {

using http::CheckJudge;
using http::HttpCheck;
using Verdict = CheckJudge::Verdict;

TEST(HttpHealth, AsksAsConfigured) {
    engine::HealthConfig config;
    config.path = "/health";
    config.expect_status = 204;
    const HttpCheck check = http::make_http_check(config);
    EXPECT_EQ(http::emit_check_request(check, *IpAddress::parse("10.1.2.3"), 8080),
              "GET /health HTTP/1.1\r\nHost: 10.1.2.3:8080\r\nUser-Agent: fulcrum-health\r\nAccept: "
              "*/*\r\nConnection: "
              "close\r\n\r\n");
    EXPECT_NE(
        http::emit_check_request(check, *IpAddress::parse("2001:db8::1"), 80).find("Host: [2001:db8::1]\r\n"),
        std::string::npos);
    ASSERT_EQ(check.statuses.size(), 1U);
    EXPECT_EQ(check.statuses[0].first, 204);
}

struct Case {
    const char* name;
    std::string answer;
    bool closed;
    std::vector<http::StatusRange> statuses;
    std::string words;
    Verdict verdict;
    std::string method = "GET";
};

TEST(HttpHealth, JudgesAsTheTableSays) {
    const std::vector<http::StatusRange> only200{{200, 200}}, many{{200, 299}, {302, 302}};
    const std::vector<Case> cases{
        {"right status", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", false, only200, "", Verdict::good},
        {"wrong status", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", false, only200, "", Verdict::bad},
        {"in a range", "HTTP/1.1 226 x\r\n\r\n", false, many, "", Verdict::good},
        {"in the second range", "HTTP/1.1 302 x\r\n\r\n", false, many, "", Verdict::good},
        {"between ranges", "HTTP/1.1 301 x\r\n\r\n", false, many, "", Verdict::bad},
        {"interim first", "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", false, only200, "", Verdict::good},
        {"half a head", "HTTP/1.1 200 OK\r\n", false, only200, "", Verdict::pending},
        {"closed within the head", "HTTP/1.1 200 OK\r\n", true, only200, "", Verdict::bad},
        {"closed at once", "", true, only200, "", Verdict::bad},
        {"not HTTP", "SSH-2.0-x\r\n\r\n", false, only200, "", Verdict::bad},
        {"words in the content", "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nall is well!", false, only200,
         "is well", Verdict::good},
        {"words at the very end", "HTTP/1.1 200 OK\r\n\r\nalive", false, only200, "alive", Verdict::good},
        {"words across chunks",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nali\r\n2\r\nve\r\n0\r\n\r\n", false,
         only200, "alive", Verdict::good},
        {"words only in the framing",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;alive\r\nali\r\n0\r\n\r\n", false, only200,
         "alive", Verdict::bad},
        {"words only in the head", "HTTP/1.1 200 OK\r\nX: alive\r\nContent-Length: 1\r\n\r\nx", false,
         only200, "alive", Verdict::bad},
        {"words missing", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnot", false, only200, "alive",
         Verdict::bad},
        {"words still to come", "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nnot", false, only200, "alive",
         Verdict::pending},
        {"words missing, closed", "HTTP/1.1 200 OK\r\n\r\naliv", true, only200, "alive", Verdict::bad},
        {"one letter", "HTTP/1.1 200 OK\r\n\r\nabc", false, only200, "c", Verdict::good},
        {"HEAD has no content", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, only200, "alive",
         Verdict::bad, "HEAD"},
        {"endless content", "HTTP/1.1 200 OK\r\n\r\n" + std::string(300000, 'x'), false, only200, "alive",
         Verdict::bad},
    };
    for (const Case& c : cases) {
        for (const Cut cut : all_cuts) {
            SCOPED_TRACE(c.name);
            HttpCheck check;
            check.method = c.method;
            check.statuses = c.statuses;
            check.body = c.words;
            CheckJudge judge(check);
            each_piece(c.answer, cut, [&](std::string_view piece) {
                judge.feed({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
            });
            if (c.closed) {
                judge.finished();
            }
            EXPECT_EQ(judge.verdict(), c.verdict) << judge.reason();
            EXPECT_EQ(judge.reason().empty(), c.verdict != Verdict::bad);
        }
    }
}

} // namespace
} // namespace fulcrum::test
