// Who talked to whom, as rows that can be sorted by every column.
#pragma once

#include <vector>

#include "app/window/look/column_model.h"
#include "capture/index/capture_file.h"

namespace fulcrum::window {

class ConversationModel : public ColumnModel {
    Q_OBJECT
public:
    enum Column {
        stream_column,
        a_column,
        a_port_column,
        b_column,
        b_port_column,
        packets_column,
        bytes_column,
        packets_ab_column,
        bytes_ab_column,
        packets_ba_column,
        bytes_ba_column,
        start_column,
        duration_column,
        handshake_column,
        again_column,
        state_column,
        column_count
    };

    explicit ConversationModel(QObject* parent = nullptr);

    // Reads the table of this kind as it is now; the order stays as it was sorted.
    void read(const capture::CaptureFile& file, capture::ConversationKind kind);
    void clear();
    bool has_column(int column) const; // ports and TCP's columns are not for every kind
    QString filter_for(int row) const; // "tcp.stream == 3", "ip.addr == … and ip.addr == …"
    std::uint32_t first_packet_of(int row) const { return at(row).talk.first_packet; }

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

private:
    struct Row {
        capture::Conversation talk;
        std::uint32_t stream = 0, again = 0;
        std::int64_t handshake_ns = 0; // 0: not seen
        capture::StreamState state{};
    };
    const Row& at(int row) const { return rows_[order_[static_cast<std::size_t>(row)]]; }
    QString address(const capture::Endpoint& end) const;
    QString state(const Row& row) const;
    std::uint64_t number(const Row& row, int column) const;
    bool before(const Row& a, const Row& b, int column) const;
    void put_in_order();

    capture::ConversationKind kind_ = capture::ConversationKind::tcp;
    std::int64_t zero_ns_ = 0;
    std::vector<Row> rows_;
    std::vector<std::uint32_t> order_;
    int sorted_by_ = start_column;
    Qt::SortOrder sorted_ = Qt::AscendingOrder;
};

} // namespace fulcrum::window
