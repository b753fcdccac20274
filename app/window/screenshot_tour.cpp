#include "app/window/screenshot_tour.h"

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QTimer>
#include <cstdio>

#include "app/cli/commands.h"
#include "app/window/compare/compare_dialog.h"
#include "app/window/dialogs/capture_dialog.h"
#include "app/window/dialogs/gallery_dialog.h"
#include "app/window/dialogs/load_dialog.h"
#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/inspector_window.h"
#include "app/window/inspector/packets_page.h"
#include "app/window/lab/capture_session.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/lab/request_desk.h"
#include "app/window/ladder/ladder_panel.h"
#include "app/window/main_window.h"
#include "app/window/panels/flows_model.h"
#include "app/window/playback/capture_desk.h"
#include "app/window/proof/proof_panel.h"
#include "app/window/qt_text.h"
#include "app/window/routes/routes_panel.h"
#include "app/window/theme.h"
#include "app/window/window_actions.h"
#include "designer/canvas/canvas_view.h"
#include "designer/templates/templates.h"

namespace fulcrum::window {

namespace {
constexpr int launch_limit_ms = 20000;
constexpr int answer_limit_ms = 8000;
constexpr int compare_limit_ms = 120000;
} // namespace

ScreenshotTour::ScreenshotTour(MainWindow* window, Theme* theme, QString folder, QSize size)
    : window_(window), theme_(theme), folder_(std::move(folder)), size_(size) {}

void ScreenshotTour::rest(int milliseconds) {
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

bool ScreenshotTour::wait(const QString& what, int milliseconds, const std::function<bool()>& until) {
    QElapsedTimer clock;
    clock.start();
    while (!until()) {
        if (clock.elapsed() > milliseconds) {
            std::fprintf(stderr, "fulcrum-window: screenshots: %s did not come about\n", qPrintable(what));
            return false;
        }
        rest(50);
    }
    return true;
}

void ScreenshotTour::picture(const QString& name) {
    QApplication::processEvents();
    window_->grab().save(QDir(folder_).filePath(name + ".png"));
}

bool ScreenshotTour::show_template(const std::string& id) {
    auto document = designer::make_template(id);
    if (!document) {
        return false;
    }
    window_->editor()->reset(std::move(*document));
    rest(600); // the checks
    window_->canvas()->fit();
    return true;
}

bool ScreenshotTour::show_lab(const std::string& id, const QString& name) {
    return show_template(id) && launch(name);
}

bool ScreenshotTour::launch(const QString& name) {
    LabController* controller = window_->controller();
    window_->actions()->launch->trigger();
    if (!wait("the lab for " + name, launch_limit_ms,
              [&] { return controller->phase() == LabPhase::running; })) {
        return false;
    }
    rest(2500); // health checks pass
    window_->show_panel("flows");
    for (int i = 0; i < 6; ++i) {
        const int before = window_->flows()->rowCount();
        window_->actions()->send_request->trigger();
        if (!wait("an answer", answer_limit_ms, [&] { return window_->flows()->rowCount() > before; })) {
            return false;
        }
    }
    rest(900); // the path is animated
    picture(name);
    return true;
}

// A full proxy that reads HTTP: its way, its engine under load, and what servers see in every way.
bool ScreenshotTour::show_proxy(const QString& suffix) {
    if (!show_template("two-arm")) {
        return false;
    }
    designer::Document document = window_->editor()->document();
    document.services.front().layer7 = true;
    window_->editor()->edit(document, "HTTP aware");
    window_->canvas()->select({document.services.front().id}, false);
    if (!launch("proxy" + suffix)) {
        return false;
    }
    LabController* controller = window_->controller();
    LoadDialog* load = window_->requests()->open_load({});
    load->run();
    for (const designer::Node& node : document.nodes) {
        if (node.kind == designer::NodeKind::se) {
            window_->canvas()->select({node.id}, false);
        }
    }
    window_->show_panel("engines");
    rest(7000); // the load is at work
    picture("engines" + suffix);
    window_->show_panel("charts");
    rest(300);
    picture("latency" + suffix);
    const bool loaded = wait("the end of the load", answer_limit_ms * 3, [&] { return !load->is_running(); });
    rest(100);
    load->grab().save(QDir(folder_).filePath("load" + suffix + ".png"));
    load->close();
    if (!loaded || controller->phase() != LabPhase::running || !stop()) {
        return false;
    }
    if (!show_template("one-arm")) {
        return false;
    }
    CompareDialog* compare = window_->requests()->open_compare(window_->editor()->document());
    compare->try_all();
    const bool compared = wait("the comparison", compare_limit_ms, [&] { return !compare->is_running(); });
    rest(300);
    compare->grab().save(QDir(folder_).filePath("compare" + suffix + ".png"));
    compare->close();
    return compared;
}

bool ScreenshotTour::show_routes(const QString& suffix) {
    if (!show_template("topology-2")) {
        return false;
    }
    window_->actions()->routes->setChecked(true);
    window_->show_panel("routes");
    const bool known = wait("the routes", answer_limit_ms, [&] { return window_->routes()->is_current(); });
    rest(300);
    picture("routes-of-all" + suffix);
    for (const designer::Node& node : window_->editor()->document().nodes) {
        if (node.name == "se1") {
            window_->canvas()->select({node.id}, false);
        }
    }
    rest(2200); // the flash of the selection passes
    picture("routes" + suffix);
    window_->actions()->routes->setChecked(false);
    return known;
}

void ScreenshotTour::show_capture_dialog(const QString& suffix) {
    CaptureDialog dialog(window_->controller()->lab(), {"client1:eth0", "se1:eth0", "se1:eth1"}, theme_,
                         window_);
    dialog.show();
    rest(300);
    dialog.grab().save(QDir(folder_).filePath("capture" + suffix + ".png"));
    dialog.close();
}

// What a lab shows of its packets: a proof, the ladder of a request, and its capture.
bool ScreenshotTour::show_evidence(const QString& suffix) {
    if (!show_lab("two-arm", "two-arm" + suffix)) {
        return false;
    }
    CaptureSession capture;
    QString captured;
    QObject::connect(&capture, &CaptureSession::finished, &capture,
                     [&](const QStringList& files) { captured = files.back(); });
    show_capture_dialog(suffix);
    cli::CaptureArguments order;
    order.lab = to_std(window_->controller()->lab());
    order.output = to_std(QDir(folder_).filePath("two-arm.pcapng"));
    capture.start(order);
    if (!wait("a capture", answer_limit_ms, [&] { return capture.is_running(); })) {
        return false;
    }
    const LadderChart& chart = window_->ladders()->view()->chart();
    window_->actions()->send_request->trigger();
    window_->show_panel("ladder");
    const bool asked = wait("a ladder", answer_limit_ms * 2, [&] { return !chart.joints().empty(); });
    rest(1500);
    capture.stop();
    window_->resizeDocks({window_->findChild<QDockWidget*>("ladder")}, {360}, Qt::Vertical);
    rest(300);
    picture("ladder" + suffix);
    window_->resizeDocks({window_->findChild<QDockWidget*>("ladder")}, {250}, Qt::Vertical);
    window_->actions()->clear_path->trigger();
    window_->actions()->prove->trigger();
    const bool proved =
        wait("a proof", answer_limit_ms * 4, [&] { return !window_->proof()->expectations().empty(); });
    rest(300);
    picture("proof" + suffix);
    if (!asked || !proved || !stop() ||
        !wait("the capture's end", answer_limit_ms, [&] { return !captured.isEmpty(); })) {
        return false;
    }
    const bool shown = show_file(captured, suffix);
    window_->resizeDocks({window_->findChild<QDockWidget*>("ladder")}, {190}, Qt::Vertical);
    return shown;
}

// A capture of the drawing, played on it and inspected.
bool ScreenshotTour::show_file(const QString& file, const QString& suffix) {
    window_->captures()->open(file);
    if (!wait("the playback", answer_limit_ms, [&] { return window_->captures()->is_open(); })) {
        return false;
    }
    for (int i = 0; i < 8; ++i) {
        window_->player()->step();
    }
    rest(400);
    picture("playback" + suffix);
    window_->captures()->close();
    InspectorWindow* inspector = InspectorWindow::inspect(file, theme_);
    inspector->resize(size_);
    inspector->apply_filter("http"); // requests and answers at every hop
    if (!wait("the inspector", answer_limit_ms, [&] {
            return !inspector->file()->is_loading() && !inspector->packets()->table()->is_filtering() &&
                   inspector->packets()->table()->shown() > 0;
        })) {
        return false;
    }
    inspector->select_packet(inspector->packets()->table()->packet_of(0)); // its head is open in the tree
    rest(300);
    inspector->grab().save(QDir(folder_).filePath("inspector" + suffix + ".png"));
    inspector->close();
    return true;
}

bool ScreenshotTour::stop() {
    LabController* controller = window_->controller();
    if (controller->phase() == LabPhase::running) {
        controller->stop();
    }
    return wait("the end of the lab", launch_limit_ms, [&] { return controller->phase() == LabPhase::none; });
}

bool ScreenshotTour::show_gallery() {
    GalleryDialog gallery(theme_, window_);
    gallery.show();
    rest(1500);
    const bool saved = gallery.grab().save(QDir(folder_).filePath("gallery.png"));
    gallery.close();
    return saved;
}

bool ScreenshotTour::run() {
    QDir().mkpath(folder_);
    const ThemeChoice before = theme_->choice();
    window_->resize(size_);
    window_->show();
    bool good = true;
    for (const bool dark : {false, true}) {
        theme_->choose(dark ? ThemeChoice::dark : ThemeChoice::light);
        const QString suffix = dark ? "-dark" : "";
        window_->show_panel("problems");
        good = good && show_template("in-line");
        if (good) {
            window_->canvas()->select({window_->editor()->document().services.front().id}, false);
            rest(300);
            picture("window" + suffix);
        }
        good = good && show_lab("in-line", "running" + suffix);
        if (good) {
            window_->show_panel("charts");
            rest(300);
            picture("charts" + suffix);
            window_->show_panel("events");
            rest(200);
            picture("events" + suffix);
        }
        good = stop() && good;
        good = good && show_lab("l2-dsr", "triangle" + suffix);
        good = stop() && good;
        good = good && show_routes(suffix) && show_evidence(suffix);
        good = stop() && good;
        good = good && show_proxy(suffix);
    }
    theme_->choose(ThemeChoice::light);
    good = good && show_gallery();
    theme_->choose(before);
    return good;
}

} // namespace fulcrum::window
