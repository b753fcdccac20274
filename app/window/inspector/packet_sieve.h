// Finds the packets that a display filter takes, in the background and in slices, so that the first rows of a
// large file come at once. What was found for a filter that has been replaced since is dropped. A filter over
// requests and legs waits until the file is loaded and its ladders are worked out.
#pragma once

#include <QObject>
#include <atomic>
#include <memory>
#include <vector>

#include "capture/filter/display_filter.h"

namespace fulcrum::window {

class RequestNotes;

class PacketSieve : public QObject {
    Q_OBJECT
public:
    explicit PacketSieve(RequestNotes* requests, QObject* parent = nullptr); // of the file that it sieves
    ~PacketSieve() override;

    // From the first packet on. Ends what was under way.
    void start(std::shared_ptr<capture::CaptureFile> file, capture::DisplayFilter filter);
    void stop();
    void go_on(); // the file may hold more packets than were looked at
    bool is_busy() const { return busy_; }

signals:
    // Ascending, following what was found before; `first`: of a filter just started. May be empty.
    void found(const std::vector<std::uint32_t>& packets, bool first);
    void caught_up(); // everything that the file held was looked at

private:
    void next_slice();

    RequestNotes* requests_;
    std::shared_ptr<capture::CaptureFile> file_;
    std::optional<capture::DisplayFilter> filter_;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    std::size_t looked_at_ = 0;
    bool busy_ = false, first_ = true;
    bool waits_for_notes_ = false;
};

} // namespace fulcrum::window
