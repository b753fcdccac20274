// A proof: real requests in a running lab, every packet of them held against the plan.
#pragma once

#include <functional>

#include "app/cli/prove_verdict.h"

namespace fulcrum::cli {

// Who waits for a proof. Both are called from the thread that proves.
struct ProofWatch {
    // What happens now, and how many of the clients' questions are done; 0 of 0 while that is not known.
    std::function<void(const std::string& what, std::size_t done, std::size_t all)> step;
    std::function<bool()> cancelled;
};

// Takes seconds: health probes are waited for, every client asks every service. Fails when the lab cannot be
// reached or watched, or when it is cancelled. Other traffic in the lab does no harm; where there is so much
// that the capture lost packets, expectations say that they could not be seen.
Result<std::vector<Expectation>> prove_lab(const std::string& lab, const ProofWatch& watch);

} // namespace fulcrum::cli
