#include "capture/ladder/answers.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "capture/decode/application.h"

namespace fulcrum::capture {

namespace {

// Of a request: another connection between the same sockets has its numbers elsewhere.
constexpr std::uint32_t most_bytes = 1U << 26;

// What two sockets said to each other, requests and answers in the order of time.
struct Exchange {
    std::vector<std::size_t> asked, given;
    std::vector<std::size_t> interim; // 1xx: they stand in front of an answer
};

class AnswerFinder {
public:
    AnswerFinder(std::vector<Transit>& transits, std::int64_t slack_ns)
        : transits_(transits), slack_ns_(slack_ns), taken_(transits.size()) {}

    void run() {
        std::map<std::tuple<Socket, Socket, bool, bool>, Exchange> exchanges; // by who asked
        for (std::size_t i = 0; i < transits_.size(); ++i) {
            const auto& one = transits_[i];
            if (!one.response) {
                exchanges[{one.source, one.destination, one.is_udp, one.is_http}].asked.push_back(i);
                continue;
            }
            auto& exchange = exchanges[{one.destination, one.source, one.is_udp, one.is_http}];
            const bool interim = one.is_http && http_start(one.head).code / 100 == 1;
            (interim && http_start(one.head).code != 101 ? exchange.interim : exchange.given).push_back(i);
        }
        const auto by_time = [&](std::size_t a, std::size_t b) {
            return transits_[a].began_ns < transits_[b].began_ns;
        };
        for (auto& [ends, exchange] : exchanges) {
            std::ranges::stable_sort(exchange.asked, by_time);
            std::ranges::stable_sort(exchange.given, by_time);
            if (std::get<3>(ends)) {
                find_http_answers(exchange);
            } else {
                find_other_answers(exchange);
            }
        }
    }

private:
    using ByNumber = std::unordered_map<std::uint32_t, std::vector<std::size_t>>;

    // A client's acknowledgement says how much it had heard when it asked: the answer begins just there, or,
    // when it asked ahead, where the answer to the request before ends.
    void find_http_answers(const Exchange& exchange) {
        ByNumber beginning_at, interim_at, acknowledging, ending_at;
        for (const auto i : exchange.given) {
            beginning_at[transits_[i].sequence].push_back(i);
            acknowledging[transits_[i].acknowledgement].push_back(i);
        }
        for (const auto i : exchange.interim) {
            interim_at[transits_[i].sequence].push_back(i);
        }
        const Transit* last = nullptr;
        for (const auto asking : exchange.asked) {
            auto& question = transits_[asking];
            const auto end = question.sequence + question.bytes;
            const auto* before = find_before(question, ending_at);
            ending_at[end].push_back(asking);
            auto place =
                before != nullptr ? place_behind(*before, question) : place_behind_gap(last, question);
            last = &question;
            if (!place) {
                continue;
            }
            for (auto at = interim_at.find(*place); at != interim_at.end(); at = interim_at.find(*place)) {
                place = *place + transits_[at->second.front()].bytes;
                interim_at.erase(at); // never a second time: made-up numbers may lead in a circle
            }
            const auto found = beginning_at.find(*place);
            if (found == beginning_at.end()) {
                continue;
            }
            for (const auto given : found->second) {
                if (may_answer(given, question)) {
                    const bool exact =
                        transits_[given].acknowledgement == end && acknowledging[end].size() == 1;
                    answer(question, given, exact);
                    break;
                }
            }
        }
    }
    // The request that ends where this one begins.
    const Transit* find_before(const Transit& question, const ByNumber& ending_at) const {
        const auto found = ending_at.find(question.sequence);
        return found == ending_at.end() ? nullptr : &transits_[found->second.back()];
    }
    // Nothing when the client asked ahead and whose the next answer is cannot be told.
    std::optional<std::uint32_t> place_behind(const Transit& before, const Transit& question) const {
        const auto heard = question.acknowledgement;
        if (!before.answer) {
            return before.acknowledgement == heard ? std::nullopt : std::optional(heard);
        }
        const auto end = end_of_answer(before);
        return end - heard < 1U << 31 ? end : heard;
    }
    // Requests between `last` and this one were not captured, or there was none: `last` is null.
    std::optional<std::uint32_t> place_behind_gap(const Transit* last, const Transit& question) const {
        const auto heard = question.acknowledgement;
        const bool none_answered =
            last != nullptr && heard == (last->answer ? end_of_answer(*last) : last->acknowledgement);
        return none_answered ? std::nullopt : std::optional(heard);
    }
    std::uint32_t end_of_answer(const Transit& question) const {
        const auto& answered = transits_[*question.answer];
        return answered.sequence + answered.bytes;
    }

    // Handshakes, by what is acknowledged; datagrams, in their order.
    void find_other_answers(const Exchange& exchange) {
        std::size_t first_free = 0;
        for (const auto asking : exchange.asked) {
            auto& question = transits_[asking];
            for (auto n = first_free; n < exchange.given.size() && !question.answer; ++n) {
                if (may_answer(exchange.given[n], question)) {
                    answer(question, exchange.given[n], true);
                }
            }
            while (first_free < exchange.given.size() && taken_[exchange.given[first_free]]) {
                ++first_free;
            }
        }
    }

    bool may_answer(std::size_t given, const Transit& question) const {
        const auto& one = transits_[given];
        if (taken_[given] || one.began_ns + slack_ns_ < question.began_ns) {
            return false;
        }
        if (question.is_udp) {
            return one.dns_id == question.dns_id;
        }
        const auto heard = one.acknowledgement - question.sequence;
        return question.is_http ? heard > 0 && heard < most_bytes : heard == question.bytes;
    }
    void answer(Transit& question, std::size_t with, bool exact) {
        taken_[with] = true;
        question.answer = with;
        question.answer_is_exact = exact;
        question.ended_ns = transits_[with].ended_ns;
    }

    std::vector<Transit>& transits_;
    const std::int64_t slack_ns_;
    std::vector<bool> taken_;
};

} // namespace

void find_answers(std::vector<Transit>& transits, std::int64_t slack_ns) {
    AnswerFinder(transits, slack_ns).run();
}

} // namespace fulcrum::capture
