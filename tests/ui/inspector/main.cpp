// Tests of the inspector, in real windows on an X server of their own.
#include <QApplication>
#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

#include "tests/ui/window/own_display.h"

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    const OwnDisplay display;
    const QTemporaryDir home; // settings of nobody
    for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"}) {
        qputenv(name, QFile::encodeName(home.path()));
    }
    qputenv("QT_QPA_PLATFORM", OwnDisplay::why_missing().empty() ? "xcb" : "offscreen");
    QApplication application(argc, argv);
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    QApplication::setOrganizationName("fulcrum");
    QApplication::setApplicationName("fulcrum-inspector-test");
    return RUN_ALL_TESTS();
}
