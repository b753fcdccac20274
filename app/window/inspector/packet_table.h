// The packets of an open capture as rows: all of them, or those that a display filter takes. A row is read
// out of the file when it is looked at, so that millions of rows cost four bytes each at most.
#pragma once

#include <QCache>
#include <memory>
#include <optional>
#include <vector>

#include "app/window/inspector/color_rules.h"
#include "app/window/look/column_model.h"

namespace fulcrum::window {

class InspectedFile;
class PacketSieve;
class Theme;

enum class TimeShown { since_first, since_shown_before, time_of_day };

class PacketTable : public ColumnModel {
    Q_OBJECT
public:
    enum Column {
        number_column,
        time_column,
        interface_column,
        source_column,
        destination_column,
        protocol_column,
        length_column,
        info_column,
        column_count
    };

    PacketTable(InspectedFile* file, const Theme* theme, QObject* parent = nullptr);
    ~PacketTable() override;

    // Rows follow in the background; those before stay until the first of the new ones are there.
    void set_filter(const capture::DisplayFilter& filter);
    const QString& filter() const { return filter_text_; }
    bool is_filtering() const;
    // Bytes of packets in the list are not in here: they are the file's.
    std::size_t shown() const { return everything_ ? packets_ : rows_.size(); }
    std::uint32_t packet_of(int row) const;
    // The row of a packet, or of the first behind it that is shown; none when there is no such row.
    std::optional<int> row_of(std::size_t packet) const;
    std::vector<std::uint32_t> shown_packets() const; // ascending

    void set_time_shown(TimeShown shown);
    TimeShown time_shown() const { return time_shown_; }
    void set_color_rules(QList<ColorRule> rules);
    const QList<ColorRule>& color_rules() const { return rules_.rules(); }

    // A display filter for what stands in this cell; empty when there is none.
    QString filter_for(int row, int column) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

signals:
    void filtered(); // everything there is has been looked at, or more of it

private:
    struct Row {
        QString interface, source, destination, protocol, info, comment;
        int rule = -1;
    };
    const Row& row(std::uint32_t packet) const;
    QString time_title() const;
    QString time_text(int row) const;
    QString whole_time_text(std::uint32_t packet) const;
    QVariant color(const Row& row, int role) const;
    void take(const std::vector<std::uint32_t>& packets, bool first);
    void grow();
    void ask_for_notes(); // when a colour rule needs them
    void redraw();        // all rows are other than they were, as many as they are

    InspectedFile* file_;
    const Theme* theme_;
    PacketSieve* sieve_;
    QString filter_text_;
    bool everything_ = true;
    std::size_t packets_ = 0; // of the file, when everything is shown
    std::vector<std::uint32_t> rows_;
    TimeShown time_shown_ = TimeShown::since_first;
    ColorRules rules_;
    mutable QCache<std::uint32_t, Row> read_rows_;
};

} // namespace fulcrum::window
