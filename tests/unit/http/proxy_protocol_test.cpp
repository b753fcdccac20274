// PROXY protocol headers, written and read (SPEC M10).
#include <string>

#include <gtest/gtest.h>

#include "engine/http/proxy_protocol.h"
#include "tests/unit/http/http_rig.h"

namespace fulcrum::test {
namespace {

using http::ProxiedConnection;
using http::ProxyHeaderReader;
using http::ProxyVersion;
using State = ProxyHeaderReader::State;

ProxiedConnection connection(const char* from, const char* to, std::uint16_t from_port,
                             std::uint16_t to_port) {
    return {*IpAddress::parse(from), *IpAddress::parse(to), from_port, to_port};
}

std::string text_of(const http::ProxyHeaderBytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.bytes.data()), bytes.size};
}

struct Read {
    State state = State::more;
    std::size_t used = 0;
    std::optional<ProxiedConnection> connection;
};

Read read(const std::string& text, Cut cut) {
    ProxyHeaderReader reader;
    Read out;
    each_piece(text, cut, [&](std::string_view piece) {
        out.used += reader.feed({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
    });
    out.state = reader.state();
    out.connection = reader.connection();
    return out;
}

const auto four = connection("192.0.2.1", "198.51.100.7", 56324, 443);
const auto six = connection("2001:db8::1", "2001:db8::2", 1, 65535);
const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);
const std::string addresses4("\xc0\x00\x02\x01\xc6\x33\x64\x07\xdc\x04\x01\xbb", 12);

TEST(ProxyProtocol, BytesAsTheSpecificationHasThem) {
    EXPECT_EQ(text_of(emit_proxy_header(ProxyVersion::v1, four)),
              "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n");
    EXPECT_EQ(text_of(emit_proxy_header(ProxyVersion::v1, six)),
              "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n");
    EXPECT_EQ(text_of(emit_proxy_header(ProxyVersion::v1, std::nullopt)), "PROXY UNKNOWN\r\n");
    EXPECT_EQ(text_of(emit_proxy_header(ProxyVersion::v2, four)),
              signature + std::string("\x21\x11\x00\x0c", 4) + addresses4);
    EXPECT_EQ(text_of(emit_proxy_header(ProxyVersion::v2, std::nullopt)),
              signature + std::string("\x20\x00\x00\x00", 4));
    EXPECT_EQ(emit_proxy_header(ProxyVersion::v2, six).size, 52U);
}

TEST(ProxyProtocol, WhatIsWrittenIsRead) {
    for (const auto version : {ProxyVersion::v1, ProxyVersion::v2}) {
        for (const std::optional<ProxiedConnection>& c :
             {std::optional(four), std::optional(six), std::optional<ProxiedConnection>()}) {
            const std::string header = text_of(emit_proxy_header(version, c));
            for (const Cut cut : all_cuts) {
                const Read out = read(header + "GET / HTTP/1.1\r\n", cut);
                EXPECT_EQ(out.state, State::complete);
                EXPECT_EQ(out.used, header.size());
                EXPECT_EQ(out.connection, c);
            }
            EXPECT_EQ(read(header.substr(0, header.size() - 1), {}).state, State::more);
        }
    }
}

TEST(ProxyProtocol, WhatFollowsTheAddressesIsSkipped) {
    for (const Cut cut : all_cuts) {
        const std::string tlv = signature + std::string("\x21\x11\x00\x14", 4) + addresses4 +
                                std::string("\x01\x00\x05", 3) + "hello" + "data";
        const Read out = read(tlv, cut);
        EXPECT_EQ(out.state, State::complete);
        EXPECT_EQ(out.used, tlv.size() - 4);
        EXPECT_EQ(out.connection, four);
        // LOCAL with addresses, and a socket of this host: good headers that say nothing about a client.
        EXPECT_EQ(read(signature + std::string("\x20\x11\x00\x0c", 4) + addresses4, cut).connection,
                  std::nullopt);
        const std::string local_socket =
            signature + std::string("\x21\x31\x00\xd8", 4) + std::string(216, 'x');
        EXPECT_EQ(read(local_socket, cut).state, State::complete);
        EXPECT_EQ(read(local_socket, cut).connection, std::nullopt);
        EXPECT_EQ(read("PROXY UNKNOWN whatever this is\r\n", cut).state, State::complete);
    }
}

TEST(ProxyProtocol, RefusesWhatIsNotExactlyOne) {
    const std::vector<std::string> bad{
        "GET / HTTP/1.1\r\n",
        "proxy TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n",
        "PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 ::1 ::2 1 2\r\n",
        "PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP6 ::1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n",
        "PROXY \r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\rx\n",
        "PROXY UNKNOWN " + std::string(200, 'x') + "\r\n",
        signature.substr(0, 11) + "x",
        signature + std::string("\x11\x11\x00\x0c", 4) + addresses4, // version 1
        signature + std::string("\x22\x11\x00\x0c", 4) + addresses4, // command 2
        signature + std::string("\x21\x41\x00\x0c", 4) + addresses4, // family 4
        signature + std::string("\x21\x12\x00\x0c", 4) + addresses4, // datagrams
        signature + std::string("\x21\x11\x00\x0b", 4) + addresses4, // too short
        signature + std::string("\x21\x21\x00\x24", 4) + std::string(10, '\0') +
            "\xff\xff"
            "abcd" +
            std::string(20, 'x'), // one end IPv4-mapped
        signature + std::string("\x21\x21\x00\x0c", 4) + addresses4,
        signature + std::string("\x21\x11\xff\xff", 4),
    };
    for (const std::string& text : bad) {
        for (const Cut cut : all_cuts) {
            const Read out = read(text, cut);
            EXPECT_EQ(out.state, State::refused) << text;
            EXPECT_EQ(out.connection, std::nullopt);
        }
    }
}

} // namespace
} // namespace fulcrum::test
