// The command line from outside where no lab is needed: what it prints, on which stream, and its exit codes.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

struct Ran {
    std::string out, err;
    int code = -1;
};

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class CommandLine : public testing::Test {
protected:
    std::filesystem::path folder;
    void SetUp() override {
        auto name = (std::filesystem::temp_directory_path() / "fulcrum-cli-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    Ran fulcrum(const std::string& arguments) const {
        const auto err = folder / "err", out = folder / "out";
        const std::string line = "cd " + folder.string() +
                                 " && env -u DISPLAY -u WAYLAND_DISPLAY -u QT_QPA_PLATFORM '" +
                                 std::string(FULCRUM_BIN_DIR) + "/fulcrum' " + arguments + " >'" +
                                 out.string() + "' 2>'" + err.string() + "' </dev/null";
        const int status = std::system(line.c_str());
        return {read(out), read(err), WIFEXITED(status) ? WEXITSTATUS(status) : -1};
    }
    // One line on standard error that begins with the program's name, nothing on standard output.
    void expect_error(const std::string& arguments, int code, const std::string& says) const {
        const auto ran = fulcrum(arguments);
        EXPECT_EQ(ran.code, code) << arguments << "\n" << ran.err;
        EXPECT_EQ(ran.out, "") << arguments;
        EXPECT_THAT(ran.err, MatchesRegex("fulcrum: [^\n]+\n")) << arguments;
        EXPECT_THAT(ran.err, HasSubstr(says)) << arguments;
    }
};

TEST_F(CommandLine, HelpIsWhatItWas) {
    const auto golden = std::filesystem::path(FULCRUM_SOURCE_DIR) / "tests/golden/cli/help.txt";
    std::string all = fulcrum("--help").out;
    for (const auto* command :
         {"demo", "templates", "new",     "check",   "plan",     "render", "up",   "ps",
          "down", "exec",      "stats",   "flows",   "requests", "start",  "stop", "kill",
          "link", "load",      "capture", "inspect", "ladder",   "replay", "apply"}) {
        const auto ran = fulcrum(std::string(command) + " --help");
        EXPECT_EQ(ran.code, 0) << command;
        EXPECT_EQ(ran.err, "") << command;
        all += "\n== " + std::string(command) + "\n" + ran.out;
    }
    if (std::getenv("FULCRUM_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(golden) << all;
    }
    EXPECT_EQ(all, read(golden)) << "FULCRUM_UPDATE_GOLDEN=1 writes it anew";
}

// The shell's own redirections and limits around a command.
TEST_F(CommandLine, StandardStreamsThatAreClosedOrFull) {
    const auto exit_of = [&](const std::string& line) {
        const int status = std::system(
            ("cd " + folder.string() + " && PATH='" FULCRUM_BIN_DIR "':$PATH && " + line).c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    };
    EXPECT_EQ(exit_of("fulcrum check no-such 2>&-"), 2);
    EXPECT_EQ(exit_of("fulcrum check no-such 2>/dev/full"), 2);
    EXPECT_EQ(exit_of("fulcrum templates >/dev/full 2>err"), 1);
    EXPECT_THAT(read(folder / "err"), MatchesRegex("fulcrum: [^\n]+\n"));
    EXPECT_EQ(exit_of("fulcrum templates >&- 2>err"), 1);
    EXPECT_THAT(read(folder / "err"), MatchesRegex("fulcrum: [^\n]+\n"));
}

TEST_F(CommandLine, AFileOverTheLimitIsAnErrorAndLeavesNothing) {
    ASSERT_EQ(std::system(("cd " + folder.string() +
                           " && ulimit -f 8 && '" FULCRUM_BIN_DIR "/fulcrum' new star:500 -o big.json 2>said")
                              .c_str()) >>
                  8,
              1);
    EXPECT_THAT(read(folder / "said"), MatchesRegex("fulcrum: [^\n]*big.json[^\n]*File too large[^\n]*\n"));
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        EXPECT_EQ(entry.path().filename(), "said");
    }
}

TEST_F(CommandLine, VersionIsOneLine) {
    const auto ran = fulcrum("--version");
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, MatchesRegex("fulcrum [0-9.]+\n"));
}

TEST_F(CommandLine, WrongUseIsTwo) {
    expect_error("frobnicate", 2, "no such command");
    expect_error("--frobnicate", 2, "--help");
    expect_error("up", 2, "FILE|TEMPLATE");
    expect_error("up in-line extra", 2, "up");
    expect_error("new in-line", 2, "--output");
    expect_error("down", 2, "--all");
    expect_error("down --all in-line", 2, "not both");
    expect_error("inspect x.pcap --limit 0", 2, "not in range 1");
    expect_error("ladder x.pcap --limit 0", 2, "not in range 1");
    expect_error("link lab server1 up", 2, "NODE:INTERFACE");
    expect_error("link lab server1:eth0 sideways", 2, "link");
    expect_error("exec lab node", 2, "no command");
    expect_error("plan in-line --json --script", 2, "plan");
    expect_error("render in-line -o x.gif", 2, ".png");
}

TEST_F(CommandLine, UnusableDrawingsAreTwoAndNameThePlace) {
    expect_error("check nothing-like-it", 2, "nothing-like-it");
    expect_error("check in-lin", 2, "in-line"); // what was meant
    std::ofstream(folder / "broken.json") << "{\n  \"format\": oops\n";
    for (const auto* command : {"check", "plan", "up"}) {
        expect_error(std::string(command) + " broken.json", 2, "line 2");
    }
    expect_error("up star:0", 2, "star:N");
    std::filesystem::create_directory(folder / "folder");
    for (const auto* path : {".", "folder", "folder/", "./folder"}) {
        expect_error(std::string("check ") + path, 2, "is a directory");
    }
}

TEST_F(CommandLine, UnusableCapturesAreTwo) {
    std::ofstream(folder / "text.pcapng") << "this is no capture, whatever it is called\n";
    std::ofstream(folder / "empty.pcap");
    for (const auto* command : {"inspect", "flows", "ladder", "inspect --count", "inspect --limit 3"}) {
        for (const auto* file : {"missing.pcapng", "no/such/place", "text.pcapng", "empty.pcap", "."}) {
            expect_error(std::string(command) + " " + file, 2, file);
        }
    }
}

TEST_F(CommandLine, ACaptureThatIsNoneSaysWhatItIs) {
    std::ofstream(folder / "empty.pcap");
    expect_error("inspect empty.pcap", 2, "it is empty");
    std::ofstream(folder / "gz.pcapng") << "\x1f\x8b\x08 and more";
    expect_error("inspect gz.pcapng", 2, "gunzip");
    std::ofstream(folder / "zst.pcapng") << "\x28\xb5\x2f\xfd and more";
    expect_error("flows ./zst.pcapng", 2, "unzstd");
}

TEST_F(CommandLine, PicturesThatCannotBeWritten) {
    expect_error("render in-line -o no/such/folder/x.png", 1, "write no/such/folder/x.png: No such file");
    std::filesystem::create_directory(folder / "x.svg");
    expect_error("render in-line -o x.svg", 1, "write x.svg: Is a directory");
    EXPECT_FALSE(std::filesystem::exists(folder / "no"));
}

TEST_F(CommandLine, NamesThatNoLabCanHave) {
    for (const auto* line : {"stats ''", "down ''", "exec '' n -- true", "apply '' in-line",
                             "check --prove ''", "down 'my lab'", "stats a/b"}) {
        expect_error(line, 2, "no lab can have this name");
    }
    expect_error("up in-line --name ''", 2, "--name: is empty");
    expect_error("up in-line --name 'my lab'", 2, "letters, digits");
    expect_error("up in-line --name " + std::string(65, 'x'), 2, "1 to 64");
}

TEST_F(CommandLine, NewDoesNotWriteOverAFile) {
    std::ofstream(folder / "mine.json") << "mine";
    expect_error("new in-line -o mine.json", 2, "--force");
    EXPECT_EQ(read(folder / "mine.json"), "mine");
    EXPECT_EQ(fulcrum("new in-line -o mine.json --force").code, 0);
    EXPECT_EQ(fulcrum("check mine.json").code, 0);
}

TEST_F(CommandLine, LabsThatDoNotRun) {
    for (const auto* line :
         {"stats no-such-lab", "flows no-such-lab", "exec no-such-lab n -- true", "start no-such-lab n",
          "load no-such-lab n http://x/", "capture no-such-lab -o x.pcapng", "down no-such-lab",
          "check --prove no-such-lab", "apply no-such-lab in-line"}) {
        expect_error(line, 1, "no-such-lab");
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "x.pcapng"));
}

