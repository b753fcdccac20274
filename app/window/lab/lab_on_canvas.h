// Shows on the canvas and in the panels what a running lab reports: node states, link rates, where VIPs are,
// flows, charts. Back to a plain drawing when there is no lab.
#pragma once

#include <QHash>
#include <QObject>

#include "app/window/lab/lab_controller.h"
#include "app/window/lab/rate_tracker.h"

namespace fulcrum::window {

class ChartsPanel;
class EnginePanel;
class FlowsModel;

class LabOnCanvas : public QObject {
    Q_OBJECT
public:
    LabOnCanvas(LabController* controller, designer::CanvasView* canvas, FlowsModel* flows,
                ChartsPanel* charts, EnginePanel* engines, QObject* parent);

    // The lab's drawing with every address given: what addresses in reports are looked up in. Empty without a
    // lab.
    const designer::Document& drawing() const { return drawing_; }
    designer::LiveState state_of(const designer::Id& node) const {
        return states_.value(node, designer::LiveState::none);
    }
    bool is_link_up(const designer::Id& link) const { return links_up_.value(link, true); }

signals:
    void shown(); // a snapshot has reached the panels

private:
    void show_phase(LabPhase phase);
    void show_snapshot(const LabSnapshot& snapshot);
    void show_nodes(const LabSnapshot& snapshot);
    void show_services(const LabSnapshot& snapshot);
    bool is_whole_seen() const;

    LabController* controller_;
    designer::CanvasView* canvas_;
    FlowsModel* flows_;
    ChartsPanel* charts_;
    EnginePanel* engines_;
    RateTracker rates_;
    designer::Document drawing_;
    QHash<designer::Id, designer::LiveState> states_;
    QHash<designer::Id, bool> links_up_;
    bool keeps_whole_seen_ = false; // until the first snapshot has brought its labels
};

} // namespace fulcrum::window
