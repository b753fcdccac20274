// The newest flows of a lab as a table: what the engines' flow logs say, live ones kept up to date.
#pragma once

#include <QHash>
#include <deque>
#include <optional>

#include "app/window/lab/lab_snapshot.h"
#include "app/window/look/column_model.h"

namespace fulcrum::window {

struct FlowRow {
    QString se; // node that carried it
    engine::FlowReport flow;
};

class FlowsModel : public ColumnModel {
    Q_OBJECT
public:
    enum Column {
        started_column,
        client_column,
        vip_column,
        se_column,
        server_column,
        mode_column,
        protocol_column,
        in_column,
        out_column,
        state_column,
        why_column,
        column_count
    };
    static constexpr int sort_role = Qt::UserRole;       // numbers as numbers, addresses in their order
    static constexpr int search_role = Qt::UserRole + 1; // the whole row's words
    static constexpr std::size_t most_rows = 2000;       // the oldest go first

    explicit FlowsModel(QObject* parent = nullptr);

    void update(const LabSnapshot& snapshot);
    void clear();
    const FlowRow& row(int index) const { return rows_[static_cast<std::size_t>(index)]; }
    // The newest flow whose client leg starts at `address:port`.
    std::optional<FlowRow> find_client(const QString& address_and_port) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    QString text(const FlowRow& row, int column) const;
    QString tip(const FlowRow& row) const;
    QVariant sort_value(const FlowRow& row, int column) const;
    void take(const QString& se, const std::vector<engine::FlowReport>& flows);
    void renumber(std::size_t from);

    std::vector<FlowRow> rows_;
    QHash<QString, std::size_t> at_; // by SE, id and start: an engine that starts again counts from 1
};

QString address_and_port(const IpAddress& address, std::uint16_t port);
QString readable_bytes(double bytes); // "12.3 kB", powers of 1000
QString readable_rate(double bps);    // "1.2 Mbit/s"

} // namespace fulcrum::window
