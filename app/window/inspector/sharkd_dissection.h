// One packet taken apart by Wireshark's dissectors, where they are installed: sharkd in a process of its own,
// which is given that packet and those of its stream before it, and asked over JSON lines
// (wiki.wireshark.org/Development/sharkd). What it does not answer in time is given up.
#pragma once

#include <QObject>
#include <QTimer>
#include <memory>
#include <vector>

#include "capture/decode/packet_tree.h"
#include "capture/index/capture_file.h"
#include "engine/base/unique_fd.h"

class QProcess;

namespace fulcrum::window {

class SharkdDissection : public QObject {
    Q_OBJECT
public:
    static constexpr int limit_ms = 15'000;
    static constexpr std::size_t most_before = 400; // packets of the stream, for its state and reassembly

    static bool is_installed();

    explicit SharkdDissection(QObject* parent = nullptr);
    ~SharkdDissection() override;

    // What was asked before is given up.
    void dissect(std::shared_ptr<capture::CaptureFile> file, std::uint32_t packet);
    void stop();

signals:
    void dissected(const std::vector<capture::TreeNode>& nodes);
    void failed(const QString& why);

private:
    void ask(std::size_t frame);
    void read();
    void give_up(const QString& why);

    std::shared_ptr<UniqueFd> part_; // what sharkd reads: a file in memory, by way of /proc
    QProcess* process_ = nullptr;
    QByteArray answer_;
    QTimer limit_;
    quint64 asked_ = 0; // counts questions: answers to older ones are dropped
};

} // namespace fulcrum::window
