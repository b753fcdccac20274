// How the command line looks: colours only on a terminal (and never with NO_COLOR, https://no-color.org),
// columns that line up, one progress line that rewrites itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fulcrum::cli {

bool is_terminal(int fd);

class Style {
public:
    explicit Style(int fd); // 1 or 2: where the text will go
    std::string bold(std::string_view text) const { return with("1", text); }
    std::string dim(std::string_view text) const { return with("2", text); }
    std::string red(std::string_view text) const { return with("31", text); }
    std::string green(std::string_view text) const { return with("32", text); }
    std::string yellow(std::string_view text) const { return with("33", text); }
    std::string blue(std::string_view text) const { return with("34", text); }
    std::string cyan(std::string_view text) const { return with("36", text); }

private:
    std::string with(const char* code, std::string_view text) const;
    bool on_;
};

// Rows of cells in columns as wide as their widest cell; the last column is not padded. Colours do not count.
// Made for many rows: a cell costs its text and four bytes.
class Table {
public:
    explicit Table(std::string_view indent = "") : indent_(indent) {}
    void right_align(std::size_t column); // numbers
    void add(const std::vector<std::string>& row);
    bool empty() const { return cells_in_row_.empty(); }
    std::string text() const;

private:
    std::string indent_;
    std::string cells_;                  // of all rows, one behind the other
    std::vector<std::uint32_t> lengths_; // of each cell
    std::vector<std::uint8_t> cells_in_row_;
    std::vector<std::size_t> widths_; // of the columns so far
    std::vector<bool> right_;
};

// Text out of packets, files and other machines, fit for a terminal: control characters (C0, DEL, and C1 as
// bytes or as UTF-8), which could move the cursor or change the terminal, become \xNN; other UTF-8 stays.
std::string printable(std::string_view text);

std::size_t display_width(std::string_view text); // of UTF-8 with escape sequences, one column a character

// A line on standard error while something takes its time; nothing at all when that is no terminal.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    void show(std::string_view text); // the elapsed time is added
    void clear();

private:
    bool on_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point begun_;
};

std::string readable_bytes(std::uint64_t bytes); // "1.4 MB"
std::string readable_ms(double ms);              // "84 ms", "2.31 s"

} // namespace fulcrum::cli
