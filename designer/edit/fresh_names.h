// Names and ids that nothing in a document has yet. Building it costs one pass over the document, a name next
// to nothing.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "designer/document/document.h"

namespace fulcrum::designer {

class FreshNames {
public:
    explicit FreshNames(const Document& document);

    std::string take(std::string_view stem);       // "server": server1, or the next number that is free
    std::string take_after(std::string_view name); // "server3": server4 or the next that is free; "web": web2
    bool is_free(const std::string& name) const { return !used_.contains(name); }
    void use(const std::string& name) { used_.insert(name); }

private:
    std::string count_up(std::string_view stem, std::size_t from);

    struct Run { // every number in it is used
        std::size_t first = 1, last = 0;
    };
    std::unordered_set<std::string> used_;      // names and ids of every entity
    std::unordered_map<std::string, Run> runs_; // by stem: what the last search walked over
};

} // namespace fulcrum::designer
