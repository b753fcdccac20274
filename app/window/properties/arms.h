// One-arm or two-arm (SPEC N1): whether the SEs of a service reach the clients and the servers through one
// NIC or through two. It is not written in the drawing; it follows from the links of the SEs.
#pragma once

#include "app/window/properties/table_field.h"

namespace fulcrum::window {

enum class Arms { unknown, one, two }; // unknown: no SE with a link carries the service

Arms arms_of(const designer::Document& document, const designer::Id& service);

// Two: each SE of the group gets a link to every segment that pool members live in. One: each keeps only its
// link to the VIP's segment. Refuses when the drawing leaves no such choice.
Refusal set_arms(designer::Document& document, const designer::Id& service, Arms arms);

} // namespace fulcrum::window
