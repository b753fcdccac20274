// Tests of the window, in a real window on an X server of their own.
#include <QApplication>
#include <gtest/gtest.h>

#include "tests/ui/window/crashing_window.h"
#include "tests/ui/window/own_display.h"

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    const OwnDisplay display;
    qputenv("QT_QPA_PLATFORM", OwnDisplay::why_missing().empty() ? "xcb" : "offscreen");
    QApplication application(argc, argv);
    QApplication::setOrganizationName("fulcrum");
    QApplication::setApplicationName("fulcrum-window");
    if (argc > 1 && std::string_view(argv[1]) == crashing_window_argument) {
        return run_crashing_window();
    }
    return RUN_ALL_TESTS();
}
