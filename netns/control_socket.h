// The abstract Unix socket that is a lab's name and its door (unix(7)). Binding it claims the name,
// atomically; the kernel gives the name back when the last descriptor is closed, however that happens.
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

// "fulcrum/<uid>/<lab>"
std::string control_socket_name(uid_t uid, const std::string& lab);

// None when somebody has it. The socket is bound, does not listen yet, and never blocks.
Result<std::optional<UniqueFd>> claim_socket_name(const std::string& name);

// A stream connection; fails with ECONNREFUSED's text when nobody listens.
Result<UniqueFd> connect_to_socket(const std::string& name, bool blocking = true);

struct Peer {
    pid_t pid = 0;
    uid_t uid = 0;
};
// Who called listen() or connect() at the other end, as seen from here (SO_PEERCRED).
Result<Peer> peer_of(int socket);

// Labs of this user in the text of /proc/net/unix whose socket listens.
std::vector<std::string> labs_in(const std::string& proc_net_unix, uid_t uid);

} // namespace fulcrum::netns
