#include "app/window/ladder/ladder_chart.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>

#include "app/window/qt_text.h"
#include "capture/time_between.h"
#include "designer/canvas/icons.h"
#include "designer/canvas/text_style.h"

namespace fulcrum::window {

using capture::Confidence;
using capture::LadderRequest;
using capture::Sighting;
using designer::font_of;
using designer::line_height;
using designer::text_width;
using designer::TextStyle;

namespace {

class ChartText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::LadderChart)
};

constexpr double gutter = 84;                              // left of the first column: times
constexpr double wide_spacing = 292, narrow_spacing = 104; // between columns
constexpr double wide_margin = 340;                        // what a stub or a join at the last column says
constexpr double narrow_margin = 60;                       // half of the last column's name
constexpr double edge = 8;                                 // where words end
constexpr double arrow_pad = 12;                           // above an arrow's title
constexpr double joint_stroke = 3;

QString node_name(const Sighting& seen) {
    // Captures of other programs name interfaces otherwise: then each is a column of its own.
    return to_q(seen.node.empty() ? seen.interface : seen.node);
}

QString short_mac(const QString& text) {
    static const QRegularExpression mac(
        QStringLiteral("\\b(?:[0-9a-f]{2}:){3}((?:[0-9a-f]{2}:){2}[0-9a-f]{2})\\b"));
    return QString(text).replace(mac, QStringLiteral("…\\1"));
}

QString tip_row(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>")
        .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

QString tip_list(const std::vector<LadderRewrite>& notes) {
    QString html;
    for (const LadderRewrite& note : notes) {
        html += QStringLiteral("<li>%1</li>").arg(note.whole.toHtmlEscaped());
    }
    return html.isEmpty() ? html
                          : QStringLiteral("<b>%1</b><ul>%2</ul>").arg(ChartText::tr("Rewritten"), html);
}

QString tip_of(const Sighting& seen) {
    QString rows =
        tip_row(ChartText::tr("Seen at"), to_q(seen.interface)) +
        tip_row(ChartText::tr("Packet"), QString::number(seen.packet + 1)) +
        tip_row(ChartText::tr("MAC"), QStringLiteral("%1 → %2").arg(to_q(seen.source_mac.text()),
                                                                    to_q(seen.destination_mac.text()))) +
        tip_row(ChartText::tr("IP"),
                QStringLiteral("%1 → %2").arg(to_q(seen.source.text()), to_q(seen.destination.text()))) +
        tip_row(ChartText::tr("TTL"), QString::number(seen.ttl));
    if (seen.sequence != 0) { // UDP has none
        rows += tip_row(ChartText::tr("Sequence number"), QString::number(seen.sequence));
    }
    if (!seen.tunnel.empty()) {
        rows += tip_row(ChartText::tr("Tunnel"), to_q(seen.tunnel));
    }
    return QStringLiteral("<table>%1</table>").arg(rows);
}

std::vector<LadderRewrite> read_rewrites(const std::vector<std::string>& notes) {
    std::vector<LadderRewrite> read;
    for (const std::string& note : notes) {
        read.push_back(read_rewrite(note));
    }
    return read;
}

double chip_height() {
    return line_height(TextStyle::address) + 3;
}

double chip_width(const LadderRewrite& note) {
    return text_width(TextStyle::badge, word_of(note.kind)) + text_width(TextStyle::address, note.text) + 20;
}

// A rewritten thing: its layer's word on its colour, then what became of it.
void paint_chip(QPainter& painter, QPointF top_left, double width, const LadderRewrite& note,
                const ThemeColors& colors) {
    const QColor color = color_of(note.kind, colors);
    const QString word = word_of(note.kind);
    const double word_width = text_width(TextStyle::badge, word) + 8, height = chip_height() - 2;
    const QRectF tag(top_left, QSizeF(word_width, height));
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawRoundedRect(tag, 3, 3);
    painter.setFont(font_of(TextStyle::badge));
    painter.setPen(designer::ink_on(color));
    painter.drawText(tag, Qt::AlignCenter, word);
    const QRectF rest(top_left.x() + word_width + 5, top_left.y(), width - word_width - 5, height);
    painter.setFont(font_of(TextStyle::address));
    painter.setPen(colors.text);
    painter.drawText(rest, Qt::AlignVCenter | Qt::AlignLeft,
                     designer::elided(TextStyle::address, note.text, rest.width()));
}

} // namespace

