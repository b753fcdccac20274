// All there is to say about an item in a tooltip: what found no room as a label is at least here.
#pragma once

#include <QString>

#include "designer/canvas/live_picture.h"

namespace fulcrum::designer {

// Rich text. `shown`: the document with its addresses filled in. Empty for an unknown id.
QString item_tip(const Document& shown, const LivePicture& live, const Id& id);

} // namespace fulcrum::designer
