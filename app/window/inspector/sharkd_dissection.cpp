#include "app/window/inspector/sharkd_dissection.h"

#include <QDir>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryFile>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/window/lab/background.h"
#include "app/window/qt_text.h"
#include "capture/capture_copy.h"

namespace fulcrum::window {

namespace {

using Json = nlohmann::json;
using capture::TreeNode;

constexpr qsizetype longest_answer = 32 * 1024 * 1024;
constexpr int deepest = 64; // nodes in nodes
constexpr std::uint32_t largest_packet = 16 * 1024 * 1024;
constexpr int frame_question = 2; // its id; 1 is "load"

// The packet and those before it that say what state its stream is in, as they were seen at the same place.
std::vector<std::uint32_t> packets_for(const capture::CaptureFile& file, std::uint32_t packet) {
    const auto& wanted = file.record(packet);
    std::vector<std::uint32_t> found{packet};
    if (wanted.stream == capture::no_stream) {
        return found;
    }
    for (std::uint32_t i = packet; i-- > 0 && found.size() <= SharkdDissection::most_before;) {
        const auto& record = file.record(i);
        constexpr auto is_udp = capture::PacketRecord::is_udp;
        if (record.stream == wanted.stream && record.interface == wanted.interface &&
            (record.flags & is_udp) == (wanted.flags & is_udp)) {
            found.push_back(i);
        }
    }
    std::reverse(found.begin(), found.end());
    return found;
}

std::string text_at(const Json& node, const char* key) {
    const auto found = node.find(key);
    return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Counted in what sharkd was given, which is not the whole file: a filter made of it would find other
// packets.
bool is_of_the_part(std::string_view filter) {
    return filter.starts_with("frame") || filter.starts_with("tcp.stream") ||
           filter.starts_with("udp.stream");
}

std::vector<TreeNode> nodes_of(const Json& list, int depth) {
    std::vector<TreeNode> nodes;
    if (!list.is_array() || depth > deepest) {
        return nodes;
    }
    for (const Json& one : list) {
        if (!one.is_object()) {
            continue;
        }
        TreeNode node;
        node.text = text_at(one, "l");
        std::string filter = text_at(one, "f");
        if (is_of_the_part(filter)) {
            filter.clear();
        }
        const auto equals = filter.find(" == ");
        node.name = filter.substr(0, equals);
        node.value = equals == std::string::npos ? "" : filter.substr(equals + 4);
        const auto place = one.find("h");
        const bool in_packet = !one.contains("ds") || one.at("ds") == 0;
        if (place != one.end() && in_packet && place->is_array() && place->size() == 2 &&
            place->at(0).is_number_unsigned() && place->at(1).is_number_unsigned() &&
            place->at(0) <= largest_packet && place->at(1) <= largest_packet) {
            node.offset = place->at(0).get<std::uint32_t>();
            node.length = place->at(1).get<std::uint32_t>();
        }
        const std::string severity = text_at(one, "s");
        node.mark = severity == "Error" || severity == "Warning" || severity == "Warn"
                        ? TreeNode::Mark::warning
                    : severity == "Note" ? TreeNode::Mark::note
                                         : TreeNode::Mark::none;
        if (const auto children = one.find("n"); children != one.end()) {
            node.children = nodes_of(*children, depth + 1);
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

} // namespace

std::vector<TreeNode> parse_sharkd_tree(const QByteArray& line) {
    const Json answer = Json::parse(line.begin(), line.end(), nullptr, false);
    if (!answer.is_object() || !answer.contains("result") || !answer["result"].is_object() ||
        !answer["result"].contains("tree")) {
        return {};
    }
    return nodes_of(answer["result"]["tree"], 0);
}

bool SharkdDissection::is_installed() {
    return !QStandardPaths::findExecutable("sharkd").isEmpty();
}

SharkdDissection::SharkdDissection(QObject* parent) : QObject(parent) {
    limit_.setSingleShot(true);
    limit_.setInterval(limit_ms);
    connect(&limit_, &QTimer::timeout, this, [this] { give_up(tr("sharkd did not answer in time")); });
}

SharkdDissection::~SharkdDissection() {
    stop();
}

void SharkdDissection::stop() {
    ++asked_;
    limit_.stop();
    answer_.clear();
    if (process_ != nullptr) {
        process_->disconnect(this);
        if (process_->state() == QProcess::NotRunning) {
            process_->deleteLater();
        } else { // it may take a moment to die; nobody waits for it
            process_->setParent(nullptr);
            connect(process_, &QProcess::finished, process_, &QObject::deleteLater);
            process_->kill();
        }
        process_ = nullptr;
    }
}

void SharkdDissection::give_up(const QString& why) {
    stop();
    emit failed(why);
}

void SharkdDissection::dissect(std::shared_ptr<capture::CaptureFile> file, std::uint32_t packet) {
    stop();
    part_ = std::make_unique<QTemporaryFile>(QDir::temp().filePath("fulcrum-XXXXXX.pcapng"));
    if (!part_->open()) {
        emit failed(part_->errorString());
        return;
    }
    struct Part {
        Result<capture::CopyCounts> written;
        std::size_t frame;
    };
    in_background(
        this,
        [file = std::move(file), packet, path = to_std(part_->fileName())] {
            capture::CaptureChanges changes;
            changes.packets = packets_for(*file, packet);
            return Part{capture::copy_capture(file->bytes(), changes, path), changes.packets->size()};
        },
        [this, asked = asked_, path = part_->fileName()](const Part& part) {
            if (asked != asked_) {
                return;
            }
            if (!part.written) {
                emit failed(to_q(part.written.error().message));
                return;
            }
            ask(path, part.frame);
        });
}

void SharkdDissection::ask(const QString& path, std::size_t frame) {
    process_ = new QProcess(this);
    process_->setStandardErrorFile(QProcess::nullDevice());
    connect(process_, &QProcess::readyReadStandardOutput, this, &SharkdDissection::read);
    connect(process_, &QProcess::errorOccurred, this,
            [this] { give_up(tr("sharkd: %1").arg(process_->errorString())); });
    connect(process_, &QProcess::finished, this, [this] {
        read();
        if (process_ != nullptr) {
            give_up(tr("sharkd ended without an answer"));
        }
    });
    limit_.start();
    process_->start("sharkd", {"-"});
    const Json load{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "load"}, {"params", {{"file", to_std(path)}}}};
    const Json question{{"jsonrpc", "2.0"},
                        {"id", frame_question},
                        {"method", "frame"},
                        {"params", {{"frame", frame}, {"proto", true}}}};
    process_->write(QByteArray::fromStdString(load.dump() + '\n' + question.dump() + '\n'));
}

void SharkdDissection::read() {
    if (process_ == nullptr) {
        return;
    }
    answer_ += process_->readAllStandardOutput();
    if (answer_.size() > longest_answer) {
        give_up(tr("sharkd says more about this packet than can be shown"));
        return;
    }
    for (qsizetype end = answer_.indexOf('\n'); end >= 0; end = answer_.indexOf('\n')) {
        const QByteArray line = answer_.left(end);
        answer_.remove(0, end + 1);
        auto nodes = parse_sharkd_tree(line);
        if (!nodes.empty()) {
            stop();
            emit dissected(nodes);
            return;
        }
        if (line.contains("\"error\"")) {
            give_up(tr("sharkd: %1").arg(QString::fromUtf8(line.left(300))));
            return;
        }
    }
}

} // namespace fulcrum::window
