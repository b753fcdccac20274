#include "app/window/panels/flows_model.h"

#include <QDateTime>
#include <QLocale>

#include "app/window/properties/words.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

namespace {

QString key_of(const QString& se, const engine::FlowReport& flow) {
    return QStringLiteral("%1 %2 %3").arg(se).arg(flow.id).arg(flow.started_ns);
}

QString scaled(double value, const QStringList& units) {
    qsizetype unit = 0;
    while (value >= 1000 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    const int decimals = unit == 0 || value >= 100 ? 0 : 1;
    return QLocale().toString(value, 'f', decimals) + ' ' + units[unit];
}

bool same_picture(const engine::FlowReport& a, const engine::FlowReport& b) {
    return a.state == b.state && a.bytes_in == b.bytes_in && a.bytes_out == b.bytes_out &&
           a.packets_in == b.packets_in && a.packets_out == b.packets_out;
}

QString short_name(engine::Mode mode) {
    switch (mode) {
    case engine::Mode::full_proxy:
        return FlowsModel::tr("Proxy");
    case engine::Mode::in_line:
        return FlowsModel::tr("In-line");
    case engine::Mode::l2_dsr:
        return FlowsModel::tr("L2 DSR");
    case engine::Mode::l3_dsr_ipip:
    case engine::Mode::l3_dsr_gre:
        return FlowsModel::tr("L3 DSR");
    }
    return {};
}

bool is_over(engine::FlowState state) {
    return state == engine::FlowState::closed || state == engine::FlowState::reset ||
           state == engine::FlowState::timed_out;
}

} // namespace

QString address_and_port(const IpAddress& address, std::uint16_t port) {
    return to_q(address.text()) + ':' + QString::number(port);
}

QString readable_bytes(double bytes) {
    return scaled(bytes, {"B", "kB", "MB", "GB", "TB"});
}

QString readable_rate(double bps) {
    return scaled(bps, {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"});
}

FlowsModel::FlowsModel(QObject* parent)
    : ColumnModel({{tr("Started")},
                   {tr("Client")},
                   {tr("VIP")},
                   {tr("SE")},
                   {tr("Server")},
                   {tr("Mode")},
                   {tr("Protocol")},
                   {tr("To server"), true},
                   {tr("From server"), true},
                   {tr("State")},
                   {tr("Why this server")}},
                  parent) {}

int FlowsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

QString FlowsModel::text(const FlowRow& row, int column) const {
    const engine::FlowReport& flow = row.flow;
    switch (column) {
    case started_column:
        return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(flow.started_ns / 1'000'000))
            .toString("HH:mm:ss.zzz");
    case client_column:
        return address_and_port(flow.client, flow.client_port);
    case vip_column:
        return address_and_port(flow.vip, flow.vip_port);
    case se_column:
        return row.se;
    case server_column:
        return to_q(flow.server);
    case mode_column:
        return short_name(flow.mode);
    case protocol_column:
        return to_q(engine::name_of(flow.protocol)).toUpper();
    case in_column:
        return readable_bytes(static_cast<double>(flow.bytes_in));
    case out_column:
        // In DSR answers never cross the SE: there is nothing it could have counted.
        return flow.mode == engine::Mode::full_proxy || flow.mode == engine::Mode::in_line
                   ? readable_bytes(static_cast<double>(flow.bytes_out))
                   : tr("direct");
    case state_column:
        return to_q(engine::name_of(flow.state));
    case why_column:
        return to_q(flow.why);
    default:
        return {};
    }
}

QVariant FlowsModel::sort_value(const FlowRow& row, int column) const {
    const auto address = [](const IpAddress& ip, std::uint16_t port) {
        const auto& bytes = ip.bytes();
        return QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size()))
                   .toHex() +
               QByteArray::number(port).rightJustified(5, '0');
    };
    switch (column) {
    case started_column:
        return static_cast<qulonglong>(row.flow.started_ns);
    case client_column:
        return address(row.flow.client, row.flow.client_port);
    case vip_column:
        return address(row.flow.vip, row.flow.vip_port);
    case in_column:
        return static_cast<qulonglong>(row.flow.bytes_in);
    case out_column:
        return static_cast<qulonglong>(row.flow.bytes_out);
    default:
        return text(row, column);
    }
}

