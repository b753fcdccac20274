#include "tests/ui/window/running_labs.h"

#include <QProcess>

#include "app/window/programs.h"

std::string why_no_lab() {
    QProcess probe;
    probe.start("unshare", {"-Urnm", "true"});
    if (!probe.waitForFinished(5000) || probe.exitCode() != 0) {
        return "this machine does not let an ordinary user make namespaces";
    }
    for (const char* program : {"fulcrum-lab", "fulcrum-se", "fulcrum-server", "fulcrum-load"}) {
        if (!fulcrum::window::Programs(FULCRUM_BIN_DIR).has(program)) {
            return std::string(program) + " is not built";
        }
    }
    return {};
}
