// The drawing that a command was given, and the lab that comes of it.
#pragma once

#include "designer/document/document.h"
#include "designer/plan/plan.h"

namespace fulcrum::cli {

// A file, a template id, or "star:N": one segment with N clients.
Result<designer::Document> load_drawing(const std::string& file_or_template);

// Checked and compiled. Fails with the first thing that keeps it from being launched: bad_input when the
// drawing is wrong, failed when it needs what is not built yet.
Result<designer::Plan> plan_launch(const designer::Document& drawing);

} // namespace fulcrum::cli
