// One request as a sequence diagram: a column for every node in the order of the way, an arrow for every link
// it crossed, and beside each arrow what the node before it changed. Knows no widget: the view, PNG and SVG
// are painted from the same chart.
#pragma once

#include <QHash>
#include <QPainter>
#include <QString>
#include <QStringList>
#include <vector>

#include "app/window/theme.h"
#include "capture/ladder/ladder.h"

namespace fulcrum::window {

// What was rewritten, by layer: each has its colour and its word, so that colour alone tells nothing.
enum class RewriteKind { mac, ttl, address, sequence, tunnel, head };

struct LadderRewrite {
    RewriteKind kind = RewriteKind::mac;
    QString text;  // short: "src …:01:02 → …:03:04"
    QString whole; // as the ladder says it
};
// One note of capture::Sighting::rewritten or capture::LadderJoin::rewritten.
LadderRewrite read_rewrite(const std::string& note);
QString word_of(RewriteKind kind); // "MAC"
QColor color_of(RewriteKind kind, const ThemeColors& colors);

// "GET /index.html", "DNS www.example.org", "datagram"; of a connection without a request: `bare`.
QString name_of(const capture::LadderRequest& request, const QString& bare);

class LadderChart {
public:
    struct Column {
        QString name;
        double x = 0;
    };
    // A message crossing from one column to another.
    struct Arrow {
        std::size_t from = 0, to = 0; // columns; equal: only one end of the link was watched
        bool is_answer = false;
        std::size_t leg = 0;
        double y = 0;
        QString time;                         // "+0.214 ms"
        QString title;                        // above: "GET /  192.168.1.101:40112 → 10.1.1.100:80"
        std::vector<LadderRewrite> rewritten; // below
        QRectF area;                          // where a click means it
        std::size_t file = 0;
        std::uint32_t packet = 0; // where it arrived
        QString tip;
    };
    // Where one leg becomes the next, on the column of whoever joins them.
    struct Joint {
        std::size_t column = 0;
        double top = 0, bottom = 0;
        capture::Confidence confidence = capture::Confidence::certain;
        QString title; // "certain: the flow log names both sockets"
        std::vector<LadderRewrite> rewritten;
        QRectF area;
        QString tip;
    };

    LadderChart() = default;
    // Columns stand as close as `room` pixels ask for, down to where their names would touch; words keep
    // their size and run past the ends of their arrows instead. No room given: as wide as the words like it.
    explicit LadderChart(const capture::LadderRequest& request, double room = 0);

    const std::vector<Column>& columns() const { return columns_; }
    const std::vector<Arrow>& arrows() const { return arrows_; }
    const std::vector<Joint>& joints() const { return joints_; }
    bool empty() const { return arrows_.empty(); }
    QSizeF size() const { return size_; }
    static double header_height();

    struct Look {
        ThemeColors colors;
        designer::CanvasTheme theme = designer::CanvasTheme::light;
        QHash<QString, QString> icons; // by node: "client", "se", …
        int chosen = -1;               // arrow
    };
    void paint(QPainter& painter, const Look& look) const;        // without the header
    void paint_header(QPainter& painter, const Look& look) const; // the nodes' names
    // The whole diagram, the header on top, on the theme's ground.
    void paint_picture(QPainter& painter, const Look& look) const;

private:
    void find_columns(const capture::LadderRequest& request);
    void place_columns(double room);
    std::size_t column_of(const capture::Sighting& seen);
    void add_way(const capture::LadderRequest& request, std::size_t leg, bool is_answer, double& y);
    void add_joint(const capture::LadderJoin& join, double& y);
    void paint_arrow(QPainter& painter, const Arrow& arrow, const Look& look, bool is_chosen) const;
    void paint_joint(QPainter& painter, const Joint& joint, const Look& look) const;
    // Where something of this width begins that belongs at `left`: there, unless the chart ends before it
    // does.
    double begin_of(double left, double width) const;

    std::vector<Column> columns_;
    std::vector<Arrow> arrows_;
    std::vector<Joint> joints_;
    double spacing_ = 0; // between columns
    QSizeF size_;
    std::int64_t zero_ns_ = 0;
};

} // namespace fulcrum::window
