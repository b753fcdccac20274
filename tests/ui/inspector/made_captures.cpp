#include "tests/ui/inspector/made_captures.h"

#include <fstream>
#include <gtest/gtest.h>

#include "capture/index/capture_file.h"
#include "tests/unit/capture/made_packets.h"

namespace {

using namespace fulcrum;
using namespace fulcrum::capture;
namespace flag = wire::tcp_flag;

constexpr std::uint64_t began_us = 1'700'000'000'000'000;
const made::Ipv4 up{"10.1.1.2", "10.1.1.100"}, down{"10.1.1.100", "10.1.1.2"};

class Writer {
public:
    Writer() {
        out_.section();
        for (const char* name : {"client1:eth0", "server1:eth0"}) {
            made::Frame options;
            out_.option(options, 2, made::bytes_of(name));
            out_.interface(1, 0, options);
        }
    }
    void add(std::uint32_t interface, const made::Frame& frame) {
        out_.packet(interface, began_us + next_++ * 1000, frame);
    }
    void segment(std::uint32_t interface, bool from_server, std::uint16_t port, std::uint32_t seq,
                 std::uint32_t ack, std::uint8_t flags, std::string_view data = {}) {
        wire::TcpHeader header;
        header.source_port = from_server ? port : 40'000;
        header.destination_port = from_server ? 40'000 : port;
        header.sequence = seq;
        header.acknowledgement = ack;
        header.flags = flags;
        header.window = 64'240;
        const made::Frame ip = made::tcp_packet(from_server ? down : up, header, data);
        add(interface, from_server ? made::ethernet(1, 2, 0x0800, ip) : made::ethernet(2, 1, 0x0800, ip));
    }
    made::Frame& file() { return out_.file; }

private:
    made::Pcapng out_;
    std::uint64_t next_ = 0;
};

made::Frame arp(std::uint16_t operation) {
    made::Frame out{0, 1, 8, 0, 6, 4};
    made::append(out, {static_cast<std::uint8_t>(operation >> 8), static_cast<std::uint8_t>(operation)});
    made::append(out, {2, 0, 0, 0, 0, 1, 10, 1, 1, 2, 0, 0, 0, 0, 0, 0, 10, 1, 1, 100});
    return made::ethernet(2, 1, 0x0806, out);
}

made::Frame small_capture() {
    const std::string_view request = small_capture_request;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n<h1>hello</h1>";
    const auto asked = 101 + static_cast<std::uint32_t>(request.size());
    const auto answered = 501 + static_cast<std::uint32_t>(answer.size());
    Writer out;
    out.add(0, arp(1));
    out.add(0, arp(2));
    out.segment(0, false, 80, 100, 0, flag::syn);
    out.segment(0, true, 80, 500, 101, flag::syn | flag::ack);
    out.segment(0, false, 80, 101, 501, flag::ack);
    out.segment(0, false, 80, 101, 501, flag::psh | flag::ack, request);
    out.segment(0, true, 80, 501, asked, flag::psh | flag::ack, answer);
    out.segment(0, true, 80, 501, asked, flag::psh | flag::ack, answer);
    out.segment(0, false, 80, asked, answered, flag::fin | flag::ack);
    out.segment(0, true, 80, answered, asked + 1, flag::fin | flag::ack);
    out.segment(0, false, 80, asked + 1, answered + 1, flag::ack);
    out.segment(0, false, 8080, 700, 0, flag::syn);
    out.segment(0, true, 8080, 0, 701, flag::rst | flag::ack);
    out.segment(1, false, 80, 101, 501, flag::psh | flag::ack, request);
    out.segment(1, true, 80, 501, asked, flag::psh | flag::ack, answer);
    made::Frame ping(1600, 0x61);
    ping[0] = 8;
    ping[1] = ping[2] = ping[3] = 0;
    store_be16(ping.data() + 2, wire::checksum_of(ping));
    for (const std::size_t begin : {std::size_t{0}, std::size_t{1400}}) {
        made::Ipv4 ip = up;
        ip.protocol = 1;
        ip.id = 77;
        ip.fragment = static_cast<std::uint16_t>(begin / 8 | (begin == 0 ? 0x2000 : 0));
        const auto end = begin == 0 ? 1400 : ping.size();
        out.add(0, made::ethernet(2, 1, 0x0800,
                                  made::ipv4(ip, {ping.begin() + static_cast<std::ptrdiff_t>(begin),
                                                  ping.begin() + static_cast<std::ptrdiff_t>(end)})));
    }
    return out.file();
}

void write(const std::string& path, const made::Frame& bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(out.good());
}

} // namespace

void write_small_capture(const std::string& path) {
    write(path, small_capture());
}

std::uint64_t write_damaged_capture(const std::string& path) {
    made::Frame bytes = small_capture();
    const auto whole = open_source(bytes);
    std::uint64_t last = 0;
    for (ReadPacket read; *(*whole)->next(read);) {
        last = read.offset;
    }
    bytes.resize(static_cast<std::size_t>(last) + 40);
    write(path, bytes);
    return last;
}

