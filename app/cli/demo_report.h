// How a demo is told: to people in words, with --json as one document.
#pragma once

#include "app/cli/demo_path.h"
#include "app/cli/demo_requests.h"
#include "netns/lab_client.h"

namespace fulcrum::cli {

struct Demo {
    netns::Launched launched;
    std::vector<DemoExchange> exchanges;
    std::optional<Conversation> traced; // the request whose legs follow
    std::string traced_server;
    std::vector<Leg> legs;
    bool kept = false;

    bool all_answered() const;
};

std::string emit_demo_json(const Demo& demo); // {lab, up_ms, nodes, requests, legs}
std::string requests_in_words(const std::vector<DemoExchange>& exchanges);
std::string legs_in_words(const Demo& demo);

} // namespace fulcrum::cli
