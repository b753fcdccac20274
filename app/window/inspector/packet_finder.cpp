#include "app/window/inspector/packet_finder.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>
#include <algorithm>

#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/packets_page.h"
#include "app/window/lab/background.h"
#include "app/window/look/row_table.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

namespace {

constexpr std::size_t packets_at_once = 8192; // between two moments at which the loader gets in

// Where a search goes: rows are packets, or `shown` says which.
struct Way {
    std::shared_ptr<capture::CaptureFile> file;
    std::vector<std::uint32_t> shown; // empty: all
    std::size_t rows = 0, from = 0;   // from: not looked at itself, but as the last
    bool backwards = false;
};

struct Hit {
    std::optional<std::uint32_t> packet;
    bool around = false;
};

Hit find_packet(const Way& way, const capture::DisplayFilter& filter, const capture::LabNotes* notes,
                const std::atomic<bool>& cancelled) {
    for (std::size_t gone = 1; gone <= way.rows && !cancelled;) {
        const capture::CaptureFile::Reading reading(*way.file);
        capture::FilterRun run(filter, reading, notes);
        for (const std::size_t stop = std::min(way.rows, gone + packets_at_once - 1); gone <= stop; ++gone) {
            const std::size_t row = (way.backwards ? way.from + way.rows - gone : way.from + gone) % way.rows;
            const std::size_t packet = way.shown.empty() ? row : way.shown[row];
            if (run.matches(packet)) {
                const bool around = way.backwards ? row >= way.from : row <= way.from;
                return {static_cast<std::uint32_t>(packet), around};
            }
        }
    }
    return {};
}

} // namespace

PacketFinder::PacketFinder(InspectedFile* file, PacketsPage* packets, QWidget* parent)
    : QFrame(parent), file_(file), packets_(packets), kind_(new QComboBox(this)), line_(new QLineEdit(this)),
      told_(new QLabel(this)) {
    kind_->addItems({tr("Text in packets"), tr("Display filter")});
    kind_->setAccessibleName(tr("What to look for"));
    line_->setObjectName("packet_search");
    line_->setPlaceholderText(tr("Find"));
    line_->setClearButtonEnabled(true);
    const auto button = [this](const QString& text, const QString& tip) {
        auto* made = new QToolButton(this);
        made->setAutoRaise(true);
        made->setText(text);
        made->setToolTip(tip);
        made->setAccessibleName(tip);
        return made;
    };
    auto* previous = button(QStringLiteral("▲"), tr("Find previous (Shift+F3)"));
    auto* next = button(QStringLiteral("▼"), tr("Find next (F3)"));
    auto* close_button = button(QStringLiteral("✕"), tr("Close (Escape)"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(6, 3, 6, 3);
    row->addWidget(kind_);
    row->addWidget(line_, 1);
    row->addWidget(previous);
    row->addWidget(next);
    row->addWidget(told_, 1);
    row->addWidget(close_button);
    connect(previous, &QToolButton::clicked, this, [this] { go(true); });
    connect(next, &QToolButton::clicked, this, [this] { go(false); });
    connect(line_, &QLineEdit::returnPressed, this, [this] { go(false); });
    connect(line_, &QLineEdit::textEdited, this, &PacketFinder::stop);
    connect(file_->requests(), &RequestNotes::known, this, [this] {
        if (const auto backwards = std::exchange(waits_, std::nullopt)) {
            go(*backwards);
        }
    });
    connect(close_button, &QToolButton::clicked, this, [this] {
        hide();
        emit closed();
    });
    hide();
}

PacketFinder::~PacketFinder() {
    stop();
}

void PacketFinder::open() {
    show();
    line_->setFocus();
    line_->selectAll();
}

void PacketFinder::stop() {
    *cancelled_ = true;
    waits_.reset();
    told_->clear();
}

void PacketFinder::search_filters(bool filters) {
    kind_->setCurrentIndex(filters ? 1 : 0);
}

QString PacketFinder::told() const {
    return told_->text();
}

std::optional<capture::DisplayFilter> PacketFinder::filter() {
    QString text = line_->text();
    if (kind_->currentIndex() == 0) {
        text = QStringLiteral("frame contains \"%1\"").arg(text.replace('\\', "\\\\").replace('"', "\\\""));
    }
    auto filter = capture::DisplayFilter::compile(to_std(text));
    if (!filter) {
        told_->setText(to_q(filter.error().message));
        return std::nullopt;
    }
    return std::move(*filter);
}

void PacketFinder::go(bool backwards) {
    if (line_->text().isEmpty()) {
        open();
        return;
    }
    const PacketTable* table = packets_->table();
    if (!file_->is_open() || table->shown() == 0) {
        return;
    }
    const auto wanted = filter();
    if (!wanted) {
        return;
    }
    stop();
    cancelled_ = std::make_shared<std::atomic<bool>>(false);
    if (wanted->asks_for_notes() && file_->requests()->notes() == nullptr) {
        told_->setText(tr("Finding requests and their legs…"));
        waits_ = backwards;
        file_->requests()->ask();
        return;
    }
    Way way{file_->capture(), {}, table->shown(), 0, backwards};
    if (!table->filter().isEmpty()) {
        way.shown = table->shown_packets();
    }
    way.from = static_cast<std::size_t>(std::max(0, packets_->list()->currentIndex().row()));
    told_->setText(tr("Searching…"));
    in_background(
        this,
        [way, filter = *wanted, notes = file_->requests()->notes(), cancelled = cancelled_] {
            return find_packet(way, filter, notes.get(), *cancelled);
        },
        [this, cancelled = cancelled_](const Hit& hit) {
            if (*cancelled) {
                return;
            }
            told_->setText(!hit.packet  ? tr("not found")
                           : hit.around ? tr("packet %1, around the end").arg(*hit.packet + 1)
                                        : tr("packet %1").arg(*hit.packet + 1));
            if (hit.packet) {
                packets_->go_to(*hit.packet);
            }
        });
}

void PacketFinder::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) {
        hide();
        emit closed();
        return;
    }
    QFrame::keyPressEvent(event);
}

} // namespace fulcrum::window
