#include "capture/index/capture_file.h"

#include <cassert>

namespace fulcrum::capture {
namespace {

// Packets between two moments at which readers get in; about half a millisecond.
constexpr std::size_t batch = 2048;

} // namespace

CaptureFile::CaptureFile(std::string name, std::optional<MappedFile> mapped, std::vector<std::uint8_t> owned,
                         Bytes bytes, std::unique_ptr<PacketSource> source)
    : name_(std::move(name)), mapped_(std::move(mapped)), owned_(std::move(owned)), bytes_(bytes),
      source_(std::move(source)), index_(bytes) {}

Result<std::unique_ptr<CaptureFile>> CaptureFile::make(std::string name, std::optional<MappedFile> mapped,
                                                       std::vector<std::uint8_t> owned) {
    const Bytes bytes = mapped ? mapped->bytes() : Bytes(owned); // both keep their place when moved
    auto source = open_source(bytes);
    if (!source) {
        return fail(source.error(), name);
    }
    return std::unique_ptr<CaptureFile>(
        new CaptureFile(std::move(name), std::move(mapped), std::move(owned), bytes, std::move(*source)));
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::open(const std::filesystem::path& path) {
    auto mapped = MappedFile::open(path);
    if (!mapped) {
        return bad_input(mapped.error().message); // somebody named it: unusable, whatever the system says
    }
    return make(path.string(), std::move(*mapped), {});
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::from_bytes(std::vector<std::uint8_t> bytes,
                                                             std::string name) {
    return make(std::move(name), std::nullopt, std::move(bytes));
}

CaptureFile::~CaptureFile() {
    cancel();
    wait();
}

void CaptureFile::start_loading() {
    assert(!loader_.joinable() && !done_);
    loader_ = std::thread([this] { load(); });
}

void CaptureFile::wait() {
    if (loader_.joinable()) {
        loader_.join();
    }
}

void CaptureFile::load() {
    bool more = true;
    while (more && !cancelled_) {
        while (waiting_ > 0) {
            std::this_thread::yield(); // the lock is not fair to readers
        }
        const std::unique_lock lock(mutex_);
        ReadPacket read;
        for (std::size_t i = 0; i < batch && more; ++i) {
            const auto got = source_->next(read);
            if (!got) {
                damage_ = Damage{damage_offset(got.error()).value_or(source_->offset()), got.error().message};
                more = false;
            } else if (!*got) {
                more = false;
            } else if (!index_.add(read, source_->interfaces()[read.packet.interface].link_type)) {
                damage_ = Damage{read.offset, "more packets or streams than an index holds"};
                more = false;
            }
        }
        bytes_done_ = source_->offset();
    }
    cut_short_ = more;
    done_ = true;
}

LoadProgress CaptureFile::progress() const {
    LoadProgress progress;
    progress.done = done_;
    progress.cancelled = cut_short_;
    progress.bytes_total = bytes_.size();
    progress.bytes_done = bytes_done_;
    progress.packets = size();
    return progress;
}

PacketPlace CaptureFile::packet(std::size_t i) const {
    const auto& known = index_[i];
    return packet_at(bytes_, known.offset, known.captured).value_or(PacketPlace{});
}

std::vector<std::string> CaptureFile::comments(std::size_t i) const {
    std::vector<std::string> found;
    if ((index_[i].flags & PacketRecord::has_comment) != 0) {
        auto options = packet(i).options;
        while (const auto one = options.next()) {
            if (one->code == option::comment) {
                found.emplace_back(one->text());
            }
        }
    }
    return found;
}

CaptureFile::Reading::Reading(const CaptureFile& file) : file_(file) {
    ++file_.waiting_;
    lock_ = std::shared_lock(file_.mutex_);
    --file_.waiting_;
}

CaptureFile::Reading::~Reading() = default;

void CaptureFile::Reading::layers(std::size_t i, Layers& into, std::vector<std::uint8_t>& scratch) const {
    const auto& record = file_.index_[i];
    scratch.clear();
    if ((record.flags & PacketRecord::completes_datagram) != 0) {
        scratch = file_.index_.datagrams().payload(static_cast<std::uint32_t>(i), file_.bytes_);
    }
    find_layers(interfaces()[record.interface].link_type, file_.packet(i).bytes, into, scratch);
}

} // namespace fulcrum::capture
