// A JSON string out of untrusted bytes: what is not UTF-8 is shown byte by byte as U+0080 to U+00FF, so that
// the document stays valid whatever a header held.
#pragma once

#include <string>
#include <string_view>

namespace fulcrum::ends {

void append_json_string(std::string& out, std::string_view text); // with the quotes

} // namespace fulcrum::ends
