#include "capture/filter/display_filter.h"

#include <algorithm>
#include <thread>

#include "capture/filter/filter_program.h"

namespace fulcrum::capture {

Filtered<DisplayFilter> DisplayFilter::compile(std::string_view text) {
    std::unique_ptr<SyntaxNode> root;
    if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        auto parsed = parse_filter(text);
        if (!parsed) {
            return tl::unexpected(parsed.error());
        }
        root = std::move(*parsed);
    }
    auto program = FilterProgram::compile(root.get());
    if (!program) {
        return tl::unexpected(program.error());
    }
    DisplayFilter filter;
    filter.text_ = text;
    filter.program_ = std::make_shared<const FilterProgram>(std::move(*program));
    return filter;
}

bool DisplayFilter::asks_for_notes() const {
    return program_->asks_for_notes();
}

bool FilterRun::matches(std::size_t packet) {
    view_.look_at(packet);
    return program_.run(view_, values_);
}

std::vector<std::uint32_t> select_packets(const CaptureFile& file, const DisplayFilter& filter,
                                          std::size_t begin, std::size_t end, const LabNotes* notes,
                                          const std::atomic<bool>* cancelled) {
    constexpr std::size_t piece = 16'384; // packets; the loader waits for no longer than one takes
    end = std::min(end, file.size());
    begin = std::min(begin, end);
    const auto pieces = (end - begin + piece - 1) / piece;
    std::vector<std::vector<std::uint32_t>> found(pieces);
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (auto i = next++; i < pieces; i = next++) {
            if (cancelled != nullptr && *cancelled) {
                return;
            }
            const CaptureFile::Reading reading(file);
            FilterRun run(filter, reading, notes);
            const auto last = std::min(end, begin + (i + 1) * piece);
            for (auto packet = begin + i * piece; packet < last; ++packet) {
                if (run.matches(packet)) {
                    found[i].push_back(static_cast<std::uint32_t>(packet));
                }
            }
        }
    };
    const auto threads =
        std::min<std::size_t>({pieces, std::max(1U, std::thread::hardware_concurrency()), 8});
    std::vector<std::thread> others;
    for (std::size_t i = 1; i < threads; ++i) {
        others.emplace_back(work);
    }
    work();
    for (auto& thread : others) {
        thread.join();
    }
    std::vector<std::uint32_t> all;
    for (const auto& one : found) {
        all.insert(all.end(), one.begin(), one.end());
    }
    return all;
}

} // namespace fulcrum::capture
