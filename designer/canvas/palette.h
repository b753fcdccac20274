// Every colour of the drawing surface, for light and dark, in one place.
#pragma once

#include <QColor>
#include <QString>

namespace fulcrum::designer {

enum class CanvasTheme { light, dark };

struct Palette {
    // Ground and writing
    QColor ground, grid, paper; // paper: the inside of icons and of floating boxes
    QColor ink, ink_soft;       // names; addresses fixed by hand
    QColor ink_faint;           // addresses that gave themselves, interface names, hints
    QColor accent;              // selection, hover, guides

    // Things
    QColor se, se_edge, vip, vip_edge, router, router_edge, client, client_edge;
    QColor note, note_edge, note_ink, zone;
    QColor link, link_busy, link_down;

    // States; never told by colour alone, each has its own glyph
    QColor go, wait, halt, idle, warn;

    // A followed request and its answer
    QColor request, answer;

    static const Palette& of(CanvasTheme theme);

    // The colour that an icon calls by name ("ink", "se-edge", …); invalid for a name that is not in the
    // palette.
    QColor named(QStringView name) const;
};

// The colour written in the drawing ("#rrggbb"), else the one that belongs to the n-th of its kind.
QColor pool_color(const std::string& written, std::size_t n);
QColor segment_color(const std::string& written, std::size_t n);
QColor zone_color(const std::string& written, std::size_t n);

// Black or white, whichever reads better on `ground`.
QColor ink_on(const QColor& ground);
QColor mixed(const QColor& a, const QColor& b, double share_of_b);

} // namespace fulcrum::designer
