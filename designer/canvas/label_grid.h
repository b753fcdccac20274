// What already stands on the paper, so that nothing is printed over anything: rectangles and lines in a
// hashed grid.
#pragma once

#include <QLineF>
#include <QRectF>
#include <unordered_map>
#include <vector>

namespace fulcrum::designer {

class LabelGrid {
public:
    void add(const QRectF& rect);
    void add(const QLineF& line);

    bool hits_rect(const QRectF& rect) const;
    bool hits_line(const QRectF& rect) const;
    bool is_free(const QRectF& rect) const { return !hits_rect(rect) && !hits_line(rect); }

private:
    struct Cell {
        std::vector<std::uint32_t> rects, lines;
    };
    template <class Visit>
    static bool each_cell(const QRectF& rect, Visit&& visit);

    std::vector<QRectF> rects_;
    std::vector<QLineF> lines_;
    std::unordered_map<std::uint64_t, Cell> cells_;
};

// Whether any part of the line lies inside the rectangle.
bool crosses(const QLineF& line, const QRectF& rect);

} // namespace fulcrum::designer
