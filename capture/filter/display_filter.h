// Wireshark-style display filters, compiled: a flat program of tests, each with a way on when it holds and
// one when it does not. A test whose protocol the index does not name for a packet fails without looking at
// its bytes.
//
// The semantics are Wireshark's (wireshark-filter(4)): a field that occurs several times satisfies a
// comparison when any of its values does; != wants the field to be there and none of its values to be equal;
// a field by itself asks whether it is there.
#pragma once

#include <memory>

#include "capture/filter/field.h"
#include "capture/filter/lexer.h"

namespace fulcrum::capture {

class FilterProgram;

class DisplayFilter {
public:
    // An empty text (or blanks) takes every packet.
    static Filtered<DisplayFilter> compile(std::string_view text);

    const std::string& text() const { return text_; }
    // Whether it has lab.request or lab.leg, which match nothing without LabNotes.
    bool asks_for_notes() const;
    const FilterProgram& program() const { return *program_; }

private:
    std::string text_;
    std::shared_ptr<const FilterProgram> program_; // never changes: threads share it
};

// A filter at work on one open capture. Used by one thread.
class FilterRun {
public:
    // All three outlive it.
    FilterRun(const DisplayFilter& filter, const CaptureFile::Reading& reading,
              const LabNotes* notes = nullptr)
        : program_(filter.program()), view_(reading, notes) {}
    bool matches(std::size_t packet);

private:
    const FilterProgram& program_;
    PacketView view_;
    Values values_;
};

// The packets from `begin` to before `end` (at most size()) that match, in order, found by several threads.
// Loading may go on meanwhile. Ends early when `cancelled` becomes true, with what it has.
std::vector<std::uint32_t> select_packets(const CaptureFile& file, const DisplayFilter& filter,
                                          std::size_t begin, std::size_t end, const LabNotes* notes = nullptr,
                                          const std::atomic<bool>* cancelled = nullptr);

} // namespace fulcrum::capture
