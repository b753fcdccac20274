// The "who needs which route" table as arrows for the canvas.
#pragma once

#include <QCoreApplication>
#include <vector>

#include "designer/canvas/live_picture.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

class RouteArrows {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::RouteArrows)
public:
    // Of one node; of all when `node` is empty, in few words. Lines that are no route (connected subnets,
    // "none", auto gateway) have no arrow. `drawing` has its addresses filled in.
    static std::vector<designer::RouteArrow> of(const designer::Document& drawing,
                                                const std::vector<designer::RouteNeed>& needs,
                                                const designer::Id& node);
    // "10.1.2.0/24", "default", "192.168.1.0/24 from 10.1.1.0/24".
    static QString destination(const designer::RouteNeed& need);
    static QString tip(const designer::RouteNeed& need); // rich text: what, why, and what stops without it
    static bool is_route(const designer::RouteNeed& need);
};

} // namespace fulcrum::window
