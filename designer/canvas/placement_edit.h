// Edits of the canvas itself, as pure functions like those of designer/edit: where things are, and the things
// that are nothing but canvas (notes, frames).
#pragma once

#include <QRectF>
#include <map>
#include <vector>

#include "designer/document/document.h"

namespace fulcrum::designer {

Document with_placements(const Document& document, const Layout& placements);
Document add_note(const Document& document, Placement where, const std::string& text, Id* created = nullptr);
Document set_note_text(const Document& document, const Id& note, const std::string& text);
// A group of the SEs among `members`, who leave the groups they were in; unchanged when there is none.
Document add_group(const Document& document, const std::vector<Id>& members, Id* created = nullptr);
// A zone (VRF) around the segments among `members`; unchanged when there is none.
Document add_zone(const Document& document, const std::vector<Id>& members, Id* created = nullptr);

// Boxes are where the items are now, without their names. Items keep their order and their other coordinate.
Layout align_boxes(const std::map<Id, QRectF>& boxes, Qt::Edge edge);
Layout align_centres(const std::map<Id, QRectF>& boxes,
                     Qt::Orientation line); // on one horizontal or vertical line
Layout distribute_boxes(const std::map<Id, QRectF>& boxes,
                        Qt::Orientation direction); // equal gaps; ends stay

} // namespace fulcrum::designer
