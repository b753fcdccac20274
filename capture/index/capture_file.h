// A capture that is open: its mapped bytes and their index, which is built in the background and may be used
// while it grows.
//
// A capture that is still being written can be followed: follow() instead of open(), everything else alike.
// Loading then does not end where the file does: it waits for more (progress().waiting) and goes on from
// there, packet numbers and streams included, so that the outcome is that of open() on the finished file. A
// block of which only the beginning is there is waited for. It ends, with done, when nobody has the file open
// for writing any more (where the system says; GrowingFile), after stop_following(), or at damage. A file may
// be empty at first; it has no interfaces then.
//
// Threads: one loads (here or in the background); any number read. Records and packets up to size() may be
// read without more ado. Everything that still changes while loading (interfaces, conversations, streams) is
// read through a Reading, which holds the loader off for as long as it lives: keep it short.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <variant>

#include "capture/growing_file.h"
#include "capture/index/packet_index.h"

namespace fulcrum::capture {

struct Damage {
    std::uint64_t offset = 0; // in the file
    std::string why;          // "offset N: …"
};

struct LoadProgress {
    std::uint64_t bytes_done = 0,
                  bytes_total = 0; // of a followed file: as long as it was when last looked at
    std::size_t packets = 0;
    bool waiting = false;   // followed: all that is there has been read, and more may come
    bool done = false;      // the end was reached, or the damage, or it was cancelled
    bool cancelled = false; // before the end
};

class CaptureFile {
public:
    // Maps the file and looks at its first bytes. Fails (bad_input) when it is neither pcap nor pcapng, or
    // cannot be opened. Nothing is indexed yet.
    static Result<std::unique_ptr<CaptureFile>> open(const std::filesystem::path& path);
    // A file that is still being written. Fails when it cannot be opened; bytes that are of neither format
    // are damage at offset 0, once they are there.
    static Result<std::unique_ptr<CaptureFile>> follow(const std::filesystem::path& path);
    // Of bytes in memory, which it owns.
    static Result<std::unique_ptr<CaptureFile>> from_bytes(std::vector<std::uint8_t> bytes, std::string name);
    ~CaptureFile(); // cancels and waits
    CaptureFile(const CaptureFile&) = delete;

    // Once, one of the two.
    void load();
    void start_loading();
    void cancel(); // loading ends within some thousand packets
    void wait();   // for the background thread
    // What is in the file by now is still loaded, and then it is as if it had been opened, a last block that
    // is not whole being damage. Nothing happens to a file that is not followed.
    void stop_following();

    LoadProgress progress() const;
    const std::string& name() const { return name_; }
    Bytes bytes() const { return {start_, there_.load(std::memory_order_acquire)}; } // grows when followed

    std::size_t size() const { return index_.size(); }
    const PacketRecord& record(std::size_t i) const { return index_[i]; } // i < size()
    PacketPlace packet(std::size_t i) const;                              // i < size()
    std::vector<std::string> comments(std::size_t i) const;               // i < size()

    // Holds the loader off. Not to be held by a thread twice.
    class Reading {
    public:
        explicit Reading(const CaptureFile& file);
        ~Reading();
        Reading(const Reading&) = delete;

        const std::vector<CaptureInterface>& interfaces() const { return file_.source_->interfaces(); }
        const std::vector<CaptureSection>& sections() const { return file_.source_->sections(); }
        const std::vector<NameRecord>& names() const { return file_.source_->names(); }
        const std::vector<OtherBlock>& other_blocks() const { return file_.source_->other_blocks(); }
        std::optional<Damage> damage() const;
        const PacketIndex& index() const { return file_.index_; }
        const CaptureFile& file() const { return file_; }
        // Layers of a packet, through a datagram that it completes; `scratch` holds that one's bytes.
        void layers(std::size_t i, Layers& into, std::vector<std::uint8_t>& scratch) const;

    private:
        const CaptureFile& file_;
        std::shared_lock<std::shared_mutex> lock_;
    };

private:
    using Storage = std::variant<MappedFile, GrowingFile, std::vector<std::uint8_t>>;
    CaptureFile(std::string name, Storage storage, Bytes bytes, std::unique_ptr<PacketSource> source);
    static Result<std::unique_ptr<CaptureFile>> make(std::string name, Storage storage);
    bool read_batch(); // false: at the end of what is there, or damaged
    bool await_more(); // false: there will be no more
    void take_growth(const GrowingFile& file);

    std::string name_;
    Storage storage_;
    const std::uint8_t* start_; // of the bytes, which keep their place
    std::atomic<std::size_t> there_;
    std::unique_ptr<PacketSource> source_;
    PacketIndex index_;
    std::optional<Damage> damage_;

    mutable std::shared_mutex mutex_;
    mutable std::atomic<int> waiting_{0}; // readers that want in
    std::atomic<bool> cancelled_{false}, done_{false}, cut_short_{false};
    std::atomic<bool> following_{false}, caught_up_{false};
    std::atomic<std::uint64_t> bytes_done_{0};
    bool ended_ = false; // followed: the writer is gone, or nobody wants to follow any more; the loader's own
    std::mutex rest_mutex_;
    std::condition_variable rest_; // between two looks at a followed file
    std::thread loader_;
};

} // namespace fulcrum::capture
