// A proof as people read it, and with --json.
#pragma once

#include "app/cli/prove_verdict.h"

namespace fulcrum::cli {

std::string emit_proof_json(const std::vector<Expectation>& list); // [{service, client, server, …}]
std::string proof_in_words(const std::string& lab, const std::vector<Expectation>& list);
bool all_hold(const std::vector<Expectation>& list); // there is one, and none that does not

} // namespace fulcrum::cli
