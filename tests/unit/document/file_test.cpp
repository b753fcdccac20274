// Files on disk: atomic saving, permissions, links, and what cannot be opened.
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "designer/document/file.h"
#include "designer/templates/templates.h"
#include "full_drawing.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

class Files : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "fulcrum-file-test-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override {
        std::error_code ignored;
        fs::permissions(directory_, fs::perms::owner_all, ignored);
        fs::remove_all(directory_, ignored);
    }
    fs::path operator/(const char* name) const { return directory_ / name; }
    static std::string bytes_of(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static void put(const fs::path& file, const std::string& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
    }
    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
    }

    fs::path directory_;
};

TEST_F(Files, SaveAndReadBack) {
    const Document d = full_drawing();
    ASSERT_TRUE(save_document(d, *this / "a.json"));
    EXPECT_EQ(bytes_of(*this / "a.json"), emit_document(d));
    const auto read = read_document(*this / "a.json");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, d);
    EXPECT_EQ(entries(), 1U) << "a temporary file was left";
}

TEST_F(Files, NameIsTheStemWhenTheFileHasNone) {
    put(*this / "my-lab.json", "{\"fulcrum\": 1}");
    EXPECT_EQ(read_document(*this / "my-lab.json")->name, "my-lab");
    EXPECT_EQ(bytes_of(*this / "my-lab.json"), "{\"fulcrum\": 1}") << "opening rewrote the file";
    put(*this / "odd\n\xff.json", "{\"fulcrum\": 1}");
    const auto odd = read_document(*this / "odd\n\xff.json");
    ASSERT_TRUE(odd) << odd.error().message;
    EXPECT_TRUE(save_document(*odd, *this / "odd\n\xff.json")) << "a name that the format does not allow";
}

TEST_F(Files, ErrorsNameTheFile) {
    put(*this / "bad.json", "{\n\"fulcrum\": 1,\n\"nodes\": 3}");
    EXPECT_EQ(read_document(*this / "bad.json").error().message,
              (*this / "bad.json").string() + ": line 3, nodes: a list is wanted here, not a number");
    EXPECT_EQ(read_document(*this / "none.json").error().message,
              "open " + (*this / "none.json").string() + ": No such file or directory");
    EXPECT_EQ(read_document(directory_).error().message,
              "open " + directory_.string() + ": it is a directory");
    EXPECT_EQ(read_document(directory_).error().kind, ErrorKind::bad_input);
}

