// Waiting for carrier on real veth pairs, in a network of the test's own.
#include "netns/supervisor/carrier.h"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/lab/netns/lab_fixture.h"

namespace fulcrum::netns {
namespace {

using std::chrono::milliseconds;

// Pair k is ap<k>, index 2k + 2, already up, and bp<k>, index 2k + 3, still down: neither carries.
class Pairs {
public:
    explicit Pairs(int count) : connection_(NetlinkConnection::open().value()) {
        NetlinkBatch batch;
        for (int k = 0; k < count; ++k) {
            VethEnd a, b;
            a.index = 2 * k + 2;
            a.name = fmt::format("ap{}", k);
            a.up = true;
            b.index = 2 * k + 3;
            b.name = fmt::format("bp{}", k);
            batch.add(make_veth_pair(a, b), a.name);
            ends_.push_back({&connection_, a.index, fmt::format("link number {}", k)});
        }
        if (auto made = connection_.execute(batch); !made) {
            throw std::runtime_error(made.error().message);
        }
    }
    static void connect(NetlinkConnection& connection, int first, int count) {
        NetlinkBatch batch;
        for (int k = first; k < first + count; ++k) {
            batch.add(set_link_state(2 * k + 3, true), "up");
        }
        (void)connection.execute(batch);
    }
    Result<> wait(
        milliseconds standstill, std::function<bool()> go_on = [] { return true; }) {
        return wait_for_carrier(ends_, {&connection_, standstill, std::move(go_on)});
    }
    bool all_carry() {
        return std::ranges::all_of(ends_, [&](const LinkEnd& end) {
            const auto link = look_at_link(connection_, end.index);
            return link && link->operational;
        });
    }

private:
    NetlinkConnection connection_;
    std::vector<LinkEnd> ends_;
};

class CarrierTest : public LabTest {
protected:
    // Runs `body`, which says what went wrong, in a child with an empty network.
    static std::string in_new_network(const std::function<std::string()>& body) {
        int ends[2];
        if (::pipe(ends) != 0) {
            return "pipe";
        }
        const pid_t child = ::fork();
        if (child == 0) {
            std::string said;
            if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
                said = "unshare";
            } else {
                try {
                    said = body();
                } catch (const std::exception& error) {
                    said = error.what();
                }
            }
            [[maybe_unused]] const ssize_t written = ::write(ends[1], said.data(), said.size());
            ::_exit(0);
        }
        ::close(ends[1]);
        std::string said;
        char buffer[4096];
        for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
            said.append(buffer, static_cast<std::size_t>(got));
        }
        ::close(ends[0]);
        ::waitpid(child, nullptr, 0);
        return said;
    }
};

TEST_F(CarrierTest, LateLinksAreWaitedForAsLongAsSomeComeUp) {
    EXPECT_EQ(in_new_network([]() -> std::string {
                  Pairs pairs(6);
                  auto other = NetlinkConnection::open().value();
                  const Instant begun = monotonic_now();
                  std::jthread late([&] {
                      for (int k = 0; k < 6; ++k) {
                          std::this_thread::sleep_for(milliseconds(200));
                          Pairs::connect(other, k, 1);
                      }
                  });
                  // All take 1.2 s, none of them more than a good 0.2 s after the one before.
                  if (auto waited = pairs.wait(milliseconds(1000)); !waited) {
                      return waited.error().message;
                  }
                  if (monotonic_now() - begun < milliseconds(1200)) {
                      return "returned before the last link was connected";
                  }
                  return pairs.all_carry() ? "" : "returned while a link does not carry";
              }),
              "");
}

TEST_F(CarrierTest, ErrorNamesTheLinkThatDoesNotCarry) {
    EXPECT_EQ(in_new_network([]() -> std::string {
                  Pairs pairs(4);
                  auto other = NetlinkConnection::open().value();
                  Pairs::connect(other, 0, 2);
                  auto waited = pairs.wait(milliseconds(1000));
                  return waited ? "no error" : waited.error().message;
              }),
              "link number 2: no carrier after 1 s (nor have 1 more)");
}

TEST_F(CarrierTest, WaitCanBeAbandoned) {
    EXPECT_EQ(in_new_network([]() -> std::string {
                  Pairs pairs(1);
                  int asked = 0;
                  auto waited = pairs.wait(std::chrono::hours(1), [&] { return ++asked < 3; });
                  return waited ? "no error" : waited.error().message;
              }),
              "cancelled");
}

// Left to itself, linkwatch takes 200 of them a second.
TEST_F(CarrierTest, ThousandLinksAtOnceDoNotWaitForLinkwatch) {
    EXPECT_EQ(in_new_network([]() -> std::string {
                  Pairs pairs(1000);
                  auto other = NetlinkConnection::open().value();
                  Pairs::connect(other, 0, 1000);
                  const Instant begun = monotonic_now();
                  if (auto waited = pairs.wait(milliseconds(10'000)); !waited) {
                      return waited.error().message;
                  }
                  const auto took = std::chrono::duration_cast<milliseconds>(monotonic_now() - begun);
                  return took < milliseconds(2000) ? "" : fmt::format("took {} ms", took.count());
              }),
              "");
}

} // namespace
} // namespace fulcrum::netns
