// check --prove: a proof of a running lab, told on the command line.
#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/ending.h"
#include "app/cli/prove_lab.h"
#include "app/cli/prove_report.h"
#include "app/cli/terminal.h"

namespace fulcrum::cli {

int prove(const std::string& lab_name, bool json) {
    const Interruption interruption;
    ProgressLine line;
    const auto list =
        prove_lab(lab_name, {[&line](const std::string& what, std::size_t, std::size_t) { line.show(what); },
                             [] { return Interruption::requested(); }});
    line.clear();
    if (!list) {
        return report(list.error());
    }
    fmt::print("{}", json ? emit_proof_json(*list) : proof_in_words(lab_name, *list));
    return all_hold(*list) ? exit_good : exit_failed;
}

} // namespace fulcrum::cli
