#include "capture/map_guard.h"

#include <array>
#include <atomic>
#include <csignal>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace fulcrum::capture {

// Read by the signal handler: nothing but atomics.
struct MapGuard::Slot {
    std::atomic<bool> taken{false};
    std::atomic<std::uintptr_t> begin{0}, end{0}; // end 0: not in force
    std::atomic<bool> lost{false};
};

namespace {

std::array<MapGuard::Slot, 256> slots;
struct sigaction before {};
std::uintptr_t page_bytes = 0;

// mmap() is a mere system call on Linux, and as safe in here as those that signal-safety(7) lists.
void on_bus_error(int signal, siginfo_t* info, void* context) {
    const auto at = reinterpret_cast<std::uintptr_t>(info->si_addr);
    for (auto& slot : slots) {
        const auto end = slot.end.load(std::memory_order_acquire);
        if (end == 0 || at < slot.begin.load(std::memory_order_relaxed) || at >= end) {
            continue;
        }
        const auto page = at / page_bytes * page_bytes;
        if (::mmap(reinterpret_cast<void*>(page), end - page, PROT_READ,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED) {
            slot.lost = true;
            return;
        }
    }
    // Not ours: what would have happened without us.
    if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) {
        before.sa_sigaction(signal, info, context);
        return;
    }
    ::signal(SIGBUS, SIG_DFL); // and the access faults again
}

void install() {
    [[maybe_unused]] static const bool done = [] {
        page_bytes = static_cast<std::uintptr_t>(::getpagesize());
        struct sigaction action {};
        action.sa_sigaction = on_bus_error;
        action.sa_flags = SA_SIGINFO;
        return ::sigaction(SIGBUS, &action, &before) == 0;
    }();
}

} // namespace

MapGuard::MapGuard(std::span<const std::uint8_t> map) {
    install();
    for (auto& slot : slots) {
        if (!slot.taken.exchange(true)) {
            slot.lost = false;
            slot.begin = reinterpret_cast<std::uintptr_t>(map.data());
            slot.end.store(slot.begin + map.size(), std::memory_order_release);
            slot_ = &slot;
            return;
        }
    }
}

MapGuard::MapGuard(MapGuard&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}

MapGuard& MapGuard::operator=(MapGuard&& other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
}

MapGuard::~MapGuard() {
    if (slot_ != nullptr) {
        slot_->end.store(0, std::memory_order_release);
        slot_->taken.store(false, std::memory_order_release);
    }
}

bool MapGuard::lost() const {
    return slot_ != nullptr && slot_->lost;
}

} // namespace fulcrum::capture
