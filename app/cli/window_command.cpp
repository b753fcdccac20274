// render, and the window itself: both are fulcrum-window, which has Qt.
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/commands.h"
#include "app/cli/drawing_source.h"
#include "app/cli/ending.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::cli {
namespace {

bool has_display() {
    const auto set = [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != '\0';
    };
    return set("DISPLAY") || set("WAYLAND_DISPLAY") || set("QT_QPA_PLATFORM");
}

// Found out before Qt is started, whose own complaints are many lines.
Result<> can_write(const std::string& path) {
    std::error_code error;
    const bool was_there = std::filesystem::exists(path, error);
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666));
    if (!file) {
        return fail_errno(fmt::format("render: write {}", path));
    }
    if (!was_there) {
        std::filesystem::remove(path, error);
    }
    return {};
}

int become_window(std::vector<std::string> arguments) {
    const auto program = program_beside("fulcrum-window");
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (auto& argument : arguments) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    return report_failed(
        fmt::format("start {}: {}: build it with ./dev build", program, std::strerror(errno)));
}

} // namespace

int render(const std::string& source, const std::string& output, bool dark) {
    const auto extension = std::filesystem::path(output).extension();
    if (extension != ".png" && extension != ".svg" && extension != ".pdf") {
        return report_usage(fmt::format("render: {}: the name must end in .png, .svg or .pdf", output));
    }
    if (const auto drawing = load_drawing(source); !drawing) {
        return report(drawing.error());
    }
    if (const auto possible = can_write(output); !possible) {
        return report(possible.error());
    }
    if (!has_display()) {
        ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
    }
    // Qt speaks of a missing XDG_RUNTIME_DIR, which no picture needs.
    ::setenv("QT_LOGGING_RULES", "default.warning=false", 0);
    std::vector<std::string> arguments{"--render", source, output};
    if (dark) {
        arguments.emplace_back("--dark");
    }
    return become_window(arguments);
}

int open_window(const std::string& file_or_empty) {
    if (!has_display()) {
        return report_failed(
            "window: neither DISPLAY nor WAYLAND_DISPLAY is set: run it in a desktop session, or see "
            "\"fulcrum demo\" and \"fulcrum --help\" for what works without one");
    }
    return become_window(file_or_empty.empty() ? std::vector<std::string>{} : std::vector{file_or_empty});
}

} // namespace fulcrum::cli
