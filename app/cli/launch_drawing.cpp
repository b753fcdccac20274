#include "app/cli/launch_drawing.h"

#include <fmt/format.h>

#include "app/cli/commands.h"
#include "app/cli/drawing_source.h"
#include "app/cli/ending.h"
#include "app/cli/terminal.h"

namespace fulcrum::cli {

Result<netns::Launched> launch_drawing(const designer::Document& drawing, const std::string& name) {
    const auto plan = plan_launch(drawing);
    if (!plan) {
        return tl::unexpected(plan.error());
    }
    const Interruption interruption;
    ProgressLine line;
    netns::LaunchOptions options;
    options.name = name;
    options.progress = [&](const netns::LaunchProgress& progress) {
        line.show(fmt::format("launching  {}/{}  {}", progress.done, progress.total, progress.step));
    };
    options.cancelled = [] { return Interruption::requested(); };
    return netns::launch(plan->lab, options);
}

} // namespace fulcrum::cli
