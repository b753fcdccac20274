// P1, P2: a capture that is still being written is followed: whatever pieces it grows by, the outcome is that
// of the finished file.
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <random>
#include <unistd.h>

#include "capture/index/capture_file.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

// Connections with requests in two pieces, and datagrams; in pcapng of either byte order.
made::Pcapng traffic(bool big_endian) {
    made::Pcapng out(big_endian);
    out.section();
    out.interface(1, 0);
    out.interface(1, 0);
    std::uint64_t now = 1'700'000'000'000'000;
    for (std::uint16_t n = 0; n < 40; ++n) {
        const auto port = static_cast<std::uint16_t>(40'000 + n);
        std::uint32_t sequence = 1000U * n;
        const auto say = [&](std::uint8_t flags, std::string_view text) {
            wire::TcpHeader header;
            header.source_port = port;
            header.destination_port = 80;
            header.sequence = sequence;
            header.flags = flags;
            header.window = 1000;
            const auto packet = made::tcp_packet({"10.0.0.1", "10.0.0.2"}, header, text);
            out.packet(n % 2, now += 1000, made::ethernet(2, 1, 0x0800, packet));
            sequence += static_cast<std::uint32_t>(text.size()) + (flags == wire::tcp_flag::syn ? 1 : 0);
        };
        say(wire::tcp_flag::syn, "");
        say(wire::tcp_flag::ack, "GET /a HTTP/1.1\r\nHo");
        say(wire::tcp_flag::ack, "st: b\r\n\r\n");
        out.packet(0, now += 1000,
                   made::ethernet(2, 1, 0x0800,
                                  made::udp_packet({"10.0.0.1", "10.0.0.3"}, port, 53, made::bytes_of("?"))));
    }
    return out;
}

// The same packets as classic pcap, without the second interface.
made::Frame as_pcap(const made::Frame& pcapng) {
    made::Frame out;
    const auto word = [&](std::uint32_t value) {
        for (int i = 0; i < 4; ++i) {
            out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        }
    };
    word(0xa1b2c3d4);
    word(0x00040002);
    word(0);
    word(0);
    word(262'144);
    word(1);
    const auto source = open_source(pcapng);
    ReadPacket read;
    for (auto more = (*source)->next(read); more && *more; more = (*source)->next(read)) {
        const auto us = *read.packet.time_ns / 1000;
        word(static_cast<std::uint32_t>(us / 1'000'000));
        word(static_cast<std::uint32_t>(us % 1'000'000));
        word(static_cast<std::uint32_t>(read.packet.bytes.size()));
        word(read.packet.original_bytes);
        out.insert(out.end(), read.packet.bytes.begin(), read.packet.bytes.end());
    }
    return out;
}

class FollowedFile : public testing::Test {
protected:
    std::filesystem::path folder, path;
    UniqueFd writer;

    void SetUp() override {
        auto name = (std::filesystem::temp_directory_path() / "fulcrum-follow-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        path = folder / "growing";
        writer = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ASSERT_TRUE(writer);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    void append(Bytes bytes) {
        ASSERT_EQ(::write(writer.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    std::unique_ptr<CaptureFile> follow() {
        auto file = CaptureFile::follow(path);
        EXPECT_TRUE(file);
        (*file)->start_loading();
        return std::move(*file);
    }
    template <class Condition>
    static void wait_until(Condition condition) {
        for (const auto limit = std::chrono::steady_clock::now() + 60s; !condition();) {
            ASSERT_LT(std::chrono::steady_clock::now(), limit);
            std::this_thread::sleep_for(1ms);
        }
    }
    // All of the first `bytes` has been read, as far as it is whole.
    static void wait_for(const CaptureFile& file, std::size_t bytes) {
        wait_until([&] {
            const auto progress = file.progress();
            return progress.waiting && progress.bytes_total == bytes;
        });
    }
    // The writer has gone. Where the system does not tell, the file is not followed any more.
    void finish(CaptureFile& file) {
        const auto known = GrowingFile::open(path)->is_being_written();
        if (known) {
            EXPECT_TRUE(*known);
            EXPECT_FALSE(file.progress().done);
        }
        writer = UniqueFd();
        if (!known) {
            file.stop_following();
        }
        wait_until([&] { return file.progress().done; });
        file.wait();
    }
};

void expect_equal(const CaptureFile& followed, const CaptureFile& loaded) {
    ASSERT_EQ(followed.size(), loaded.size());
    const CaptureFile::Reading one(followed), other(loaded);
    for (std::size_t i = 0; i < loaded.size(); ++i) {
        const auto &now = followed.record(i), &was = loaded.record(i);
        ASSERT_EQ(std::tuple(now.offset, now.time_ns, now.original, now.stream, now.protocols, now.flags),
                  std::tuple(was.offset, was.time_ns, was.original, was.stream, was.protocols, was.flags));
        const auto here = followed.packet(i).bytes, there = loaded.packet(i).bytes;
        ASSERT_TRUE(std::equal(here.begin(), here.end(), there.begin(), there.end()));
    }
    EXPECT_EQ(one.interfaces().size(), other.interfaces().size());
    EXPECT_EQ(one.index().http().messages().size(), other.index().http().messages().size());
    std::string scratch;
    for (std::size_t i = 0; i < other.index().http().messages().size(); ++i) {
        const auto& message = one.index().http().messages()[i];
        EXPECT_TRUE(message.complete);
        EXPECT_EQ(one.index().http().head(message, scratch), "GET /a HTTP/1.1\r\nHost: b\r\n\r\n");
    }
    for (const auto kind : {ConversationKind::tcp, ConversationKind::udp, ConversationKind::ipv4}) {
        const auto &talks = one.index().conversations(kind), &known = other.index().conversations(kind);
        ASSERT_EQ(talks.size(), known.size());
        for (std::size_t i = 0; i < known.size(); ++i) {
            EXPECT_EQ(talks[i].frames[0], known[i].frames[0]);
            EXPECT_EQ(talks[i].bytes[0], known[i].bytes[0]);
        }
    }
}

TEST_F(FollowedFile, EndsUpAsTheFinishedFileWhateverPiecesItGrowsBy) {
    std::mt19937 random(11);
    const auto little = traffic(false).file;
    for (const auto& whole : {little, traffic(true).file, as_pcap(little)}) {
        const auto loaded = CaptureFile::from_bytes(whole, "whole");
        ASSERT_TRUE(loaded);
        (*loaded)->load();
        ASSERT_EQ((*loaded)->size(), 160U);
        std::filesystem::remove(path); // a file that had that name goes on without it
        writer = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        const auto file = follow();
        wait_for(*file, 0);
        std::size_t written = 0;
        for (std::size_t n = 0; written < whole.size(); ++n) {
            const auto piece = std::min<std::size_t>(1 + random() % 199, whole.size() - written);
            append(Bytes(whole).subspan(written, piece));
            written += piece;
            if (n % 16 == 0) {
                wait_for(*file, written);
                std::size_t packets = 0; // that are whole by now
                while (packets < 160 &&
                       written >= (packets == 159 ? whole.size() : (*loaded)->record(packets + 1).offset)) {
                    ++packets;
                }
                ASSERT_EQ(file->size(), packets) << written << " bytes";
            }
        }
        finish(*file);
        expect_equal(*file, **loaded);
        EXPECT_FALSE(file->progress().cancelled);
        EXPECT_FALSE(CaptureFile::Reading(*file).damage());
        EXPECT_EQ(file->progress().bytes_done, whole.size());
    }
}

TEST_F(FollowedFile, ABlockThatNeverBecomesWholeIsDamageInTheEnd) {
    auto whole = traffic(false).file;
    append(Bytes(whole).first(whole.size() - 5));
    const auto file = follow();
    wait_for(*file, whole.size() - 5);
    EXPECT_FALSE(CaptureFile::Reading(*file).damage());
    EXPECT_EQ(file->size(), 159U);
    file->stop_following();
    file->wait();
    const CaptureFile::Reading reading(*file);
    ASSERT_TRUE(reading.damage());
    EXPECT_THAT(reading.damage()->why, HasSubstr("ends inside a block"));
    EXPECT_EQ(reading.damage()->offset, file->progress().bytes_done);
}

TEST_F(FollowedFile, WhatIsNoCaptureIsDamageAtOnce) {
    const auto text = made::bytes_of("this is no capture, and it will never be one");
    append(Bytes(text).first(3));
    const auto file = follow();
    wait_for(*file, 3);
    append(Bytes(text).subspan(3));
    file->wait();
    const CaptureFile::Reading reading(*file);
    ASSERT_TRUE(reading.damage());
    EXPECT_EQ(reading.damage()->offset, 0U);
    EXPECT_THAT(reading.damage()->why, HasSubstr("neither pcap nor pcapng"));
}

// A wrong length must not make anybody wait for gigabytes.
TEST_F(FollowedFile, ABlockOfAbsurdLengthIsNotWaitedFor) {
    auto out = traffic(false);
    append(out.file);
    made::Frame block;
    out.number32(block, 6);
    out.number32(block, 0xfffffff0);
    out.number32(block, 0);
    append(block);
    const auto file = follow();
    file->wait();
    const CaptureFile::Reading reading(*file);
    ASSERT_TRUE(reading.damage());
    EXPECT_EQ(reading.damage()->offset, out.file.size());
    EXPECT_EQ(file->size(), 160U);
}

TEST_F(FollowedFile, ThatBecomesShorterEndsAndItsLostBytesReadAsZero) {
    const auto whole = traffic(false).file;
    append(whole);
    const auto file = follow();
    wait_for(*file, whole.size());
    const auto last = file->size() - 1;
    ASSERT_GT(file->record(last).offset, 8192U);
    ASSERT_EQ(::ftruncate(writer.get(), 100), 0);
    file->wait();
    const CaptureFile::Reading reading(*file);
    ASSERT_TRUE(reading.damage());
    EXPECT_THAT(reading.damage()->why, HasSubstr("became shorter"));
    EXPECT_EQ(file->bytes()[file->record(last).offset], 0);
    EXPECT_TRUE(file->packet(last).bytes.empty());
}

// Somebody truncates what is open: the program goes on, and says so.
TEST_F(FollowedFile, ThatIsNotFollowedAndBecomesShorterReadsAsZeroAndIsDamaged) {
    append(traffic(false).file);
    const auto file = CaptureFile::open(path);
    ASSERT_TRUE(file);
    (*file)->start_loading();
    (*file)->wait();
    EXPECT_FALSE(CaptureFile::Reading(**file).damage());
    ASSERT_EQ(::ftruncate(writer.get(), 100), 0);
    const auto last = (*file)->size() - 1;
    EXPECT_EQ((*file)->bytes()[(*file)->record(last).offset], 0);
    EXPECT_TRUE((*file)->packet(last).bytes.empty());
    const CaptureFile::Reading reading(**file);
    ASSERT_TRUE(reading.damage());
    EXPECT_THAT(reading.damage()->why, HasSubstr("became shorter"));
}

TEST_F(FollowedFile, IsCancelledWhileItWaits) {
    append(traffic(false).file);
    const auto file = follow();
    wait_until([&] { return file->progress().waiting; });
    file->cancel();
    file->wait();
    EXPECT_TRUE(file->progress().done);
    EXPECT_TRUE(file->progress().cancelled);
    EXPECT_FALSE(file->progress().waiting);
    EXPECT_EQ(file->size(), 160U);
}

} // namespace
} // namespace fulcrum::capture
