#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <random>

#include "ends/http_response.h"
#include "ends/latency_histogram.h"
#include "ends/load_report.h"
#include "ends/url.h"

namespace fulcrum::ends {
namespace {

using namespace std::chrono_literals;
using State = HttpResponseReader::State;

TEST(LatencyHistogram, PercentilesAgreeWithASortedList) {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> spread(12, 3);
    LatencyHistogram histogram;
    std::vector<std::int64_t> values;
    for (int i = 0; i < 50'000; ++i) {
        values.push_back(static_cast<std::int64_t>(spread(random)));
        histogram.record(std::chrono::nanoseconds(values.back()));
    }
    std::sort(values.begin(), values.end());
    for (const double percent : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
        const auto rank =
            std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(percent / 100 * 50'000)));
        const auto truth = static_cast<double>(values[rank - 1]);
        const auto told = static_cast<double>(histogram.percentile(percent).count());
        EXPECT_GE(told, truth) << percent;
        EXPECT_LE(told, truth * (1 + 1.0 / 128) + 1) << percent;
    }
    EXPECT_EQ(histogram.max().count(), values.back());
}

TEST(LatencyHistogram, TakesTheExtremes) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.percentile(99).count(), 0);
    histogram.record(-5ns);
    EXPECT_EQ(histogram.percentile(100).count(), 0);
    histogram.record(std::chrono::nanoseconds::max());
    EXPECT_EQ(histogram.percentile(100), std::chrono::nanoseconds::max());
    EXPECT_EQ(histogram.percentile(50).count(), 0);
}

TEST(Url, Forms) {
    EXPECT_EQ(parse_url("http://10.1.1.100")->path, "/");
    EXPECT_EQ(parse_url("HTTP://vip:8080/a?b#c")->path, "/a?b");
    EXPECT_EQ(parse_url("vip:8080?x")->path, "/?x");
    EXPECT_EQ(parse_url("udp://10.1.1.100:53")->port, 53);
    EXPECT_EQ(parse_url("http://[::1]:81/")->authority(), "[::1]:81");
    for (const auto* text : {"", "https://a/", "http://", "http://:80/", "http://a:0/", "http://a:65536/",
                             "http://a:/", "http://a b/", "http://u@h/", "http://[::1/", "http://[::1]x/"}) {
        EXPECT_FALSE(parse_url(text)) << text;
    }
}

TEST(HttpResponse, ReadsEveryFramingInAnyPieces) {
    struct Row {
        const char* bytes;
        const char* body;
        bool keep_alive;
        bool ends_itself;
    };
    const std::vector<Row> rows = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", true, true},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: "
         "chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
         "abc", true, true},
        {"HTTP/1.0 200 OK\r\n\r\nabc", "abc", false, false},
        {"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "", false, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true, true},
    };
    for (const auto& row : rows) {
        for (std::size_t step = 1; step < 60; step += 7) {
            HttpResponseReader reader(100);
            reader.restart(false);
            auto state = State::more;
            std::string_view rest = row.bytes;
            while (!rest.empty()) {
                auto piece = rest.substr(0, step);
                rest.remove_prefix(piece.size());
                state = reader.process(piece);
                ASSERT_NE(state, State::bad) << reader.fault();
            }
            EXPECT_EQ(state == State::done, row.ends_itself) << row.bytes;
            EXPECT_EQ(reader.process_end(), State::done);
            EXPECT_EQ(reader.kept(), row.body);
            EXPECT_EQ(reader.keep_alive(), row.keep_alive) << row.bytes;
        }
    }
}

TEST(HttpResponse, LeavesTheNextResponseAndSeesTruncation) {
    HttpResponseReader reader;
    reader.restart(false);
    std::string_view bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1";
    EXPECT_EQ(reader.process(bytes), State::done);
    EXPECT_EQ(bytes, "HTTP/1.1");
    reader.restart(false);
    bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na";
    EXPECT_EQ(reader.process(bytes), State::more);
    EXPECT_EQ(reader.process_end(), State::bad);
    reader.restart(false);
    bytes = "SSH-2.0-x\r\n\r\n";
    EXPECT_EQ(reader.process(bytes), State::bad);
}

TEST(HttpResponse, FindsTheServersName) {
    EXPECT_EQ(server_named_in(R"({"server":"server3","peer":"a"})"), "server3");
    EXPECT_EQ(server_named_in("{ \"server\" : \"x\"}"), "x");
    EXPECT_EQ(server_named_in("<html>\"server\":\"x\""), "");
    EXPECT_EQ(server_named_in("{\"server\":\"x"), "");
}

TEST(LoadReport, JsonIsOneDocument) {
    LoadReport report;
    report.url = "http://a/\"";
    report.requests = 3;
    report.elapsed = 2s;
    report.errors["timed out"] = 2;
    report.statuses[200] = 3;
    report.servers["server1"] = 3;
    report.latency.record(1ms);
    report.answers.push_back({200, "1.1.1.1:5", "{\"server\":1}\n", 1ms});
    report.unanswered = {"1.1.1.1:6", "1.1.1.1:7"};
    const auto json = nlohmann::json::parse(emit_json(report));
    EXPECT_EQ(json.at("failed"), 2);
    EXPECT_EQ(json.at("errors").at("timed out"), 2);
    EXPECT_EQ(json.at("statuses").at("200"), 3);
    EXPECT_DOUBLE_EQ(json.at("requests_per_second"), 1.5);
    EXPECT_DOUBLE_EQ(json.at("latency_ms").at("max"), 1.0);
    EXPECT_EQ(json.at("answers").at(0).at("body"), "{\"server\":1}\n");
    EXPECT_EQ(json.at("unanswered"), nlohmann::json({"1.1.1.1:6", "1.1.1.1:7"}));
    EXPECT_THAT(emit_text(report), testing::HasSubstr("100.00 %"));
}

} // namespace
} // namespace fulcrum::ends
