// docs/checks.md and the table of rules list the same checks with the same severity.
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>

#include "designer/checks/rules.h"

namespace fulcrum::designer {
namespace {

// Rows "| `id` | severity | … |".
std::map<std::string, std::string> documented() {
    std::ifstream file(FULCRUM_SOURCE_DIR "/docs/checks.md");
    EXPECT_TRUE(file.good());
    std::map<std::string, std::string> rows;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| `")) {
            continue;
        }
        const std::size_t end = line.find('`', 3);
        const std::size_t bar = line.find('|', end);
        const std::size_t next = line.find('|', bar + 1);
        std::string severity = line.substr(bar + 2, next - bar - 3);
        rows.emplace(line.substr(3, end - 3), severity.substr(0, severity.find(' ')));
    }
    return rows;
}

TEST(Documentation, lists_every_check) {
    std::map<std::string, std::string> known;
    for (const Rule& rule : rules()) {
        known.emplace(rule.id, name_of(rule.severity));
    }
    EXPECT_EQ(documented(), known);
}

} // namespace
} // namespace fulcrum::designer