QString name_of(const LadderRequest& request, const QString& bare) {
    return !request.method.empty() ? QStringLiteral("%1 %2").arg(to_q(request.method), to_q(request.target))
           : request.is_udp        ? ChartText::tr("datagram")
                                   : bare;
}

LadderRewrite read_rewrite(const std::string& note) {
    const QString whole = to_q(note);
    const auto begins = [&](const char* with) { return whole.startsWith(QLatin1String(with)); };
    const auto without = [&](const char* head, const char* instead) {
        return QLatin1String(instead) +
               whole.mid(static_cast<qsizetype>(std::char_traits<char>::length(head)));
    };
    if (begins("source MAC ")) {
        return {RewriteKind::mac, short_mac(without("source MAC ", "src ")), whole};
    }
    if (begins("destination MAC ")) {
        return {RewriteKind::mac, short_mac(without("destination MAC ", "dst ")), whole};
    }
    if (begins("TTL ")) {
        return {RewriteKind::ttl, without("TTL ", ""), whole};
    }
    if (begins("source ")) {
        return {RewriteKind::address, without("source ", "src "), whole};
    }
    if (begins("destination ")) {
        return {RewriteKind::address, without("destination ", "dst "), whole};
    }
    if (begins("sequence number ")) {
        return {RewriteKind::sequence, without("sequence number ", ""), whole};
    }
    if (begins("head with ")) {
        return {RewriteKind::head, without("head with ", "+ "), whole};
    }
    if (begins("head without ")) {
        return {RewriteKind::head, without("head without ", "− "), whole};
    }
    if (begins("PROXY ")) {
        return {RewriteKind::head, whole, whole};
    }
    return {RewriteKind::tunnel, whole, whole};
}

QString word_of(RewriteKind kind) {
    switch (kind) {
    case RewriteKind::mac:
        return ChartText::tr("MAC");
    case RewriteKind::ttl:
        return ChartText::tr("TTL");
    case RewriteKind::address:
        return ChartText::tr("IP:port");
    case RewriteKind::sequence:
        return ChartText::tr("seq");
    case RewriteKind::tunnel:
        return ChartText::tr("tunnel");
    case RewriteKind::head:
        return ChartText::tr("head");
    }
    return {};
}

QColor color_of(RewriteKind kind, const ThemeColors& colors) {
    const QColor plain[] = {QColor(0x3d, 0x7e, 0xa6), QColor(0x6b, 0x76, 0x86), QColor(0xd0, 0x6b, 0x12),
                            QColor(0x85, 0x5b, 0xb5), QColor(0xb5, 0x43, 0x78), QColor(0x3c, 0x85, 0x4a)};
    const QColor color = plain[static_cast<std::size_t>(kind)];
    return colors.ground.lightness() < 128 ? color.lighter(125) : color;
}

double LadderChart::header_height() {
    return 60;
}

LadderChart::LadderChart(const LadderRequest& request, double room) {
    if (request.legs.empty()) {
        return;
    }
    zero_ns_ = request.legs.front().began_ns;
    find_columns(request);
    place_columns(room);
    double y = 8;
    for (std::size_t leg = 0; leg < request.legs.size(); ++leg) {
        for (const capture::LadderJoin& join : request.joins) {
            if (join.to == leg) {
                add_joint(join, y);
            }
        }
        add_way(request, leg, false, y);
    }
    for (std::size_t leg = request.legs.size(); leg-- > 0;) {
        add_way(request, leg, true, y);
    }
    size_.setHeight(y + 16);
}

