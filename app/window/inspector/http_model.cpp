#include "app/window/inspector/http_model.h"

#include <QLocale>
#include <algorithm>
#include <numeric>

#include "app/window/qt_text.h"
#include "capture/decode/application.h"
#include "capture/time_between.h"

namespace fulcrum::window {

namespace {

constexpr qsizetype longest_text = 300; // of heads from outside, in a cell

// Text of heads is from outside: what cannot be printed is not.
QString shown(std::string_view text) {
    QString out = to_q(text.substr(0, longest_text));
    for (QChar& c : out) {
        c = c.isPrint() ? c : QChar(u'·');
    }
    return out;
}

} // namespace

HttpModel::HttpModel(QObject* parent)
    : ColumnModel({{tr("Packet"), true},
                   {tr("Time, s"), true},
                   {tr("Interface")},
                   {tr("Client")},
                   {tr("Server")},
                   {tr("Method")},
                   {tr("Status"), true},
                   {tr("Answered after, ms"), true},
                   {tr("Answer, bytes"), true},
                   {tr("Host")},
                   {tr("Target")}},
                  parent) {}

void HttpModel::show(std::shared_ptr<capture::CaptureFile> file,
                     std::vector<capture::HttpExchange> exchanges) {
    beginResetModel();
    file_ = std::move(file);
    exchanges_ = std::move(exchanges);
    read_row_ = -1;
    endResetModel();
}

void HttpModel::clear() {
    show(nullptr, {});
}

std::uint32_t HttpModel::packet_of(int row) const {
    const capture::CaptureFile::Reading reading(*file_);
    return reading.index().http().messages()[at(row).request].last_packet;
}

QString HttpModel::filter_for(int row) const {
    const capture::CaptureFile::Reading reading(*file_);
    return QStringLiteral("tcp.stream == %1").arg(reading.index().http().messages()[at(row).request].stream);
}

HttpModel::Row HttpModel::read(const capture::HttpExchange& exchange,
                               const capture::CaptureFile::Reading& reading) const {
    const auto& http = reading.index().http();
    const capture::HttpMessage& message = http.messages()[exchange.request];
    Row row;
    row.interface = to_q(reading.interfaces()[message.interface].name);
    const auto& talk = reading.index().conversations(capture::ConversationKind::tcp)[message.stream];
    row.client = to_q((message.from_b ? talk.b : talk.a).socket_text());
    row.server = to_q((message.from_b ? talk.a : talk.b).socket_text());
    std::string scratch;
    const auto head = http.head(message, scratch);
    const auto bytes = [](std::string_view text) {
        return capture::Bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    };
    if (capture::starts_http(bytes(head))) {
        const auto start = capture::http_start(head);
        row.method = shown(start.method);
        row.target = shown(start.uri);
        row.host = shown(capture::http_field(head, "host").value_or(""));
    }
    if (exchange.response) {
        const capture::HttpMessage& response = http.messages()[*exchange.response];
        const auto answer = http.head(response, scratch);
        row.status = capture::starts_http(bytes(answer)) ? capture::http_start(answer).code : 0;
        row.bytes = response.bytes;
    }
    return row;
}

const HttpModel::Row& HttpModel::row(int at) const {
    if (read_row_ != at) {
        const capture::CaptureFile::Reading reading(*file_);
        row_ = read(this->at(at), reading);
        read_row_ = at;
    }
    return row_;
}

void HttpModel::sort(int column, Qt::SortOrder order) {
    if (column < 0 || exchanges_.empty()) {
        return;
    }
    // Keys first: comparing must not read heads again and again.
    struct Key {
        double number = 0;
        QString text;
        std::size_t index = 0;
    };
    std::vector<Key> keys(exchanges_.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const capture::HttpExchange& exchange = exchanges_[i];
        keys[i].index = i;
        switch (column) {
        case packet_column:
            keys[i].number = exchange.request;
            break;
        case time_column:
            keys[i].number = static_cast<double>(exchange.began_ns);
            break;
        case waited_column:
            keys[i].number = static_cast<double>(exchange.waited_ns.value_or(-1));
            break;
        default: {
            const capture::CaptureFile::Reading reading(*file_);
            const Row row = read(exchange, reading);
            keys[i].number = column == status_column  ? row.status
                             : column == bytes_column ? static_cast<double>(row.bytes)
                                                      : 0;
            keys[i].text = column == interface_column ? row.interface
                           : column == client_column  ? row.client
                           : column == server_column  ? row.server
                           : column == method_column  ? row.method
                           : column == host_column    ? row.host
                           : column == target_column  ? row.target
                                                      : QString();
        }
        }
    }
    const auto before = [](const Key& a, const Key& b) {
        return a.number != b.number ? a.number < b.number : a.text < b.text;
    };
    std::stable_sort(keys.begin(), keys.end(), [&](const Key& a, const Key& b) {
        return order == Qt::AscendingOrder ? before(a, b) : before(b, a);
    });
    emit layoutAboutToBeChanged();
    std::vector<capture::HttpExchange> sorted;
    std::vector<std::uint32_t> rows_before;
    for (const Key& key : keys) {
        sorted.push_back(exchanges_[key.index]);
        rows_before.push_back(static_cast<std::uint32_t>(key.index));
    }
    exchanges_ = std::move(sorted);
    read_row_ = -1;
    keep_selection(rows_before);
    emit layoutChanged();
}

int HttpModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(exchanges_.size());
}

QVariant HttpModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return alignment_of(index.column());
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    const capture::HttpExchange& exchange = at(index.row());
    switch (index.column()) {
    case packet_column:
        return packet_of(index.row()) + 1;
    case time_column:
        return QString::number(
            static_cast<double>(capture::ns_between(file_->record(0).time_ns, exchange.began_ns)) / 1e9, 'f',
            6);
    case interface_column:
        return row(index.row()).interface;
    case client_column:
        return row(index.row()).client;
    case server_column:
        return row(index.row()).server;
    case method_column:
        return row(index.row()).method;
    case host_column:
        return row(index.row()).host;
    case target_column:
        return row(index.row()).target;
    case status_column:
        return exchange.response ? QString::number(row(index.row()).status) : tr("none");
    case waited_column:
        return exchange.waited_ns ? QString::number(static_cast<double>(*exchange.waited_ns) / 1e6, 'f', 3)
                                  : QString();
    case bytes_column:
        return exchange.response ? QLocale().toString(static_cast<qulonglong>(row(index.row()).bytes))
                                 : QString();
    default:
        return {};
    }
}

} // namespace fulcrum::window
