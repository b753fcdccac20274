#include "app/window/inspector/file_on_disk.h"

#include <cerrno>
#include <fcntl.h>
#include <utility>

#include "capture/capture_reader.h"

namespace fulcrum::window {

namespace {

// Whether the mapped bytes are still the packets of the index: at the same places, of the same times and
// lengths.
bool holds_what_was_read(const capture::CaptureFile& file) {
    const auto source = capture::open_source(file.bytes());
    if (!source) {
        return false;
    }
    capture::ReadPacket read;
    for (std::size_t i = 0; i < file.size(); ++i) {
        const auto more = (*source)->next(read);
        const capture::PacketRecord& record = file.record(i);
        if (!more || !*more || read.offset != record.offset || read.packet.time_ns != record.time_ns ||
            read.packet.bytes.size() != record.captured) {
            return false;
        }
    }
    return true;
}

} // namespace

FileOnDisk::Stamp FileOnDisk::stamp_of(const struct ::stat& status) {
    return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

FileOnDisk::FileOnDisk(std::string path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    settle();
}

void FileOnDisk::settle() {
    struct ::stat status {};
    if (fd_ && ::fstat(fd_.get(), &status) == 0) {
        read_ = stamp_of(status);
    }
}

bool FileOnDisk::was_cut(const capture::CaptureFile& file) const {
    const auto known = static_cast<std::int64_t>(file.bytes().size()); // first: a followed file grows
    struct ::stat itself {};
    return fd_ && ::fstat(fd_.get(), &itself) == 0 && itself.st_size < known;
}

FileOnDisk::Fate FileOnDisk::fate(const capture::CaptureFile& file) const {
    struct ::stat itself {};
    if (!fd_ || ::fstat(fd_.get(), &itself) != 0) {
        return Fate::as_read;
    }
    const auto known = static_cast<std::int64_t>(file.bytes().size());
    const bool written = stamp_of(itself) != read_ || itself.st_size != known;
    if (written && (itself.st_size < known || !holds_what_was_read(file))) {
        return Fate::lost;
    }
    struct ::stat named {};
    if (::stat(path_.c_str(), &named) != 0) {
        return errno == ENOENT ? Fate::as_read : Fate::changed;
    }
    return stamp_of(named) == read_ && !written ? Fate::as_read : Fate::changed;
}

} // namespace fulcrum::window
