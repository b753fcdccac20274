// The witnesses of these tests: captures made by make_captures.py and, where they are, public ones that nobody
// here made; and what tshark says about them.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace fulcrum::capture::oracle {

// What a shell command prints on its standard output.
inline std::string output_of(const std::string& command) {
    std::string out;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) {
        return out;
    }
    std::array<char, 65536> buffer;
    std::size_t n = 0;
    while ((n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
        out.append(buffer.data(), n);
    }
    ::pclose(pipe);
    return out;
}

inline bool have(const char* program) {
    return !output_of(std::string("command -v ") + program).empty();
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

// A folder of public captures: FULCRUM_CAPTURES, or shared/captures beside the source tree.
inline std::filesystem::path folder() {
    const char* given = std::getenv("FULCRUM_CAPTURES");
    return given != nullptr ? std::filesystem::path(given)
                            : std::filesystem::path(FULCRUM_SOURCE_DIR).parent_path() / "shared" / "captures";
}

inline std::vector<std::filesystem::path> captures_in(const std::filesystem::path& place) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place, error)) {
        const auto extension = entry.path().extension();
        if (extension == ".pcap" || extension == ".pcapng" || extension == ".cap") {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

inline bool has_public_captures() {
    return !captures_in(folder()).empty();
}

inline std::vector<std::filesystem::path> captures() {
    auto found = captures_in(std::filesystem::path(FULCRUM_SOURCE_DIR) / "tests/golden/capture/made");
    for (auto& path : captures_in(folder())) {
        found.push_back(std::move(path));
    }
    return found;
}

// Why these tests cannot run here; empty when they can.
inline std::string missing() {
    return have("tshark") ? "" : "tshark is not installed";
}

// tshark on one file, with its complaints left out. Names are not resolved.
inline std::string tshark(const std::filesystem::path& file, const std::string& arguments) {
    return output_of("tshark -n -r '" + file.string() + "' " + arguments + " 2>/dev/null");
}

} // namespace fulcrum::capture::oracle
