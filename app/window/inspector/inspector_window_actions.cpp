// What the actions of an inspector window do.
#include <QApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QStatusBar>
#include <QTabWidget>
#include <algorithm>

#include "app/window/info_bar.h"
#include "app/window/inspector/capture_charts.h"
#include "app/window/inspector/color_rules_dialog.h"
#include "app/window/inspector/comment_dialog.h"
#include "app/window/inspector/compare_window.h"
#include "app/window/inspector/conversations_page.h"
#include "app/window/inspector/file_facts.h"
#include "app/window/inspector/follow_window.h"
#include "app/window/inspector/http_page.h"
#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/inspector_actions.h"
#include "app/window/inspector/inspector_window.h"
#include "app/window/inspector/packet_finder.h"
#include "app/window/inspector/packets_page.h"
#include "app/window/look/row_table.h"
#include "app/window/look/unsaved_question.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "capture/time_between.h"

namespace fulcrum::window {

namespace {

constexpr auto folder_key = "capture_folder";
constexpr auto colors_key = "inspector/colors";
constexpr auto time_key = "inspector/time";

QString save_filter() {
    return InspectorWindow::tr("Captures (*.pcapng)");
}

std::vector<std::string> comments_of(const QString& text) {
    return text.trimmed().isEmpty() ? std::vector<std::string>() : std::vector{to_std(text.trimmed())};
}

QString text_of(const std::vector<std::string>& comments) {
    QStringList lines;
    for (const std::string& comment : comments) {
        lines << to_q(comment);
    }
    return lines.join('\n');
}

// What is no action.
KeyGroup keys_of_packets() {
    using Window = InspectorWindow;
    return {
        .title = Window::tr("Packets, fields and bytes"),
        .keys = {{Window::tr("Tab, Shift+Tab"), Window::tr("List, fields, bytes, filter")},
                 {Window::tr("Up, Down"), Window::tr("Next packet, next field")},
                 {Window::tr("Left, Right"), Window::tr("Close or open a field; the byte before or after")},
                 {Window::tr("Menu key, Shift+F10"), Window::tr("Filters, stream and comment of the packet")},
                 {Window::tr("Shift+Up, Shift+Down"), Window::tr("Select more packets, to export them")},
                 {Window::tr("Return in a table"), Window::tr("Its packets")},
                 {Window::tr("Return in the filter"), Window::tr("Apply it")},
                 {Window::tr("Esc"), Window::tr("Back to the packets")}}};
}

} // namespace

void InspectorWindow::connect_actions() {
    const auto on = [this](QAction* action, auto done) { connect(action, &QAction::triggered, this, done); };
    on(actions_->open, [this] {
        if (const QString path = ask_for_file(tr("Open a capture")); !path.isEmpty()) {
            open_file(path);
        }
    });
    on(actions_->reload, [this] { reload(); });
    on(actions_->stop, [this] { stop_capture(); });
    on(actions_->save, [this] { save(); });
    on(actions_->save_copy, [this] { save_copy(); });
    on(actions_->export_shown, [this] { export_packets(packets_->table()->shown_packets()); });
    on(actions_->export_selected, [this] { export_packets(packets_->selected()); });
    connect(file_, &InspectedFile::exported, this, [this](quint64 packets, const QString& path) {
        show_progress();
        statusBar()->showMessage(
            tr("%n packet(s) exported: %1", nullptr, static_cast<int>(packets)).arg(path), 6000);
    });
    connect(file_, &InspectedFile::export_cancelled, this, [this] {
        show_progress();
        statusBar()->showMessage(tr("Nothing was exported."), 6000);
    });
    connect(file_, &InspectedFile::export_failed, this, [this](const QString& why) {
        show_progress();
        statusBar()->clearMessage();
        QMessageBox::warning(this, tr("Export"), why);
    });
    on(actions_->close, [this] { close(); });

    on(actions_->find, [this] {
        pages_->setCurrentWidget(packets_);
        finder_->open();
    });
    on(actions_->find_next, [this] { finder_->go(false); });
    on(actions_->find_previous, [this] { finder_->go(true); });
    connect(finder_, &PacketFinder::closed, packets_->list(), qOverload<>(&QWidget::setFocus));
    on(actions_->go_to, [this] { go_to_packet(); });
    const auto go_to_row = [this](int row) {
        if (const int rows = packets_->table()->rowCount(); rows > 0) {
            packets_->go_to(packets_->table()->packet_of(row < 0 ? rows - 1 : row));
        }
    };
    on(actions_->first, [go_to_row] { go_to_row(0); });
    on(actions_->last, [go_to_row] { go_to_row(-1); });
    on(actions_->comment, [this] { edit_comment(); });
    on(actions_->file_comment, [this] { edit_file_comment(); });

    on(actions_->show_packets, [this] { pages_->setCurrentWidget(packets_); });
    on(actions_->show_conversations, [this] { pages_->setCurrentWidget(conversations_); });
    on(actions_->show_http, [this] { pages_->setCurrentWidget(http_); });
    on(actions_->show_charts, [this] { pages_->setCurrentWidget(charts_); });
    actions_->colors->setChecked(QSettings().value(colors_key, true).toBool());
    const auto show_colors = [this](bool shown) {
        packets_->table()->set_color_rules(shown ? ColorRules::load() : QList<ColorRule>());
    };
    show_colors(actions_->colors->isChecked());
    connect(actions_->colors, &QAction::toggled, this, [show_colors](bool shown) {
        QSettings().setValue(colors_key, shown);
        show_colors(shown);
    });
    on(actions_->color_rules, [this] { edit_color_rules(); });
    const auto time = static_cast<TimeShown>(
        std::clamp(QSettings().value(time_key, 0).toInt(), 0, static_cast<int>(TimeShown::time_of_day)));
    (time == TimeShown::since_first          ? actions_->time_since_first
     : time == TimeShown::since_shown_before ? actions_->time_since_before
                                             : actions_->time_of_day)
        ->setChecked(true);
    choose_time_column();
    for (QAction* action : {actions_->time_since_first, actions_->time_since_before, actions_->time_of_day}) {
        on(action, [this] { choose_time_column(); });
    }

    on(actions_->filter, [this] { filter_->focus(); });
    on(actions_->clear_filter, [this] { filter_->clear(); });
    on(actions_->follow, [this] { follow_current(); });
    on(actions_->filter_conversation, [this] { apply_filter(packets_->current_stream_filter()); });
    on(actions_->compare, [this] {
        if (const QString path = ask_for_file(tr("Compare with")); !path.isEmpty()) {
            compare_with(path);
        }
    });
    on(actions_->file_facts, [this] { show_file_facts(); });
    on(actions_->shortcuts, [this] { show_shortcuts(actions_->keys() << keys_of_packets(), this); });
}

QString InspectorWindow::ask_for_file(const QString& title) {
    return QFileDialog::getOpenFileName(this, title, QSettings().value(folder_key).toString(),
                                        tr("Captures (*.pcapng *.pcap *.cap);;All files (*)"));
}

CompareWindow* InspectorWindow::compare_with(const QString& path) {
    auto* compared = new CompareWindow(
        file_->capture(), file_->path().isEmpty() ? tr("This capture") : QFileInfo(file_->path()).fileName(),
        path, theme_, this);
    connect(compared, &CompareWindow::packet_wanted, this, &InspectorWindow::select_packet);
    compared->show();
    return compared;
}

void InspectorWindow::reload() {
    const auto current = packets_->current();
    if (!file_->path().isEmpty() && open_file(file_->path()) && current) {
        packets_->go_to(*current);
    }
}

void InspectorWindow::stop_capture() {
    stop_ ? stop_() : file_->stop_following();
}

bool InspectorWindow::may_discard() {
    if (!file_->is_modified()) {
        return true;
    }
    return may_give_up(
        {"unsaved_comments",
         tr("Unsaved comments"),
         tr("Comments on “%1” are not saved.").arg(QFileInfo(file_->path()).fileName()),
         {}},
        [this] { return save(); }, this);
}

bool InspectorWindow::save() {
    if (file_->is_following()) {
        QMessageBox::information(this, tr("Save"), tr("The capture still runs. Stop it before it is saved."));
        return false;
    }
    // A pcap file has no room for comments: it stays as it is, and a pcapng file is made beside it.
    if (file_->path().isEmpty() || file_->is_classic_pcap()) {
        return save_copy();
    }
    return file_->on_disk() == FileOnDisk::Fate::changed ? save_beside_changes() : save_to(file_->path());
}

// Somebody else's newer file has the name now: it is not replaced unasked.
bool InspectorWindow::save_beside_changes() {
    QMessageBox box(QMessageBox::Warning, tr("The file has changed"),
                    tr("“%1” was changed or replaced by another program after it was opened here.")
                        .arg(QFileInfo(file_->path()).fileName()),
                    QMessageBox::Cancel, this);
    box.setObjectName("changed_on_disk");
    box.setInformativeText(tr("Overwriting it puts the packets shown here, with their comments, in place of "
                              "what is in it now."));
    QPushButton* elsewhere = box.addButton(tr("Save &as…"), QMessageBox::AcceptRole);
    QPushButton* overwrite = box.addButton(tr("&Overwrite"), QMessageBox::DestructiveRole);
    box.setDefaultButton(elsewhere);
    box.exec();
    return box.clickedButton() == elsewhere   ? save_copy()
           : box.clickedButton() == overwrite ? save_to(file_->path())
                                              : false;
}

// A pcapng file in the capture's folder.
QString InspectorWindow::proposed_path(const QString& suffix) const {
    const QFileInfo info(file_->path());
    return file_->path().isEmpty() ? tr("capture") + suffix + ".pcapng"
                                   : info.dir().filePath(info.completeBaseName() + suffix + ".pcapng");
}

bool InspectorWindow::save_copy() {
    const QString proposed = proposed_path({});
    const QString path = QFileDialog::getSaveFileName(this, tr("Save a copy"), proposed, save_filter());
    return !path.isEmpty() && save_to(path);
}

bool InspectorWindow::save_to(const QString& path) {
    QApplication::setOverrideCursor(Qt::WaitCursor);
    const auto saved = file_->save(path);
    QApplication::restoreOverrideCursor();
    if (!saved) {
        QMessageBox::warning(this, tr("Save"), to_q(saved.error().message));
        return false;
    }
    const auto current = packets_->current();
    if (const auto opened = file_->open(QFileInfo(path).absoluteFilePath()); !opened) {
        QMessageBox::warning(this, tr("Save"), to_q(opened.error().message));
        return false;
    }
    if (current) {
        packets_->go_to(*current);
    }
    statusBar()->showMessage(tr("Saved: %1").arg(path), 4000);
    return true;
}

void InspectorWindow::export_packets(std::vector<std::uint32_t> packets) {
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Export %n packet(s)", nullptr, static_cast<int>(packets.size())),
        proposed_path(tr("-part")), save_filter());
    if (path.isEmpty()) {
        return;
    }
    if (QFileInfo(path) == QFileInfo(file_->path())) { // what is not exported would be lost
        QMessageBox::warning(this, tr("Export"),
                             tr("This file is the one that is open. Choose another name."));
        return;
    }
    statusBar()->showMessage(tr("Exporting…"));
    file_->export_packets(std::move(packets), path);
    show_progress();
}

