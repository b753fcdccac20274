// The text of /etc/hosts in every node of a lab.
#pragma once

#include <string>

#include "netns/lab_plan.h"

namespace fulcrum::netns {

// localhost, then every node's interface addresses in order, link-local ones (a tunnel's end) left out; its
// loopback addresses only when it has no other: a service address shared by several servers names none of
// them. Then the plan's extra lines.
std::string hosts_of(const LabPlan& plan);

} // namespace fulcrum::netns
