#include "designer/canvas/palette.h"

#include <array>
#include <cmath>

namespace fulcrum::designer {

namespace {

Palette light_palette() {
    Palette p;
    p.ground = QColor(0xf7f9fb);
    p.grid = QColor(0xdde3ea);
    p.paper = QColor(0xffffff);
    p.ink = QColor(0x1f2a36);
    p.ink_soft = QColor(0x3b4856);
    p.ink_faint = QColor(0x76838f);
    p.accent = QColor(0x2b7de0);
    p.se = QColor(0xf08a24);
    p.se_edge = QColor(0xc96a0c);
    p.vip = QColor(0x2b7de0);
    p.vip_edge = QColor(0x175cb0);
    p.router = QColor(0x4a6fa5);
    p.router_edge = QColor(0x34527d);
    p.client = QColor(0x5d7285);
    p.client_edge = QColor(0x425565);
    p.note = QColor(0xfdf0b8);
    p.note_edge = QColor(0xdcc364);
    p.note_ink = QColor(0x574713);
    p.zone = QColor(0x7b61c9);
    p.link = QColor(0x93a1ae);
    p.link_busy = QColor(0x2f6fb3);
    p.link_down = QColor(0xb9a08f);
    p.go = QColor(0x1f9d55);
    p.wait = QColor(0xd68a00);
    p.halt = QColor(0xc2453d);
    p.idle = QColor(0x8b97a3);
    p.warn = QColor(0xe0a11b);
    p.request = QColor(0x0b8f83);
    p.answer = QColor(0xb5359c);
    return p;
}

Palette dark_palette() {
    Palette p;
    p.ground = QColor(0x171c22);
    p.grid = QColor(0x29323b);
    p.paper = QColor(0x222a33);
    p.ink = QColor(0xe8edf2);
    p.ink_soft = QColor(0xc3ccd5);
    p.ink_faint = QColor(0x8896a3);
    p.accent = QColor(0x5aa2f5);
    p.se = QColor(0xf2953a);
    p.se_edge = QColor(0xffb56b);
    p.vip = QColor(0x3f8ff0);
    p.vip_edge = QColor(0x86bbfb);
    p.router = QColor(0x5480bf);
    p.router_edge = QColor(0x86a9da);
    p.client = QColor(0x8097ab);
    p.client_edge = QColor(0xa5b7c7);
    p.note = QColor(0x4a4224);
    p.note_edge = QColor(0x857537);
    p.note_ink = QColor(0xf2e6b4);
    p.zone = QColor(0x9d86e8);
    p.link = QColor(0x687683);
    p.link_busy = QColor(0x62a8ef);
    p.link_down = QColor(0x7a685c);
    p.go = QColor(0x3ecb7a);
    p.wait = QColor(0xf0ac2e);
    p.halt = QColor(0xe8655c);
    p.idle = QColor(0x7d8995);
    p.warn = QColor(0xf0b93b);
    p.request = QColor(0x2dd4c4);
    p.answer = QColor(0xf07bd8);
    return p;
}

template <std::size_t N>
QColor written_or(const std::string& written, const std::array<QRgb, N>& row, std::size_t n) {
    if (!written.empty()) {
        const QColor color(QString::fromStdString(written));
        if (color.isValid()) {
            return color;
        }
    }
    return QColor(row[n % N]);
}

} // namespace

const Palette& Palette::of(CanvasTheme theme) {
    static const Palette light = light_palette();
    static const Palette dark = dark_palette();
    return theme == CanvasTheme::light ? light : dark;
}

QColor Palette::named(QStringView name) const {
    struct Entry {
        const char16_t* name;
        QColor Palette::*color;
    };
    static constexpr std::array entries{
        Entry{u"ink", &Palette::ink_soft},
        Entry{u"paper", &Palette::paper},
        Entry{u"accent", &Palette::accent},
        Entry{u"se", &Palette::se},
        Entry{u"se-edge", &Palette::se_edge},
        Entry{u"vip", &Palette::vip},
        Entry{u"vip-edge", &Palette::vip_edge},
        Entry{u"router", &Palette::router},
        Entry{u"router-edge", &Palette::router_edge},
        Entry{u"client", &Palette::client},
        Entry{u"client-edge", &Palette::client_edge},
        Entry{u"note", &Palette::note},
        Entry{u"note-edge", &Palette::note_edge},
        Entry{u"note-ink", &Palette::note_ink},
        Entry{u"zone", &Palette::zone},
        Entry{u"link", &Palette::link},
        Entry{u"go", &Palette::go},
        Entry{u"halt", &Palette::halt},
        Entry{u"warn", &Palette::warn},
    };
    for (const Entry& entry : entries) {
        if (name == QStringView(entry.name)) {
            return this->*entry.color;
        }
    }
    return {};
}

// Orange and blue are left out of the rows: they mean SE and VIP.
QColor pool_color(const std::string& written, std::size_t n) {
    static constexpr std::array<QRgb, 6> row{0x3f9e6e, 0x8a63c9, 0x1f9aa8, 0xc75b86, 0x8f9a2f, 0xa9714b};
    return written_or(written, row, n);
}

QColor segment_color(const std::string& written, std::size_t n) {
    static constexpr std::array<QRgb, 6> row{0x3d8fb5, 0x5f9a63, 0x8f77c2, 0xa98436, 0x46968a, 0xb06c80};
    return written_or(written, row, n);
}

QColor zone_color(const std::string& written, std::size_t n) {
    static constexpr std::array<QRgb, 4> row{0x7b61c9, 0x2f8f8a, 0xb0557f, 0x7d8a2b};
    return written_or(written, row, n);
}

QColor ink_on(const QColor& ground) {
    // Relative luminance, WCAG 2.1; 0.4 rather than 0.18 because white on a mid tone reads better at 11 px.
    const auto linear = [](double channel) {
        return channel <= 0.03928 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    const double luminance =
        0.2126 * linear(ground.redF()) + 0.7152 * linear(ground.greenF()) + 0.0722 * linear(ground.blueF());
    return luminance > 0.4 ? QColor(0x14, 0x1b, 0x22) : QColor(Qt::white);
}

QColor mixed(const QColor& a, const QColor& b, double share_of_b) {
    const auto mix = [share_of_b](int x, int y) {
        return static_cast<int>(std::lround(x + (y - x) * share_of_b));
    };
    return QColor(mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue()),
                  mix(a.alpha(), b.alpha()));
}

} // namespace fulcrum::designer
