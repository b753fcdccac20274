// The process in the middle of one link (fulcrum-link): started, watched, started again, spoken to.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "netns/link_message.h"
#include "netns/supervisor/running_node.h"

namespace fulcrum::netns {

class LinkRelay {
public:
    using Answer = std::function<void(Result<LinkReport>)>;

    // The link has been opened up.
    LinkRelay(RelayPlan plan, LabServices services);
    LinkRelay(const LinkRelay&) = delete;
    LinkRelay& operator=(const LinkRelay&) = delete;
    ~LinkRelay();

    const RelayPlan& plan() const { return plan_; }
    const LinkFaults& a_to_b() const { return a_to_b_; }
    const LinkFaults& b_to_a() const { return b_to_a_; }
    bool runs() const { return pid_ > 0; }
    // Why it does not run though it should; empty when nothing is wrong.
    const std::string& broken() const { return broken_; }

    // From now on; answered when it is so. Starts the process when it does not run.
    void set(const LinkFaults& a_to_b, const LinkFaults& b_to_a, bool reseed, Answer answer);
    void ask_counters(Answer answer);
    // While the whole lab ends: its death is no news any more.
    void expect_death() { death_expected_ = true; }
    // Ends the process, for good. The object has to live on until that has happened.
    void retire();

private:
    Result<> start();
    void ask(const LinkRequest& request, Answer answer);
    void spoke();
    void ended(ExitStatus status);
    void fail_waiting(const std::string& why);
    void hang_up();

    const RelayPlan plan_;
    LabServices services_;
    LinkFaults a_to_b_, b_to_a_;
    pid_t pid_ = 0;
    OutputRing output_;
    UniqueFd control_;
    struct Waiting {
        Answer answer;
        EventLoop::TimerId timer;
    };
    std::deque<Waiting> waiting_; // for answers, which come in order
    std::deque<Instant> deaths_;  // the latest
    std::string broken_;
    bool death_expected_ = false;
};

} // namespace fulcrum::netns
