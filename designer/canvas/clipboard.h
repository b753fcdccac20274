// Parts of drawings on the system clipboard, as the text of a document: between windows, and into any text
// editor.
#pragma once

#include <optional>
#include <vector>

#include "designer/document/document.h"

namespace fulcrum::designer {

inline constexpr const char* drawing_mime = "application/x-fulcrum-drawing";

void put_on_clipboard(const Document& part);
std::optional<Document> take_from_clipboard(); // none: it holds no drawing

} // namespace fulcrum::designer
