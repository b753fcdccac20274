#include "app/cli/prove_lab.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <set>
#include <span>
#include <sys/socket.h>

#include "app/cli/lab_taps.h"
#include "app/cli/prove_flows.h"
#include "designer/document/file.h"
#include "designer/plan/plan.h"
#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"

namespace fulcrum::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto health_patience = 5s;
constexpr std::size_t ring_bytes = 32U << 20;
constexpr std::uint32_t longest_packet = 2'048; // a proof's own are shorter; cut ones are not looked at

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

class Asker {
public:
    Asker(netns::LabClient& lab, const ProofTarget& target, OwnFlows& flows) : lab_(lab), flows_(flows) {
        run_.target = &target;
    }

    ProofRun run() {
        run_.began_ns = now_ns();
        const auto counts = request_counts(*run_.target->carried);
        // More of what is not answered tells nothing new, and each takes seconds.
        if (ask(counts.first) && !run_.answers.empty() && ask(counts.rest)) {
            // Others' connections take turns as well, and a server's may all have been theirs.
            for (std::size_t more = 0; more < most_more && run_.answers.size() == run_.sent &&
                                       missed_a_turn(run_) && ask(more_at_once);
                 more += more_at_once) {
            }
        }
        run_.ended_ns = now_ns();
        return std::move(run_);
    }

private:
    static constexpr std::size_t most_more = 40, more_at_once = 5;

    bool ask(std::size_t count) {
        const auto& service = *run_.target->carried->service;
        const auto& rule = *run_.target->rule;
        const auto exchange = send_requests(lab_,
                                            {run_.target->client->name(), service.name, service.mode,
                                             rule.protocol, *service.vip, rule.port, service.proxy_in},
                                            count);
        if (!exchange) {
            run_.error = exchange.error().message;
            return false;
        }
        run_.sent += count;
        std::vector<Socket> clients;
        const auto take = [&clients](const std::string& text) {
            if (const auto socket = parse_socket(text)) {
                clients.push_back(*socket);
            }
        };
        for (const auto& answer : exchange->answers) {
            take(answer.sent_from);
        }
        std::ranges::for_each(exchange->unanswered, take);
        flows_.take(clients);
        run_.clients.insert(run_.clients.end(), clients.begin(), clients.end());
        run_.answers.insert(run_.answers.end(), exchange->answers.begin(), exchange->answers.end());
        return true;
    }

    netns::LabClient& lab_;
    OwnFlows& flows_;
    ProofRun run_;
};

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

// Asks under capture. With other traffic in the lab a capture may lose packets: then each client's requests
// get one of their own, which is over sooner, and another when that lost some, too.
class Gathering {
public:
    Gathering(netns::LabClient& lab, const designer::Network& network,
              const std::vector<ProofTarget>& targets, const ProofWatch& watch)
        : lab_(lab), names_(interfaces_of(network)), targets_(targets), watch_(watch) {}

    Result<Evidence> run(std::vector<ArpQuestion> questions) {
        if (auto healthy = await_health(lab_, watch_); !healthy) {
            return tl::unexpected(healthy.error());
        }
        auto flows = OwnFlows::watch(lab_);
        if (!flows) {
            return tl::unexpected(flows.error());
        }
        flows_ = &*flows;
        evidence_.questions = std::move(questions);
        auto first = take(targets_, evidence_.questions);
        if (!first) {
            return tl::unexpected(first.error());
        }
        if (first->whole) {
            keep(std::move(*first));
        } else {
            *first = {};
            if (auto done = one_by_one(); !done) {
                return tl::unexpected(done.error());
            }
        }
        flows->take_live();
        evidence_.flows = flows->list();
        const auto engines = read_engines(lab_);
        if (!engines) {
            return tl::unexpected(engines.error());
        }
        evidence_.services = add_up(*engines);
        return std::move(evidence_);
    }

private:
    struct Taken {
        std::vector<ProofRun> runs;
        std::vector<ProofPacket> packets;
        std::vector<ArpAnswer> arp_answers;
        bool whole = true; // no packet is missing
    };
    static constexpr int most_tries = 3;

