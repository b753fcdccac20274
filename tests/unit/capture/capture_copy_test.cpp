// P2, P6: comments are saved, selections exported, and nothing that a file holds is lost on the way.
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>

#include "capture/capture_copy.h"
#include "tests/unit/capture/made_packets.h"

namespace fulcrum::capture {
namespace {

using testing::ElementsAre;

class CaptureCopy : public testing::TestWithParam<bool> {
protected:
    CaptureCopy() {
        auto name = (std::filesystem::temp_directory_path() / "fulcrum-copy-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~CaptureCopy() override { std::filesystem::remove_all(folder_); }
    made::Frame copied(const made::Frame& file, const CaptureChanges& changes, CopyCounts* counts = nullptr) {
        const auto done = copy_capture(file, changes, folder_ / "copy.pcapng");
        EXPECT_TRUE(done) << done.error().message;
        if (counts != nullptr && done) {
            *counts = *done;
        }
        std::ifstream in(folder_ / "copy.pcapng", std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    made::Pcapng sample() const {
        made::Pcapng out(GetParam());
        out.section();
        out.interface(1, 0);
        made::Frame options;
        out.option(options, 1, made::bytes_of("old"));
        out.option(options, 2, {1, 2, 3, 4});
        out.packet(0, 5, {1, 2, 3}, options);
        out.block(0xbad, {9, 9, 9, 9, 9, 9, 9, 9}); // not understood by anybody
        out.packet(0, 6, {4, 5});
        out.simple_packet(3, {6, 7, 8});
        return out;
    }
    std::filesystem::path folder_;
};
INSTANTIATE_TEST_SUITE_P(, CaptureCopy, testing::Bool(),
                         [](const auto& order) { return order.param ? "Big" : "Little"; });

std::vector<std::vector<std::string>> comments_of(const made::Frame& file, std::size_t* others = nullptr) {
    std::vector<std::vector<std::string>> all;
    auto source = open_source(file);
    for (ReadPacket read; *(*source)->next(read);) {
        auto& own = all.emplace_back();
        while (const auto option = read.options.next()) {
            if (option->code == option::comment) {
                own.emplace_back(option->text());
            }
        }
    }
    if (others != nullptr) {
        *others = (*source)->other_blocks().size();
    }
    return all;
}

TEST_P(CaptureCopy, WithoutChangesIsTheSame) {
    const auto out = sample();
    EXPECT_EQ(copied(out.file, {}), out.file);
}

TEST_P(CaptureCopy, CommentsAreReplacedAndOtherOptionsKept) {
    CaptureChanges changes;
    changes.comments[0] = {"new", "and another"};
    changes.comments[2] = {"of a simple packet"};
    const auto file = copied(sample().file, changes);
    std::size_t others = 0;
    const auto comments = comments_of(file, &others);
    ASSERT_EQ(comments.size(), 3U);
    EXPECT_THAT(comments[0], ElementsAre("new", "and another"));
    EXPECT_TRUE(comments[1].empty());
    EXPECT_THAT(comments[2], ElementsAre("of a simple packet"));
    EXPECT_EQ(others, 1U);
    auto source = open_source(file);
    ReadPacket read;
    ASSERT_TRUE(*(*source)->next(read));
    EXPECT_THAT(read.packet.bytes, ElementsAre(1, 2, 3));
    ASSERT_TRUE(read.options.find(option::packet_flags));
    EXPECT_THAT(read.options.find(option::packet_flags)->value, ElementsAre(1, 2, 3, 4));
}

TEST_P(CaptureCopy, TheFilesOwnCommentIsReplacedInTheFirstSectionOnly) {
    made::Pcapng out(GetParam());
    made::Frame options;
    out.option(options, 1, made::bytes_of("old"));
    out.option(options, 4, made::bytes_of("writer"));
    for (int i = 0; i < 2; ++i) {
        out.section(options);
        out.interface(1, 0);
        out.packet(0, 5, {1, 2, 3});
    }
    CaptureChanges changes;
    changes.file_comments = {{"new", "and another"}};
    const auto file = copied(out.file, changes);
    EXPECT_EQ(comments_of(file).size(), 2U);
    auto source = open_source(file);
    for (ReadPacket read; *(*source)->next(read);) {
    }
    ASSERT_EQ((*source)->sections().size(), 2U);
    EXPECT_THAT((*source)->sections()[0].comments, ElementsAre("new", "and another"));
    EXPECT_EQ((*source)->sections()[0].application, "writer");
    EXPECT_THAT((*source)->sections()[1].comments, ElementsAre("old"));
}

TEST_P(CaptureCopy, ASelectionKeepsItsPacketsAndTheUnknown) {
    CaptureChanges changes;
    changes.packets = {1, 2};
    CopyCounts counts;
    const auto file = copied(sample().file, changes, &counts);
    std::size_t others = 0;
    EXPECT_EQ(comments_of(file, &others).size(), 2U);
    EXPECT_EQ(others, 1U);
    EXPECT_EQ(counts.packets, 2U);
}

TEST_P(CaptureCopy, ADamagedFileKeepsWhatIsBehindTheDamage) {
    auto out = sample();
    const auto good = out.file.size();
    out.packet(0, 7, {1});
    out.file.back() ^= 0xff; // the second length
    out.packet(0, 8, made::Frame(3'000'000, 7));
    const made::Frame rest(out.file.begin() + static_cast<std::ptrdiff_t>(good), out.file.end());
    CaptureChanges changes;
    changes.comments[0] = {"longer than the one before"};
    CopyCounts counts;
    const auto copy = copied(out.file, changes, &counts);
    ASSERT_TRUE(counts.damaged_at);
    EXPECT_EQ(counts.lost_bytes, 0U);
    ASSERT_GT(copy.size(), out.file.size());
    EXPECT_TRUE(std::equal(rest.rbegin(), rest.rend(), copy.rbegin()));
    EXPECT_EQ(copied(out.file, {}), out.file);
}

TEST_P(CaptureCopy, ASelectionEndsAtTheDamage) {
    auto out = sample();
    const auto good = out.file.size();
    out.packet(0, 7, {1});
    out.file.resize(out.file.size() - 4);
    CaptureChanges changes;
    changes.packets = {0, 1, 2, 3};
    CopyCounts counts;
    EXPECT_EQ(copied(out.file, changes, &counts).size(), good);
    EXPECT_EQ(counts.damaged_at, good);
    EXPECT_EQ(counts.lost_bytes, out.file.size() - good);
}

TEST_P(CaptureCopy, ABrokenOptionIsDamageAndStaysAsItIs) {
    made::Pcapng out(GetParam());
    out.section();
    out.interface(1, 0);
    made::Frame options;
    out.option(options, 1, made::bytes_of("old"));
    const auto at = out.file.size() + 28 + 4 + options.size(); // header, packet, the option before
    made::Frame broken;
    out.number16(broken, 2);
    out.number16(broken, 4000); // longer than the block
    made::append(broken, {1, 2, 3, 4});
    made::append(options, broken);
    out.packet(0, 5, {1, 2, 3}, options);
    const auto behind = out.file.size();
    out.packet(0, 6, {1, 2, 3});

    const auto check = [&](const made::Frame& file) {
        auto source = open_source(file);
        ReadPacket read;
        ASSERT_TRUE(*(*source)->next(read)); // its bytes are whole
        EXPECT_EQ(read.packet.bytes.size(), 3U);
        for (int again = 0; again < 2; ++again) {
            const auto more = (*source)->next(read);
            ASSERT_FALSE(more);
            EXPECT_EQ(damage_offset(more.error()), at) << more.error().message;
        }
    };
    check(out.file);
    CaptureChanges changes;
    changes.comments[0] = {"new"};
    CopyCounts counts;
    const auto copy = copied(out.file, changes, &counts);
    EXPECT_EQ(counts.damaged_at, at);
    EXPECT_EQ(counts.packets, 1U);
    EXPECT_EQ(counts.lost_bytes, 0U);
    check(copy);
    ASSERT_EQ(copy.size(), out.file.size()); // both comments have three letters
    EXPECT_TRUE(std::equal(out.file.begin() + static_cast<std::ptrdiff_t>(at), out.file.end(),
                           copy.begin() + static_cast<std::ptrdiff_t>(at)));
    changes.packets = {{0}}; // a selection ends there
    EXPECT_EQ(copied(out.file, changes, &counts).size(), behind);
    EXPECT_EQ(counts.lost_bytes, out.file.size() - behind);
}

TEST_P(CaptureCopy, NoCaptureLeavesNothingBehind) {
    EXPECT_FALSE(copy_capture(made::bytes_of("no capture at all"), {}, folder_ / "x"));
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
    EXPECT_FALSE(copy_capture(sample().file, {}, folder_ / "no folder" / "x"));
}

TEST_P(CaptureCopy, OneThatMayNotGoOnLeavesNothingBehind) {
    for (const int good_asks : {0, 1}) { // before the first part; when all of it is written
        int asked = 0;
        const auto done = copy_capture(sample().file, {}, folder_ / "x", [&]() -> Result<> {
            return asked++ < good_asks ? Result<>() : fail("cut meanwhile");
        });
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().message, "cut meanwhile");
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

} // namespace
} // namespace fulcrum::capture
