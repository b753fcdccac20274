// Any bytes: a document, or one error of one line. A document is written and read back without a difference.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "designer/document/auto_layout.h"
#include "designer/document/file.h"
#include "designer/document/legality.h"
#include "designer/edit/edit.h"

using namespace fulcrum::designer;

namespace {

void insist(bool holds, const char* what) {
    if (!holds) {
        std::fprintf(stderr, "finding: %s\n", what);
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto document = parse_document(size == 0 ? std::string_view("") : text);
    if (!document) {
        const std::string& message = document.error().message;
        insist(message.starts_with("line "), "an error without a line");
        insist(message.find('\n') == std::string::npos, "an error of several lines");
        insist(message.size() < 1000, "an error as long as the file");
        return 0;
    }
    insist(!illegal_value(*document), "reading let a value through that saving refuses");
    const std::string emitted = emit_document(*document);
    const auto again = parse_document(emitted);
    insist(again.has_value(), "what was written cannot be read");
    insist(*again == *document, "reading back made a difference");
    insist(emit_document(*again) == emitted, "writing twice gave other bytes");
    insist(complete_layout(*document).size() >= document->nodes.size(), "an item without a place");

    Document changed = *document;
    const Change change = difference(Document{}, *document);
    apply(changed, change.reversed());
    insist(changed == Document{}, "a difference that cannot be undone");
    return 0;
}
