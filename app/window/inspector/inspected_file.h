// A capture file that is open in a window: its index grows in the background, comments of packets may be
// changed and saved. A file that is still being written is followed until nobody writes it any more.
//
// The bytes that are read never change: a followed file only grows, and saving, which has to wait for its
// end, puts a new file in place of the old one; open() then reads that.
#pragma once

#include <QObject>
#include <QTimer>
#include <atomic>
#include <map>
#include <memory>
#include <optional>

#include "app/window/inspector/file_on_disk.h"
#include "app/window/inspector/request_notes.h"
#include "capture/index/capture_file.h"

namespace fulcrum::window {

class InspectedFile : public QObject {
    Q_OBJECT
public:
    explicit InspectedFile(QObject* parent = nullptr);

    // Starts loading; changes of the file before that are forgotten. Fails with the file before untouched.
    Result<> open(const QString& path);
    // One that somebody else has opened, and loads; it may have no path.
    void share(std::shared_ptr<capture::CaptureFile> file);
    void cancel_loading();
    void stop_following(); // what is in the file by now is still read

    bool is_open() const { return file_ != nullptr; }
    bool is_loading() const { return ticks_.isActive(); } // more may come
    bool is_following() const { return follows_ && is_loading(); }
    const QString& path() const { return path_; } // empty: the capture is in no file that has a name
    // For work in the background, which outlives this object's interest in it. is_open() must hold.
    const std::shared_ptr<capture::CaptureFile>& capture() const { return file_; }
    RequestNotes* requests() const { return requests_; }
    std::size_t size() const { return size_; } // packets that have been told of by grown()
    std::optional<capture::Damage> damage() const;
    quint64 drops() const; // that the file tells of, of all its interfaces

    std::vector<std::string> comments(std::size_t packet) const; // as changed
    void set_comments(std::size_t packet, std::vector<std::string> comments);
    std::vector<std::string> file_comments() const; // of the first section, as changed
    void set_file_comments(std::vector<std::string> comments);
    bool is_modified() const { return !changed_comments_.empty() || changed_file_comments_.has_value(); }
    bool is_classic_pcap() const; // has no room for comments: saved as pcapng
    // Whether somebody else has written or replaced the file since it was read. Asked anew each time.
    FileOnDisk::Fate on_disk() const;

    // Whole, with the comments as changed, as pcapng. The caller opens the new file. Not while
    // is_following(): whoever writes the file would go on writing the one that was replaced. Fails, with
    // nothing changed, when what was read is lost.
    Result<> save(const QString& path) const;
    // These packets (ascending indices) with their comments, in the background: exported() or export_failed()
    // tells. One at a time.
    void export_packets(std::vector<std::uint32_t> packets, const QString& path);
    void cancel_export(); // export_cancelled() tells, unless it was done already
    bool is_exporting() const { return exporting_ != nullptr; }

signals:
    void opened();
    void grown();  // more packets, or progress without any
    void loaded(); // to the end, to the damage, or until it was cancelled
    void comments_changed(std::size_t packet);
    void modified_changed(bool modified);
    void exported(quint64 packets, const QString& path);
    void export_failed(const QString& why);
    void export_cancelled();

private:
    void begin(std::shared_ptr<capture::CaptureFile> file, const QString& path);
    void look();
    Result<> still_there() const;

    std::shared_ptr<capture::CaptureFile> file_;
    RequestNotes* requests_;
    QString path_;
    std::size_t size_ = 0;
    bool follows_ = false;
    bool grew_ = false;                            // while it was read, or may have
    std::shared_ptr<FileOnDisk> on_disk_;          // null: the capture is in no file that has a name
    std::shared_ptr<std::atomic<bool>> exporting_; // set: cancelled
    std::map<std::uint32_t, std::vector<std::string>> changed_comments_;
    std::optional<std::vector<std::string>> changed_file_comments_;
    QTimer ticks_;
};

} // namespace fulcrum::window
