// Captures taken and opened out of the main window, and those that run seen as they do.
#include <QFileDialog>
#include <QLabel>
#include <QPointer>
#include <QProcess>
#include <QSettings>

#include "app/window/dialogs/capture_dialog.h"
#include "app/window/info_bar.h"
#include "app/window/inspector/inspector_window.h"
#include "app/window/item_menu.h"
#include "app/window/lab/background.h"
#include "app/window/lab/capture_session.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/main_window.h"
#include "app/window/panels/events_panel.h"
#include "app/window/playback/capture_desk.h"
#include "app/window/programs.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
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

void MainWindow::connect_capture() {
    connect(actions_->capture, &QAction::triggered, this, &MainWindow::toggle_capture);
    connect(capture_, &CaptureSession::running_changed, this, [this](bool running) {
        actions_->capture->setText(running ? tr("Stop &capture") : tr("&Capture…"));
        actions_->capture->setIconText(running ? tr("Stop capture") : tr("Capture"));
        capture_state_->setVisible(running);
        if (running && !capture_->file().isEmpty()) {
            inspect_running_capture();
        }
    });
    connect(capture_, &CaptureSession::progress, this, [this](quint64 packets, quint64 drops) {
        capture_state_->setText(QStringLiteral("<span style='color:%1'>●</span> %2")
                                    .arg(theme_->colors().error.name(),
                                         tr("capturing: %1 packets, %2 dropped").arg(packets).arg(drops)));
    });
    connect(capture_, &CaptureSession::failed, this, [this](const QString& why) {
        lab_bar_->tell(InfoKind::trouble, tr("Capture: %1").arg(why.toHtmlEscaped()));
        events_->add_now({}, tr("Capture: %1").arg(why), EventKind::trouble);
    });
    connect(capture_, &CaptureSession::finished, this,
            [this](const QStringList& files, quint64 packets, quint64 drops) {
                const QString file = files.back();
                QString summary = tr("%1 packets captured, %2 dropped: %3").arg(packets).arg(drops).arg(file);
                if (files.size() > 1) {
                    summary = tr("%1 packets captured, %2 dropped; kept in %3 files, the newest: %4")
                                  .arg(packets)
                                  .arg(drops)
                                  .arg(files.size())
                                  .arg(file);
                }
                events_->add_now({}, summary, EventKind::good);
                QList<InfoBar::Offer> offers{
                    {tr("Inspect"), [this, file] { inspect(file); }},
                    {tr("Play on the drawing"), [this, file] { captures_->open(file); }}};
                if (const QString wireshark = Programs::wireshark(); !wireshark.isEmpty()) {
                    offers.append({tr("Open in Wireshark"),
                                   [wireshark, file] { QProcess::startDetached(wireshark, {file}); }});
                }
                lab_bar_->tell(InfoKind::good, summary.toHtmlEscaped(), offers);
            });
}

void MainWindow::toggle_capture() {
    if (capture_->is_running()) {
        capture_->stop();
        return;
    }
    actions_->capture->setEnabled(false); // until it is known which links there are: one question at a time
    in_background(
        this,
        [lab = to_std(controller_->lab())]() -> Result<QStringList> {
            auto client = netns::LabClient::connect(lab);
            const auto interfaces = client ? client->interfaces() : tl::unexpected(client.error());
            if (!interfaces) {
                return tl::unexpected(interfaces.error());
            }
            QStringList ends;
            for (const netns::InterfaceStatus& one : *interfaces) {
                ends.append(to_q(one.node + ":" + one.interface));
            }
            return ends;
        },
        [this](const Result<QStringList>& link_ends) {
            item_menu_->enable_lab_actions();
            if (!link_ends) {
                emit capture_->failed(to_q(link_ends.error().message));
            } else if (controller_->phase() == LabPhase::running) {
                ask_for_capture(*link_ends);
            }
        });
}

void MainWindow::ask_for_capture(const QStringList& link_ends) {
    CaptureDialog dialog(controller_->lab(), link_ends, theme_, this);
    if (dialog.exec() == QDialog::Accepted && controller_->phase() == LabPhase::running) {
        capture_->start(dialog.order());
    }
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
