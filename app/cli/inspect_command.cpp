// inspect: the packets of a capture, filtered, in rows or taken apart.
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/open_capture.h"
#include "app/cli/packet_commands.h"
#include "app/cli/packet_rows.h"
#include "capture/filter/display_filter.h"
#include "capture/index/packet_summary.h"

namespace fulcrum::cli {
namespace {

using Json = nlohmann::ordered_json;
using capture::CaptureFile;
using capture::TreeNode;

std::string dump(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace); // names and comments may be no UTF-8
}

Json tree_as_json(const std::vector<TreeNode>& nodes) {
    auto list = Json::array();
    for (const auto& node : nodes) {
        Json one{{"text", node.text}};
        if (!node.name.empty()) {
            one["name"] = node.name;
        }
        if (!node.value.empty()) {
            one["value"] = node.value;
        }
        if (node.length != 0) {
            one["offset"] = node.offset;
            one["length"] = node.length;
            if (node.in_reassembled) {
                one["in_reassembled"] = true;
            }
        }
        if (!node.children.empty()) {
            one["children"] = tree_as_json(node.children);
        }
        list.push_back(std::move(one));
    }
    return list;
}

Json interface_as_json(const capture::CaptureInterface& interface) {
    Json one{
        {"name", interface.name}, {"link_type", interface.link_type}, {"snaplen", interface.snaplen_bytes}};
    if (!interface.description.empty()) {
        one["description"] = interface.description;
    }
    if (!interface.comments.empty()) {
        one["comments"] = interface.comments;
    }
    if (interface.received) {
        one["received"] = *interface.received;
    }
    if (interface.dropped) {
        one["dropped"] = *interface.dropped;
    }
    return one;
}

// As many as are wanted, out of a file that goes on loading only until there are so many.
std::vector<std::uint32_t> first_matches(CaptureFile& file, const capture::DisplayFilter& filter,
                                         std::size_t wanted) {
    const Interruption interruption;
    std::vector<std::uint32_t> found;
    std::size_t looked_at = 0;
    file.start_loading();
    bool done = false;
    while (!done && found.size() < wanted && !Interruption::requested()) {
        done = file.progress().done;
        const auto end = file.size();
        const auto more = capture::select_packets(file, filter, looked_at, end);
        found.insert(found.end(), more.begin(), more.end());
        if (end == looked_at) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        looked_at = end;
    }
    file.cancel();
    file.wait();
    return found;
}

double milliseconds(std::chrono::steady_clock::duration took) {
    return std::chrono::duration<double, std::milli>(took).count();
}

Json row_as_json(const CaptureFile::Reading& reading, std::uint32_t packet, bool with_tree) {
    const auto& file = reading.file();
    const auto& record = file.record(packet);
    const auto row = capture::summarize(reading, packet);
    Json one{
        {"number", packet + 1},
        {"time_ns", (record.flags & capture::PacketRecord::no_time) != 0 ? Json() : Json(record.time_ns)},
        {"interface", reading.interfaces()[record.interface].name},
        {"source", row.source},
        {"destination", row.destination},
        {"protocol", row.protocol},
        {"length", record.original},
        {"info", row.info}};
    if (record.stream != capture::no_stream) {
        one["stream"] = record.stream;
    }
    if (const auto comments = file.comments(packet); !comments.empty()) {
        one["comments"] = comments;
    }
    if (with_tree) {
        one["tree"] = tree_as_json(capture::tree_of(reading, packet));
    }
    return one;
}

struct Timings {
    std::chrono::steady_clock::duration load, filter;
};

// `rows` of the packets found.
void print_json(const InspectArguments& arguments, const CaptureFile::Reading& reading,
                const std::vector<std::uint32_t>& found, std::size_t rows, const Timings& took) {
    Json document{{"file", arguments.capture}, {"packets", reading.file().size()}, {"matches", found.size()}};
    document["damage"] = reading.damage()
                             ? Json{{"offset", reading.damage()->offset}, {"why", reading.damage()->why}}
                             : Json();
    document["interfaces"] = Json::array();
    for (const auto& interface : reading.interfaces()) {
        document["interfaces"].push_back(interface_as_json(interface));
    }
    document["load_ms"] = milliseconds(took.load);
    document["filter_ms"] = milliseconds(took.filter);
    document["index_bytes"] = reading.index().memory_bytes();
    if (!arguments.count) {
        document["rows"] = Json::array();
    }
    for (std::size_t n = 0; n < rows; ++n) {
        document["rows"].push_back(row_as_json(reading, found[n], arguments.tree));
    }
    fmt::print("{}\n", dump(document));
}

void print_rows(const InspectArguments& arguments, const CaptureFile::Reading& reading,
                const std::vector<std::uint32_t>& found, std::size_t rows) {
    for (std::size_t n = 0; n < rows; ++n) {
        if (arguments.tree) {
            print_packet_tree(capture::tree_of(reading, found[n]));
        } else {
            print_packet_row(reading, found[n]);
        }
    }
    if (!arguments.tree && rows < found.size()) {
        fmt::print("… and more: --limit N\n");
    }
}

} // namespace

int inspect(const InspectArguments& arguments) {
    const auto filter = capture::DisplayFilter::compile(arguments.filter);
    if (!filter) {
        return report_usage(fmt::format("inspect: filter, at character {}: {}", filter.error().position + 1,
                                        filter.error().message));
    }
    if (arguments.follow && filter->asks_for_notes()) {
        return report_usage(
            "inspect: lab.request and lab.leg are known when the capture is whole: leave --follow out");
    }
    if (arguments.follow) {
        return inspect_following(arguments, *filter);
    }
    const bool first_rows =
        arguments.limit != 0 && !arguments.count && !arguments.json && !filter->asks_for_notes();
    const auto begun = std::chrono::steady_clock::now();
    const auto file = first_rows ? CaptureFile::open(arguments.capture) : open_capture(arguments.capture);
    if (!file) {
        return report(file.error().within("inspect"));
    }
    const auto loaded = std::chrono::steady_clock::now();
    const auto found =
        first_rows ? first_matches(**file, *filter, arguments.limit) : matching_packets(**file, *filter);
    const auto filtered = std::chrono::steady_clock::now();
    const auto rows = arguments.count        ? 0
                      : arguments.limit == 0 ? found.size()
                                             : std::min(arguments.limit, found.size());
    const CaptureFile::Reading reading(**file);
    if (arguments.json) {
        print_json(arguments, reading, found, rows, {loaded - begun, filtered - loaded});
    } else if (arguments.count) {
        fmt::print("{}\n", found.size());
    } else {
        print_rows(arguments, reading, found, rows);
    }
    if (reading.damage()) {
        return report_failed(fmt::format("inspect: {}: {}; {} packets before are whole", arguments.capture,
                                         reading.damage()->why, (*file)->size()));
    }
    return exit_good;
}

} // namespace fulcrum::cli
