// fulcrum-se as a program: what it says and how it exits when it is used wrongly.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <sys/wait.h>

namespace {

struct Ran {
    int status = -1;
    std::string said; // both streams
};

Ran run(const std::string& arguments, const std::string& input) {
    const std::string command =
        "printf '%s' '" + input + "' | " FULCRUM_BIN_DIR "/fulcrum-se " + arguments + " 2>&1";
    Ran out;
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> chunk;
    for (std::size_t n = 0; (n = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) {
        out.said.append(chunk.data(), n);
    }
    out.status = WEXITSTATUS(::pclose(pipe));
    return out;
}

const std::string good =
    R"({"name": "se1", "interfaces": [{"name": "no-such-if", "mac": "02:00:00:00:00:01", "addresses": ["10.1.1.2/24"]}]})";

TEST(Program, a_good_configuration_is_checked_without_a_word) {
    const Ran ran = run("--check", good);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.said, "");
}

TEST(Program, a_bad_configuration_is_one_line_and_exit_2) {
    const Ran ran =
        run("--check", R"({"name": "se1", "pools": [{"name": "p", "servers": [{"name": "s"}]}]})");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.said, "fulcrum-se: configuration: pools[0].servers[0].address: is missing\n");
    EXPECT_EQ(run("", "junk").status, 2);
    EXPECT_EQ(run("--check", "").status, 2);
}

TEST(Program, a_wrong_argument_is_exit_2) {
    EXPECT_EQ(run("--chekc", good).status, 2);
    EXPECT_EQ(run("--help", "").status, 0);
}

TEST(Program, a_missing_interface_is_exit_1_and_named) {
    const Ran ran = run("", good);
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.said.find("no-such-if"), std::string::npos) << ran.said;
    EXPECT_EQ(ran.said.find('\n'), ran.said.size() - 1) << "one line";
}

} // namespace
