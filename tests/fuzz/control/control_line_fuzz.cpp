// A control client sends any bytes: every line is answered with one line that the client's own parser
// understands; and an engine's reply may be any bytes too.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/control/control_server.h"
#include "engine/control/report_json.h"

namespace {

using namespace fulcrum::engine;

struct Target : ControlTarget {
    EngineReport report_stats() override {
        EngineReport r;
        r.name = "se1";
        r.services.emplace_back().servers.emplace_back().why = "ping: answers";
        r.interfaces.emplace_back();
        r.drops["land"] = 1;
        return r;
    }
    std::vector<FlowReport> report_flows(std::size_t limit) override {
        return std::vector<FlowReport>(limit > 3 ? 3 : limit);
    }
    std::vector<FlowReport> report_flow_log(std::uint64_t& cursor, std::size_t) override {
        ++cursor;
        return std::vector<FlowReport>(1);
    }
    std::vector<RequestReport> report_requests(std::uint64_t& cursor, std::size_t) override {
        ++cursor;
        return std::vector<RequestReport>(1);
    }
    fulcrum::Result<> configure(EngineConfig config) override {
        if (config.services.empty()) {
            return fulcrum::fail("nothing to do");
        }
        return {};
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Target target;
    const std::string reply = answer_control_line(text, target);
    if (reply.empty() || reply.find('\n') != reply.size() - 1) {
        std::abort();
    }
    const auto understood = parse_reply(std::string_view(reply).substr(0, reply.size() - 1));
    if (!understood && understood.error().message.starts_with("engine's reply")) {
        std::abort();
    }
    const auto any = parse_reply(text);
    const auto flows = parse_flows(text);
    if (flows && !parse_flows(emit_flows(*flows))) {
        std::abort();
    }
    return any && any->stats && !parse_report(emit_report(*any->stats)) ? std::abort(), 0 : 0;
}
