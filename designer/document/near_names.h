// "Did you mean": the candidates that a mistyped word is close to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fulcrum::designer {

// At most three, nearest first: those within two edits of letters (one for words below five), or that begin
// with the word.
std::vector<std::string> near_names(std::string_view word, const std::vector<std::string>& candidates);

} // namespace fulcrum::designer
