#include "app/cli/prove_lab.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include "app/cli/lab_taps.h"
#include "designer/document/file.h"
#include "designer/plan/plan.h"
#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"

namespace fulcrum::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto health_patience = 5s;
constexpr std::size_t ring_bytes = 32U << 20;
constexpr std::uint32_t longest_packet = 8'192; // a proof's own are shorter; cut ones are not looked at

std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// A lab that has just been launched knows its servers after its first probes.
Result<> await_health(netns::LabClient& lab, const ProofWatch& watch) {
    const auto deadline = std::chrono::steady_clock::now() + health_patience;
    while (true) {
        const auto engines = read_engines(lab);
        if (!engines) {
            return tl::unexpected(engines.error());
        }
        const auto services = add_up(*engines);
        const bool ready = std::all_of(services.begin(), services.end(), [](const auto& service) {
            return std::all_of(
                service.sum.servers.begin(), service.sum.servers.end(),
                [](const auto& server) { return server.up || !server.why.ends_with("not probed yet"); });
        });
        if (ready || std::chrono::steady_clock::now() >= deadline || watch.cancelled()) {
            return {};
        }
        watch.step("waiting for the first health probes", 0, 0);
        ::poll(nullptr, 0, 50);
    }
}

// Asks who has an address as RFC 5227 section 2.1.1 probes do, without a sender's address: nobody's table
// changes, whoever answers.
Result<> ask_by_arp(netns::LabClient& lab, const designer::Interface& asker, const IpAddress& address) {
    const auto tap = lab.open_tap(asker.station->name(), asker.name);
    if (!tap) {
        return tl::unexpected(tap.error());
    }
    const Mac mac = asker.near->mac.value_or(Mac{});
    std::array<std::uint8_t, 60> frame{}; // the shortest that Ethernet carries
    wire::EthernetHeader{Mac::broadcast(), mac, wire::ethertype_arp}.emit(frame.data());
    wire::ArpPacket{wire::ArpOperation::request, mac, IpAddress{}, Mac{}, address}.emit(
        frame.data() + wire::ethernet_header_bytes);
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = tap->interface_index;
    to.sll_halen = 6;
    std::fill_n(to.sll_addr, 6, std::uint8_t{0xff});
    if (::sendto(tap->fd.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                 sizeof to) < 0) {
        return fail_errno(
            fmt::format("ask for {} by ARP from {}", address.text(), designer::interface_text(asker)));
    }
    return {};
}

ProofRun ask(netns::LabClient& lab, const ProofTarget& target) {
    const auto& service = *target.carried->service;
    const DemoTarget where{target.client->name(), service.name,      service.mode,    target.rule->protocol,
                           *service.vip,          target.rule->port, service.proxy_in};
    ProofRun run;
    run.target = &target;
    run.began_ns = now_ns();
    const auto counts = request_counts(*target.carried);
    for (const auto count : {counts.first, counts.rest}) {
        const auto exchange = send_requests(lab, where, count);
        if (!exchange) {
            run.error = exchange.error().message;
            break;
        }
        run.sent += count;
        run.answers.insert(run.answers.end(), exchange->answers.begin(), exchange->answers.end());
        if (exchange->answers.empty()) {
            break; // more of the same tells nothing new, and each takes seconds
        }
    }
    run.ended_ns = now_ns();
    return run;
}

// Somebody in the net who can ask; routers first, because theirs are the tables that count. Null: only SEs.
const designer::Interface* asker_in(const designer::Net& net) {
    const designer::Interface* found = nullptr;
    for (const auto* interface : net.interfaces) {
        const auto kind = interface->station->kind();
        if (kind == designer::NodeKind::router) {
            return interface;
        }
        if (kind != designer::NodeKind::se && found == nullptr) {
            found = interface;
        }
    }
    return found;
}

class ArpQuestions {
public:
    explicit ArpQuestions(const designer::Network& network) : network_(network) {}

    std::vector<ArpQuestion> run(const designer::ServiceMap& services) {
        for (const auto& carried : services.services()) {
            const auto& service = *carried.service;
            if (!service.enabled || !service.vip || carried.active() == nullptr) {
                continue;
            }
            if (service.attachment == designer::Attachment::arp) {
                add(carried, *service.vip, carried.vip_net);
            }
            for (const auto& floating : carried.group->floating) {
                const auto* net = network_.net_of(floating);
                if (net != nullptr && net->domain->vrf == service.vrf) {
                    add(carried, floating.address, net);
                }
            }
            if (const auto* snat = network_.address_pool(service.snat_pool)) {
                add_snat(carried, *snat);
            }
        }
        return std::move(list_);
    }

private:
    void add(const designer::Carried& carried, const IpAddress& address, const designer::Net* net) {
        const auto* asker = net == nullptr ? nullptr : asker_in(*net);
        const auto same = [&](const ArpQuestion& one) {
            return one.address == address && one.asker == asker;
        };
        if (asker != nullptr && std::none_of(list_.begin(), list_.end(), same)) {
            list_.push_back({&carried, address, asker, {}});
        }
    }