TEST_F(CommandLine, NoDisplayNoWindow) {
    expect_error("", 1, "DISPLAY");
    expect_error("drawing.json", 1, "DISPLAY");
}

TEST_F(CommandLine, TemplatesAndDrawingsInJson) {
    const auto list = nlohmann::json::parse(fulcrum("templates --json").out);
    ASSERT_FALSE(list.empty());
    for (const auto& info : list) {
        const auto id = info.at("id").get<std::string>();
        const auto checked = fulcrum("check " + id + " --json");
        // One that cannot be launched yet says so as a problem.
        EXPECT_EQ(checked.code, info.at("runs").get<bool>() ? 0 : 1) << id << checked.out << checked.err;
        EXPECT_TRUE(nlohmann::json::parse(checked.out).is_array());
        const auto plan = fulcrum("plan " + id + " --json");
        EXPECT_EQ(plan.code, 0) << id;
        EXPECT_TRUE(nlohmann::json::parse(plan.out).contains("lab"));
        EXPECT_EQ(fulcrum("plan " + id + " --script").code, 0);
        EXPECT_EQ(fulcrum("plan " + id + " --routes").code, 0);
    }
}

TEST_F(CommandLine, NewWritesADrawingThatIsRead) {
    EXPECT_EQ(fulcrum("new in-line -o a.json").code, 0);
    EXPECT_EQ(fulcrum("check a.json").code, 0);
    EXPECT_EQ(fulcrum("new in-line -o -").out, read(folder / "a.json"));
    EXPECT_EQ(fulcrum("new star:5 -o star.json").code, 0);
    expect_error("new in-line -o no/such/folder/a.json", 1, "no/such/folder");
}

TEST_F(CommandLine, ProblemsAreOne) {
    auto drawing = nlohmann::json::parse(fulcrum("new in-line -o -").out);
    drawing["pools"][0]["members"] = nlohmann::json::array();
    std::ofstream(folder / "empty-pool.json") << drawing.dump(2);
    const auto checked = fulcrum("check empty-pool.json --json");
    EXPECT_EQ(checked.code, 1) << checked.err;
    const auto problems = nlohmann::json::parse(checked.out);
    ASSERT_FALSE(problems.empty());
    for (const auto* key : {"id", "severity", "items", "why", "fix"}) {
        EXPECT_TRUE(problems[0].contains(key)) << key;
    }
    EXPECT_NE(fulcrum("up empty-pool.json").code, 0);
}

} // namespace
