// How commands end: with an error told in one line, or because somebody pressed Ctrl-C.
#pragma once

#include <csignal>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace fulcrum::cli {

// Prints "fulcrum: …" on standard error and returns the exit code that the error's kind asks for.
int report(const Error& error);
int report_failed(const std::string& message); // exit_failed
int report_usage(const std::string& message);  // exit_usage

// Writes on standard error what is not an error. Never fails: when nobody can read it, nobody misses it, and
// what the command does goes on.
void note(std::string_view text);

// While an object of this class lives, SIGINT and SIGTERM are noted instead of ending the program. May be
// nested.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    static bool requested(); // since the program began

private:
    struct sigaction before_int_ {};
    struct sigaction before_term_ {};
};

std::string program_beside(const std::string& name); // path of a program in the folder of this one

} // namespace fulcrum::cli
