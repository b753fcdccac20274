// flows of a capture file: its TCP and UDP conversations.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/open_capture.h"
#include "app/cli/packet_commands.h"
#include "app/cli/terminal.h"
#include "capture/time_between.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;
using capture::Conversation;
using capture::ConversationKind;

struct Row {
    ConversationKind kind;
    std::uint32_t stream;
    const Conversation* talk;
    const capture::TcpStream* tcp; // null: UDP
};

std::string_view state_text(const Row& row) {
    return row.tcp == nullptr ? "" : capture::name_of(capture::state_of(*row.tcp));
}

// The newest `limit`, oldest first.
std::vector<Row> rows_of(const capture::PacketIndex& index, std::size_t limit) {
    std::vector<Row> rows;
    for (const auto kind : {ConversationKind::tcp, ConversationKind::udp}) {
        const auto& table = index.conversations(kind);
        for (std::size_t i = 0; i < table.size(); ++i) {
            if (!table[i].has_frames()) {
                continue; // only quoted by ICMP errors
            }
            rows.push_back({kind, static_cast<std::uint32_t>(i), &table[i],
                            kind == ConversationKind::tcp ? &index.tcp()[i] : nullptr});
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& a, const Row& b) { return a.talk->first_packet < b.talk->first_packet; });
    if (rows.size() > limit) {
        rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(limit));
    }
    return rows;
}

Json as_json(const Row& row) {
    const auto& talk = *row.talk;
    Json one{{"protocol", capture::name_of(row.kind)},
             {"stream", row.stream},
             {"state", state_text(row)},
             {"client", talk.a.ip().text()},
             {"client_port", talk.a.port},
             {"server_address", talk.b.ip().text()},
             {"server_port", talk.b.port},
             {"packets_in", talk.frames[0]},
             {"bytes_in", talk.bytes[0]},
             {"packets_out", talk.frames[1]},
             {"bytes_out", talk.bytes[1]},
             {"first_packet", talk.first_packet + 1},
             {"started_ns", talk.first_ns},
             {"last_ns", talk.last_ns}};
    if (row.tcp != nullptr) {
        one["retransmissions"] = row.tcp->retransmissions;
        one["handshake_us"] =
            row.tcp->round_trip_ns == 0 ? Json() : Json(static_cast<double>(row.tcp->round_trip_ns) / 1e3);
    }
    return one;
}

void print_table(const std::vector<Row>& rows) {
    const Style style(1);
    Table table;
    table.add({style.dim("STREAM"), style.dim("STATE"), style.dim("FROM"), style.dim("TO"),
               style.dim("PACKETS"), style.dim("IN"), style.dim("OUT"), style.dim("MS"), style.dim("AGAIN")});
    for (const std::size_t column : {4U, 5U, 6U, 7U, 8U}) {
        table.right_align(column);
    }
    for (const auto& row : rows) {
        const auto& talk = *row.talk;
        const std::string state(state_text(row));
        const auto ms = static_cast<double>(capture::ns_between(talk.first_ns, talk.last_ns)) / 1e6;
        table.add({fmt::format("{} {}", capture::name_of(row.kind), row.stream),
                   state == "reset" ? style.yellow(state) : state, talk.a.socket_text(), talk.b.socket_text(),
                   fmt::format("{}", talk.frames[0] + talk.frames[1]), readable_bytes(talk.bytes[0]),
                   readable_bytes(talk.bytes[1]), fmt::format("{:.1f}", ms),
                   row.tcp != nullptr && row.tcp->retransmissions != 0
                       ? style.red(fmt::format("{}", row.tcp->retransmissions))
                       : ""});
    }
    const auto text = table.text();
    std::fwrite(text.data(), 1, text.size(), stdout); // fmt would make a copy, of megabytes
}

} // namespace

int flows_of_capture(const std::string& path, std::size_t limit, bool json) {
    const auto file = open_capture(path);
    if (!file) {
        return report(file.error().within("flows"));
    }
    const capture::CaptureFile::Reading reading(**file);
    const auto rows = rows_of(reading.index(), limit);
    if (json) {
        auto list = Json::array();
        for (const auto& row : rows) {
            list.push_back(as_json(row));
        }
        fmt::print("{}\n", list.dump(2));
    } else if (rows.empty()) {
        fmt::print("no TCP or UDP in {}\n", path);
    } else {
        print_table(rows);
    }
    if (reading.damage()) {
        return report_failed(
            fmt::format("flows: {}: {}; these are the flows before", path, reading.damage()->why));
    }
    return exit_good;
}

} // namespace fulcrum::cli