    Result<Taken> take(std::span<const ProofTarget> targets, std::span<ArpQuestion> questions) {
        auto taps = open_taps(lab_, names_);
        if (!taps) {
            return tl::unexpected(taps.error());
        }
        evidence_.tap_names.clear();
        for (const auto& tap : *taps) {
            evidence_.tap_names.push_back(tap.name);
        }
        ProofSink sink;
        capture::CaptureOptions options;
        options.filter = targets.empty() ? "arp" : ProofSink::filter;
        options.ring_bytes_in_all = ring_bytes;
        options.snaplen_bytes = longest_packet;
        auto capture = capture::LiveCapture::start(std::move(*taps), options, sink);
        if (!capture) {
            return tl::unexpected(capture.error());
        }
        for (auto& question : questions) {
            if (const auto asked = ask_by_arp(lab_, *question.asker, question.address); !asked) {
                question.error = asked.error().message;
            }
        }
        Taken taken;
        for (const auto& target : targets) {
            if (watch_.cancelled()) {
                return fail("check --prove: interrupted");
            }
            watch_.step(fmt::format("{} asks {}", target.client->name(), target.carried->service->name),
                        static_cast<std::size_t>(&target - targets_.data()), targets_.size());
            taken.runs.push_back(Asker(lab_, target, *flows_).run());
        }
        if (auto stopped = capture->stop(); !stopped) {
            return tl::unexpected(stopped.error());
        }
        taken.whole = !sink.is_full() &&
                      std::ranges::all_of(capture->counts(), [](const auto& tap) { return tap.drops == 0; });
        taken.packets = sink.take_packets();
        taken.arp_answers = sink.take_arp_answers();
        return taken;
    }

    Result<> one_by_one() {
        auto arp = take_well({}, evidence_.questions);
        if (!arp) {
            return tl::unexpected(arp.error());
        }
        for (auto& question : evidence_.questions) {
            question.packets_missing = !arp->whole;
        }
        keep(std::move(*arp));
        for (const auto& target : targets_) {
            auto taken = take_well({&target, 1}, {});
            if (!taken) {
                return tl::unexpected(taken.error());
            }
            for (auto& run : taken->runs) {
                run.packets_missing = !taken->whole;
            }
            drop_others(*taken);
            keep(std::move(*taken));
        }
        return {};
    }

    Result<Taken> take_well(std::span<const ProofTarget> targets, std::span<ArpQuestion> questions) {
        auto taken = take(targets, questions);
        for (int tries = 1; tries < most_tries && taken && !taken->whole; ++tries) {
            taken = take(targets, questions);
        }
        return taken;
    }

    // Others' packets are most of them, and all that are kept add up.
    void drop_others(Taken& taken) {
        std::set<Socket> own;
        const auto flows = flows_->list();
        for (const auto& run : taken.runs) {
            own.insert(run.clients.begin(), run.clients.end());
            for (const auto& answer : run.answers) {
                if (const auto peer = parse_socket(answer.peer)) { // what the server saw as its client
                    own.insert(*peer);
                }
            }
        }
        for (const auto& [se, flow] : flows) {
            own.insert({flow.source, flow.source_port});
        }
        std::erase_if(taken.packets, [&own](const ProofPacket& packet) {
            return !own.contains(packet.source) && !own.contains(packet.destination);
        });
    }

    void keep(Taken taken) {
        const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
        append(evidence_.runs, taken.runs);
        append(evidence_.packets, taken.packets);
        append(evidence_.arp_answers, taken.arp_answers);
    }

    netns::LabClient& lab_;
    std::vector<std::string> names_;
    const std::vector<ProofTarget>& targets_;
    const ProofWatch& watch_;
    OwnFlows* flows_ = nullptr;
    Evidence evidence_;
};

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
    auto evidence = Gathering(*lab, network, targets, watch).run(ArpQuestions(network).run(services));
    if (!evidence) {
        return tl::unexpected(evidence.error());
    }
    return judge(std::move(*evidence), network, services, routing);
}

} // namespace fulcrum::cli
