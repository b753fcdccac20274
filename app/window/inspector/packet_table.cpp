#include "app/window/inspector/packet_table.h"

#include <QDateTime>
#include <algorithm>

#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/packet_sieve.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"
#include "capture/index/packet_summary.h"
#include "capture/time_between.h"
#include "designer/canvas/palette.h"

namespace fulcrum::window {

namespace {

constexpr int rows_kept = 4000; // read out of the file; some screens full

// Nanoseconds as "-1.234567": what moves between hosts of a lab is told apart by microseconds.
QString seconds_text(std::int64_t ns) {
    const auto size = ns < 0 ? 0 - static_cast<std::uint64_t>(ns) : static_cast<std::uint64_t>(ns);
    return QStringLiteral("%1%2.%3")
        .arg(QLatin1String(ns < 0 ? "-" : ""))
        .arg(size / 1'000'000'000)
        .arg(size % 1'000'000'000 / 1000, 6, 10, QLatin1Char('0'));
}

QString quoted(const QString& text) {
    QString escaped = text;
    return '"' + escaped.replace('\\', "\\\\").replace('"', "\\\"") + '"';
}

// How a filter calls the kind of address that `text` is.
QString address_filter(const QString& text, const char* side) {
    if (const auto ip = IpAddress::parse(to_std(text))) {
        return QStringLiteral("%1.%2 == %3").arg(ip->is_v4() ? "ip" : "ipv6", side, text);
    }
    return text.isEmpty() ? QString() : QStringLiteral("eth.%1 == %2").arg(side, text);
}

} // namespace

PacketTable::PacketTable(InspectedFile* file, const Theme* theme, QObject* parent)
    : ColumnModel({{tr("No."), true},
                   {tr("Time, s"), true},
                   {tr("Interface")},
                   {tr("Source")},
                   {tr("Destination")},
                   {tr("Protocol")},
                   {tr("Length"), true},
                   {tr("Info")}},
                  parent),
      file_(file), theme_(theme), sieve_(new PacketSieve(file->requests(), this)), rules_(ColorRules::load()),
      read_rows_(rows_kept) {
    connect(file_, &InspectedFile::opened, this, [this] {
        // Rows of the file before would point behind the end of this one.
        read_rows_.clear();
        beginResetModel();
        ask_for_notes();
        everything_ = filter_text_.isEmpty();
        packets_ = 0;
        rows_.clear();
        endResetModel();
        if (const auto filter = capture::DisplayFilter::compile(to_std(filter_text_));
            filter && !everything_) {
            sieve_->start(file_->capture(), *filter);
        }
    });
    connect(file_, &InspectedFile::grown, this, &PacketTable::grow);
    connect(file_, &InspectedFile::comments_changed, this, [this](std::size_t packet) {
        read_rows_.remove(static_cast<std::uint32_t>(packet));
        redraw();
    });
    connect(file_->requests(), &RequestNotes::known, this, [this] {
        if (rules_.ask_for_notes()) {
            read_rows_.clear();
            redraw();
        }
    });
    connect(sieve_, &PacketSieve::found, this, &PacketTable::take);
    connect(sieve_, &PacketSieve::caught_up, this, &PacketTable::filtered);
    connect(theme_, &Theme::changed, this, &PacketTable::redraw);
}

PacketTable::~PacketTable() = default;

bool PacketTable::is_filtering() const {
    return sieve_->is_busy();
}

void PacketTable::set_filter(const capture::DisplayFilter& filter) {
    filter_text_ = to_q(filter.text()).trimmed();
    if (!filter_text_.isEmpty()) {
        if (file_->is_open()) {
            sieve_->start(file_->capture(), filter);
        }
        return;
    }
    sieve_->stop();
    beginResetModel();
    everything_ = true;
    rows_.clear();
    packets_ = file_->size();
    endResetModel();
    emit filtered();
}

void PacketTable::take(const std::vector<std::uint32_t>& packets, bool first) {
    if (first) {
        beginResetModel();
        everything_ = false;
        rows_ = packets;
        endResetModel();
    } else if (!packets.empty()) {
        beginInsertRows({}, static_cast<int>(rows_.size()),
                        static_cast<int>(rows_.size() + packets.size()) - 1);
        rows_.insert(rows_.end(), packets.begin(), packets.end());
        endInsertRows();
    }
    emit filtered();
}

void PacketTable::grow() {
    if (!filter_text_.isEmpty()) {
        sieve_->go_on();
        return;
    }
    if (everything_ && file_->size() > packets_) {
        beginInsertRows({}, static_cast<int>(packets_), static_cast<int>(file_->size()) - 1);
        packets_ = file_->size();
        endInsertRows();
    }
}

std::uint32_t PacketTable::packet_of(int row) const {
    return everything_ ? static_cast<std::uint32_t>(row) : rows_[static_cast<std::size_t>(row)];
}

std::optional<int> PacketTable::row_of(std::size_t packet) const {
    if (everything_) {
        return packet < packets_ ? std::optional(static_cast<int>(packet)) : std::nullopt;
    }
    const auto found = std::lower_bound(rows_.begin(), rows_.end(), packet);
    return found == rows_.end() ? std::nullopt : std::optional(static_cast<int>(found - rows_.begin()));
}

std::vector<std::uint32_t> PacketTable::shown_packets() const {
    if (!everything_) {
        return rows_;
    }
    std::vector<std::uint32_t> all(packets_);
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        all[i] = i;
    }
    return all;
}

void PacketTable::set_time_shown(TimeShown shown) {
    time_shown_ = shown;
    set_title(time_column, time_title());
    redraw();
}

void PacketTable::ask_for_notes() {
    if (file_->is_open() && rules_.ask_for_notes()) {
        file_->requests()->ask(); // rows are coloured anew when they are known
    }
}

void PacketTable::set_color_rules(QList<ColorRule> rules) {
    rules_ = ColorRules(std::move(rules));
    ask_for_notes();
    read_rows_.clear();
    redraw();
}

void PacketTable::redraw() {
    if (const int rows = rowCount(); rows > 0) {
        emit dataChanged(index(0, 0), index(rows - 1, column_count - 1));
    }
}

const PacketTable::Row& PacketTable::row(std::uint32_t packet) const {
    if (const Row* known = read_rows_.object(packet)) {
        return *known;
    }
    auto* made = new Row;
    QStringList comments;
    for (const auto& comment : file_->comments(packet)) {
        comments << to_q(comment);
    }
    made->comment = comments.join('\n');
    const capture::CaptureFile::Reading reading(*file_->capture());
    const capture::PacketSummary summary = capture::summarize(reading, packet);
    const std::uint32_t interface = file_->capture()->record(packet).interface;
    made->interface = to_q(reading.interfaces()[interface].name);
    if (made->interface.isEmpty() && reading.interfaces().size() > 1) {
        made->interface = QStringLiteral("#%1").arg(interface);
    }
    made->source = to_q(summary.source);
    made->destination = to_q(summary.destination);
    made->protocol = to_q(summary.protocol);
    made->info = to_q(summary.info);
    made->rule = rules_.rule_of(reading, packet, file_->requests()->notes().get());
    read_rows_.insert(packet, made);
    return *made;
}

QString PacketTable::whole_time_text(std::uint32_t packet) const {
    const auto& record = file_->capture()->record(packet);
    const std::int64_t second = 1'000'000'000;
    const std::int64_t fraction = (record.time_ns % second + second) % second;
    const auto time = QDateTime::fromSecsSinceEpoch((record.time_ns - fraction) / second);
    return QStringLiteral("%1.%2")
        .arg(time.toString("yyyy-MM-dd HH:mm:ss"))
        .arg(fraction, 9, 10, QLatin1Char('0'));
}

QString PacketTable::time_text(int row) const {
    const auto& file = *file_->capture();
    const std::uint32_t packet = packet_of(row);
    const auto& record = file.record(packet);
    if ((record.flags & capture::PacketRecord::no_time) != 0) {
        return {};
    }
    switch (time_shown_) {
    case TimeShown::since_first:
        return seconds_text(capture::ns_between(file.record(0).time_ns, record.time_ns));
    case TimeShown::since_shown_before:
        return row == 0 ? seconds_text(0)
                        : seconds_text(
                              capture::ns_between(file.record(packet_of(row - 1)).time_ns, record.time_ns));
    case TimeShown::time_of_day:
        return whole_time_text(packet).mid(11).chopped(3);
    }
    return {};
}

QVariant PacketTable::color(const Row& row, int role) const {
    if (row.rule < 0) {
        return {};
    }
    const ColorRule& rule = rules_.rules()[row.rule];
    const ThemeColors& colors = theme_->colors();
    if (role == Qt::BackgroundRole) {
        return designer::mixed(colors.surface, rule.color, rule.strong ? 0.24 : 0.13);
    }
    return rule.strong ? QVariant(designer::mixed(rule.color, colors.text, theme_->is_dark() ? 0.6 : 0.45))
                       : QVariant();
}

int PacketTable::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(shown());
}

QVariant PacketTable::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || static_cast<std::size_t>(index.row()) >= shown()) {
        return {};
    }
    const std::uint32_t packet = packet_of(index.row());
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case number_column:
            return packet + 1;
        case time_column:
            return time_text(index.row());
        case interface_column:
            return row(packet).interface;
        case source_column:
            return row(packet).source;
        case destination_column:
            return row(packet).destination;
        case protocol_column:
            return row(packet).protocol;
        case length_column:
            return file_->capture()->record(packet).original;
        case info_column:
            return row(packet).comment.isEmpty()
                       ? row(packet).info
                       : QStringLiteral("%1   ✎ %2").arg(row(packet).info, row(packet).comment.simplified());
        default:
            return {};
        }
    case Qt::BackgroundRole:
    case Qt::ForegroundRole:
        return color(row(packet), role);
    case Qt::TextAlignmentRole:
        return alignment_of(index.column());
    case Qt::ToolTipRole:
        if (index.column() == time_column &&
            (file_->capture()->record(packet).flags & capture::PacketRecord::no_time) == 0) {
            return whole_time_text(packet);
        }
        return index.column() == info_column && !row(packet).comment.isEmpty() ? row(packet).comment
                                                                               : QVariant();
    default:
        return {};
    }
}

