// Which links a request and its answer take through a drawing: from what the flow log says (who carried it,
// who answered, in which mode) and from the topology.
#pragma once

#include <vector>

#include "designer/canvas/canvas_view.h"

namespace fulcrum::window {

struct FollowedRequest {
    designer::Id client, se, server; // nodes; se may be empty when nobody said which one carried it
    designer::Mode mode = designer::Mode::full_proxy;
};

// In full proxy and in-line mode the answer comes back through the SE; in DSR it goes from the server to the
// client without it, which is what makes the triangle. Only routers and segments pass packets on. Empty when
// the drawing has no such way.
std::vector<designer::PathLeg> request_path(const designer::Document& drawing,
                                            const FollowedRequest& request);

} // namespace fulcrum::window
