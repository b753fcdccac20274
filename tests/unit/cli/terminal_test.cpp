#include "app/cli/terminal.h"

#include <gtest/gtest.h>

namespace fulcrum::cli {
namespace {

TEST(Terminal, TablesLineUpWithColoursAndOtherScripts) {
    Table table("  ");
    table.right_align(1);
    table.add({"\033[1mNAME\033[0m", "N", "WHY"});
    table.add({"a → b", "10", "短"});
    table.add({"", "7", ""});
    EXPECT_EQ(table.text(), "  \033[1mNAME\033[0m    N  WHY\n"
                            "  a → b  10  短\n"
                            "          7\n");
}

TEST(Terminal, ReadableNumbers) {
    EXPECT_EQ(readable_bytes(999), "999 B");
    EXPECT_EQ(readable_bytes(1'400'000), "1.4 MB");
    EXPECT_EQ(readable_bytes(~std::uint64_t{0}), "18446.7 PB");
    EXPECT_EQ(readable_ms(83.6), "84 ms");
    EXPECT_EQ(readable_ms(2314), "2.31 s");
}

TEST(Terminal, WhatPacketsSayMovesNoCursor) {
    EXPECT_EQ(printable("a\033[2Jb\r\n\x7f"), "a\\x1b[2Jb\\x0d\\x0a\\x7f");
    EXPECT_EQ(printable("grün → 短 \xf0\x9f\x99\x82"), "grün → 短 \xf0\x9f\x99\x82");
    EXPECT_EQ(printable("\xc2\x9b\x32J"), "\\xc2\\x9b2J"); // CSI as one character
    EXPECT_EQ(printable("\x9b\xff\xe2\x82"), "\\x9b\\xff\\xe2\\x82");
}

TEST(Terminal, NoColourWhereNobodyLooks) {
    // The test's own output is a file or pipe.
    if (!is_terminal(1)) {
        EXPECT_EQ(Style(1).red("x"), "x");
    }
}

} // namespace
} // namespace fulcrum::cli
