#include "app/cli/ending.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

#include "app/cli/commands.h"

namespace fulcrum::cli {
namespace {

std::atomic<bool> interrupted{false};

void note_interruption(int) {
    interrupted = true;
}

int tell(std::string message, int code) {
    for (auto& c : message) {
        if (c == '\n' || c == '\r') {
            c = ' '; // an error is one line, whatever was quoted in it
        }
    }
    std::fflush(stdout);
    note(fmt::format("fulcrum: {}\n", message));
    return code;
}

} // namespace

int report(const Error& error) {
    return tell(error.message, error.kind == ErrorKind::bad_input ? exit_usage : exit_failed);
}
int report_failed(const std::string& message) {
    return tell(message, exit_failed);
}
int report_usage(const std::string& message) {
    return tell(message, exit_usage);
}

void note(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

std::string program_beside(const std::string& name) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    return (error ? std::filesystem::path(name) : self.parent_path() / name).string();
}

Interruption::Interruption() {
    struct sigaction action {};
    action.sa_handler = note_interruption; // without SA_RESTART: a wait ends with EINTR
    ::sigaction(SIGINT, &action, &before_int_);
    ::sigaction(SIGTERM, &action, &before_term_);
}

Interruption::~Interruption() {
    ::sigaction(SIGINT, &before_int_, nullptr);
    ::sigaction(SIGTERM, &before_term_, nullptr);
}

bool Interruption::requested() {
    return interrupted;
}

} // namespace fulcrum::cli
