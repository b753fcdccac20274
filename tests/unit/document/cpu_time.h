// What a piece of work costs in processor time: a busy machine does not make it more.
#pragma once

#include <chrono>
#include <ctime>

namespace fulcrum {

template <class Work>
std::chrono::milliseconds cpu_time_of(Work work) {
    const std::clock_t begin = std::clock();
    work();
    return std::chrono::milliseconds(1000 * (std::clock() - begin) / CLOCKS_PER_SEC);
}

} // namespace fulcrum
