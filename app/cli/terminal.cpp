#include "app/cli/terminal.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

#include "app/cli/ending.h"

namespace fulcrum::cli {

bool is_terminal(int fd) {
    return ::isatty(fd) == 1;
}

Style::Style(int fd) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    on_ = is_terminal(fd) && (no_color == nullptr || *no_color == '\0') &&
          (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string Style::with(const char* code, std::string_view text) const {
    return on_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    const auto escape = [&](unsigned char byte) { out += fmt::format("\\x{:02x}", byte); };
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const std::size_t length = byte < 0x80    ? 1
                                   : byte >= 0xf0 ? 4
                                   : byte >= 0xe0 ? 3
                                   : byte >= 0xc2 ? 2
                                                  : 0;
        bool whole = length != 0 && byte < 0xf5 && length <= text.size() - i;
        for (std::size_t n = 1; whole && n < length; ++n) {
            whole = (static_cast<unsigned char>(text[i + n]) & 0xc0) == 0x80;
        }
        const bool c1 = whole && byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (!whole || c1 || byte < 0x20 || byte == 0x7f) {
            escape(byte); // the rest of a C1 character is no beginning of one: it comes here, too
            ++i;
        } else {
            out += text.substr(i, length);
            i += length;
        }
    }
    return out;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\033') {
            while (i < text.size() && text[i] != 'm') {
                ++i;
            }
        } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) { // not the inside of a character
            ++width;
        }
    }
    return width;
}

void Table::right_align(std::size_t column) {
    right_.resize(std::max(right_.size(), column + 1));
    right_[column] = true;
}

void Table::add(const std::vector<std::string>& row) {
    assert(row.size() <= 0xff);
    widths_.resize(std::max(widths_.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
        widths_[i] = std::max(widths_[i], display_width(row[i]));
        cells_ += row[i];
        lengths_.push_back(static_cast<std::uint32_t>(row[i].size()));
    }
    cells_in_row_.push_back(static_cast<std::uint8_t>(row.size()));
}

std::string Table::text() const {
    std::string out;
    std::string_view rest = cells_;
    auto length = lengths_.begin();
    for (const auto cells : cells_in_row_) {
        std::string line = indent_;
        for (std::size_t i = 0; i < cells; ++i) {
            const auto cell = rest.substr(0, *length);
            rest.remove_prefix(*length++);
            const std::string padding(widths_[i] - display_width(cell), ' ');
            const bool right = i < right_.size() && right_[i];
            line.append(right ? padding : "").append(cell).append(right ? "" : padding).append("  ");
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

ProgressLine::ProgressLine() : on_(is_terminal(STDERR_FILENO)), begun_(std::chrono::steady_clock::now()) {}

void ProgressLine::show(std::string_view text) {
    if (on_) {
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
        note(fmt::format("\r\033[K{}  {:.1f} s", text, elapsed.count()));
        shown_ = true;
    }
}

void ProgressLine::clear() {
    if (shown_) {
        note("\r\033[K");
        shown_ = false;
    }
}

std::string readable_bytes(std::uint64_t bytes) {
    static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < std::size(units)) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string readable_ms(double ms) {
    return ms < 1000 ? fmt::format("{:.0f} ms", ms) : fmt::format("{:.2f} s", ms / 1000);
}

} // namespace fulcrum::cli