void write_damaged_options(const std::string& path) {
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    made::Frame options;
    out.option(options, 1, made::bytes_of("kept"));
    out.number16(options, 1);
    out.number16(options, 60'000);
    out.packet(0, began_us, arp(1), options);
    write(path, out.file);
}

void write_long_stream(const std::string& path, std::size_t bytes) {
    std::string all(bytes, ' ');
    for (std::size_t i = 0; i < bytes; ++i) {
        all[i] = static_cast<char>('a' + i % 26);
    }
    Writer out;
    out.segment(0, false, 80, 100, 0, flag::syn);
    for (std::size_t at = 0; at < bytes; at += 60'000) {
        out.segment(0, false, 80, static_cast<std::uint32_t>(101 + at), 501, flag::psh | flag::ack,
                    std::string_view(all).substr(at, 60'000));
    }
    write(path, out.file());
}

void write_ends_of_time(const std::string& path) {
    made::Pcapng out;
    out.section();
    constexpr std::int64_t years_300_s = 9'467'280'000;
    for (const std::int64_t offset_s : {-years_300_s, years_300_s}) {
        made::Frame options, offset;
        out.number64(offset, static_cast<std::uint64_t>(offset_s));
        out.option(options, 14, offset); // if_tsoffset
        out.interface(1, 0, options);
    }
    const made::Frame frame = made::ethernet(2, 1, 0x0800, made::udp_packet(up, 40'000, 9000, {1, 2, 3, 4}));
    out.packet(0, 0, frame);
    out.packet(1, 0, frame);
    write(path, out.file);
}

void write_large_capture(const std::string& path, std::uint32_t packets) {
    made::Pcapng out;
    out.section();
    out.interface(1, 0);
    for (std::uint32_t i = 0; i < packets; ++i) {
        const auto port = static_cast<std::uint16_t>(9000 + i % 50);
        out.packet(0, began_us + i,
                   made::ethernet(2, 1, 0x0800, made::udp_packet(up, 40'000, port, {1, 2, 3, 4})));
    }
    write(path, out.file);
}

void write_other_answers(const std::string& path) {
    const std::string_view request = small_capture_request;
    const std::string answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 20\r\n\r\n<h1>not here</h1>    ";
    const auto asked = 101 + static_cast<std::uint32_t>(request.size());
    Writer out;
    out.segment(0, false, 80, 100, 0, flag::syn);
    out.segment(0, true, 80, 500, 101, flag::syn | flag::ack);
    out.segment(0, false, 80, 101, 501, flag::psh | flag::ack, request);
    out.segment(0, true, 80, 501, asked, flag::psh | flag::ack, answer);
    out.segment(0, false, 80, asked, 501 + static_cast<std::uint32_t>(answer.size()), flag::psh | flag::ack,
                request);
    write(path, out.file());
}

RunningCapture::RunningCapture(const std::string& path) {
    auto created = PcapngFile::create(path);
    if (!created) {
        ADD_FAILURE() << created.error().message;
        return;
    }
    file_ = std::move(*created);
    file_->add_interface({"client1:eth0", "", ""});
    EXPECT_TRUE(file_->flush());
}

void RunningCapture::write(int datagrams, std::uint16_t port) {
    for (int i = 0; i < datagrams; ++i, ++written_) {
        const made::Frame frame = made::ethernet(
            2, 1, 0x0800,
            made::udp_packet(up, static_cast<std::uint16_t>(20'000 + written_), port, {1, 2, 3, 4}));
        Packet packet;
        packet.time_ns = static_cast<std::int64_t>((began_us + written_) * 1000);
        packet.original_bytes = static_cast<std::uint32_t>(frame.size());
        packet.bytes = frame;
        EXPECT_TRUE(file_->process_packet(packet));
    }
    EXPECT_TRUE(file_->flush());
}

void RunningCapture::end(std::uint64_t drops) {
    file_->add_statistics(0,
                          {static_cast<std::int64_t>(began_us * 1000),
                           static_cast<std::int64_t>((began_us + written_) * 1000), written_ + drops, drops});
    EXPECT_TRUE(file_->flush());
    file_.reset();
}

ReadBack read_back(const std::string& path) {
    ReadBack found;
    auto file = CaptureFile::open(path);
    if (!file) {
        ADD_FAILURE() << file.error().message;
        return found;
    }
    (*file)->load();
    for (std::size_t i = 0; i < (*file)->size(); ++i) {
        found.lengths.push_back((*file)->record(i).original);
        if (found.comments.empty() && !(*file)->comments(i).empty()) {
            found.comments = (*file)->comments(i);
            found.first_comment_at = std::to_string(i + 1);
        }
    }
    found.file_comments = CaptureFile::Reading(**file).sections().front().comments;
    return found;
}
