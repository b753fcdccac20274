// fulcrum-window: the window, or a picture of a drawing without one.
#include <QApplication>
#include <QCommandLineParser>
#include <QLocale>
#include <cstdio>
#include <cstdlib>

#include "app/window/inspector/inspector_window.h"
#include "app/window/main_window.h"
#include "app/window/qt_text.h"
#include "app/window/screenshot_tour.h"
#include "app/window/theme.h"
#include "app/window/translator.h"
#include "designer/canvas/canvas_view.h"
#include "designer/templates/templates.h"

namespace {

using namespace fulcrum;

constexpr int exit_failed = 1;
constexpr int exit_wrong_use = 2;

int complain(const std::string& what, int code) {
    std::fprintf(stderr, "fulcrum-window: %s\n", what.c_str());
    return code;
}

bool has_display() {
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') {
            return true;
        }
    }
    return false;
}

int render(const QStringList& arguments, bool dark) {
    if (arguments.size() != 2) {
        return complain("--render needs a drawing and an output file", exit_wrong_use);
    }
    const auto document = designer::open_drawing(window::to_std(arguments[0]));
    if (!document) {
        return complain(document.error().message, exit_wrong_use);
    }
    const auto theme = dark ? designer::CanvasTheme::dark : designer::CanvasTheme::light;
    if (const QString error = designer::render_file(*document, theme, arguments[1]); !error.isEmpty()) {
        return complain(window::to_std(error), exit_failed);
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    bool renders = false;
    for (int i = 1; i < argc; ++i) {
        renders = renders || std::string_view(argv[i]) == "--render";
    }
    if (renders && !has_display()) {
        ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
    }
    QApplication application(argc, argv);
    QApplication::setOrganizationName("fulcrum");
    QApplication::setApplicationName("fulcrum-window");
    QApplication::setApplicationDisplayName("Fulcrum");
    QApplication::setApplicationVersion(FULCRUM_VERSION);
    QApplication::setDesktopFileName("fulcrum");
    // English has a translation too: it knows one from many.
    window::Translator english;
    window::Translator own;
    if (english.load("fulcrum_en", ":/translations")) {
        QApplication::installTranslator(&english);
    }
    if (own.load(QLocale(), "fulcrum", "_", ":/translations")) {
        QApplication::installTranslator(&own);
    }

    QCommandLineParser parser;
    parser.setApplicationDescription("Draws load-balancer networks and runs them as labs.");
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument("FILE", "a drawing or a capture to open", "[FILE]");
    const QCommandLineOption render_option("render",
                                           "draw a file or template into a picture: --render IN OUT");
    const QCommandLineOption dark_option("dark", "light on dark");
    QCommandLineOption tour_option("screenshot", "take the pictures of the documentation into a folder",
                                   "DIR");
    QCommandLineOption size_option("size", "of those pictures", "WxH", "1440x900");
    tour_option.setFlags(QCommandLineOption::HiddenFromHelp);
    size_option.setFlags(QCommandLineOption::HiddenFromHelp);
    parser.addOptions({render_option, dark_option, tour_option, size_option});
    parser.process(application);
    if (parser.isSet(render_option)) {
        return render(parser.positionalArguments(), parser.isSet(dark_option));
    }

    window::Theme theme(&application);
    const QString file = parser.positionalArguments().value(0);
    if (window::InspectorWindow::is_capture(file)) {
        window::InspectorWindow::inspect(file, &theme);
        return QApplication::exec();
    }
    window::MainWindow main_window(&theme, window::Programs());
    if (parser.isSet(tour_option)) {
        const QStringList size = parser.value(size_option).split('x');
        if (size.size() != 2 || size[0].toInt() < 800 || size[1].toInt() < 600) {
            return complain("--size wants pixels, as in 1280x800", exit_wrong_use);
        }
        window::ScreenshotTour tour(&main_window, &theme, parser.value(tour_option),
                                    {size[0].toInt(), size[1].toInt()});
        return tour.run() ? 0 : exit_failed;
    }
    main_window.show();
    main_window.open_at_start(file);
    return QApplication::exec();
}