QString PacketTable::time_title() const {
    switch (time_shown_) {
    case TimeShown::since_first:
        return tr("Time, s");
    case TimeShown::since_shown_before:
        return tr("Since row above, s");
    case TimeShown::time_of_day:
        return tr("Time of day");
    }
    return {};
}

QString PacketTable::filter_for(int at, int column) const {
    const std::uint32_t packet = packet_of(at);
    const auto& record = file_->capture()->record(packet);
    switch (column) {
    case number_column:
        return QStringLiteral("frame.number == %1").arg(packet + 1);
    case time_column:
        return (record.flags & capture::PacketRecord::no_time) != 0
                   ? QString()
                   : QStringLiteral("frame.time_relative >= %1")
                         .arg(seconds_text(
                             capture::ns_between(file_->capture()->record(0).time_ns, record.time_ns)));
    case interface_column:
        return row(packet).interface.isEmpty() ? QString()
               : row(packet).interface == QStringLiteral("#%1").arg(record.interface)
                   ? QStringLiteral("frame.interface_id == %1").arg(record.interface)
                   : QStringLiteral("frame.interface_name == %1").arg(quoted(row(packet).interface));
    case source_column:
        return address_filter(row(packet).source, "src");
    case destination_column:
        return address_filter(row(packet).destination, "dst");
    case protocol_column:
        for (unsigned i = 0; i < static_cast<unsigned>(capture::Protocol::payload); ++i) {
            const auto protocol = static_cast<capture::Protocol>(i);
            if (to_q(capture::title_of(protocol)) == row(packet).protocol) {
                return to_q(capture::name_of(protocol));
            }
        }
        return {};
    case length_column:
        return QStringLiteral("frame.len == %1").arg(record.original);
    case info_column:
        return record.stream == capture::no_stream
                   ? QString()
                   : QStringLiteral("%1.stream == %2")
                         .arg((record.flags & capture::PacketRecord::is_udp) != 0 ? "udp" : "tcp")
                         .arg(record.stream);
    default:
        return {};
    }
}

} // namespace fulcrum::window
