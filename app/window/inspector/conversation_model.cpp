#include "app/window/inspector/conversation_model.h"

#include <QLocale>
#include <algorithm>
#include <numeric>

#include "app/window/qt_text.h"
#include "capture/time_between.h"

namespace fulcrum::window {

namespace {

using capture::ConversationKind;

// Copied between two moments at which the loader gets in.
constexpr std::size_t rows_at_once = 65'536;

QString milliseconds_text(std::int64_t ns) {
    return QString::number(static_cast<double>(ns) / 1e6, 'f', 3);
}

} // namespace

ConversationModel::ConversationModel(QObject* parent)
    : ColumnModel({{tr("Stream"), true},
                   {tr("Address A")},
                   {tr("Port A"), true},
                   {tr("Address B")},
                   {tr("Port B"), true},
                   {tr("Packets"), true},
                   {tr("Bytes"), true},
                   {tr("Pkts A → B"), true},
                   {tr("Bytes A → B"), true},
                   {tr("Pkts B → A"), true},
                   {tr("Bytes B → A"), true},
                   {tr("Start, s"), true},
                   {tr("Duration, s"), true},
                   {tr("RTT, ms"), true},
                   {tr("Sent again"), true},
                   {tr("State")}},
                  parent) {}

void ConversationModel::read(const capture::CaptureFile& file, ConversationKind kind) {
    beginResetModel();
    kind_ = kind;
    rows_.clear();
    zero_ns_ = file.size() > 0 ? file.record(0).time_ns : 0;
    for (std::size_t i = 0;;) {
        const capture::CaptureFile::Reading reading(file);
        const auto& talks = reading.index().conversations(kind);
        const std::size_t stop = std::min(talks.size(), i + rows_at_once);
        if (i == stop) {
            break;
        }
        rows_.reserve(talks.size());
        for (; i < stop; ++i) {
            if (!talks[i].has_frames()) {
                continue; // only quoted by ICMP errors
            }
            Row row{talks[i], static_cast<std::uint32_t>(i)};
            if (kind == ConversationKind::tcp) {
                const capture::TcpStream& stream = reading.index().tcp()[i];
                row.again = stream.retransmissions;
                row.handshake_ns = stream.round_trip_ns;
                row.state = capture::state_of(stream);
            }
            rows_.push_back(row);
        }
    }
    put_in_order();
    endResetModel();
}

void ConversationModel::clear() {
    beginResetModel();
    rows_.clear();
    order_.clear();
    endResetModel();
}

bool ConversationModel::has_column(int column) const {
    switch (column) {
    case stream_column:
    case a_port_column:
    case b_port_column:
        return kind_ == ConversationKind::tcp || kind_ == ConversationKind::udp;
    case state_column:
    case handshake_column:
    case again_column:
        return kind_ == ConversationKind::tcp;
    default:
        return true;
    }
}

QString ConversationModel::address(const capture::Endpoint& end) const {
    return to_q(kind_ == ConversationKind::ethernet ? end.mac().text() : end.ip().text());
}

QString ConversationModel::filter_for(int row) const {
    const Row& wanted = at(row);
    switch (kind_) {
    case ConversationKind::tcp:
        return QStringLiteral("tcp.stream == %1").arg(wanted.stream);
    case ConversationKind::udp:
        return QStringLiteral("udp.stream == %1").arg(wanted.stream);
    default:
        return QStringLiteral("%1.addr == %2 and %1.addr == %3")
            .arg(to_q(capture::name_of(kind_)), address(wanted.talk.a), address(wanted.talk.b));
    }
}

QString ConversationModel::state(const Row& row) const {
    switch (row.state) {
    case capture::StreamState::opening:
        return tr("opening");
    case capture::StreamState::established:
        return tr("established");
    case capture::StreamState::closing:
        return tr("closing");
    case capture::StreamState::closed:
        return tr("closed");
    case capture::StreamState::reset:
        return tr("reset");
    }
    return {};
}

std::uint64_t ConversationModel::number(const Row& row, int column) const {
    const capture::Conversation& talk = row.talk;
    switch (column) {
    case stream_column:
        return row.stream;
    case a_port_column:
        return talk.a.port;
    case b_port_column:
        return talk.b.port;
    case packets_column:
        return talk.frames[0] + talk.frames[1];
    case bytes_column:
        return talk.bytes[0] + talk.bytes[1];
    case packets_ab_column:
        return talk.frames[0];
    case bytes_ab_column:
        return talk.bytes[0];
    case packets_ba_column:
        return talk.frames[1];
    case bytes_ba_column:
        return talk.bytes[1];
    case duration_column:
        return static_cast<std::uint64_t>(
            std::max<std::int64_t>(0, capture::ns_between(talk.first_ns, talk.last_ns)));
    case handshake_column:
        return static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.handshake_ns));
    case again_column:
        return row.again;
    default:
        return 0;
    }
}

bool ConversationModel::before(const Row& a, const Row& b, int column) const {
    switch (column) {
    case a_column:
        return a.talk.a < b.talk.a;
    case b_column:
        return a.talk.b < b.talk.b;
    case start_column:
        return a.talk.first_ns < b.talk.first_ns;
    case state_column:
        return state(a) < state(b);
    default:
        return number(a, column) < number(b, column);
    }
}

void ConversationModel::put_in_order() {
    order_.resize(rows_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::stable_sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
        return sorted_ == Qt::AscendingOrder ? before(rows_[a], rows_[b], sorted_by_)
                                             : before(rows_[b], rows_[a], sorted_by_);
    });
}

void ConversationModel::sort(int column, Qt::SortOrder order) {
    if (column < 0) {
        return;
    }
    sorted_by_ = column;
    sorted_ = order;
    emit layoutAboutToBeChanged();
    std::vector<std::uint32_t> row_before(order_.size()); // by conversation
    for (std::size_t row = 0; row < order_.size(); ++row) {
        row_before[order_[row]] = static_cast<std::uint32_t>(row);
    }
    put_in_order();
    std::vector<std::uint32_t> rows_before;
    for (const std::uint32_t conversation : order_) {
        rows_before.push_back(row_before[conversation]);
    }
    keep_selection(rows_before);
    emit layoutChanged();
}

int ConversationModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QVariant ConversationModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) {
        return {};
    }
    const int column = index.column();
    if (role == Qt::TextAlignmentRole) {
        return alignment_of(column);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    const Row& row = at(index.row());
    switch (column) {
    case a_column:
        return address(row.talk.a);
    case b_column:
        return address(row.talk.b);
    case state_column:
        return state(row);
    case start_column:
        return QString::number(static_cast<double>(capture::ns_between(zero_ns_, row.talk.first_ns)) / 1e9,
                               'f', 6);
    case duration_column:
        return QString::number(static_cast<double>(number(row, column)) / 1e9, 'f', 6);
    case handshake_column:
        return row.handshake_ns == 0 ? QString() : milliseconds_text(row.handshake_ns);
    case again_column:
        return row.again == 0 ? QString() : QString::number(row.again);
    case stream_column:
    case a_port_column:
    case b_port_column:
        return QString::number(number(row, column)); // names, not quantities: without separators
    default:
        return QLocale().toString(static_cast<qulonglong>(number(row, column)));
    }
}

} // namespace fulcrum::window
