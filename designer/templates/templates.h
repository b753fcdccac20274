// Built-in drawings (SPEC section 4) and generators.
#pragma once

#include "designer/document/document.h"
#include "engine/base/result.h"

namespace fulcrum::designer {

struct TemplateInfo {
    std::string id;          // "in-line"
    std::string title;       // "In-line routed, active/standby"
    std::string description; // one or two sentences for the gallery
    bool runs = true;        // false: can be drawn, checked, planned and rendered, not yet launched
};

const std::vector<TemplateInfo>& templates();
Result<Document>
make_template(const std::string& id); // with layout; bad_input for an unknown id, naming near ones

// A file path or a template id, as the command line takes them: a readable file wins.
Result<Document> open_drawing(const std::string& file_or_template);

// One segment with n clients, as used by `./dev bench launch`.
Document make_star(std::size_t hosts);

} // namespace fulcrum::designer