void LadderChart::place_columns(double room) {
    const auto gaps = static_cast<double>(std::max<std::size_t>(columns_.size(), 1) - 1);
    const double margin = room > 0 ? narrow_margin : wide_margin;
    spacing_ = room > 0
                   ? std::clamp((room - gutter - margin) / std::max(1.0, gaps), narrow_spacing, wide_spacing)
                   : wide_spacing;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        columns_[i].x = gutter + spacing_ * static_cast<double>(i);
    }
    size_.setWidth(std::max(room, gutter + spacing_ * gaps + margin));
}

double LadderChart::begin_of(double left, double width) const {
    return std::max(edge, std::min(left, size_.width() - edge - width));
}

// In the order of the request's way; a node that only the answer passes stands before the one it passed
// earlier, for answers run from right to left.
void LadderChart::find_columns(const LadderRequest& request) {
    for (const capture::LadderLeg& leg : request.legs) {
        for (const Sighting& seen : leg.request) {
            (void)column_of(seen);
        }
    }
    for (std::size_t leg = request.legs.size(); leg-- > 0;) {
        QString before;
        for (const Sighting& seen : request.legs[leg].answer) {
            const QString name = node_name(seen);
            const auto named = [&](const QString& one) {
                return std::find_if(columns_.begin(), columns_.end(),
                                    [&](const Column& column) { return column.name == one; });
            };
            if (named(name) == columns_.end()) {
                columns_.insert(named(before), {name, 0}); // at the end when there was none before
            }
            before = name;
        }
    }
}

std::size_t LadderChart::column_of(const Sighting& seen) {
    const QString name = node_name(seen);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].name == name) {
            return i;
        }
    }
    columns_.push_back({name, 0});
    return columns_.size() - 1;
}

void LadderChart::add_way(const LadderRequest& request, std::size_t leg_index, bool is_answer, double& y) {
    const capture::LadderLeg& leg = request.legs[leg_index];
    const std::vector<Sighting>& way = is_answer ? leg.answer : leg.request;
    const QString what =
        is_answer ? (request.status != 0 ? QString::number(request.status) : ChartText::tr("answer"))
                  : name_of(request, ChartText::tr("SYN"));
    std::vector<std::string> changed; // since the arrow before: notes of sightings that none was drawn for
    bool is_first = true;
    const auto add = [&](std::size_t from, std::size_t to, const Sighting& seen, const Sighting& told) {
        Arrow arrow;
        arrow.from = from;
        arrow.to = to;
        arrow.is_answer = is_answer;
        arrow.leg = leg_index;
        arrow.file = seen.file;
        arrow.packet = seen.packet;
        arrow.time = ChartText::tr("+%1 ms").arg(
            static_cast<double>(capture::ns_between(zero_ns_, told.time_ns)) / 1e6, 0, 'f', 3);
        arrow.title = is_first ? QStringLiteral("%1   %2 → %3")
                                     .arg(what, to_q(told.source.text()), to_q(told.destination.text()))
                               : what;
        is_first = false;
        arrow.rewritten = read_rewrites(changed);
        changed.clear();
        const double top = y;
        y += arrow_pad + line_height(TextStyle::name);
        arrow.y = y + 3;
        y += 8 + chip_height() * static_cast<double>(arrow.rewritten.size());
        arrow.area = QRectF(0, top, size_.width(), y - top);
        arrow.tip =
            QStringLiteral("<b>%1</b>").arg(what.toHtmlEscaped()) + tip_of(seen) + tip_list(arrow.rewritten);
        arrows_.push_back(std::move(arrow));
    };
    for (std::size_t i = 0; i < way.size(); ++i) {
        changed.insert(changed.end(), way[i].rewritten.begin(), way[i].rewritten.end());
        const std::size_t here = column_of(way[i]);
        if (i == 0 && (way.size() == 1 || column_of(way[1]) == here)) {
            add(here, here, way[i], way[i]); // the other end of that link was not watched
            continue;
        }
        if (i > 0 && column_of(way[i - 1]) != here) {
            add(column_of(way[i - 1]), here, way[i], way[i - 1]);
        } else if (i > 0 && i + 1 == way.size()) {
            add(here, here, way[i], way[i]);
        }
    }
}

