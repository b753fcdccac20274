// Requests and answers that two programs could read differently are refused before a byte of them goes on
// (SPEC S3, M9). The cases are the known families of request smuggling: CL.TE, TE.CL, TE.TE, CL.CL, header
// injection, line ends, chunk framing, targets and hosts.
#include <gtest/gtest.h>

#include "tests/unit/http/http_rig.h"

namespace fulcrum::test {
namespace {

using http::RequestEnd;

struct Bad {
    const char* name;
    std::string request;
    int status = 400;
};

std::string with(const std::string& fields, const std::string& body = "") {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
std::string chunked(const std::string& body) {
    return with("Transfer-Encoding: chunked\r\n", body);
}

const std::string smuggled = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";

const std::vector<Bad> bad_requests{
    // Both lengths
    {"CL.TE", with("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG")},
    {"TE.CL", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "1\r\nG\r\n0\r\n\r\n")},
    {"CL.TE with other case", with("content-length: 6\r\ntransfer-encoding: CHUNKED\r\n", "0\r\n\r\nG")},
    {"CL.0 with TE", with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    // Lengths that differ, or are no numbers
    {"CL.CL, different", with("Content-Length: 1\r\nContent-Length: 2\r\n", "xy")},
    {"CL.CL, equal", with("Content-Length: 1\r\nContent-Length: 1\r\n", "x")},
    {"CL list", with("Content-Length: 1, 1\r\n", "x")},
    {"CL with sign", with("Content-Length: +1\r\n", "x")},
    {"CL negative", with("Content-Length: -1\r\n", "x")},
    {"CL hexadecimal", with("Content-Length: 0x1\r\n", "x")},
    {"CL with space inside", with("Content-Length: 1 2\r\n", "x")},
    {"CL with fraction", with("Content-Length: 1.0\r\n", "x")},
    {"CL empty", with("Content-Length:\r\n")},
    {"CL beyond 64 bits", with("Content-Length: 18446744073709551617\r\n", "x")},
    {"CL quoted", with("Content-Length: \"1\"\r\n", "x")},
    {"CL with letters behind", with("Content-Length: 1a\r\n", "x")},
    // Codings that one side takes for chunked
    {"TE.TE, two fields", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")},
    {"TE twice chunked", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"TE xchunked", with("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
    {"TE chunkedx", with("Transfer-Encoding: chunkedx\r\n", "0\r\n\r\n")},
    {"TE identity", with("Transfer-Encoding: identity\r\n")},
    {"TE list, chunked last", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
    {"TE list, chunked first", with("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
    {"TE with parameter", with("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n")},
    {"TE quoted", with("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n")},
    {"TE empty", with("Transfer-Encoding:\r\n", "0\r\n\r\n")},
    {"TE with comma", with("Transfer-Encoding: chunked,\r\n", "0\r\n\r\n")},
    {"TE with vertical tab", with("Transfer-Encoding: \x0b"
                                  "chunked\r\n",
                                  "0\r\n\r\n")},
    {"TE with NUL", with(std::string("Transfer-Encoding: chunked\0\r\n", 29), "0\r\n\r\n")},
    {"TE with non-ASCII", with("Transfer-Encoding: chun\xc3\xb6ked\r\n", "0\r\n\r\n")},
    {"TE in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    // Names
    {"space before the colon", with("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
    {"tab before the colon", with("Content-Length\t: 1\r\n", "x")},
    {"space in front of the first field", "POST / HTTP/1.1\r\n Host: a\r\n\r\n"},
    {"space in front of a name", with(" Transfer-Encoding: chunked\r\n", "0\r\n\r\n")},
    {"folded value", with("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
    {"folded with tab", with("X: y\r\n\tTransfer-Encoding: chunked\r\n")},
    {"no colon", with("Content-Length 1\r\n", "x")},
    {"no name", with(": x\r\n")},
    {"name with control", with("Content\x01-Length: 1\r\n")},
    {"name with NUL", with(std::string("Content-Length\0: 1\r\n", 20))},
    {"name with quote", with("\"Transfer-Encoding\": chunked\r\n")},
    {"name in brackets", with("[Content-Length]: 1\r\n")},
    {"name with non-ASCII", with("Content-Length\xa0: 1\r\n")},
    {"Content_Length", with("Content_Length: 1\r\n", "x")},
    {"Transfer_Encoding beside a length", with("Content-Length: 1\r\ntransfer_encoding: chunked\r\n", "x")},
    // Line ends
    {"lone LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
    {"lone LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {"lone LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
    {"all lone LF", "GET / HTTP/1.1\nHost: a\n\n"},
    {"lone CR in a value", with("X: a\rContent-Length: 5\r\n")},
    {"lone CR hides a field", with("X: a\r\rTransfer-Encoding: chunked\r\n")},
    {"CR CR LF", with("X: a\r\r\n")},
    {"NUL in a value", with(std::string("X: a\0b\r\n", 8))},
    {"DEL in a value", with("X: a\x7f\r\n")},
    {"five empty lines in front", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"CR CR in front", "\r\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"LF in front", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    // Request line
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
    {"tab as separator", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"space in front of the line", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"non-ASCII target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"fragment in the target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"scheme that is not http", "GET gopher://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"method with colon", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {"HTTP/0.9", "GET /\r\n\r\n"},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
    {"HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
    {"lower-case http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n"},
    {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01", 6)},
    // Host
    {"no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n"},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
    {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"},
    {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
    {"Host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {"Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    {"Host with space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
    {"Host with comma", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n"},
    {"Host with bad port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n"},
    {"Host with two ports", "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n"},
    {"Host with open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
    {"Host is only a port", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"},
    {"bad Host beside an absolute target", "GET http://a/ HTTP/1.1\r\nHost: u@b\r\n\r\n"},
    {"two Hosts beside an absolute target", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {"no Host beside an absolute target", "GET http://a/ HTTP/1.1\r\nX: y\r\n\r\n"},
    {"user in the target", "GET http://u@a/ HTTP/1.1\r\nHost: u@a\r\n\r\n"},
    {"target without authority", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"},
    // Expect, CONNECT, TRACE
    {"Expect obfuscated", with("Content-Length: 1\r\nExpect: y 100-continue\r\n", "x"), 417},
    {"Expect twice", with("Content-Length: 1\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n", "x"), 417},
    {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405},
    {"CONNECT to another than Host", "CONNECT a:80 HTTP/1.1\r\nHost: b:80\r\n\r\n"},
    {"CONNECT with a body", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nContent-Length: 1\r\n\r\nx"},
    {"TRACE with a body", "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"},
    // Limits
    {"long target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
    {"long field", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(33000, 'a') + "\r\n\r\n", 431},
    {"endless first line", std::string(20000, 'a'), 414},
    {"endless head", "GET / HTTP/1.1\r\nX: " + std::string(33000, 'a'), 431},
    {"many fields",
     [] {
         std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
         for (int i = 0; i < 100; ++i) {
             text += "X: y\r\n";
         }
         return text + "\r\n";
     }(),
     431},
};

TEST(HttpRefusal, NoBytesOfAnAmbiguousRequestGoOn) {
    for (const Bad& bad : bad_requests) {
        for (const Cut cut : all_cuts) {
            SCOPED_TRACE(std::string(bad.name) + ", cut " + std::to_string(static_cast<int>(cut.kind)));
            HttpRig rig(plain_policy(), cut);
            rig.client(bad.request + smuggled);
            EXPECT_FALSE(rig.session().server_wanted());
            EXPECT_EQ(rig.to_server, "");
            EXPECT_EQ(rig.to_client.substr(0, 13), "HTTP/1.1 " + std::to_string(bad.status) + " ")
                << rig.to_client;
            EXPECT_NE(rig.to_client.find("\r\nConnection: close\r\n"), std::string::npos);
            EXPECT_EQ(rig.to_client.find("HTTP/1.1", 9), std::string::npos) << "a second answer";
            EXPECT_TRUE(rig.session().close_client_wanted());
            ASSERT_EQ(rig.logs.size(), 1U);
            EXPECT_EQ(rig.logs[0].end, RequestEnd::refused);
            EXPECT_EQ(rig.logs[0].status, bad.status);
        }
    }
}

// The head is good and has gone to the server; the body is not.
TEST(HttpRefusal, AMalformedChunkEndsTheServerConnectionWithTheRequestIncomplete) {
    const std::vector<Bad> bodies{
        {"no digits", "\r\n"},
        {"minus", "-1\r\n"},
        {"0x", "0x1\r\nG\r\n0\r\n\r\n"},
        {"sixteen digits", "0000000000000001\r\nG\r\n0\r\n\r\n"},
        {"beyond 64 bits", "10000000000000001\r\nG\r\n0\r\n\r\n"},
        {"space before the size", " 1\r\nG\r\n0\r\n\r\n"},
        {"space after the size", "1 \r\nG\r\n0\r\n\r\n"},
        {"space before the extension", "1 ;a\r\nG\r\n0\r\n\r\n"},
        {"underscore", "1_0\r\n"},
        {"lone LF after the size", "1\nG\r\n0\r\n\r\n"},
        {"lone CR after the size", "1\rG\r\n0\r\n\r\n"},
        {"CR and another byte after the size", "1\rXG\r\n0\r\n\r\n"},
        {"CR and another byte at the very end", "0\r\n\rX"},
        {"lone LF in an extension", "1;a\nG\r\n0\r\n\r\n"},
        {"NUL in an extension", std::string("1;\0\r\nG\r\n0\r\n\r\n", 13)},
        {"extension without a name", "1;\r\nG\r\n0\r\n\r\n"},
        {"extension without a value", "1;a=\r\nG\r\n0\r\n\r\n"},
        {"quoted extension that does not end", "1;a=\"b\r\nG\r\n0\r\n\r\n"},
        {"extension with space", "1; a\r\nG\r\n0\r\n\r\n"},
        {"long extension", "1;" + std::string(300, 'a') + "\r\nG\r\n0\r\n\r\n"},
        {"lone LF after the data", "1\r\nG\n0\r\n\r\n"},
        {"data longer than its size", "1\r\nGG\r\n0\r\n\r\n"},
        {"lone LF after the last chunk", "0\n\n"},
        {"lone LF ends the trailers", "0\r\n\n"},
        {"trailer that frames", "0\r\nContent-Length: 5\r\n\r\n"},
        {"trailer that routes", "0\r\nHost: b\r\n\r\n"},
        {"trailer with space before the colon", "0\r\nX : b\r\n\r\n"},
        {"trailer folded", "0\r\nX: b\r\n c\r\n\r\n"},
        {"trailer with NUL", std::string("0\r\nX: \0\r\n\r\n", 11)},
        {"trailer without a colon", "0\r\nGET /admin\r\n\r\n"},
        {"long trailers", "0\r\nX: " + std::string(9000, 'a') + "\r\n\r\n"},
    };
    for (const Bad& body : bodies) {
        for (const Cut cut : all_cuts) {
            SCOPED_TRACE(std::string(body.name) + ", cut " + std::to_string(static_cast<int>(cut.kind)));
            HttpRig rig(plain_policy(), cut);
            rig.client(chunked("3\r\nabc\r\n"));
            ASSERT_TRUE(rig.connect());
            rig.client(body.request + smuggled);
            EXPECT_EQ(rig.session().server_fate(), http::ServerFate::close);
            EXPECT_EQ(rig.to_client.substr(0, 13), "HTTP/1.1 400 ");
            EXPECT_EQ(rig.to_server.find("admin HTTP"), std::string::npos);
            EXPECT_EQ(rig.to_server.find("0\r\n\r\n"), std::string::npos)
                << "the server saw the request's end";
            EXPECT_FALSE(rig.session().server_wanted());
            EXPECT_TRUE(rig.session().close_client_wanted());
        }
    }
}

TEST(HttpRefusal, AnAnswerThatCannotBeReadIs502) {
    const std::vector<Bad> answers{
        {"no status line", "hello\r\n\r\n"},
        {"garbage", std::string("\0\1\2", 3)},
        {"lone LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
        {"folded", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n"},
        {"both lengths",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"},
        {"length that is none", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"},
        {"TE gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc"},
        {"TE in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"status 99", "HTTP/1.1 099 OK\r\n\r\n"},
        {"status 999", "HTTP/1.1 999 OK\r\n\r\n"},
        {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"},
        {"101 unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"},
        {"empty line in front", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
        {"large head", "HTTP/1.1 200 OK\r\nX: " + std::string(40000, 'a') + "\r\n\r\n"},
        {"endless interim answers",
         [] {
             std::string text;
             for (int i = 0; i < 40; ++i) {
                 text += "HTTP/1.1 100 Continue\r\n\r\n";
             }
             return text;
         }()},
    };
    for (const Bad& answer : answers) {
        for (const Cut cut : all_cuts) {
            SCOPED_TRACE(std::string(answer.name) + ", cut " + std::to_string(static_cast<int>(cut.kind)));
            HttpRig rig(plain_policy(), cut);
            rig.client("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            ASSERT_TRUE(rig.connect());
            rig.server(answer.request);
            EXPECT_EQ(rig.to_client.substr(0, 13), "HTTP/1.1 502 ") << rig.to_client;
            EXPECT_EQ(rig.session().server_fate(), http::ServerFate::close);
            EXPECT_TRUE(rig.session().close_client_wanted());
            ASSERT_EQ(rig.logs.size(), 1U);
            EXPECT_EQ(rig.logs[0].end, RequestEnd::server_failed);
        }
    }
}

} // namespace
} // namespace fulcrum::test
