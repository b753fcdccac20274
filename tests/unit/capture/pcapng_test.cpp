#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <random>
#include <sstream>

#include "capture/capture_reader.h"
#include "capture/pcapng_writer.h"

namespace fulcrum::capture {
namespace {

using testing::HasSubstr;

std::span<const std::uint8_t> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

struct Read {
    std::vector<ReadPacket> packets;
    std::vector<CaptureInterface> interfaces;
    std::string error;
};

Read read_all(std::span<const std::uint8_t> bytes) {
    Read all;
    auto source = open_source(bytes);
    if (!source) {
        all.error = source.error().message;
        return all;
    }
    while (true) {
        ReadPacket packet;
        auto more = (*source)->next(packet);
        if (!more) {
            all.error = more.error().message;
        }
        if (!more || !*more) {
            break;
        }
        all.packets.push_back(packet);
    }
    all.interfaces = (*source)->interfaces();
    return all;
}

// What a program prints; empty when it cannot be run.
std::string output_of(const std::string& command) {
    std::string out;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) {
        return out;
    }
    std::array<char, 4096> buffer;
    std::size_t n = 0;
    while ((n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
        out.append(buffer.data(), n);
    }
    return ::pclose(pipe) == 0 ? out : "";
}

bool have(const char* program) {
    return !output_of(std::string("command -v ") + program).empty();
}

class TemporaryFile {
public:
    TemporaryFile() {
        path_ = (std::filesystem::temp_directory_path() / "fulcrum-pcapng-XXXXXX").string();
        ::close(::mkstemp(path_.data()));
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// A UDP datagram in IPv4 in Ethernet, `size` bytes in all (at least 46), checksum left out as UDP allows.
std::vector<std::uint8_t> udp_frame(std::size_t size) {
    std::vector<std::uint8_t> frame(size, 0x61);
    const std::uint8_t head[42] = {2,    0, 0,  0, 0, 1, 2,    0,    0,  0,  0, 2, 8,  0,
                                   0x45, 0, 0,  0, 0, 0, 0x40, 0,    64, 17, 0, 0, 10, 1,
                                   1,    1, 10, 1, 1, 2, 0x9c, 0x40, 0,  80, 0, 0, 0,  0};
    std::copy(std::begin(head), std::end(head), frame.begin());
    const auto ip = static_cast<std::uint16_t>(size - 14);
    frame[16] = static_cast<std::uint8_t>(ip >> 8);
    frame[17] = static_cast<std::uint8_t>(ip);
    frame[38] = static_cast<std::uint8_t>((ip - 20) >> 8);
    frame[39] = static_cast<std::uint8_t>(ip - 20);
    return frame;
}

// A file with two interfaces and frames of all paddings and one of 64 KB.
std::string sample() {
    std::string out;
    emit_section(out, "test");
    emit_interface(out, {"client1:eth0", "front", "tcp or udp"});
    emit_interface(out, {"se1:eth0", "", ""});
    std::uint32_t n = 0;
    for (const std::size_t size : {60UL, 61UL, 62UL, 63UL, 65'549UL}) {
        const auto frame = udp_frame(size);
        Packet packet;
        packet.time_ns = 1'700'000'000'123'456'789 + n;
        packet.interface = n % 2;
        packet.original_bytes = static_cast<std::uint32_t>(size + (n == 4 ? 100 : 0));
        packet.flags = n % 2 == 0 ? 2U | flag_checksum_not_ready : 1U | flag_unicast;
        packet.bytes = frame;
        emit_packet(out, packet, n == 1 ? "a comment" : "");
        ++n;
    }
    emit_statistics(out, 0, {1'700'000'000'000'000'000, 1'700'000'001'000'000'000, 3, 7});
    emit_statistics(out, 1, {1'700'000'000'000'000'000, 1'700'000'001'000'000'000, 2, 0});
    return out;
}

TEST(Pcapng, WhatIsWrittenIsReadAgain) {
    const auto file = sample();
    const auto all = read_all(bytes_of(file));
    EXPECT_EQ(all.error, "");
    ASSERT_EQ(all.packets.size(), 5U);
    ASSERT_EQ(all.interfaces.size(), 2U);
    EXPECT_EQ(all.interfaces[0].name, "client1:eth0");
    EXPECT_EQ(all.interfaces[0].description, "front");
    EXPECT_EQ(all.interfaces[0].filter, "tcp or udp");
    EXPECT_EQ(all.interfaces[0].dropped, 7U);
    EXPECT_EQ(all.interfaces[1].received, 2U);
    EXPECT_EQ(all.packets[1].packet.time_ns, 1'700'000'000'123'456'790);
    EXPECT_EQ(all.packets[1].packet.direction(), Direction::in);
    EXPECT_EQ(all.packets[1].options.find(option::comment)->text(), "a comment");
    EXPECT_EQ(all.packets[2].packet.direction(), Direction::out);
    EXPECT_NE(all.packets[2].packet.flags & flag_checksum_not_ready, 0U);
    EXPECT_EQ(all.packets[4].packet.bytes.size(), 65'549U);
    EXPECT_EQ(all.packets[4].packet.original_bytes, 65'649U);
    EXPECT_EQ(all.packets[3].packet.bytes[62], 0x61);
}

TEST(Pcapng, TsharkAndCapinfosReadTheSame) {
    if (!have("tshark") || !have("capinfos")) {
        GTEST_SKIP() << "tshark and capinfos are not installed";
    }
    const TemporaryFile file;
    {
        auto out = PcapngFile::create(file.path());
        ASSERT_TRUE(out);
        out->add_interface({"client1:eth0", "", "udp"});
        out->add_interface({"se1:eth0", "", ""});
        const auto frame = udp_frame(61);
        for (std::uint32_t i = 0; i < 1000; ++i) {
            Packet packet;
            packet.time_ns = 1'700'000'000'000'000'001 + std::int64_t{i} * 1000;
            packet.interface = i % 2;
            packet.original_bytes = 61;
            packet.flags = 1 + i % 2;
            packet.bytes = frame;
            ASSERT_TRUE(out->process_packet(packet));
        }
        out->add_statistics(0, {1'700'000'000'000'000'000, 1'700'000'001'000'000'000, 505, 5});
        ASSERT_TRUE(out->flush());
        EXPECT_EQ(out->bytes(), std::filesystem::file_size(file.path()));
    }
    const auto fields =
        output_of("tshark -r " + file.path() +
                  " -T fields -e frame.interface_name -e frame.time_epoch -e frame.packet_flags_direction"
                  " -e ip.src -e udp.dstport -c 2 2>/dev/null");
    EXPECT_THAT(fields, HasSubstr("client1:eth0\t1700000000.000000001\t"));
    EXPECT_THAT(fields, HasSubstr("se1:eth0\t1700000000.000001001\t"));
    EXPECT_THAT(fields, HasSubstr("\t10.1.1.1\t80"));
    const auto infos = output_of("capinfos -M " + file.path() + " 2>/dev/null");
    EXPECT_THAT(infos, HasSubstr("Number of packets:   1000"));
    EXPECT_THAT(infos, HasSubstr("Name = client1:eth0"));
    EXPECT_THAT(infos, HasSubstr("Filter string = udp"));
    EXPECT_THAT(infos, HasSubstr("Time precision = nanoseconds (9)"));
    // The file is told to be wrong in no other way.
    EXPECT_EQ(output_of("tshark -r " + file.path() + " -Y '_ws.malformed' 2>&1 | grep -v '^Running as user'"),
              "");
}

// Capturing again into a file that an inspector shows: its bytes used to go away under the reader (SIGBUS).
TEST(Pcapng, AFileThatIsMappedStaysWholeWhenItIsWrittenAgain) {
    auto folder = (std::filesystem::temp_directory_path() / "fulcrum-again-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string path = folder + "/capture.pcapng";
    const auto write = [&](std::size_t packets) {
        auto out = PcapngFile::create(path);
        ASSERT_TRUE(out);
        const std::uint32_t interface = out->add_interface({"client1:eth0", "", ""});
        const std::vector<std::uint8_t> bytes(1000, 7);
        for (std::size_t i = 0; i < packets; ++i) {
            ASSERT_TRUE(out->process_packet({static_cast<std::int64_t>(i), interface, 1000, 0, bytes}));
        }
        ASSERT_TRUE(out->flush());
    };
    write(100);
    const auto mapped = MappedFile::open(path);
    ASSERT_TRUE(mapped);
    write(1);
    EXPECT_EQ(read_all(mapped->bytes()).packets.size(), 100U);
    EXPECT_EQ(read_all(MappedFile::open(path)->bytes()).packets.size(), 1U);
    std::filesystem::remove_all(folder);
}

TEST(Pcapng, ATruncatedFileIsReadUpToTheDamage) {
    const auto file = sample();
    std::size_t most = 0;
    for (std::size_t size = 0; size < 700; ++size) {
        const auto all = read_all(bytes_of(file).first(size));
        EXPECT_GE(all.packets.size(), most) << size;
        most = all.packets.size();
        if (!all.error.empty()) {
            EXPECT_THAT(all.error, testing::StartsWith("offset ")) << size;
        }
    }
    EXPECT_EQ(most, 4U);
    EXPECT_THAT(read_all(bytes_of(file).first(file.size() - 1)).error,
                HasSubstr("the file ends inside a block"));
}

TEST(Pcapng, DamageIsNamedWithItsPlace) {
    const auto damaged = [](std::size_t at, std::uint8_t value) {
        auto file = sample();
        file[at] = static_cast<char>(value);
        return read_all(bytes_of(file)).error;
    };
    EXPECT_EQ(damaged(8, 0), "offset 8: no byte order magic in a section header");
    EXPECT_EQ(damaged(4, 3), "offset 4: block length 3");
    EXPECT_THAT(damaged(12, 9), HasSubstr("pcapng version 9"));
    EXPECT_EQ(damaged(0, 0xff), "offset 0: neither pcap nor pcapng");
}

TEST(Pcapng, MutatedFilesNeverLeadOutside) {
    std::mt19937 random(11);
    const auto file = sample().substr(0, 900);
    for (int i = 0; i < 20'000; ++i) {
        auto mutant = file;
        for (unsigned k = 0; k < 1 + random() % 4; ++k) {
            mutant[random() % mutant.size()] = static_cast<char>(random());
        }
        const auto all = read_all(bytes_of(mutant));
        for (const auto& read : all.packets) {
            const auto* begin = bytes_of(mutant).data();
            ASSERT_GE(read.packet.bytes.data(), begin);
            ASSERT_LE(read.packet.bytes.data() + read.packet.bytes.size(), begin + mutant.size());
            ASSERT_LT(read.packet.interface, all.interfaces.size());
        }
    }
}

// Nanoseconds since 1970 end in the year 2262; a time beyond is told as that end.
std::string within_range(const std::string& lines) {
    std::string out;
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
        const auto tab = line.rfind('\t');
        if (line.size() > tab + 1 && std::stod(line.substr(tab + 1)) > 9'223'372'036.0) {
            line = line.substr(0, tab + 1) + "9223372036.854775807";
        }
        out += line + "\n";
    }
    return out;
}

// Public captures nobody here made: counts must be tshark's.
TEST(CaptureReader, AgreesWithTsharkOnPublicCaptures) {
    const char* given = std::getenv("FULCRUM_CAPTURES");
    const std::filesystem::path folder =
        given != nullptr ? std::filesystem::path(given)
                         : std::filesystem::path(FULCRUM_SOURCE_DIR).parent_path() / "shared" / "captures";
    if (!std::filesystem::is_directory(folder)) {
        GTEST_SKIP() << "no public captures: set FULCRUM_CAPTURES to a folder of them";
    }
    if (!have("tshark")) {
        GTEST_SKIP() << "tshark is not installed";
    }
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const auto extension = entry.path().extension();
        if (extension != ".pcap" && extension != ".pcapng" && extension != ".cap") {
            continue;
        }
        ++files;
        auto reader = CaptureReader::open(entry.path());
        ASSERT_TRUE(reader) << reader.error().message;
        std::string told;
        while (true) {
            ReadPacket read;
            auto more = reader->next(read);
            ASSERT_TRUE(more) << more.error().message;
            if (!*more) {
                break;
            }
            const auto time = read.packet.time_ns;
            char line[128];
            if (time) {
                std::snprintf(line, sizeof line, "%zu\t%u\t%lld.%09lld\n", read.packet.bytes.size(),
                              read.packet.original_bytes, static_cast<long long>(*time / 1'000'000'000),
                              static_cast<long long>(*time % 1'000'000'000));
            } else {
                std::snprintf(line, sizeof line, "%zu\t%u\t\n", read.packet.bytes.size(),
                              read.packet.original_bytes);
            }
            told += line;
        }
        const auto truth = output_of("tshark -r '" + entry.path().string() + "'" +
                                     (extension == ".pcapng" ? " -Y frame.interface_id" : "") +
                                     " -T fields -e frame.cap_len -e frame.len -e "
                                     "frame.time_epoch 2>/dev/null");
        // tshark also lists custom and journal blocks as frames: they have no interface.
        EXPECT_EQ(told, within_range(truth)) << entry.path();
    }
    EXPECT_GT(files, 0U);
}

TEST(CaptureReader, RefusesWhatIsNoCapture) {
    EXPECT_THAT(CaptureReader::open("/nonexistent/x").error().message, HasSubstr("/nonexistent/x"));
    EXPECT_THAT(CaptureReader::open("/dev/null").error().message, HasSubstr("not a regular file"));
    const TemporaryFile empty;
    EXPECT_THAT(CaptureReader::open(empty.path()).error().message, HasSubstr("neither pcap nor pcapng"));
}

} // namespace
} // namespace fulcrum::capture
