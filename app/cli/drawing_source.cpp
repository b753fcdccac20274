#include "app/cli/drawing_source.h"

#include <charconv>
#include <fmt/format.h>

#include "designer/checks/checks.h"
#include "designer/templates/templates.h"

namespace fulcrum::cli {

Result<designer::Document> load_drawing(const std::string& file_or_template) {
    constexpr std::string_view star = "star:";
    if (file_or_template.starts_with(star)) {
        const auto count = std::string_view(file_or_template).substr(star.size());
        std::size_t hosts = 0;
        const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), hosts);
        if (error != std::errc{} || end != count.data() + count.size() || hosts == 0 || hosts > 5000) {
            return bad_input(fmt::format("{}: star:N wants 1 to 5000 hosts", file_or_template));
        }
        return designer::make_star(hosts);
    }
    return designer::open_drawing(file_or_template);
}

Result<designer::Plan> plan_launch(const designer::Document& drawing) {
    const auto blockers = designer::launch_blockers(drawing);
    if (!blockers.empty()) {
        const auto& first = blockers.front();
        const auto more = blockers.size() > 1
                              ? fmt::format(" (and {} more: see \"fulcrum check\")", blockers.size() - 1)
                              : std::string();
        const auto kind =
            first.severity == designer::Severity::error ? ErrorKind::bad_input : ErrorKind::failed;
        return fail(fmt::format("{}: {}: {}{}", first.id, first.why, first.fix, more), kind);
    }
    return designer::make_plan(drawing);
}

} // namespace fulcrum::cli
