#include "app/window/inspector/inspector_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QProgressBar>
#include <QSettings>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/window/info_bar.h"
#include "app/window/inspector/capture_charts.h"
#include "app/window/inspector/conversations_page.h"
#include "app/window/inspector/http_page.h"
#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/inspector_actions.h"
#include "app/window/inspector/packet_finder.h"
#include "app/window/inspector/packets_page.h"
#include "app/window/look/row_table.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"

namespace fulcrum::window {

namespace {

constexpr auto geometry_key = "inspector/geometry";
constexpr auto folder_key = "capture_folder";
constexpr QSize default_size{1360, 880};

} // namespace

bool InspectorWindow::is_capture(const QString& path) {
    QFile file(path);
    if (path.isEmpty() || !file.open(QIODevice::ReadOnly)) {
        return false;
    }
    const QByteArray head = file.read(4);
    for (const char* magic :
         {"0a0d0d0a", "a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1", "a1b2cd34", "34cdb2a1"}) {
        if (head.toHex() == magic) {
            return true;
        }
    }
    return false;
}

InspectorWindow* InspectorWindow::inspect(const QString& path, const Theme* theme) {
    auto* window = new InspectorWindow(theme);
    window->show();
    window->open_file(path);
    return window;
}

InspectorWindow* InspectorWindow::inspect_live(const QString& path, const Theme* theme,
                                               std::function<void()> stop) {
    InspectorWindow* window = inspect(path, theme);
    window->stop_ = std::move(stop);
    return window;
}

InspectorWindow* InspectorWindow::inspect(const std::shared_ptr<capture::CaptureFile>& capture,
                                          std::size_t packet, const Theme* theme) {
    InspectorWindow* window = nullptr;
    for (QWidget* widget : QApplication::topLevelWidgets()) {
        auto* one = qobject_cast<InspectorWindow*>(widget);
        if (one != nullptr && one->isVisible() && one->file_->capture() == capture) {
            window = one;
        }
    }
    if (window == nullptr) {
        window = new InspectorWindow(theme);
        window->show();
        window->file_->share(capture);
    }
    window->select_packet(packet);
    window->raise();
    window->activateWindow();
    return window;
}

InspectorWindow::InspectorWindow(const Theme* theme, QWidget* parent)
    : QMainWindow(parent), theme_(theme), file_(new InspectedFile(this)),
      actions_(new InspectorActions(theme, this)), filter_(new FilterLine(theme, this)),
      banner_(new InfoBar(theme, this)), pages_(new QTabWidget(this)),
      packets_(new PacketsPage(file_, theme, this)), finder_(new PacketFinder(file_, packets_, this)),
      conversations_(new ConversationsPage(this)), http_(new HttpPage(this)),
      charts_(new CaptureCharts(theme, this)), told_(new QLabel(this)), counts_(new QLabel(this)),
      progress_(new QProgressBar(this)), cancel_(new QToolButton(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName("inspector_window");
    setAcceptDrops(true);
    setWindowIcon(designer::themed_icon("fulcrum", designer::CanvasTheme::light));
    addToolBar(actions_->make_tool_bar());
    make_center();
    make_status_bar();
    connect_actions();
    connect_parts();
    resize(default_size);
    restoreGeometry(QSettings().value(geometry_key).toByteArray());
    show_title();
    show_packet_state();
    packets_->list()->setFocus();
}

InspectorWindow::~InspectorWindow() {
    // Pages watch the file; they go first.
    delete takeCentralWidget();
}

void InspectorWindow::make_center() {
    auto* center = new QWidget(this);
    auto* column = new QVBoxLayout(center);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    pages_->setDocumentMode(true);
    pages_->setObjectName("inspector_pages");
    pages_->addTab(packets_, tr("Packets"));
    pages_->addTab(conversations_, tr("Conversations"));
    pages_->addTab(http_, tr("HTTP requests"));
    pages_->addTab(charts_, tr("Charts"));
    column->addWidget(filter_);
    column->addWidget(banner_);
    column->addWidget(finder_);
    column->addWidget(pages_, 1);
    setCentralWidget(center);
}

void InspectorWindow::make_status_bar() {
    progress_->setMaximumWidth(180);
    progress_->setRange(0, 1000);
    progress_->setTextVisible(false);
    progress_->hide();
    cancel_->setText(tr("Cancel"));
    cancel_->setObjectName("cancel");
    cancel_->hide();
    counts_->setObjectName("packet_counts");
    statusBar()->setContentsMargins(6, 0, 0, 0);
    statusBar()->addWidget(told_, 1);
    statusBar()->addPermanentWidget(progress_);
    statusBar()->addPermanentWidget(cancel_);
    statusBar()->addPermanentWidget(counts_);
}

QMenu* InspectorWindow::analyse_menu() const {
    return actions_->analyse();
}

QString InspectorWindow::banner() const {
    return banner_shown_ ? banner_->text() : QString();
}

bool InspectorWindow::open_file(const QString& path) {
    if (!may_discard()) {
        return false;
    }
    finder_->stop();
    if (const auto opened = file_->open(QFileInfo(path).absoluteFilePath()); !opened) {
        banner_->tell(
            InfoKind::trouble,
            tr("<b>The file cannot be opened.</b> %1").arg(to_q(opened.error().message).toHtmlEscaped()));
        banner_shown_ = true;
        return false;
    }
    stop_ = {};
    QSettings().setValue(folder_key, QFileInfo(path).absolutePath());
    return true;
}

void InspectorWindow::connect_parts() {
    connect(file_, &InspectedFile::opened, this, [this] {
        banner_->dismiss();
        banner_shown_ = false;
        conversations_->set_file(file_->capture());
        http_->set_file(file_->capture());
        charts_->set_shown(std::nullopt);
        charts_->set_file(file_->capture());
        drops_ = 0;
        actions_->set_following(file_->is_following());
        show_title();
        show_packet_state();
    });
    connect(file_, &InspectedFile::grown, this, &InspectorWindow::show_progress);
    connect(file_, &InspectedFile::loaded, this, &InspectorWindow::show_loaded);
    connect(file_, &InspectedFile::modified_changed, this, &InspectorWindow::show_title);
    connect(cancel_, &QToolButton::clicked, this,
            [this] { file_->is_exporting() ? file_->cancel_export() : file_->cancel_loading(); });
    connect(packets_, &PacketsPage::keeps_to_end_changed, actions_->keep_to_end, &QAction::setChecked);
    connect(actions_->keep_to_end, &QAction::triggered, packets_, &PacketsPage::set_keeps_to_end);
    connect(banner_, &InfoBar::dismissed, this, [this] { banner_shown_ = false; });
    connect(filter_, &FilterLine::applied, this, [this](const capture::DisplayFilter& filter) {
        packets_->table()->set_filter(filter);
        pages_->setCurrentWidget(packets_);
        packets_->list()->setFocus();
        show_counts();
    });
    connect(filter_, &FilterLine::left, packets_->list(), qOverload<>(&QWidget::setFocus));
    connect(packets_->table(), &PacketTable::filtered, this, [this] {
        show_counts();
        if (!packets_->table()->is_filtering() && !file_->is_loading()) {
            charts_->set_shown(packets_->table()->filter().isEmpty()
                                   ? std::nullopt
                                   : std::optional(packets_->table()->shown_packets()));
        }
    });
    connect(packets_, &PacketsPage::filter_wanted, this,
            [this](const QString& filter, FilterJoin how, bool apply) {
                filter_->set_text(joined_filter(filter_->text(), filter, how));
                apply ? filter_->apply() : filter_->focus();
            });
    connect(packets_, &PacketsPage::field_told, told_, &QLabel::setText);
    connect(packets_, &PacketsPage::follow_wanted, this, &InspectorWindow::follow_current);
    connect(packets_, &PacketsPage::comment_wanted, this, &InspectorWindow::edit_comment);
    connect(packets_, &PacketsPage::export_wanted, this, [this] { export_packets(packets_->selected()); });
    connect(packets_, &PacketsPage::current_changed, this, [this](std::size_t packet) {
        show_packet_state();
        emit packet_selected(packet);
        if (const auto& record = file_->capture()->record(packet);
            (record.flags & capture::PacketRecord::no_time) == 0) {
            emit time_changed(record.time_ns);
        }
    });
    const auto connect_table = [this](auto* page) {
        using Page = std::remove_pointer_t<decltype(page)>;
        connect(page, &Page::filter_wanted, this, &InspectorWindow::apply_filter);
        connect(page, &Page::packet_wanted, this, &InspectorWindow::select_packet);
        connect(page, &Page::follow_wanted, this, [this](std::size_t packet) {
            select_packet(packet);
            follow_current();
        });
    };
    connect_table(conversations_);
    connect_table(http_);
    connect(charts_, &CaptureCharts::time_chosen, this, &InspectorWindow::go_to_time);
}

void InspectorWindow::show_title() {
    const QString name =
        file_->path().isEmpty() ? tr("Unnamed capture") : QFileInfo(file_->path()).fileName();
    setWindowTitle(file_->is_following() ? tr("%1[*], running – Fulcrum Inspector").arg(name)
                   : file_->is_open()    ? QStringLiteral("%1[*] – %2").arg(name, tr("Fulcrum Inspector"))
                                         : tr("Fulcrum Inspector"));
    setWindowModified(file_->is_modified());
    actions_->save->setEnabled(file_->is_modified() && !file_->is_following());
}

void InspectorWindow::show_progress() {
    const capture::LoadProgress progress = file_->capture()->progress();
    const bool loading = file_->is_loading() && !progress.done && !file_->is_following();
    progress_->setVisible(loading);
    cancel_->setVisible(loading || file_->is_exporting());
    cancel_->setToolTip(file_->is_exporting() ? tr("Export nothing")
                                              : tr("Load no more of the file; what is loaded stays"));
    if (progress.bytes_total > 0) {
        progress_->setValue(static_cast<int>(1000.0 * static_cast<double>(progress.bytes_done) /
                                             static_cast<double>(progress.bytes_total)));
    }
    for (InspectorPage* page : std::initializer_list<InspectorPage*>{conversations_, http_, charts_}) {
        page->file_grew();
    }
    show_counts();
}

void InspectorWindow::show_loaded() {
    show_progress();
    actions_->set_following(false);
    packets_->set_keeps_to_end(false);
    show_title();
    drops_ = file_->drops();
    show_counts();
    conversations_->set_file(file_->capture());
    http_->set_file(file_->capture());
    charts_->set_file(file_->capture());
    const int packets = static_cast<int>(file_->size());
    if (const auto damage = file_->damage()) {
        const QString why = to_q(damage->why);
        banner_->tell(InfoKind::trouble, tr("<b>This file is damaged at byte %1:</b> %2.")
                                                 .arg(damage->offset)
                                                 .arg(why.mid(why.indexOf(": ") + 2).toHtmlEscaped()) +
                                             ' ' +
                                             tr("%n packet(s) before it can be used.", nullptr, packets));
        banner_shown_ = true;
    } else if (file_->capture()->progress().cancelled) {
        banner_->tell(InfoKind::news,
                      tr("<b>Loading was cancelled.</b> The first %n packet(s) are here.", nullptr, packets),
                      {{tr("Load it all"), [this] { reload(); }}});
        banner_shown_ = true;
    }
    show_packet_state();
}

void InspectorWindow::show_counts() {
    if (!file_->is_open()) {
        counts_->clear();
        return;
    }
    const QLocale locale;
    const auto number = [&](std::size_t n) { return locale.toString(static_cast<qulonglong>(n)); };
    const QString all = number(file_->size());
    QString text = packets_->table()->filter().isEmpty()
                       ? tr("%1 packets").arg(all)
                       : tr("displayed %1 of %2").arg(number(packets_->table()->shown()), all);
    if (file_->is_following() || drops_ > 0) {
        text += tr(", %1 dropped").arg(number(drops_));
    }
    counts_->setText(
        file_->is_following()
            ? QStringLiteral("<span style='color:%1'>●</span> %2").arg(theme_->colors().error.name(), text)
            : text);
}

void InspectorWindow::show_packet_state() {
    const bool has_packet = packets_->current().has_value();
    actions_->enable(file_->is_open(), has_packet,
                     has_packet && !packets_->current_stream_filter().isEmpty());
    if (!file_->is_open()) {
        told_->clear();
    }
    show_counts();
}

void InspectorWindow::show_drops(quint64 drops) {
    if (file_->is_following()) {
        drops_ = drops;
        show_counts();
    }
}

void InspectorWindow::select_packet(std::size_t packet) {
    pages_->setCurrentWidget(packets_);
    // A filter that leaves it out gives way: the packet was asked for.
    const auto row = packets_->table()->row_of(packet);
    const bool left_out =
        !packets_->table()->filter().isEmpty() && (!row || packets_->table()->packet_of(*row) != packet);
    if (left_out) {
        filter_->clear();
    }
    packets_->go_to(packet);
    packets_->list()->setFocus();
}

void InspectorWindow::apply_filter(const QString& filter) {
    filter_->set_text(filter);
    filter_->apply();
}

void InspectorWindow::closeEvent(QCloseEvent* event) {
    if (!may_discard()) {
        event->ignore();
        return;
    }
    QSettings().setValue(geometry_key, saveGeometry());
    packets_->keep_places();
    QMainWindow::closeEvent(event);
}

void InspectorWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls() && event->mimeData()->urls().front().isLocalFile()) {
        event->acceptProposedAction();
    }
}

// The first file replaces the one here, the others get windows of their own.
void InspectorWindow::dropEvent(QDropEvent* event) {
    event->acceptProposedAction();
    bool here = true;
    for (const QUrl& url : event->mimeData()->urls()) {
        if (url.isLocalFile()) {
            here ? static_cast<void>(open_file(url.toLocalFile()))
                 : static_cast<void>(inspect(url.toLocalFile(), theme_));
            here = false;
        }
    }
}

} // namespace fulcrum::window
