#include "app/window/lab/lab_event_reader.h"

#include "app/window/qt_text.h"

namespace fulcrum::window {

void LabEventReader::run() {
    auto client = netns::LabClient::connect(lab_);
    if (!client) {
        emit lost(to_q(client.error().message));
        return;
    }
    std::uint64_t cursor = 0;
    while (!isInterruptionRequested()) {
        const auto events = client->events(cursor, longest_wait_ms);
        if (!events) {
            emit lost(to_q(events.error().message));
            return;
        }
        for (const netns::LabEvent& event : *events) {
            emit happened(event);
        }
    }
}

} // namespace fulcrum::window