    void add_snat(const designer::Carried& carried, const designer::AddressPool& pool) {
        constexpr std::uint32_t most = 4; // of a large pool the first ones
        for (std::uint32_t i = 0; i < most && pool.first.v4_value() + i <= pool.last.v4_value(); ++i) {
            const auto address = IpAddress::v4(pool.first.v4_value() + i);
            for (const auto* interface : carried.active()->interfaces) {
                if (interface->domain->vrf == carried.service->vrf) {
                    add(carried, address, network_.net_at(interface->domain, address));
                }
            }
        }
    }

    const designer::Network& network_;
    std::vector<ArpQuestion> list_;
};

std::vector<std::string> interfaces_of(const designer::Network& network) {
    std::vector<std::string> names;
    for (const auto& station : network.stations()) {
        for (const auto* interface : station.interfaces) {
            names.push_back(designer::interface_text(*interface));
        }
    }
    return names;
}

Result<> gather(netns::LabClient& lab, const designer::Network& network, const designer::ServiceMap& services,
                const std::vector<ProofTarget>& targets, const ProofWatch& watch, ProofSink& sink,
                Evidence& evidence) {
    if (auto healthy = await_health(lab, watch); !healthy) {
        return healthy;
    }
    auto taps = open_taps(lab, interfaces_of(network));
    if (!taps) {
        return tl::unexpected(taps.error());
    }
    for (const auto& tap : *taps) {
        evidence.tap_names.push_back(tap.name);
    }
    capture::CaptureOptions options;
    options.filter = ProofSink::filter;
    options.ring_bytes_in_all = ring_bytes;
    options.snaplen_bytes = longest_packet;
    auto capture = capture::LiveCapture::start(std::move(*taps), options, sink);
    if (!capture) {
        return tl::unexpected(capture.error());
    }
    evidence.questions = ArpQuestions(network).run(services);
    for (auto& question : evidence.questions) {
        if (const auto asked = ask_by_arp(lab, *question.asker, question.address); !asked) {
            question.error = asked.error().message;
        }
    }
    for (const auto& target : targets) {
        if (watch.cancelled()) {
            return fail("check --prove: interrupted");
        }
        watch.step(fmt::format("{} asks {}", target.client->name(), target.carried->service->name),
                   evidence.runs.size(), targets.size());
        evidence.runs.push_back(ask(lab, target));
    }
    if (auto stopped = capture->stop(); !stopped) {
        return stopped;
    }
    // What was not seen would be told as not sent.
    const auto counts = capture->counts();
    if (sink.is_full() || std::ranges::any_of(counts, [](const auto& tap) { return tap.drops != 0; })) {
        return fail("check --prove: more packets than can be looked at: prove a lab without other traffic");
    }
    auto flows = read_flows(lab, 1'000'000);
    if (!flows) {
        return tl::unexpected(flows.error());
    }
    evidence.flows = std::move(*flows);
    const auto engines = read_engines(lab);
    if (!engines) {
        return tl::unexpected(engines.error());
    }
    evidence.services = add_up(*engines);
    evidence.seen = &sink;
    return {};
}

} // namespace

Result<std::vector<Expectation>> prove_lab(const std::string& lab_name, const ProofWatch& watch) {
    auto lab = netns::LabClient::connect(lab_name);
    if (!lab) {
        return tl::unexpected(lab.error());
    }
    const auto text = lab->document();
    if (!text) {
        return tl::unexpected(text.error());
    }
    const auto drawn = text->empty() ? bad_input(fmt::format("{}: a lab without a drawing", lab_name))
                                     : designer::parse_document(*text);
    if (!drawn) {
        return tl::unexpected(drawn.error());
    }
    const auto drawing = designer::fill_addresses(*drawn);
    const designer::Network network(drawing);
    const designer::ServiceMap services(network);
    const designer::Routing routing(network, services);
    const auto targets = proof_targets(network, services, routing);
    ProofSink sink;
    Evidence evidence;
    if (const auto gathered = gather(*lab, network, services, targets, watch, sink, evidence); !gathered) {
        return tl::unexpected(gathered.error());
    }
    return judge(evidence, network, services, routing);
}

} // namespace fulcrum::cli
