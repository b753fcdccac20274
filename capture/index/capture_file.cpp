#include "capture/index/capture_file.h"

#include <cassert>

namespace fulcrum::capture {
namespace {

// Packets between two moments at which readers get in; about half a millisecond.
constexpr std::size_t batch = 2048;
// Between two looks at a file that is followed. A capture is flushed four times a second.
constexpr auto look_interval = std::chrono::milliseconds(50);
// The shortest beginning that says which format it is and can be read: the header of a pcap file. The first
// block of a pcapng file is longer.
constexpr std::size_t beginning_bytes = 24;

// Stands in for the source of a followed file whose beginning is not there yet.
class UnwrittenSource : public PacketSource {
public:
    Result<bool> next(ReadPacket&) override {
        return damaged_at(0, "the file ends before it says what it is");
    }
    void extend(Bytes) override {}
    bool wants_more() const override { return true; }
};

} // namespace

CaptureFile::CaptureFile(std::string name, Storage storage, Bytes bytes, std::unique_ptr<PacketSource> source)
    : name_(std::move(name)), storage_(std::move(storage)), start_(bytes.data()), there_(bytes.size()),
      source_(std::move(source)), index_(bytes) {}

Result<std::unique_ptr<CaptureFile>> CaptureFile::make(std::string name, Storage storage) {
    Bytes bytes; // of any storage they keep their place when it is moved
    std::unique_ptr<PacketSource> source;
    if (const auto* growing = std::get_if<GrowingFile>(&storage)) {
        bytes = Bytes(growing->bytes().data(), 0); // taken in as if it had grown just now
        source = std::make_unique<UnwrittenSource>();
    } else {
        const auto* mapped = std::get_if<MappedFile>(&storage);
        bytes = mapped != nullptr ? mapped->bytes() : Bytes(std::get<std::vector<std::uint8_t>>(storage));
        auto opened = open_source(bytes);
        if (!opened) {
            return fail(opened.error(), name);
        }
        source = std::move(*opened);
    }
    return std::unique_ptr<CaptureFile>(
        new CaptureFile(std::move(name), std::move(storage), bytes, std::move(source)));
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::open(const std::filesystem::path& path) {
    auto mapped = MappedFile::open(path);
    if (!mapped) {
        return bad_input(mapped.error().message); // somebody named it: unusable, whatever the system says
    }
    return make(path.string(), std::move(*mapped));
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::follow(const std::filesystem::path& path) {
    auto growing = GrowingFile::open(path);
    if (!growing) {
        return bad_input(growing.error().message);
    }
    auto file = make(path.string(), std::move(*growing));
    if (file) {
        (*file)->following_ = true;
    }
    return file;
}

Result<std::unique_ptr<CaptureFile>> CaptureFile::from_bytes(std::vector<std::uint8_t> bytes,
                                                             std::string name) {
    return make(std::move(name), std::move(bytes));
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

void CaptureFile::cancel() {
    const std::lock_guard lock(rest_mutex_);
    cancelled_ = true;
    rest_.notify_all();
}

void CaptureFile::stop_following() {
    const std::lock_guard lock(rest_mutex_);
    following_ = false;
    rest_.notify_all();
}

void CaptureFile::load() {
    bool more = true;
    while (more && !cancelled_) {
        more = read_batch() || await_more();
    }
    cut_short_ = more;
    done_ = true;
}

bool CaptureFile::read_batch() {
    while (waiting_ > 0) {
        std::this_thread::yield(); // the lock is not fair to readers
    }
    const std::unique_lock lock(mutex_);
    ReadPacket read;
    bool more = true;
    for (std::size_t i = 0; i < batch && more; ++i) {
        const auto got = source_->next(read);
        if (!got) {
            more = false;
            if (!following_ || !source_->wants_more()) {
                damage_ = Damage{damage_offset(got.error()).value_or(source_->offset()), got.error().message};
            }
        } else if (!*got) {
            more = false;
        } else if (!index_.add(read, source_->interfaces()[read.packet.interface].link_type)) {
            damage_ = Damage{read.offset, "more packets or streams than an index holds"};
            more = false;
        }
    }
    bytes_done_ = source_->offset();
    return more;
}

// Looks at the file until it is longer. Whether it is still being written is asked before that look, so that
// what was written last is not missed.
bool CaptureFile::await_more() {
    auto* file = std::get_if<GrowingFile>(&storage_);
    if (file == nullptr || ended_ || damage_) {
        return false;
    }
    while (!cancelled_) {
        const bool written = file->is_being_written().value_or(true);
        const bool last = !following_ || !written;
        if (auto seen = file->look(); !seen) {
            const std::unique_lock lock(mutex_);
            damage_ = Damage{source_->offset(), seen.error().message};
            return false;
        }
        if (last) {
            ended_ = true;
            following_ = false; // from here on what is not whole is damage
        }
        if (last || file->bytes().size() > there_) {
            take_growth(*file);
            return !damage_;
        }
        caught_up_ = true;
        std::unique_lock lock(rest_mutex_);
        rest_.wait_for(lock, look_interval, [this] { return cancelled_ || !following_; });
    }
    return true;
}

void CaptureFile::take_growth(const GrowingFile& file) {
    const std::unique_lock lock(mutex_);
    caught_up_ = false;
    const auto bytes = file.bytes();
    const bool nothing_read = source_->sections().empty();
    if (nothing_read && (bytes.size() >= beginning_bytes || ended_)) {
        if (auto opened = open_source(bytes)) {
            source_ = std::move(*opened);
        } else {
            damage_ = Damage{0, opened.error().message};
        }
    } else {
        source_->extend(bytes);
    }
    index_.extend(bytes);
    there_.store(bytes.size(), std::memory_order_release);
}

LoadProgress CaptureFile::progress() const {
    LoadProgress progress;
    progress.done = done_;
    progress.cancelled = cut_short_;
    progress.bytes_total = bytes().size(); // before `waiting`, which is about these
    progress.waiting = caught_up_ && !progress.done;
    progress.bytes_done = bytes_done_;
    progress.packets = size();
    return progress;
}

PacketPlace CaptureFile::packet(std::size_t i) const {
    const auto& known = index_[i];
    return packet_at(bytes(), known.offset, known.captured).value_or(PacketPlace{});
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

std::optional<Damage> CaptureFile::Reading::damage() const {
    const auto* mapped = std::get_if<MappedFile>(&file_.storage_);
    const auto* growing = std::get_if<GrowingFile>(&file_.storage_);
    if ((mapped != nullptr && mapped->lost()) || (growing != nullptr && growing->lost())) {
        return Damage{file_.bytes_done_, "the file became shorter while it was open: open it again"};
    }
    return file_.damage_;
}

void CaptureFile::Reading::layers(std::size_t i, Layers& into, std::vector<std::uint8_t>& scratch) const {
    const auto& record = file_.index_[i];
    scratch.clear();
    if ((record.flags & PacketRecord::completes_datagram) != 0) {
        scratch = file_.index_.datagrams().payload(static_cast<std::uint32_t>(i), file_.bytes());
    }
    find_layers(interfaces()[record.interface].link_type, file_.packet(i).bytes, into, scratch);
    if ((record.flags & PacketRecord::completes_split) != 0) {
        if (auto whole = file_.index_.framed().completed_by(static_cast<std::uint32_t>(i), file_.bytes())) {
            scratch = std::move(whole->bytes); // no datagram's: those are not looked into for this
            set_messages(into, whole->framing, {scratch, whole->missing}, whole->behind);
        }
        return;
    }
    // A segment that looks like a message, or more of it, when it is looked at alone.
    if (record.has(Protocol::tcp) && (into.mask() & framed_protocols & ~record.protocols) != 0) {
        set_messages(into, std::nullopt);
    } else if (record.has(Protocol::tcp) && into.has(Protocol::tls)) {
        set_messages(into, Framing::tls);
    }
}

} // namespace fulcrum::capture
