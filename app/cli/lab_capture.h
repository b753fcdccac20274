// A capture of a running lab under way: taps on its link ends, and the file, or the ring of files, that they
// fill.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "capture/live_capture.h"

namespace fulcrum::netns {
class LabClient;
}

namespace fulcrum::cli {

struct CaptureArguments;

class LabCapture {
public:
    // Captures from when this returns, whatever `order.seconds` says: ending is the caller's. Whatever can be
    // wrong with an order is found before a file is touched. The taps keep the lab's namespaces alive: stop
    // when the lab goes.
    static Result<std::unique_ptr<LabCapture>> start(netns::LabClient& lab, const CaptureArguments& order);
    ~LabCapture(); // stops

    std::vector<capture::TapCounts> counts() const; // by link end
    bool running() const;                           // false once a file cannot be written any more
    Result<> stop();                                // everything is in the file afterwards. Idempotent
    // That are kept, oldest first; standard output: "-". Those of a ring after stop() only.
    std::vector<std::string> files() const;
    std::uint64_t files_removed() const; // of a ring, after stop()

private:
    class Output;
    LabCapture(std::unique_ptr<Output> output, std::int64_t begun_ns);

    std::unique_ptr<Output> output_;
    std::int64_t begun_ns_;                      // CLOCK_REALTIME
    std::unique_ptr<capture::LiveCapture> live_; // ends before what it writes to
    bool stopped_ = false;
    Result<> result_;
};

} // namespace fulcrum::cli