void LadderChart::add_joint(const capture::LadderJoin& join, double& y) {
    Joint joint;
    joint.confidence = join.confidence;
    joint.column = arrows_.empty() ? 0 : arrows_.back().to;
    QStringList evidence;
    for (const std::string& one : join.evidence) {
        evidence << to_q(one);
    }
    const QString sure = join.confidence == Confidence::certain  ? ChartText::tr("certain")
                         : join.confidence == Confidence::likely ? ChartText::tr("likely")
                                                                 : ChartText::tr("possible");
    joint.title = QStringLiteral("%1: %2").arg(sure, evidence.join(QStringLiteral("; ")));
    joint.rewritten = read_rewrites(join.rewritten);
    joint.top = y + 2;
    y += 8 + line_height(TextStyle::name) + 4 + chip_height() * static_cast<double>(joint.rewritten.size()) +
         4;
    joint.bottom = y;
    joint.area = QRectF(0, joint.top, size_.width(), joint.bottom - joint.top);
    QString list;
    for (const QString& one : evidence) {
        list += QStringLiteral("<li>%1</li>").arg(one.toHtmlEscaped());
    }
    joint.tip = QStringLiteral("<b>%1</b><ul>%2</ul>")
                    .arg(ChartText::tr("These two legs belong together: %1").arg(sure), list) +
                tip_list(joint.rewritten);
    joints_.push_back(std::move(joint));
}

void LadderChart::paint_header(QPainter& painter, const Look& look) const {
    painter.setRenderHint(QPainter::Antialiasing);
    for (const Column& column : columns_) {
        const double width = std::max(96.0, text_width(TextStyle::name, column.name) + 20);
        const QRectF box(column.x - width / 2, 4, width, header_height() - 10);
        painter.setPen(QPen(look.colors.line, 1));
        painter.setBrush(look.colors.surface);
        painter.drawRoundedRect(box, 6, 6);
        const QString icon = look.icons.value(column.name);
        double text_top = box.top();
        if (!icon.isEmpty()) {
            constexpr double side = 28;
            designer::paint_icon(painter, icon, look.theme,
                                 QRectF(column.x - side / 2, box.top() + 2, side, side));
            text_top += side;
        }
        painter.setFont(font_of(TextStyle::name));
        painter.setPen(look.colors.text);
        painter.drawText(QRectF(box.left(), text_top, box.width(), box.bottom() - text_top), Qt::AlignCenter,
                         column.name);
    }
}

void LadderChart::paint(QPainter& painter, const Look& look) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(look.colors.line, 1.2, Qt::DashLine));
    for (const Column& column : columns_) {
        painter.drawLine(QPointF(column.x, 0), QPointF(column.x, size_.height() - 6));
    }
    for (const Joint& joint : joints_) {
        paint_joint(painter, joint, look);
    }
    for (std::size_t i = 0; i < arrows_.size(); ++i) {
        paint_arrow(painter, arrows_[i], look, static_cast<int>(i) == look.chosen);
    }
}

void LadderChart::paint_joint(QPainter& painter, const Joint& joint, const Look& look) const {
    const double x = columns_[joint.column].x;
    const QColor color = joint.confidence == Confidence::possible ? look.colors.warning : look.colors.good;
    const QPointF top(x, joint.top), bottom(x, joint.bottom);
    painter.setPen(QPen(look.colors.ground, joint_stroke + 2)); // the node's own dashes would fill the gaps
    painter.drawLine(top, bottom);
    painter.setPen(QPen(color, joint_stroke,
                        joint.confidence == Confidence::certain ? Qt::SolidLine : Qt::DashLine, Qt::FlatCap));
    painter.drawLine(top, bottom);
    // No arrow runs beside a join, so its words may pass other columns, on ground of their own: at the right
    // of its line, or at the left where there is more room.
    double wanted = text_width(TextStyle::badge, joint.title) + 4;
    for (const LadderRewrite& note : joint.rewritten) {
        wanted = std::max(wanted, chip_width(note));
    }
    const double at_right = size_.width() - edge - (x + 10), at_left = x - 10 - edge;
    const bool stands_right = wanted <= at_right || at_right >= at_left;
    const double width = std::min(wanted, stands_right ? at_right : at_left);
    const QRectF words(stands_right ? x + 10 : x - 10 - width, joint.top, width,
                       line_height(TextStyle::name) + 4);
    painter.fillRect(words, look.colors.ground);
    painter.setFont(font_of(TextStyle::badge));
    painter.setPen(look.colors.muted);
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter,
                     designer::elided(TextStyle::badge, joint.title, width));
    double y = words.bottom() + 2;
    for (const LadderRewrite& note : joint.rewritten) {
        painter.fillRect(QRectF(words.left(), y, std::min(width, chip_width(note)), chip_height()),
                         look.colors.ground);
        paint_chip(painter, QPointF(words.left(), y), width, note, look.colors);
        y += chip_height();
    }
}

