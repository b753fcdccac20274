// The table of a layer-7 service's content rules: what a request must have, and the pool that answers it or
// where its client is sent instead.
#pragma once

#include "app/window/properties/table_field.h"

namespace fulcrum::window {

TableField content_rules_field(const designer::Id& service);

} // namespace fulcrum::window
