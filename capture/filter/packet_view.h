// One packet as filters see it: its record first, its layers only when somebody asks.
#pragma once

#include "capture/index/capture_file.h"

namespace fulcrum::capture {

// What a lab knows about packets beyond their bytes: which request each is of, and which leg of it. By packet
// number; 0 or beyond the end: none.
struct LabNotes {
    std::vector<std::uint32_t> request; // from 1
    std::vector<std::uint8_t> leg;      // from 1: the client's
};

class PacketView {
public:
    explicit PacketView(const CaptureFile::Reading& reading, const LabNotes* notes = nullptr)
        : reading_(reading), notes_(notes) {}

    void look_at(std::size_t number) {
        number_ = number;
        record_ = &reading_.file().record(number);
        have_layers_ = false;
    }
    std::size_t number() const { return number_; }
    const PacketRecord& record() const { return *record_; }
    const CaptureFile::Reading& reading() const { return reading_; }
    const CaptureInterface& interface() const { return reading_.interfaces()[record_->interface]; }
    const LabNotes* notes() const { return notes_; }
    Bytes bytes() const { return reading_.file().packet(number_).bytes; }
    const Layers& layers() const {
        if (!have_layers_) {
            reading_.layers(number_, layers_, scratch_);
            have_layers_ = true;
        }
        return layers_;
    }

private:
    const CaptureFile::Reading& reading_;
    const LabNotes* notes_;
    std::size_t number_ = 0;
    const PacketRecord* record_ = nullptr;
    mutable bool have_layers_ = false;
    mutable Layers layers_;
    mutable std::vector<std::uint8_t> scratch_;
};

} // namespace fulcrum::capture
