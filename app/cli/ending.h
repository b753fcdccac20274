// How commands end: with an error told in one line, or because somebody pressed Ctrl-C.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace fulcrum::cli {

// Prints "fulcrum: …" on standard error and returns the exit code that the error's kind asks for.
int report(const Error& error);
int report_failed(const std::string& message); // exit_failed
int report_usage(const std::string& message);  // exit_usage

// Set by SIGINT or SIGTERM while an object of this class lives, instead of ending the program.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;
    static bool requested();
};

std::string program_beside(const std::string& name); // path of a program in the folder of this one

} // namespace fulcrum::cli
