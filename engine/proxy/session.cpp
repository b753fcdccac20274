#include "engine/proxy/session.h"

namespace fulcrum::proxy {

std::uint32_t SessionTable::take(const tcp::Settings& front, const tcp::Settings& back) {
    std::uint32_t index = 0;
    if (free_.empty()) {
        index = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    slots_[index].emplace(front, back);
    ++live_;
    return index;
}

void SessionTable::give_back(std::uint32_t index) {
    slots_[index].reset();
    free_.push_back(index);
    --live_;
}

} // namespace fulcrum::proxy
