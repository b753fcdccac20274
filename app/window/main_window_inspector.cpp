// Captures opened out of the main window, and those that run seen as they do.
#include <QFileDialog>
#include <QPointer>
#include <QSettings>

#include "app/window/inspector/inspector_window.h"
#include "app/window/lab/capture_session.h"
#include "app/window/main_window.h"
#include "app/window/window_actions.h"

namespace fulcrum::window {

void MainWindow::connect_inspector() {
    connect(actions_->inspect, &QAction::triggered, this, [this] {
        constexpr auto folder_key = "capture_folder";
        const QString path =
            QFileDialog::getOpenFileName(this, tr("Open a capture"), QSettings().value(folder_key).toString(),
                                         tr("Captures (*.pcapng *.pcap *.cap);;All files (*)"));
        if (!path.isEmpty()) {
            inspect(path);
        }
    });
    connect(this, &MainWindow::packet_wanted, this, [this](const auto& capture, quint32 packet) {
        InspectorWindow::inspect(capture, packet, theme_);
    });
}

void MainWindow::inspect_running_capture() {
    const QPointer<InspectorWindow> window =
        InspectorWindow::inspect_live(capture_->file(), theme_, [capture = QPointer(capture_)] {
            if (capture != nullptr) {
                capture->stop();
            }
        });
    connect(capture_, &CaptureSession::progress, window,
            [window](quint64, quint64 drops) { window->show_drops(drops); });
}

void MainWindow::inspect(const QString& capture) {
    InspectorWindow::inspect(capture, theme_);
}

} // namespace fulcrum::window
