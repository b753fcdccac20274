#include "designer/canvas/figure_painter.h"

#include <QVarLengthArray>
#include <algorithm>
#include <cmath>

#include "designer/canvas/icons.h"
#include "designer/canvas/wording.h"

namespace fulcrum::designer {

namespace {

constexpr double grid_step = 20;
constexpr double ring_radius = 32;

// Four kilobits a second are a hair, ten gigabits a cable.
double traffic_level(double bps) {
    return bps < 1 ? 0 : std::clamp((std::log10(bps) - 3) / 7, 0.08, 1.0);
}

QString arrow_towards(QPointF direction) {
    static constexpr std::array arrows{u"→", u"↘", u"↓", u"↙", u"←", u"↖", u"↑", u"↗"};
    const double turn = std::atan2(direction.y(), direction.x()) / (2 * M_PI);
    const auto eighth = static_cast<std::size_t>(std::lround((turn + 1) * 8)) % 8;
    return QString::fromUtf16(arrows[eighth]);
}

} // namespace

QString state_text(LiveState state) {
    switch (state) {
    case LiveState::starting:
        return Words::tr("starting");
    case LiveState::running:
        return Words::tr("running");
    case LiveState::stopped:
        return Words::tr("stopped");
    case LiveState::failed:
        return Words::tr("failed");
    case LiveState::none:
        break;
    }
    return {};
}

QColor state_color(const Palette& palette, LiveState state) {
    switch (state) {
    case LiveState::starting:
        return palette.wait;
    case LiveState::running:
        return palette.go;
    case LiveState::failed:
        return palette.halt;
    case LiveState::stopped:
    case LiveState::none:
        break;
    }
    return palette.idle;
}

QString icon_of(NodeKind kind) {
    return QString::fromUtf8(name_of(kind).data(), static_cast<qsizetype>(name_of(kind).size()));
}

DetailLevel DetailLevel::at(double zoom) {
    return {.names = zoom >= 0.5,
            .addresses = zoom >= 0.62,
            .bar_texts = zoom >= 0.42,
            .dots = zoom >= 0.5,
            .smooth_lines = zoom >= 0.4};
}

void paint_text(QPainter& painter, TextStyle style, const QColor& color, const QRectF& rect,
                Qt::Alignment alignment, const QString& text) {
    if (text.isEmpty() || rect.isEmpty()) {
        return;
    }
    const QString fitting = elided(style, text, rect.width() + 1);
    const double spare = rect.width() - text_width(style, fitting);
    const double x = (alignment & Qt::AlignHCenter) != 0 ? spare / 2
                     : (alignment & Qt::AlignRight) != 0 ? spare
                                                         : 0;
    painter.setFont(font_of(style));
    painter.setPen(color);
    painter.drawText(QPointF(rect.left() + x, rect.top() + text_ascent(style)), fitting);
}

FigurePainter::FigurePainter(QPainter& painter, const Figure& figure, const LivePicture& live,
                             CanvasTheme theme, double zoom, bool vector)
    : painter_(painter), figure_(figure), live_(live), palette_(Palette::of(theme)), theme_(theme),
      zoom_(zoom), vector_(vector), detail_(DetailLevel::at(vector ? 1 : zoom)) {}

void FigurePainter::paint_ground(const QRectF& exposed) {
    painter_.fillRect(exposed, palette_.ground);
    const double step = zoom_ >= 0.7 ? grid_step : zoom_ >= 0.25 ? grid_step * 5 : 0;
    if (step <= 0) {
        return;
    }
    painter_.setRenderHint(QPainter::Antialiasing, false);
    QPen pen(palette_.grid, zoom_ >= 1.5 ? 2 : 1.5);
    pen.setCosmetic(true);
    painter_.setPen(pen);
    QVarLengthArray<QPointF, 1024> dots;
    for (double x = std::ceil(exposed.left() / step) * step; x <= exposed.right(); x += step) {
        for (double y = std::ceil(exposed.top() / step) * step; y <= exposed.bottom(); y += step) {
            dots.append(QPointF(x, y));
        }
    }
    painter_.drawPoints(dots.constData(), static_cast<int>(dots.size()));
}

void FigurePainter::paint(const QRectF& exposed) {
    exposed_ = exposed.adjusted(-2, -2, 2, 2);
    painter_.setRenderHint(QPainter::Antialiasing, true);
    painter_.setRenderHint(QPainter::TextAntialiasing, true);
    painter_.setRenderHint(QPainter::SmoothPixmapTransform, true);
    paint_frames();
    if (detail_.smooth_lines) {
        paint_links();
    } else {
        paint_link_hairlines();
    }
    paint_bars();
    if (figure_.is_live()) {
        paint_rings();
    }
    paint_icons();
    paint_notes();
    if (detail_.names) {
        for (const NodeShape& node : figure_.nodes()) {
            if (sees(node.caption)) {
                paint_node_caption(node);
            }
        }
        for (const VipShape& vip : figure_.vips()) {
            if (sees(vip.caption)) {
                paint_vip_caption(vip);
            }
        }
    }
    if (detail_.addresses) {
        for (const LinkShape& link : figure_.links()) {
            paint_link_labels(link);
        }
    }
    paint_marks();
}

void FigurePainter::paint_frames() {
    const bool dark = theme_ == CanvasTheme::dark;
    for (const FrameShape& frame : figure_.frames()) {
        if (!sees(frame.frame)) {
            continue;
        }
        QColor fill = frame.color;
        fill.setAlphaF(frame.is_zone ? (dark ? 0.10f : 0.06f) : (dark ? 0.13f : 0.09f));
        QPen pen(mixed(frame.color, palette_.ground, dark ? 0.25 : 0.2), frame.is_zone ? 1.6 : 1.4);
        pen.setDashPattern({5, 4});
        painter_.setPen(pen);
        painter_.setBrush(fill);
        painter_.drawRoundedRect(frame.frame, 10, 10);
        if (detail_.bar_texts) {
            QRectF line = frame.title_rect;
            for (const QString& text : frame.title) {
                paint_text(painter_, TextStyle::title, mixed(frame.color, palette_.ink, 0.45), line,
                           Qt::AlignLeft, text);
                line.setTop(line.top() + line_height(TextStyle::title));
            }
        }
    }
}

bool FigurePainter::is_up(const LinkShape& link) const {
    const LinkTraffic* traffic = live_.traffic_of(link.id);
    return link.drawn_up && (traffic == nullptr || traffic->up);
}

void FigurePainter::paint_link_hairlines() {
    painter_.setRenderHint(QPainter::Antialiasing, false);
    QVarLengthArray<QLineF, 512> idle, busy, down;
    for (const LinkShape& link : figure_.links()) {
        if (!sees(link.path.boundingRect().adjusted(-1, -1, 1, 1))) {
            continue;
        }
        const LinkTraffic* traffic = live_.traffic_of(link.id);
        const bool carries = traffic != nullptr && traffic->a_to_b_bps + traffic->b_to_a_bps >= 1;
        auto& lines = !is_up(link) ? down : carries ? busy : idle;
        for (qsizetype i = 1; i < link.path.size(); ++i) {
            lines.append(QLineF(link.path[i - 1], link.path[i]));
        }
    }
    const auto draw = [&](const QVarLengthArray<QLineF, 512>& lines, const QColor& color,
                          Qt::PenStyle style) {
        painter_.setPen(QPen(color, 0, style)); // width 0: one device pixel, the fastest there is
        painter_.drawLines(lines.constData(), static_cast<int>(lines.size()));
    };
    draw(idle, palette_.link, Qt::SolidLine);
    draw(busy, palette_.link_busy, Qt::SolidLine);
    draw(down, palette_.link_down, Qt::DotLine);
    painter_.setRenderHint(QPainter::Antialiasing, true);
}

void FigurePainter::paint_links() {
    for (const LinkShape& link : figure_.links()) {
        if (sees(link.path.boundingRect().adjusted(-6, -6, 6, 6))) {
            paint_link(link);
        }
    }
    for (const VipShape& vip : figure_.vips()) {
        if (vip.tether != vip.centre) {
            QPen pen(palette_.vip, 1.3, Qt::DotLine);
            painter_.setPen(pen);
            painter_.drawLine(vip.centre, vip.tether);
        }
    }
}

void FigurePainter::paint_link(const LinkShape& link) {
    const bool up = is_up(link);
    const LinkTraffic* traffic = live_.traffic_of(link.id);
    const double level = traffic == nullptr ? 0 : traffic_level(traffic->a_to_b_bps + traffic->b_to_a_bps);
    QPen pen(up ? mixed(palette_.link, palette_.link_busy, std::min(1.0, level * 1.6)) : palette_.link_down,
             up ? 1.7 + level * 4.3 : 1.7, up ? Qt::SolidLine : Qt::CustomDashLine, Qt::FlatCap,
             Qt::RoundJoin);
    if (!up) {
        pen.setDashPattern({4, 4});
    }
    painter_.setPen(pen);
    painter_.setBrush(Qt::NoBrush);
    painter_.drawPolyline(link.path);
    if (!detail_.dots || link.path.size() < 2) {
        return;
    }
    if (!up) { // a cut in the middle, so that a dashed line is not taken for a frame's
        const PathPoint middle = point_along(link.path, length_of(link.path) / 2);
        painter_.setPen(QPen(palette_.halt, 2, Qt::SolidLine, Qt::RoundCap));
        for (const QPointF arm : {QPointF(5, 5), QPointF(5, -5)}) {
            painter_.drawLine(middle.at - arm, middle.at + arm);
        }
    }
    const std::array<std::pair<const Id*, QPointF>, 2> ends{
        {{&link.a, link.path.first()}, {&link.b, link.path.last()}}};
    for (const auto& [node, at] : ends) {
        const LiveState state = live_.state_of(*node);
        const bool end_up = up && state != LiveState::stopped && state != LiveState::failed;
        if (!figure_.is_live()) {
            painter_.setPen(Qt::NoPen);
            painter_.setBrush(palette_.link);
            painter_.drawEllipse(at, 2.6, 2.6);
        } else if (end_up) {
            painter_.setPen(QPen(palette_.ground, 1));
            painter_.setBrush(palette_.go);
            painter_.drawEllipse(at, 4, 4);
        } else { // hollow, so that it reads without colour
            painter_.setPen(QPen(up ? palette_.idle : palette_.halt, 1.8));
            painter_.setBrush(palette_.ground);
            painter_.drawEllipse(at, 3.6, 3.6);
        }
    }
}

void FigurePainter::paint_link_labels(const LinkShape& link) {
    const LabelChoice& choice = figure_.labels();
    for (const EndLabel& end : link.ends) {
        if (!sees(end.rect) || end.rect.isEmpty()) {
            continue;
        }
        const QString interface = choice.interfaces ? end.interface : QString();
        const QString address = choice.addresses ? end.address : QString();
        const QColor quiet = mixed(palette_.ink_faint, palette_.ground, 0.12);
        const QColor address_ink = end.by_hand ? palette_.ink_soft : quiet;
        QRectF rect = end.rect;
        if (end.two_lines) {
            paint_text(painter_, TextStyle::address, quiet, rect, end.alignment, interface);
            rect.setTop(rect.top() + line_height(TextStyle::address) - 1);
            paint_text(painter_, TextStyle::address, address_ink, rect, end.alignment, address);
        } else {
            paint_text(painter_, TextStyle::address, quiet, rect, Qt::AlignLeft, interface);
            const double indent = interface.isEmpty() ? 0 : text_width(TextStyle::address, interface) + 4;
            paint_text(painter_, TextStyle::address, address_ink, rect.adjusted(indent, 0, 0, 0),
                       Qt::AlignLeft, address);
        }
    }
    if (link.middle.isEmpty() || !sees(link.middle)) {
        return;
    }
    QRectF line = link.middle;
    for (const QString& remark : link.remarks) {
        paint_text(painter_, TextStyle::address, palette_.wait, line, Qt::AlignHCenter, remark);
        line.setTop(line.top() + line_height(TextStyle::address));
    }
    if (figure_.is_live() && choice.rates) {
        paint_rates(link, line);
    }
}

void FigurePainter::paint_rates(const LinkShape& link, QRectF lines) {
    const LinkTraffic* traffic = live_.traffic_of(link.id);
    if (traffic == nullptr) {
        return;
    }
    const PathPoint middle = point_along(link.path, length_of(link.path) / 2);
    for (const bool there : {true, false}) {
        const double bps = there ? traffic->a_to_b_bps : traffic->b_to_a_bps;
        if (bps < 1) {
            continue;
        }
        const QString text =
            arrow_towards(there ? middle.direction : -middle.direction) + QLatin1Char(' ') + rate_text(bps);
        const bool right_of_line = lines.center().x() > middle.at.x() + 8;
        const bool left_of_line = lines.center().x() < middle.at.x() - 8;
        paint_text(painter_, TextStyle::address, palette_.link_busy, lines,
                   right_of_line  ? Qt::AlignLeft
                   : left_of_line ? Qt::AlignRight
                                  : Qt::AlignHCenter,
                   text);
        lines.setTop(lines.top() + line_height(TextStyle::address));
    }
}

QColor FigurePainter::color_of(const BarShape& bar) const {
    return theme_ == CanvasTheme::dark ? mixed(bar.color, palette_.ground, 0.22) : bar.color;
}

void FigurePainter::paint_bar_texts(const QRectF& exposed) {
    exposed_ = exposed;
    painter_.setRenderHint(QPainter::Antialiasing, true);
    painter_.setRenderHint(QPainter::TextAntialiasing, true);
    const double rim = (bar_thickness - line_height(TextStyle::bar)) / 2; // left to what runs along the bar
    for (const BarShape& bar : figure_.bars()) {
        if (!detail_.bar_texts || bar.text.isEmpty() || !sees(bar.bar)) {
            continue;
        }
        painter_.setPen(Qt::NoPen);
        painter_.setBrush(color_of(bar));
        painter_.drawRect(bar.vertical ? bar.text.adjusted(rim, -3, -rim, 3)
                                       : bar.text.adjusted(-3, rim, 3, -rim));
        paint_bar_text(bar, ink_on(color_of(bar)));
    }
}

void FigurePainter::paint_bars() {
    for (const BarShape& bar : figure_.bars()) {
        if (!sees(bar.bar)) {
            continue;
        }
        const QColor color = color_of(bar);
        painter_.setPen(Qt::NoPen);
        painter_.setBrush(color);
        painter_.drawRoundedRect(bar.bar, 7, 7);
        if (detail_.bar_texts && !bar.text.isEmpty()) {
            paint_bar_text(bar, ink_on(color));
        }
    }
}

void FigurePainter::paint_bar_text(const BarShape& bar, const QColor& ink) {
    QRectF rect = bar.text;
    painter_.save();
    if (bar.vertical) { // reads from below upwards
        painter_.translate(rect.left(), rect.bottom());
        painter_.rotate(-90);
        rect = QRectF(0, 0, rect.height(), rect.width());
    }
    rect.setTop(rect.top() + (rect.height() - line_height(TextStyle::bar)) / 2);
    const double name_width = text_width(TextStyle::bar, bar.name);
    if (name_width + 40 < rect.width() || bar.subnet.isEmpty()) {
        paint_text(painter_, TextStyle::bar, ink, rect, Qt::AlignLeft, bar.name);
        rect.setLeft(rect.left() + name_width + 12);
    }
    QColor soft = ink;
    soft.setAlphaF(0.86f);
    paint_text(painter_, TextStyle::bar, soft, rect, Qt::AlignLeft, bar.subnet);
    painter_.restore();
}

void FigurePainter::paint_rings() {
    for (const NodeShape& node : figure_.nodes()) {
        const LiveState state = live_.state_of(node.id);
        if (state == LiveState::none || !sees(node.icon.adjusted(-8, -8, 8, 8))) {
            continue;
        }
        QPen pen(state_color(palette_, state), 2.4);
        if (state == LiveState::stopped || state == LiveState::starting) {
            pen.setDashPattern(state == LiveState::stopped ? QList<qreal>{1, 3} : QList<qreal>{4, 2.5});
        }
        painter_.setPen(pen);
        QColor glow = state_color(palette_, state);
        glow.setAlphaF(0.14f);
        painter_.setBrush(state == LiveState::stopped ? QBrush(Qt::NoBrush) : QBrush(glow));
        painter_.drawEllipse(node.centre, ring_radius, ring_radius);
    }
}

void FigurePainter::paint_picture(const QString& name, const QRectF& where, const QColor& tint,
                                  double opacity) {
    painter_.setOpacity(opacity);
    if (vector_) {
        paint_icon(painter_, name, theme_, where, tint);
    } else {
        // Blitted at the pixel size it is seen at: scaling a picture per node is what makes scenes stutter.
        const double ratio = painter_.device()->devicePixelRatioF();
        const QTransform transform = painter_.worldTransform();
        QPixmap picture = icon_pixmap(
            name, theme_, std::max(2, static_cast<int>(std::lround(where.width() * zoom_ * ratio))), tint);
        picture.setDevicePixelRatio(ratio);
        const QPointF middle = transform.map(where.center());
        const QSizeF size = picture.deviceIndependentSize();
        painter_.setWorldTransform({});
        painter_.drawPixmap(QPointF(std::round((middle.x() - size.width() / 2) * ratio) / ratio,
                                    std::round((middle.y() - size.height() / 2) * ratio) / ratio),
                            picture);
        painter_.setWorldTransform(transform);
    }
    painter_.setOpacity(1);
}

void FigurePainter::paint_icons() {
    for (const NodeShape& node : figure_.nodes()) {
        if (!sees(node.icon)) {
            continue;
        }
        const bool asleep = live_.state_of(node.id) == LiveState::stopped;
        paint_picture(icon_of(node.kind), node.icon, node.kind == NodeKind::server ? node.tint : QColor(),
                      asleep ? 0.38 : 1);
    }
    for (const VipShape& vip : figure_.vips()) {
        const QRectF where(vip.centre - QPointF(vip_side, vip_side) / 2, QSizeF(vip_side, vip_side));
        if (sees(where)) {
            const LiveState state = live_.state_of(vip.id);
            // A rim of ground lifts the diamond off its bar.
            painter_.setPen(Qt::NoPen);
            painter_.setBrush(palette_.ground);
            const double half = vip_side / 2 + 2.5;
            painter_.drawPolygon(QPolygonF{vip.centre + QPointF(0, -half), vip.centre + QPointF(half, 0),
                                           vip.centre + QPointF(0, half), vip.centre + QPointF(-half, 0)});
            paint_picture(QStringLiteral("vip"), where, {}, state == LiveState::stopped ? 0.4 : 1);
        }
    }
}

void FigurePainter::paint_lamp(QPointF centre, double radius, LiveState state) {
    painter_.setPen(QPen(palette_.ground, 2));
    painter_.setBrush(state_color(palette_, state));
    painter_.drawEllipse(centre, radius, radius);
    const double g = radius * 0.42;
    painter_.setPen(QPen(Qt::white, radius * 0.24, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    switch (state) {
    case LiveState::running:
        painter_.setBrush(Qt::white);
        painter_.drawPolygon(
            QPolygonF{centre + QPointF(-g * 0.7, -g), centre + QPointF(g, 0), centre + QPointF(-g * 0.7, g)});
        break;
    case LiveState::starting:
        for (const double x : {-g, 0.0, g}) {
            painter_.drawPoint(centre + QPointF(x, 0));
        }
        break;
    case LiveState::stopped:
        painter_.setBrush(Qt::white);
        painter_.drawRect(QRectF(centre - QPointF(g, g) * 0.75, QSizeF(g, g) * 1.5));
        break;
    case LiveState::failed:
        painter_.drawLine(centre - QPointF(g, g), centre + QPointF(g, g));
        painter_.drawLine(centre - QPointF(g, -g), centre + QPointF(g, -g));
        break;
    case LiveState::none:
        break;
    }
}

void FigurePainter::paint_problem(const Id& id, QPointF where) {
    const auto found = live_.problems.find(id);
    if (found == live_.problems.end()) {
        return;
    }
    const QString name = found->second == 0   ? QStringLiteral("error")
                         : found->second == 1 ? QStringLiteral("warning")
                                              : QStringLiteral("info");
    constexpr double side = 20;
    const QRectF rect(where - QPointF(side, side) / 2, QSizeF(side, side));
    if (!sees(rect)) {
        return;
    }
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(palette_.ground);
    painter_.drawEllipse(where, side / 2, side / 2);
    paint_picture(name, rect);
}

void FigurePainter::paint_proof(const Id& id, QPointF where) {
    constexpr double radius = 9;
    const auto found = live_.proofs.find(id);
    if (found == live_.proofs.end() ||
        !sees(QRectF(where, QSizeF()).adjusted(-radius, -radius, radius, radius))) {
        return;
    }
    painter_.setPen(QPen(palette_.ground, 2));
    painter_.setBrush(found->second ? palette_.go : palette_.halt);
    painter_.drawEllipse(where, radius, radius);
    painter_.setPen(QPen(Qt::white, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    if (found->second) {
        painter_.drawPolyline(
            QPolygonF{where + QPointF(-4, 0.3), where + QPointF(-1, 3.6), where + QPointF(4.2, -3.2)});
    } else {
        painter_.drawLine(where - QPointF(3.2, 3.2), where + QPointF(3.2, 3.2));
        painter_.drawLine(where - QPointF(3.2, -3.2), where + QPointF(3.2, -3.2));
    }
}

void FigurePainter::paint_proofs() {
    for (const NodeShape& node : figure_.nodes()) {
        paint_proof(node.id, node.centre + QPointF(-22, 20));
    }
    for (const VipShape& vip : figure_.vips()) {
        paint_proof(vip.id, vip.centre + QPointF(-13, 13));
    }
    for (const LinkShape& link : figure_.links()) {
        paint_proof(link.id, point_along(link.path, length_of(link.path) / 2).at);
    }
}

void FigurePainter::paint_marks() {
    if (!live_.proofs.empty()) {
        paint_proofs();
    }
    if (figure_.is_live()) {
        for (const NodeShape& node : figure_.nodes()) {
            const LiveState state = live_.state_of(node.id);
            if (state != LiveState::none && sees(node.icon.adjusted(-8, -8, 8, 8))) {
                paint_lamp(node.centre + QPointF(22, -22), 8.5, state);
            }
        }
        for (const VipShape& vip : figure_.vips()) {
            const LiveState state = live_.state_of(vip.id);
            if (state != LiveState::none) {
                paint_lamp(vip.centre + QPointF(13, -13), 7, state);
            }
        }
    }
    if (live_.problems.empty()) {
        return;
    }
    for (const NodeShape& node : figure_.nodes()) {
        paint_problem(node.id, node.centre + QPointF(-22, -22));
    }
    for (const VipShape& vip : figure_.vips()) {
        paint_problem(vip.id, vip.centre + QPointF(-14, -13));
    }
    for (const BarShape& bar : figure_.bars()) {
        paint_problem(bar.id, bar.vertical ? bar.bar.topLeft() + QPointF(bar_thickness / 2, 0)
                                           : bar.bar.topLeft() + QPointF(0, bar_thickness / 2));
    }
    for (const LinkShape& link : figure_.links()) {
        paint_problem(link.id, point_along(link.path, length_of(link.path) / 2).at);
    }
    for (const FrameShape& frame : figure_.frames()) {
        paint_problem(frame.id, frame.frame.topLeft());
    }
}

double FigurePainter::paint_pill(QPointF top_left, const QString& text, const QColor& color, bool filled) {
    const double width = text_width(TextStyle::badge, text) + 12, height = line_height(TextStyle::badge) + 2;
    const QRectF rect(top_left, QSizeF(width, height));
    painter_.setPen(QPen(color, 1.1));
    painter_.setBrush(filled ? QBrush(color) : QBrush(palette_.ground));
    painter_.drawRoundedRect(rect, height / 2, height / 2);
    paint_text(painter_, TextStyle::badge, filled ? ink_on(color) : mixed(color, palette_.ink, 0.3),
               rect.adjusted(6, 1, -5, 0), Qt::AlignLeft, text);
    return width;
}

void FigurePainter::paint_patch(const QRectF& rect) {
    QColor patch = palette_.ground;
    patch.setAlphaF(0.88f);
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(patch);
    painter_.drawRoundedRect(rect.adjusted(-3, -1, 3, 1), 4, 4);
}

namespace {

double left_of(const QRectF& rect, Qt::Alignment alignment, double width) {
    return (alignment & Qt::AlignHCenter) != 0 ? rect.center().x() - width / 2
           : (alignment & Qt::AlignRight) != 0 ? rect.right() - width
                                               : rect.left();
}

} // namespace

void FigurePainter::paint_node_caption(const NodeShape& node) {
    if (node.caption_on_line) {
        paint_patch(node.caption);
    }
    const LiveState state = live_.state_of(node.id);
    paint_text(painter_, TextStyle::name, state == LiveState::stopped ? palette_.ink_faint : palette_.ink,
               node.caption, node.caption_alignment, node.name);
    const QString state_word = state_text(state);
    if (node.role.isEmpty() && state_word.isEmpty()) {
        return;
    }
    const double role_width = node.role.isEmpty() ? 0 : text_width(TextStyle::badge, node.role) + 12;
    const double state_width = state_word.isEmpty() ? 0 : text_width(TextStyle::badge, state_word);
    const double gap = role_width > 0 && state_width > 0 ? 5 : 0;
    double x = left_of(node.caption, node.caption_alignment, role_width + gap + state_width);
    const double y = node.caption.top() + line_height(TextStyle::name) + 1;
    if (role_width > 0) {
        paint_pill(QPointF(x, y), node.role, palette_.se, node.role == Words::tr("active"));
        x += role_width + gap;
    }
    if (state_width > 0) {
        paint_text(painter_, TextStyle::badge, mixed(state_color(palette_, state), palette_.ink, 0.25),
                   QRectF(x, y + 1, state_width, line_height(TextStyle::badge)), Qt::AlignLeft, state_word);
    }
}

void FigurePainter::paint_vip_caption(const VipShape& vip) {
    if (vip.caption_on_line) {
        paint_patch(vip.caption);
    }
    QRectF line = vip.caption;
    paint_text(painter_, TextStyle::name, palette_.ink, line, vip.caption_alignment, vip.name);
    line.setTop(line.top() + line_height(TextStyle::name));
    if (figure_.labels().addresses) {
        paint_text(painter_, TextStyle::address, vip.address_by_hand ? palette_.ink_soft : palette_.ink_faint,
                   line, vip.caption_alignment, vip.address);
        line.setTop(line.top() + line_height(TextStyle::address));
    }
    const double width = text_width(TextStyle::badge, vip.mode) + 12;
    paint_pill(QPointF(left_of(line, vip.caption_alignment, width), line.top() + 1), vip.mode, palette_.vip,
               false);
}

void FigurePainter::paint_notes() {
    for (const NoteShape& note : figure_.notes()) {
        if (!sees(note.rect)) {
            continue;
        }
        constexpr double fold = 12;
        const QRectF& r = note.rect;
        painter_.setPen(QPen(palette_.note_edge, 1.2));
        painter_.setBrush(palette_.note);
        painter_.drawPolygon(QPolygonF{r.topLeft(), r.topRight(), r.bottomRight() - QPointF(0, fold),
                                       r.bottomRight() - QPointF(fold, 0), r.bottomLeft()});
        painter_.setBrush(palette_.note_edge);
        painter_.drawPolygon(QPolygonF{r.bottomRight() - QPointF(0, fold),
                                       r.bottomRight() - QPointF(fold, fold),
                                       r.bottomRight() - QPointF(fold, 0)});
        if (detail_.names) {
            painter_.setFont(font_of(TextStyle::note));
            painter_.setPen(palette_.note_ink);
            painter_.drawText(r.adjusted(10, 8, -10, -6), Qt::TextWordWrap | Qt::AlignLeft, note.text);
        }
    }
}

} // namespace fulcrum::designer
