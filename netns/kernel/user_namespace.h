// The lab's own set of namespaces: user, mount, pid, network, UTS and IPC, made in one clone. Full rights
// inside, none outside.
#pragma once

#include <string>
#include <sys/types.h>

#include "engine/base/result.h"
#include "engine/base/unique_fd.h"

namespace fulcrum::netns {

struct Cloned {
    pid_t pid = 0;    // 0: this is the child
    UniqueFd process; // pidfd of the child, in the parent
};
// Like fork(), but the child is process 1 of new namespaces. It must wait until its parent has written the id
// maps. The calling process has one thread. `refusal`, from explain_refusal, is said when the kernel refuses.
Result<Cloned> clone_into_namespaces(const std::string& refusal);

// The sentence for a user whose system forbids user namespaces; empty when no setting that does so was found.
// Apart from the reading so that it can be tested: values are the files' text, empty when the file is
// missing.
struct NamespaceSettings {
    std::string unprivileged_userns_clone; // kernel.unprivileged_userns_clone (Debian)
    std::string max_user_namespaces;       // user.max_user_namespaces
    std::string max_net_namespaces;        // user.max_net_namespaces
    std::string
        apparmor_restrict_unprivileged_userns; // kernel.apparmor_restrict_unprivileged_userns (Ubuntu)
    bool root = false;
};
NamespaceSettings read_namespace_settings();
std::string explain_refusal(const NamespaceSettings& settings, const std::string& program_path);

} // namespace fulcrum::netns