void InspectorWindow::edit_comment() {
    const auto packet = packets_->current();
    if (!packet) {
        return;
    }
    if (const auto text = CommentDialog::ask(tr("Comment on packet %1").arg(*packet + 1),
                                             text_of(file_->comments(*packet)), this)) {
        file_->set_comments(*packet, comments_of(*text));
    }
}

void InspectorWindow::edit_file_comment() {
    if (const auto text =
            CommentDialog::ask(tr("Comment on the file"), text_of(file_->file_comments()), this)) {
        file_->set_file_comments(comments_of(*text));
    }
}

void InspectorWindow::edit_color_rules() {
    auto* dialog = new ColorRulesDialog(ColorRules::load(), theme_, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ColorRulesDialog::applied, this, [this](const QList<ColorRule>& rules) {
        ColorRules::save(rules);
        actions_->colors->setChecked(true);
        packets_->table()->set_color_rules(rules);
    });
    dialog->open();
}

void InspectorWindow::go_to_packet() {
    bool good = false;
    const int most = static_cast<int>(std::max<std::size_t>(1, file_->size()));
    const int number =
        QInputDialog::getInt(this, tr("Go to packet"), tr("Number, from 1 to %1:").arg(most),
                             static_cast<int>(packets_->current().value_or(0)) + 1, 1, most, 1, &good);
    if (good) {
        select_packet(static_cast<std::size_t>(number - 1));
    }
}

