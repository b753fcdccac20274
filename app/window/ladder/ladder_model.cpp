#include "app/window/ladder/ladder_model.h"

#include <QDateTime>

#include "app/window/ladder/ladder_chart.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

LadderModel::LadderModel(QObject* parent)
    : ColumnModel({{tr("#")},
                   {tr("Time")},
                   {tr("Request")},
                   {tr("Status")},
                   {tr("Server")},
                   {tr("Client")},
                   {tr("Joined")}},
                  parent) {}

void LadderModel::show(LadderSourcePtr source) {
    beginResetModel();
    source_ = std::move(source);
    endResetModel();
}

int LadderModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || source_ == nullptr ? 0 : static_cast<int>(source_->ladder.requests.size());
}

QString LadderModel::text(const capture::LadderRequest& request, int row, int column) const {
    switch (column) {
    case number_column:
        return QString::number(row + 1);
    case time_column:
        return QDateTime::fromMSecsSinceEpoch(request.legs.front().began_ns / 1'000'000)
            .toString(QStringLiteral("HH:mm:ss.zzz"));
    case request_column:
        return name_of(request, tr("connection"));
    case status_column:
        return request.status != 0 ? QString::number(request.status) : QStringLiteral("–");
    case client_column:
        return to_q(request.legs.front().source.text());
    case server_column:
        return request.server.empty() ? to_q(request.legs.back().destination.text()) : to_q(request.server);
    case confidence_column:
        return request.joins.empty() ? tr("one leg") : to_q(capture::name_of(request.confidence));
    default:
        return {};
    }
}

QVariant LadderModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const capture::LadderRequest& asked = request(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return text(asked, index.row(), index.column());
    case Qt::ToolTipRole: {
        const QString legs = tr("%n leg(s)", nullptr, static_cast<int>(asked.legs.size()));
        return asked.balancer.empty()
                   ? legs
                   : tr("%1; %2 chose %3: %4")
                         .arg(legs, to_q(asked.balancer), to_q(asked.server), to_q(asked.why));
    }
    case search_role: {
        QStringList words;
        for (int column = number_column + 1; column < column_count; ++column) {
            words << text(asked, index.row(), column);
        }
        words << to_q(asked.host) << to_q(asked.balancer);
        for (const capture::LadderLeg& leg : asked.legs) {
            words << to_q(leg.source.text()) << to_q(leg.destination.text());
        }
        return words.join(' ');
    }
    default:
        return {};
    }
}

} // namespace fulcrum::window
