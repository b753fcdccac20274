// Drives an HttpSession for the fuzz targets: feeds a stream in one cut, connects and answers as a simple
// server would, and keeps what came out, exchange by exchange.
#pragma once

#include <string>
#include <vector>

#include "engine/http/http_session.h"
#include "tests/unit/http/http_rig.h"

namespace fulcrum::fuzz {

void demand(bool good); // aborts

// What went to the server between one server_connected() and the end of its exchange.
struct ServerStream {
    std::string bytes;
    bool complete = false; // the connection could be used again: the request went out whole
};

// The lengths that any reader could see in a head: fields whose names read as Content-Length or
// Transfer-Encoding when case, spaces, controls and everything that is no letter are ignored, and lines end
// at CR or LF. A lenient server's reading; demands that it finds what a strict one does.
void demand_unambiguous_head(const std::string& message);

// Demands that Boost.Beast reads exactly one request there, up to the last byte.
void demand_one_request(const std::string& bytes);
// Demands that it reads exactly one answer, up to the last byte; `head_only`: to HEAD.
void demand_one_answer(const std::string& bytes, bool head_only);

} // namespace fulcrum::fuzz
