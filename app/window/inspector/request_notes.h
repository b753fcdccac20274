// Which request, and which leg of it, each packet of an open capture is of: what lab.request and lab.leg are
// about in filters, searches and colour rules. Ladders take a while, so they are worked out when somebody
// first asks, once for a file, in the background, when it is loaded.
#pragma once

#include <QObject>
#include <atomic>
#include <memory>

#include "capture/filter/packet_view.h"

namespace fulcrum::window {

class RequestNotes : public QObject {
    Q_OBJECT
public:
    explicit RequestNotes(QObject* parent = nullptr) : QObject(parent) {}
    ~RequestNotes() override;

    void set_file(std::shared_ptr<capture::CaptureFile> file); // what was known of another one is forgotten
    // Null until known() was emitted.
    const std::shared_ptr<const capture::LabNotes>& notes() const { return notes_; }
    void ask(); // there is a file; known() follows unless notes() are there

signals:
    void known();

private:
    std::shared_ptr<capture::CaptureFile> file_;
    std::shared_ptr<const capture::LabNotes> notes_;
    std::shared_ptr<std::atomic<bool>> cancelled_; // set while they are worked out
};

} // namespace fulcrum::window