// Packets of different links need not be in order of time: the nearest one is looked for among all that are
// shown.
void InspectorWindow::go_to_time(double since_first_s) {
    const PacketTable* table = packets_->table();
    const capture::CaptureFile& capture = *file_->capture();
    double nearest_s = 0;
    std::optional<std::uint32_t> nearest;
    for (int row = 0; row < table->rowCount(); ++row) {
        const auto& record = capture.record(table->packet_of(row));
        const double away_s = std::abs(
            static_cast<double>(capture::ns_between(capture.record(0).time_ns, record.time_ns)) / 1e9 -
            since_first_s);
        if ((record.flags & capture::PacketRecord::no_time) == 0 && (!nearest || away_s < nearest_s)) {
            nearest = table->packet_of(row);
            nearest_s = away_s;
        }
    }
    if (nearest) {
        select_packet(*nearest);
    }
}

void InspectorWindow::choose_time_column() {
    const TimeShown shown = actions_->time_since_first->isChecked()    ? TimeShown::since_first
                            : actions_->time_since_before->isChecked() ? TimeShown::since_shown_before
                                                                       : TimeShown::time_of_day;
    packets_->table()->set_time_shown(shown);
    QSettings().setValue(time_key, static_cast<int>(shown));
}

FollowWindow* InspectorWindow::follow_current() {
    const auto packet = packets_->current();
    if (!packet || file_->capture()->record(*packet).stream == capture::no_stream) {
        return nullptr;
    }
    const capture::PacketRecord& record = file_->capture()->record(*packet);
    auto* follow = new FollowWindow(file_->capture(), (record.flags & capture::PacketRecord::is_udp) != 0,
                                    record.stream, record.interface, theme_, this);
    connect(follow, &FollowWindow::filter_wanted, this, &InspectorWindow::apply_filter);
    follow->show();
    return follow;
}

void InspectorWindow::show_file_facts() {
    auto* dialog = new FileFacts(*file_, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &FileFacts::comment_wanted, this, &InspectorWindow::edit_file_comment);
    dialog->open();
}

} // namespace fulcrum::window
