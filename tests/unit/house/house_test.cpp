// The house rules that a reader of text can check: who may include whom, and how long a file may grow.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

struct SourceFile {
    std::string path; // from the source root
    std::vector<std::string> lines;
};

std::vector<SourceFile> sources_below(const std::vector<std::string>& folders) {
    const fs::path root = FULCRUM_SOURCE_DIR;
    std::vector<SourceFile> found;
    for (const std::string& folder : folders) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const std::string extension = entry.path().extension().string();
            if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) {
                continue;
            }
            SourceFile file{fs::relative(entry.path(), root).string(), {}};
            std::ifstream in(entry.path());
            for (std::string line; std::getline(in, line);) {
                file.lines.push_back(line);
            }
            found.push_back(std::move(file));
        }
    }
    return found;
}

void expect_no_include(const std::vector<std::string>& folders, const std::regex& forbidden,
                       const std::string& why) {
    const auto files = sources_below(folders);
    ASSERT_FALSE(files.empty());
    for (const SourceFile& file : files) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            EXPECT_FALSE(std::regex_search(file.lines[i], forbidden))
                << file.path << ":" << i + 1 << ": " << file.lines[i] << "\n"
                << why;
        }
    }
}

const std::vector<std::string> everything{"engine", "netns", "capture", "ends", "designer", "app"};

} // namespace

TEST(House, QtLivesInTheCanvasAndTheWindowOnly) {
    expect_no_include({"engine", "netns", "capture", "ends", "app/cli", "designer/document",
                       "designer/checks", "designer/plan", "designer/templates", "designer/edit"},
                      std::regex(R"(^\s*#include\s*<Q)"), "The engine, the lab and the compiler have no Qt.");
}

TEST(House, NobodyIncludesTheApplication) {
    expect_no_include({"engine", "netns", "capture", "ends", "designer"},
                      std::regex(R"(^\s*#include\s*"app/)"),
                      "app includes the others, never the other way round.");
}

TEST(House, TheLabKnowsNoLoadBalancing) {
    expect_no_include(
        {"netns"}, std::regex(R"(^\s*#include\s*"(designer|capture|ends|engine/(?!base/|device/|wire/)))"),
        "netns carries out plans and knows no engine; the process in the middle of a link moves frames.");
    expect_no_include({"netns/kernel", "netns/supervisor"}, std::regex(R"(^\s*#include\s*"engine/(?!base/))"),
                      "Of netns only netns/link may include devices.");
}

TEST(House, TheEngineKnowsNoLabs) {
    expect_no_include({"engine"}, std::regex(R"(^\s*#include\s*"(netns|designer|capture|ends)/)"),
                      "The engine takes a configuration and knows nothing of labs.");
}

TEST(House, TheLayersOfTheEnginePointDownwards) {
    expect_no_include({"engine/base"}, std::regex(R"(#include\s*"engine/(?!base/))"),
                      "base includes base only.");
    expect_no_include({"engine/wire"}, std::regex(R"(#include\s*"engine/(?!(base|wire)/))"), "wire: base.");
    expect_no_include({"engine/device"}, std::regex(R"(#include\s*"engine/(?!(base|wire|device)/))"),
                      "device: wire.");
    expect_no_include({"engine/control"}, std::regex(R"(#include\s*"engine/(?!(base|control)/))"),
                      "control: base.");
    expect_no_include({"engine/stack"}, std::regex(R"(#include\s*"engine/(?!(base|wire|device|stack)/))"),
                      "stack: device and below.");
}

TEST(House, TheJsonLibraryStaysOutOfHeaders) {
    for (const SourceFile& file : sources_below(everything)) {
        if (!file.path.ends_with(".h")) {
            continue;
        }
        for (const std::string& line : file.lines) {
            EXPECT_EQ(line.find("nlohmann/json.hpp"), std::string::npos)
                << file.path << ": costs seconds per includer";
        }
    }
}

TEST(House, FilesStayBelowEightHundredLines) {
    for (const SourceFile& file : sources_below(everything)) {
        EXPECT_LE(file.lines.size(), 800U) << file.path << " holds more than one noun";
    }
}
