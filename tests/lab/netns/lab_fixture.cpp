#include "tests/lab/netns/lab_fixture.h"

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <net/if.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>

namespace fulcrum::netns {

namespace {

std::string read_all(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string content_of(int memory) {
    std::string text;
    char buffer[4096];
    ::lseek(memory, 0, SEEK_SET);
    for (ssize_t got = 0; (got = ::read(memory, buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
}

} // namespace

NodePlan node(const std::string& name, const std::vector<std::string>& addresses) {
    NodePlan plan;
    plan.name = name;
    plan.kind = "host";
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        InterfacePlan interface;
        interface.name = fmt::format("eth{}", i);
        if (!addresses[i].empty()) {
            interface.addresses.push_back(prefix(addresses[i].c_str()));
        }
        plan.interfaces.push_back(interface);
    }
    return plan;
}

LabPlan star(std::size_t hosts) {
    LabPlan plan;
    SegmentPlan segment;
    segment.name = "lan";
    for (std::size_t i = 1; i <= hosts; ++i) {
        plan.nodes.push_back(
            node(fmt::format("host{}", i), {fmt::format("10.0.{}.{}/16", i / 250, i % 250 + 1)}));
        segment.ports.push_back({plan.nodes.back().name, "eth0"});
    }
    plan.segments.push_back(segment);
    return plan;
}

LabPlan pair() {
    LabPlan plan;
    plan.nodes = {node("a", {"10.0.0.1/24"}), node("b", {"10.0.0.2/24"})};
    plan.wires = {{{"a", "eth0"}, {"b", "eth0"}}};
    return plan;
}

std::string supervisor_path() {
    const char* given = std::getenv("FULCRUM_TEST_SUPERVISOR"); // where the binaries were copied to
    return given != nullptr ? given : FULCRUM_BIN_DIR "/fulcrum-lab";
}

std::string unique_lab_name() {
    static int count = 0;
    return fmt::format("test-{}-{}", ::getpid(), ++count);
}

void LabTest::SetUp() {
    static const std::string reason = [] {
        LabPlan empty;
        empty.name = unique_lab_name();
        LaunchOptions options;
        options.supervisor_path = supervisor_path();
        const auto launched = launch(empty, options);
        if (!launched) {
            return launched.error().message;
        }
        auto client = LabClient::connect(launched->lab);
        return client && client->down() ? std::string() : std::string("the empty lab cannot be taken down");
    }();
    if (reason.find("namespaces") != std::string::npos) {
        GTEST_SKIP() << reason;
    }
    ASSERT_EQ(reason, "");
}

void LabTest::TearDown() {
    for (const std::string& lab : labs_) {
        if (auto client = LabClient::connect(lab)) {
            const auto down = client->down();
            EXPECT_TRUE(down) << down.error().message;
        }
    }
}

LaunchOptions LabTest::options(const std::string& name) const {
    LaunchOptions options;
    options.name = name;
    options.supervisor_path = supervisor_path();
    return options;
}

LabClient LabTest::up(LabPlan plan) {
    lab_ = unique_lab_name();
    const auto launched = launch(plan, options(lab_));
    if (!launched) {
        throw std::runtime_error(launched.error().message);
    }
    labs_.push_back(lab_);
    auto client = LabClient::connect(lab_);
    if (!client) {
        throw std::runtime_error(client.error().message);
    }
    return std::move(*client);
}

Output LabTest::run(const std::string& lab, const std::string& node,
                    const std::vector<std::string>& argv) const {
    const UniqueFd in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const UniqueFd out(::memfd_create("out", MFD_CLOEXEC));
    const UniqueFd err(::memfd_create("err", MFD_CLOEXEC));
    Output output;
    auto client = LabClient::connect(lab);
    if (!client) {
        output.err = client.error().message;
        return output;
    }
    ExecRequest request;
    request.node = node;
    request.argv = argv;
    request.in = in.get();
    request.out = out.get();
    request.err = err.get();
    const auto status = client->exec(request);
    output.out = content_of(out.get());
    output.err = content_of(err.get());
    if (status) {
        output.status = *status;
    } else {
        output.err += status.error().message;
    }
    return output;
}

bool LabTest::pings(const std::string& node, const std::string& target) const {
    return run(lab_, node, {"ping", "-n", "-c", "1", "-W", "1", target}).status == 0;
}

std::uint64_t user_namespace_of(int pid) {
    struct stat status {};
    return ::stat(fmt::format("/proc/{}/ns/user", pid).c_str(), &status) == 0 ? status.st_ino : 0;
}

std::size_t processes_in(std::uint64_t user_namespace) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos ||
            user_namespace_of(std::atoi(name.c_str())) != user_namespace) {
            continue;
        }
        const std::string status = read_all(entry.path() / "stat");
        const auto end = status.rfind(')');
        count += end != std::string::npos && status.substr(end, 3) != ") Z" ? 1 : 0;
    }
    return count;
}

HostView host_view() {
    HostView view;
    struct if_nameindex* interfaces = ::if_nameindex();
    for (auto* one = interfaces; one != nullptr && one->if_index != 0; ++one) {
        ++view.interfaces;
    }
    ::if_freenameindex(interfaces);
    const std::string mounts = read_all("/proc/self/mountinfo");
    view.mounts = static_cast<std::size_t>(std::count(mounts.begin(), mounts.end(), '\n'));
    return view;
}

bool name_is_taken(const std::string& lab) {
    return read_all("/proc/net/unix").find("/" + lab + "\n") != std::string::npos;
}

bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 250; ++i) {
        if (condition()) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

} // namespace fulcrum::netns
