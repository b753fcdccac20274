// Drawings as text: read strictly, written stably (same document, same bytes), saved atomically.
#pragma once

#include <filesystem>

#include "designer/document/document.h"
#include "engine/base/result.h"

namespace fulcrum::designer {

// Fails (bad_input) with "line 12, nodes[3].kind: …". Refuses what it does not understand; never drops it.
Result<Document> parse_document(std::string_view text);
std::string emit_document(const Document& document);

Result<Document> read_document(const std::filesystem::path& file); // name becomes the file's stem when empty
// Temporary file in the same directory, fsync, rename: the old file or the new one, never half of one.
// Permissions are kept and a symbolic link is followed. A document that could not be opened again is refused
// (bad_input), with the place.
Result<> save_document(const Document& document, const std::filesystem::path& file);
Result<> save_bytes(std::string_view bytes, const std::filesystem::path& file); // the same for any file

// Every key of the format as a path: "nodes[].kind", "layout{}.x". The schema and docs/file-format.md match
// it.
std::vector<std::string> format_keys();

} // namespace fulcrum::designer
