// One request, one answer: what goes to the server, what comes back, and what becomes of both connections
// (SPEC M9). Every case also in single bytes and random pieces.
#include <gtest/gtest.h>

#include "tests/unit/http/http_rig.h"

namespace fulcrum::test {
namespace {

using http::RequestEnd;
using http::ServerFate;

struct Exchange {
    const char* name;
    std::string request;
    std::string at_server;
    std::string answer;
    bool server_closes = false; // after the answer
    std::string at_client;
    ServerFate fate = ServerFate::reusable;
    bool client_stays = true;
};

const std::vector<Exchange> exchanges{
    {"small request", "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
     false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"},
    {"an empty line in front is ignored", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"four empty lines as well", "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"body with a length", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
     "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 204 No Content\r\n\r\n",
     false, "HTTP/1.1 204 No Content\r\n\r\n"},
    {"chunked both ways, with extension and trailer",
     "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b;c;d=\"e "
     "\\\"f\"\r\nhello\r\n00\r\nX-Sum: "
     "1\r\n\r\n",
     "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
     "chunked\r\n\r\n5;a=b;c;d=\"e \\\"f\"\r\nhello\r\n00\r\nX-Sum: 1\r\n\r\n",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n"},
    {"answer until the connection closes", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y\r\n\r\nsome bytes", true,
     "HTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\nsome bytes", ServerFate::close, false},
    {"HEAD has a length and no body", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
     "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"},
    {"304 has none either", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n", false,
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"},
    {"204 loses its length", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false, "HTTP/1.1 204 No Content\r\n\r\n"},
    {"interim answers pass", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!", false,
     "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!"},
    {"client says close, the server may stay", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ServerFate::reusable, false},
    {"server says close, the client may stay", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
     false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ServerFate::close, true},
    {"hop-by-hop fields go no further",
     "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\n"
     "Proxy-Connection: x\r\nProxy-Authorization: y\r\nUpgrade: foo\r\nX-Stay: 1\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\nX-Stay: 1\r\n\r\n",
     "HTTP/1.1 200 OK\r\nConnection: X-Priv\r\nX-Priv: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: "
     "0\r\n\r\n",
     false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"trailers are still offered",
     "GET / HTTP/1.1\r\nHost: a\r\nConnection: TE\r\nTE: gzip, trailers\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"what frames or identifies cannot be named away",
     "POST / HTTP/1.1\r\nHost: a\r\nConnection: Content-Length, Host, Cookie\r\nCookie: "
     "s=1\r\nContent-Length: 1\r\n\r\nx",
     "POST / HTTP/1.1\r\nHost: a\r\nCookie: s=1\r\nContent-Length: 1\r\n\r\nx",
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"HTTP/1.0 closes and needs no Host", "GET /a HTTP/1.0\r\n\r\n",
     "GET /a HTTP/1.1\r\nHost: 10.10.10.100:8080\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
     false, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", ServerFate::reusable,
     false},
    {"HTTP/1.0 keeps alive when it says so", "GET /a HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n",
     "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx"},
    {"HTTP/1.0 gets a chunked answer without the coding",
     "GET /a HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde", ServerFate::reusable, false},
    {"HTTP/1.0 gets no interim answers", "GET /a HTTP/1.0\r\nHost: a\r\n\r\n",
     "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ServerFate::reusable, false},
    {"a server of HTTP/1.0 closes", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", ServerFate::close, true},
    {"absolute target", "GET http://Example.org/p?q HTTP/1.1\r\nHost: example.org\r\n\r\n",
     "GET /p?q HTTP/1.1\r\nHost: Example.org\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"an absolute target replaces another Host", "GET http://a:80/p HTTP/1.1\r\nHost: b\r\n\r\n",
     "GET /p HTTP/1.1\r\nHost: a:80\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"OPTIONS of the whole server", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
     "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    {"a method nobody knows", "BREW /pot HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
     "BREW /pot HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n",
     "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n"},
    {"an answer nobody asked for costs the server connection", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ServerFate::close, true},
    {"100 (Continue) that nobody asked for is dropped",
     "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
};

TEST(HttpExchange, PassesAsTheTableSays) {
    for (const Exchange& e : exchanges) {
        for (const Cut cut : all_cuts) {
            SCOPED_TRACE(std::string(e.name) + ", cut " + std::to_string(static_cast<int>(cut.kind)));
            HttpRig rig(plain_policy(), cut);
            const auto split =
                e.request.find("\r\n\r\n", e.request.find(" HTTP/")) + 4; // the head, then the rest
            rig.client(e.request.substr(0, split));
            ASSERT_TRUE(rig.connect());
            rig.client(e.request.substr(split));
            EXPECT_EQ(rig.to_server, e.at_server);
            rig.server(e.answer);
            if (e.server_closes) {
                rig.server_fin();
            }
            EXPECT_EQ(rig.to_client, e.at_client);
            EXPECT_EQ(rig.session().server_fate(), e.fate);
            EXPECT_EQ(rig.session().close_client_wanted(), !e.client_stays);
            EXPECT_EQ(rig.session().is_idle(), e.client_stays);
            EXPECT_FALSE(rig.session().abort_client_wanted());
            ASSERT_EQ(rig.logs.size(), 1U);
            EXPECT_EQ(rig.logs[0].end, RequestEnd::complete);
            EXPECT_EQ(rig.logs[0].bytes_to_client, rig.to_client.size());
            EXPECT_EQ(rig.logs[0].bytes_from_client, e.request.size());
            EXPECT_EQ(rig.logs[0].server, "server1");
            rig.end();
            EXPECT_EQ(rig.pool().used_bytes(), 0U);
        }
    }
}

TEST(HttpExchange, PipelinedRequestsAreAnsweredInOrder) {
    for (const Cut cut : all_cuts) {
        HttpRig rig(plain_policy(), cut);
        rig.client(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
            "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
        for (int i = 1; i <= 3; ++i) {
            ASSERT_EQ(rig.session().request().path, "/" + std::to_string(i));
            ASSERT_TRUE(rig.connect("server1", i == 1));
            EXPECT_FALSE(rig.session().server_wanted()); // one at a time
            rig.server("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
            EXPECT_EQ(rig.session().server_fate(), ServerFate::reusable);
        }
        EXPECT_FALSE(rig.session().server_wanted()); // after "close" nothing counts
        EXPECT_EQ(rig.to_server,
                  "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: "
                  "3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(rig.to_client,
                  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: "
                  "1\r\n\r\n2HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n3");
        EXPECT_TRUE(rig.session().close_client_wanted());
        ASSERT_EQ(rig.logs.size(), 3U);
        EXPECT_TRUE(rig.logs[1].server_reused);
    }
}

} // namespace
} // namespace fulcrum::test
