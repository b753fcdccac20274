#include "app/window/ladder/ladder_recording.h"

#include <fmt/format.h>
#include <optional>
#include <sys/mman.h>

#include "app/cli/flow_facts.h"
#include "app/cli/lab_taps.h"
#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "capture/pcapng_writer.h"

namespace fulcrum::window {

namespace {

constexpr int tick_ms = 600; // packets are in the file a good quarter of a second after they were seen
constexpr int rounds_after_answer = 2;
constexpr std::uint64_t most_bytes = 64U << 20;
constexpr std::size_t most_link_ends = 400; // each has a ring of its own
constexpr std::size_t ring_bytes = 32U << 20;
constexpr std::size_t most_flows = 100'000;

// What goes into memory, up to a limit.
class BoundedSink : public capture::PacketSink {
public:
    explicit BoundedSink(capture::PcapngFile file) : file_(std::move(file)) {}
    Result<> process_packet(const capture::Packet& packet) override {
        if (is_full_) {
            return {};
        }
        auto done = file_.process_packet(packet);
        is_full_ = file_.bytes() >= most_bytes;
        return done;
    }
    Result<> flush() override {
        auto done = file_.flush();
        flushed_ = file_.bytes();
        return done;
    }
    std::uint64_t readable_bytes() const { return flushed_; }
    bool is_full() const { return is_full_; }

private:
    capture::PcapngFile file_;
    std::atomic<std::uint64_t> flushed_{0};
    std::atomic<bool> is_full_{false};
};

} // namespace

struct LadderRecording::Running {
    std::string path; // of the memory, as long as it lives
    std::unique_ptr<BoundedSink> sink;
    std::optional<capture::LiveCapture> capture; // ends before what it writes to
    UniqueFd memory;
};

LadderRecording::LadderRecording(QObject* parent) : QObject(parent) {
    ticks_.setInterval(tick_ms);
    connect(&ticks_, &QTimer::timeout, this, [this] {
        read();
        if (!watching_ && awaited_ == 0 && waiting_.empty() && !is_reading_ && --rounds_left_ <= 0) {
            stop();
        }
    });
}

LadderRecording::~LadderRecording() = default;

void LadderRecording::watch(const QString& lab) {
    watching_ = true;
    start(lab);
}

void LadderRecording::watch_one(const QString& lab, std::function<void()> send) {
    ++awaited_;
    waiting_.push_back(std::move(send));
    if (is_running()) {
        call_waiting();
    } else {
        start(lab);
    }
}

void LadderRecording::call_waiting() {
    for (const auto& send : std::exchange(waiting_, {})) {
        send();
    }
}

void LadderRecording::request_done() {
    awaited_ = std::max(0, awaited_ - 1);
    rounds_left_ = rounds_after_answer;
}

Result<std::shared_ptr<LadderRecording::Running>> LadderRecording::open(const std::string& lab) {
    auto client = netns::LabClient::connect(lab);
    if (!client) {
        return tl::unexpected(client.error());
    }
    const auto interfaces = client->interfaces();
    if (!interfaces) {
        return tl::unexpected(interfaces.error());
    }
    if (interfaces->size() > most_link_ends) {
        return fail(to_std(tr("this lab has %1 link ends, more than can be watched at once (%2): capture "
                              "some of them with \"fulcrum capture --link\"")
                               .arg(interfaces->size())
                               .arg(most_link_ends)));
    }
    auto taps = cli::open_taps(*client, {});
    if (!taps) {
        return tl::unexpected(taps.error());
    }
    auto made = std::make_shared<Running>();
    made->memory = UniqueFd(::memfd_create("fulcrum-ladder", MFD_CLOEXEC));
    if (!made->memory) {
        return fail_errno("keep packets in memory");
    }
    // Opened by path: a descriptor of its own for the reader, whose mapping outlives it.
    made->path = fmt::format("/proc/self/fd/{}", made->memory.get());
    auto file = capture::PcapngFile::create(made->path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    for (const capture::Tap& tap : *taps) {
        file->add_interface({tap.name, "", ""});
    }
    made->sink = std::make_unique<BoundedSink>(std::move(*file));
    capture::CaptureOptions options;
    options.filter = "tcp or proto 4 or proto 47"; // tunnels carry it, too
    options.ring_bytes_in_all = ring_bytes;
    auto live = capture::LiveCapture::start(std::move(*taps), options, *made->sink);
    if (!live) {
        return tl::unexpected(live.error());
    }
    made->capture.emplace(std::move(*live));
    return made;
}

void LadderRecording::start(const QString& lab) {
    if (is_running() || is_starting_) {
        return;
    }
    is_starting_ = true;
    told_full_ = false;
    lab_ = lab;
    read_bytes_ = 0;
    in_background(
        this, [name = to_std(lab)] { return open(name); },
        [this, number = ++start_number_](const Result<std::shared_ptr<Running>>& made) {
            if (number != start_number_) {
                return; // stopped meanwhile; its taps go with it
            }
            is_starting_ = false;
            if (made) {
                running_ = *made;
                ticks_.start();
                emit running_changed(true);
            } else {
                watching_ = false;
                emit failed(to_q(made.error().message));
            }
            call_waiting();
        });
}

void LadderRecording::read() {
    if (is_reading_ || !is_running() || running_->sink->readable_bytes() == read_bytes_) {
        return;
    }
    if (running_->sink->is_full() && !std::exchange(told_full_, true)) {
        emit is_full();
    }
    is_reading_ = true;
    read_bytes_ = running_->sink->readable_bytes();
    in_background(
        this,
        [running = running_, lab = lab_]() -> Result<LadderSourcePtr> {
            auto file = capture::CaptureFile::open(running->path);
            if (!file) {
                return tl::unexpected(file.error());
            }
            (*file)->load();
            std::vector<capture::FlowFact> facts;
            if (auto client = netns::LabClient::connect(to_std(lab))) {
                if (const auto flows = cli::read_flows(*client, most_flows)) {
                    facts = cli::flow_facts(*flows);
                }
            }
            auto source = std::make_shared<LadderSource>(
                *read_ladder(lab, {std::move(*file)}, std::move(facts), nullptr));
            source->is_live = true;
            return LadderSourcePtr(std::move(source));
        },
        [this, number = start_number_](const Result<LadderSourcePtr>& source) {
            is_reading_ = false;
            if (number != start_number_) {
                return;
            }
            if (source) {
                emit ladder_ready(*source);
            } else {
                emit failed(to_q(source.error().message));
            }
        });
}

void LadderRecording::stop() {
    ++start_number_;
    is_starting_ = false;
    watching_ = false;
    awaited_ = 0;
    rounds_left_ = 0;
    ticks_.stop();
    if (running_ != nullptr) {
        // Taps take a moment to close, and a reading at work ends with what it has.
        (void)QtConcurrent::run([ending = std::exchange(running_, nullptr)]() mutable { ending.reset(); });
        emit running_changed(false);
    }
    call_waiting(); // requests that waited for packets to be seen are sent without
}

} // namespace fulcrum::window