QVariant FlowsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= static_cast<int>(rows_.size())) {
        return {};
    }
    const FlowRow& of = row(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return text(of, index.column());
    case sort_role:
        return sort_value(of, index.column());
    case Qt::TextAlignmentRole:
        return alignment_of(index.column());
    case Qt::ToolTipRole:
        return tip(of);
    case search_role: {
        QStringList words{address_and_port(of.flow.server_address, of.flow.server_port)};
        for (int column = 0; column < column_count; ++column) {
            words << text(of, column);
        }
        return words.join(' ');
    }
    default:
        return {};
    }
}

QString FlowsModel::tip(const FlowRow& row) const {
    const engine::FlowReport& flow = row.flow;
    return tr("<p style='white-space:pre'>%1 by %2, service %3<br>%4 at %5 saw %6<br>%7 packets to the "
              "server, %8 "
              "back</p>")
        .arg(Words::of(flow.mode), row.se.toHtmlEscaped(), to_q(flow.service).toHtmlEscaped(),
             to_q(flow.server).toHtmlEscaped(), address_and_port(flow.server_address, flow.server_port),
             address_and_port(flow.source, flow.source_port))
        .arg(flow.packets_in)
        .arg(flow.packets_out);
}

void FlowsModel::renumber(std::size_t from) {
    for (std::size_t i = from; i < rows_.size(); ++i) {
        at_[key_of(rows_[i].se, rows_[i].flow)] = i;
    }
}

void FlowsModel::take(const QString& se, const std::vector<engine::FlowReport>& flows) {
    std::vector<FlowRow> fresh;
    for (const engine::FlowReport& flow : flows) {
        const auto known = at_.constFind(key_of(se, flow));
        if (known == at_.constEnd()) {
            fresh.push_back({se, flow});
            at_.insert(key_of(se, flow), rows_.size() + fresh.size() - 1);
            continue;
        }
        const std::size_t at = *known;
        if (at >= rows_.size()) { // both in the log and alive, in one answer
            fresh[at - rows_.size()].flow = flow;
            continue;
        }
        // What has ended has ended, in whichever order the answers come.
        if (!same_picture(rows_[at].flow, flow) && !(is_over(rows_[at].flow.state) && !is_over(flow.state))) {
            rows_[at].flow = flow;
            emit dataChanged(index(static_cast<int>(at), 0), index(static_cast<int>(at), column_count - 1));
        }
    }
    if (!fresh.empty()) {
        const int first = static_cast<int>(rows_.size());
        beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
        rows_.insert(rows_.end(), std::make_move_iterator(fresh.begin()),
                     std::make_move_iterator(fresh.end()));
        endInsertRows();
    }
}

void FlowsModel::update(const LabSnapshot& snapshot) {
    for (const auto& [node, said] : snapshot.engines) {
        take(to_q(node), said.logged);
        take(to_q(node), said.live);
    }
    if (rows_.size() > most_rows) {
        const auto extra = static_cast<std::ptrdiff_t>(rows_.size() - most_rows);
        beginRemoveRows({}, 0, static_cast<int>(extra) - 1);
        for (auto row = rows_.begin(); row != rows_.begin() + extra; ++row) {
            at_.remove(key_of(row->se, row->flow));
        }
        rows_.erase(rows_.begin(), rows_.begin() + extra);
        endRemoveRows();
        renumber(0);
    }
}

void FlowsModel::clear() {
    beginResetModel();
    rows_.clear();
    at_.clear();
    endResetModel();
}

std::optional<FlowRow> FlowsModel::find_client(const QString& address) const {
    for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
        if (address_and_port(row->flow.client, row->flow.client_port) == address) {
            return *row;
        }
    }
    return std::nullopt;
}

} // namespace fulcrum::window