void LadderChart::paint_arrow(QPainter& painter, const Arrow& arrow, const Look& look, bool is_chosen) const {
    const QColor color = arrow.is_answer ? look.colors.answer : look.colors.request;
    const QColor ground =
        is_chosen ? designer::mixed(look.colors.ground, look.colors.accent, 0.14) : look.colors.ground;
    if (is_chosen) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(ground);
        painter.drawRoundedRect(arrow.area.adjusted(4, 2, -4, -1), 5, 5);
    }
    const bool is_stub = arrow.from == arrow.to;
    const double begin = columns_[arrow.from].x;
    const double end = is_stub ? begin + (arrow.is_answer ? -60 : 60) : columns_[arrow.to].x;
    const double side = end < begin ? -1 : 1;
    QPen pen(color, is_chosen ? 2.6 : 1.8);
    if (arrow.is_answer) {
        pen.setDashPattern({5, 2}); // as on the canvas: told apart without colour
    }
    painter.setPen(pen);
    painter.drawLine(QPointF(begin, arrow.y), QPointF(end - side * 7, arrow.y));
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPolygon(QPolygonF{QPointF(end, arrow.y), QPointF(end - side * 10, arrow.y - 4.5),
                                  QPointF(end - side * 10, arrow.y + 4.5)});
    painter.drawEllipse(QPointF(begin, arrow.y), 3, 3);
    painter.setFont(font_of(TextStyle::address));
    painter.setPen(look.colors.muted);
    painter.drawText(QRectF(0, arrow.y - line_height(TextStyle::address) / 2, gutter - 12,
                            line_height(TextStyle::address)),
                     Qt::AlignRight | Qt::AlignVCenter, arrow.time);
    const double left = std::min(begin, end) + 8;
    const double width = std::abs(end - begin) - 16;
    const double title_width = text_width(TextStyle::address, arrow.title) + 2;
    QRectF title(left, arrow.y - line_height(TextStyle::name) - 3, width, line_height(TextStyle::name));
    if (title_width > width) { // runs past the arrow, over the lines of other columns
        title.moveLeft(begin_of(left, title_width));
        title.setWidth(std::min(title_width, size_.width() - edge - title.left()));
        painter.fillRect(title, ground);
    }
    painter.setPen(look.colors.text);
    painter.setFont(font_of(TextStyle::address));
    painter.drawText(title, Qt::AlignHCenter | Qt::AlignVCenter,
                     designer::elided(TextStyle::address, arrow.title, title.width()));
    double y = arrow.y + 6;
    for (const LadderRewrite& note : arrow.rewritten) {
        const double wanted = chip_width(note);
        const double chip_left = begin_of(left + 2, wanted);
        const double room = std::min(wanted, size_.width() - edge - chip_left);
        painter.fillRect(QRectF(chip_left, y, room, chip_height()), ground);
        paint_chip(painter, QPointF(chip_left, y), room, note, look.colors);
        y += chip_height();
    }
}

void LadderChart::paint_picture(QPainter& painter, const Look& look) const {
    painter.fillRect(QRectF(0, 0, size_.width(), size_.height() + header_height()), look.colors.ground);
    painter.save();
    painter.translate(0, header_height());
    paint(painter, look);
    painter.restore();
    paint_header(painter, look);
}

} // namespace fulcrum::window