TEST_F(Files, AFifoDoesNotBlock) {
    ASSERT_EQ(::mkfifo((*this / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(read_document(*this / "pipe").error().message, HasSubstr("it is not a regular file"));
    EXPECT_THAT(save_bytes("x", *this / "pipe").error().message, HasSubstr("it is not a regular file"));
}

TEST_F(Files, PermissionsAreKeptAndNewFilesFollowTheUmask) {
    const mode_t before = ::umask(027);
    ASSERT_TRUE(save_bytes("1", *this / "new"));
    ::umask(before);
    EXPECT_EQ(fs::status(*this / "new").permissions(), fs::perms(0640));
    fs::permissions(*this / "new", fs::perms(0604));
    ASSERT_TRUE(save_bytes("2", *this / "new"));
    EXPECT_EQ(fs::status(*this / "new").permissions(), fs::perms(0604));
    EXPECT_EQ(bytes_of(*this / "new"), "2");
}

TEST_F(Files, SymbolicLinksAreFollowed) {
    fs::create_directory(*this / "real");
    put(*this / "real/file", "old");
    fs::create_symlink("real/file", *this / "link");
    ASSERT_TRUE(save_bytes("new", *this / "link"));
    EXPECT_TRUE(fs::is_symlink(*this / "link"));
    EXPECT_EQ(bytes_of(*this / "real/file"), "new");
    fs::create_symlink("real/fresh", *this / "dangling");
    ASSERT_TRUE(save_bytes("made", *this / "dangling"));
    EXPECT_EQ(bytes_of(*this / "real/fresh"), "made");
}

TEST_F(Files, AFullDiskLeavesTheOldFile) {
    put(*this / "a", "old");
    // A limit on the size of files is the nearest to a full disk that a test can make everywhere.
    struct rlimit limit {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit small { 4096, limit.rlim_max };
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto saved = save_bytes(std::string(100'000, 'x'), *this / "a");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().message, "save " + (*this / "a").string() + ": File too large");
    EXPECT_EQ(bytes_of(*this / "a"), "old");
    EXPECT_EQ(entries(), 1U) << "a temporary file was left";
}

TEST_F(Files, ARealFullDiskLeavesTheOldFile) {
    const auto saved = save_bytes("x", "/dev/full");
    EXPECT_FALSE(saved);
    EXPECT_FALSE(save_bytes("x", *this / "no/such/directory/a"));
    EXPECT_THAT(save_bytes("x", *this / "no/such/directory/a").error().message,
                HasSubstr("No such file or directory"));
}

TEST_F(Files, AReadOnlyFileStays) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may write everywhere";
    }
    put(*this / "a", "old");
    fs::permissions(*this / "a", fs::perms(0444));
    EXPECT_THAT(save_bytes("new", *this / "a").error().message, HasSubstr("Permission denied"));
    EXPECT_EQ(bytes_of(*this / "a"), "old");
}

TEST_F(Files, WhatCouldNotBeOpenedAgainIsNotSaved) {
    put(*this / "a.json", "old");
    Document d = full_drawing();
    d.services[0].pool = "gone";
    EXPECT_THAT(save_document(d, *this / "a.json").error().message,
                HasSubstr("services[0].pool: nothing has the id \"gone\""));
    d = full_drawing();
    d.nodes[3].name = "a\nb";
    EXPECT_THAT(save_document(d, *this / "a.json").error().message,
                HasSubstr("nodes[3].name: the text holds the control character U+000A"));
    d = full_drawing();
    d.notes[0].text = "\xc0\xaf";
    EXPECT_THAT(save_document(d, *this / "a.json").error().message,
                HasSubstr("notes[0].text: the text is not UTF-8"));
    d = full_drawing();
    d.layout["client1"].x = std::nan("");
    EXPECT_THAT(save_document(d, *this / "a.json").error().message, HasSubstr("layout.client1.x: "));
    EXPECT_EQ(bytes_of(*this / "a.json"), "old");
}

TEST_F(Files, OpenDrawingTakesAFileOrATemplate) {
    const auto current = fs::current_path();
    fs::current_path(directory_);
    EXPECT_EQ(*open_drawing("in-line"), *make_template("in-line"));
    put("in-line", "{\"fulcrum\": 1, \"name\": \"mine\", \"nodes\": [{\"id\": \"a\", \"kind\": \"se\"}]}");
    const auto mine = open_drawing("in-line");
    fs::create_directory("l2-dsr");
    const auto beside_directory = open_drawing("l2-dsr");
    fs::current_path(current);
    ASSERT_TRUE(mine) << mine.error().message;
    EXPECT_EQ(mine->name, "mine") << "a readable file wins";
    EXPECT_TRUE(mine->layout.contains("a")) << "an item without a placement got one";
    EXPECT_TRUE(beside_directory) << "a directory is no drawing";
    EXPECT_EQ(open_drawing("inline").error().message,
              "open inline: no such file, and no template is called \"inline\"; did you mean in-line?");
    EXPECT_EQ(open_drawing("no/such.json").error().message, "open no/such.json: no such file");
    EXPECT_THAT(open_drawing("zebra").error().message,
                HasSubstr("there are in-line, l2-dsr, "));
    EXPECT_EQ(open_drawing("zebra").error().kind, ErrorKind::bad_input);
}

} // namespace
