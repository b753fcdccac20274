#include "ends/proxy_header.h"

#include <gtest/gtest.h>

namespace fulcrum::ends {
namespace {

using Kind = ProxyOutcome::Kind;

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string v2(std::uint8_t command, std::uint8_t family, const std::string& body) {
    std::string out = signature;
    out += static_cast<char>(command);
    out += static_cast<char>(family);
    out += static_cast<char>(body.size() >> 8);
    out += static_cast<char>(body.size() & 0xff);
    return out + body;
}

TEST(ProxyHeader, VersionOne) {
    ProxyHeader header;
    const std::string line = "PROXY TCP6 2001:db8::1 2001:db8::2 65535 1\r\n";
    const auto outcome = parse_proxy_header(line + "GET", header);
    ASSERT_EQ(outcome.kind, Kind::complete);
    EXPECT_EQ(outcome.length, line.size());
    EXPECT_EQ(endpoint_text(header.endpoints->source, header.endpoints->source_port), "[2001:db8::1]:65535");
    for (std::size_t n = 0; n < line.size(); ++n) {
        EXPECT_EQ(parse_proxy_header(line.substr(0, n), header).kind, Kind::incomplete) << n;
    }
    EXPECT_EQ(parse_proxy_header("PROXY UNKNOWN\r\n", header).kind, Kind::complete);
    EXPECT_TRUE(header.local);
}

TEST(ProxyHeader, VersionOneRefused) {
    ProxyHeader header;
    for (const auto* line :
         {"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
          "PROXY TCP4 1.2.3.4 ::1 1 2\r\n", "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n",
          "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n", "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
          "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n", "PROXY \r\n", "PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n"}) {
        EXPECT_EQ(parse_proxy_header(line, header).kind, Kind::refused) << line;
    }
    EXPECT_EQ(parse_proxy_header("PROXY " + std::string(200, 'a'), header).kind, Kind::refused);
}

TEST(ProxyHeader, VersionTwo) {
    ProxyHeader header;
    const std::string body("\x01\x02\x03\x04\x05\x06\x07\x08\x00\x50\x1f\x90", 12);
    const auto bytes = v2(0x21, 0x11, body + "\x04\x00\x00"); // a TLV behind
    const auto outcome = parse_proxy_header(bytes + "x", header);
    ASSERT_EQ(outcome.kind, Kind::complete);
    EXPECT_EQ(outcome.length, bytes.size());
    EXPECT_EQ(endpoint_text(header.endpoints->source, header.endpoints->source_port), "1.2.3.4:80");
    EXPECT_EQ(endpoint_text(header.endpoints->destination, header.endpoints->destination_port),
              "5.6.7.8:8080");
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        EXPECT_EQ(parse_proxy_header(bytes.substr(0, n), header).kind, Kind::incomplete) << n;
    }
    EXPECT_EQ(parse_proxy_header(v2(0x20, 0, ""), header).kind, Kind::complete);
    EXPECT_TRUE(header.local);
    EXPECT_EQ(parse_proxy_header(v2(0x21, 0x31, std::string(216, 'u')), header).kind,
              Kind::complete); // a Unix socket
    EXPECT_FALSE(header.endpoints);
}

TEST(ProxyHeader, VersionTwoRefused) {
    ProxyHeader header;
    EXPECT_EQ(parse_proxy_header(v2(0x11, 0x11, std::string(12, 'a')), header).kind, Kind::refused);
    EXPECT_EQ(parse_proxy_header(v2(0x22, 0x11, std::string(12, 'a')), header).kind, Kind::refused);
    EXPECT_EQ(parse_proxy_header(v2(0x21, 0x11, std::string(11, 'a')), header).kind, Kind::refused);
    EXPECT_EQ(parse_proxy_header(v2(0x21, 0x21, std::string(35, 'a')), header).kind, Kind::refused);
    EXPECT_EQ(parse_proxy_header(v2(0x21, 0x11, std::string(60000, 'a')), header).kind, Kind::refused);
}

TEST(ProxyHeader, AbsentAsSoonAsItCannotBe) {
    ProxyHeader header;
    EXPECT_EQ(parse_proxy_header("POST", header).kind, Kind::absent);
    EXPECT_EQ(parse_proxy_header("\r\n\r\nG", header).kind, Kind::absent);
    EXPECT_EQ(parse_proxy_header("P", header).kind, Kind::incomplete);
}

} // namespace
} // namespace fulcrum::ends
