#include "app/window/ladder/ladder_source.h"

#include <filesystem>

namespace fulcrum::window {

LadderSourcePtr read_ladder(const QString& name, std::vector<std::shared_ptr<capture::CaptureFile>> files,
                            std::vector<capture::FlowFact> flows, const std::atomic<bool>* cancelled) {
    auto source = std::make_shared<LadderSource>();
    source->name = name;
    source->files = std::move(files);
    std::vector<capture::LadderFile> read;
    for (const auto& file : source->files) {
        // Interfaces of several machines may have the same names.
        read.push_back({file.get(), source->files.size() > 1
                                        ? std::filesystem::path(file->name()).stem().string()
                                        : std::string()});
    }
    capture::LadderOptions options;
    options.flows = std::move(flows);
    options.cancelled = cancelled;
    source->ladder = capture::make_ladder(read, options);
    return source;
}

} // namespace fulcrum::window
