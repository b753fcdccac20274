// Which colour rows of the packet list have: display filters, the first that takes a packet gives its colour.
// Kept in the settings; the grounds are mixed from the colour and the theme's own, so that every rule is
// readable in light and in dark.
#pragma once

#include <QColor>
#include <QList>
#include <QString>
#include <vector>

#include "capture/filter/display_filter.h"

namespace fulcrum::window {

struct ColorRule {
    QString name, filter;
    QColor color;
    bool strong = false; // trouble: more colour, and writing in it
    bool enabled = true;
    bool operator==(const ColorRule&) const = default;
};

class ColorRules {
public:
    static QList<ColorRule> defaults();
    static QList<ColorRule> load();
    static void save(const QList<ColorRule>& rules); // the defaults: forgotten

    explicit ColorRules(QList<ColorRule> rules); // a rule whose filter is wrong takes nothing

    const QList<ColorRule>& rules() const { return rules_; }
    bool ask_for_notes() const; // whether one is about lab.request or lab.leg
    // The index of the rule that takes the packet; -1: none. `reading` is held by the caller; without `notes`
    // rules about requests and legs take nothing.
    int rule_of(const capture::CaptureFile::Reading& reading, std::size_t packet,
                const capture::LabNotes* notes) const;

private:
    struct Compiled {
        int rule = 0;
        capture::DisplayFilter filter;
    };
    QList<ColorRule> rules_;
    std::vector<Compiled> compiled_;
};

} // namespace fulcrum::window
