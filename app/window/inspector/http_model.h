// HTTP requests with their answers, as rows that can be sorted by every column.
#pragma once

#include <memory>

#include "app/window/look/column_model.h"
#include "capture/digest/http_exchanges.h"

namespace fulcrum::window {

class HttpModel : public ColumnModel {
    Q_OBJECT
public:
    enum Column {
        packet_column,
        time_column,
        interface_column,
        client_column,
        server_column,
        method_column,
        status_column,
        waited_column,
        bytes_column,
        host_column,
        target_column, // last: it may be long
        column_count
    };

    explicit HttpModel(QObject* parent = nullptr);

    void show(std::shared_ptr<capture::CaptureFile> file, std::vector<capture::HttpExchange> exchanges);
    void clear();
    std::uint32_t packet_of(int row) const; // that completes the request
    QString filter_for(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

private:
    struct Row {
        QString interface, client, server, method, host, target;
        int status = 0;
        std::uint64_t bytes = 0; // of the answer
    };
    const capture::HttpExchange& at(int row) const { return exchanges_[static_cast<std::size_t>(row)]; }
    Row read(const capture::HttpExchange& exchange, const capture::CaptureFile::Reading& reading) const;
    const Row& row(int at) const;

    std::shared_ptr<capture::CaptureFile> file_;
    std::vector<capture::HttpExchange> exchanges_; // in the order shown
    mutable int read_row_ = -1;                    // columns of a row are asked for one after the other
    mutable Row row_;
};

} // namespace fulcrum::window
