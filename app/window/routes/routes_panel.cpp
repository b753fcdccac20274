#include "app/window/routes/routes_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "app/window/lab/background.h"
#include "app/window/look/elided_label.h"
#include "app/window/qt_text.h"
#include "app/window/routes/route_arrows.h"
#include "app/window/theme.h"
#include "designer/canvas/canvas_view.h"

namespace fulcrum::window {

using namespace designer;

namespace {

enum Column {
    node_column,
    destination_column,
    via_column,
    interface_column,
    why_column,
    without_column,
    column_count
};
constexpr int node_role = Qt::UserRole;
constexpr int later_ms = 250; // after the last change: who types does not wait for tables

} // namespace

RoutesPanel::RoutesPanel(DocumentEditor* editor, CanvasView* canvas, const Theme* theme, QWidget* parent)
    : QWidget(parent), editor_(editor), canvas_(canvas), theme_(theme), choice_(new QComboBox(this)),
      on_canvas_(new QCheckBox(tr("On the canvas"), this)),
      follows_(new QCheckBox(tr("Follow the selection"), this)),
      fill_in_(new QPushButton(tr("Fill in"), this)), state_(new ElidedLabel(this)),
      table_(new QTreeWidget(this)), later_(new QTimer(this)) {
    setObjectName("routes_panel");
    choice_->setObjectName("routes_node");
    choice_->setAccessibleName(tr("Node"));
    choice_->setMinimumContentsLength(14);
    on_canvas_->setToolTip(tr("Arrows on the drawing; rest the mouse on one to read why it is needed"));
    follows_->setToolTip(tr("Show the routes of the node that is selected"));
    follows_->setChecked(true);
    fill_in_->setToolTip(
        tr("Write the derived routes of this node down as routes by hand, to be edited in its "
           "properties"));
    state_->setForegroundRole(QPalette::PlaceholderText);
    table_->setObjectName("routes_table");
    table_->setColumnCount(column_count);
    table_->setHeaderLabels(
        {tr("Node"), tr("Destination"), tr("Via"), tr("Interface"), tr("Why"), tr("Without it")});
    table_->setRootIsDecorated(false);
    table_->setAlternatingRowColors(true);
    table_->setUniformRowHeights(true);
    table_->setAccessibleName(tr("Routes"));
    const auto width = [&](Column column, const QString& sample) {
        table_->setColumnWidth(column, table_->fontMetrics().horizontalAdvance(sample) + 24);
    };
    width(node_column, "router10, router");
    width(destination_column, "192.168.100.0/24 from");
    width(via_column, "192.168.100.100");
    width(interface_column, "Interface");
    for (const Column wordy : {why_column, without_column}) {
        table_->header()->setSectionResizeMode(wordy, QHeaderView::Stretch);
    }

    auto* line = new QHBoxLayout;
    line->setContentsMargins(6, 4, 6, 0);
    line->addWidget(new QLabel(tr("Routes of"), this));
    line->addWidget(choice_);
    line->addWidget(on_canvas_);
    line->addWidget(follows_);
    line->addWidget(state_, 1);
    line->addWidget(fill_in_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(line);
    column->addWidget(table_, 1);

    later_->setSingleShot(true);
    later_->setInterval(later_ms);
    connect(later_, &QTimer::timeout, this, &RoutesPanel::read);
    connect(editor_, &DocumentEditor::changed, this, [this](const Change& change) {
        if (!change.only_moves()) {
            read_later();
        }
    });
    connect(editor_, &DocumentEditor::was_reset, this, [this] {
        node_.clear();
        read_later();
    });
    connect(canvas_, &CanvasView::selection_changed, this, &RoutesPanel::follow_selection);
    connect(choice_, &QComboBox::activated, this,
            [this] { choose_node(to_std(choice_->currentData().toString())); });
    connect(on_canvas_, &QCheckBox::toggled, this, [this](bool on) {
        if (on && is_stale_) {
            read();
        } else if (is_current()) {
            show_arrows();
        }
        emit on_canvas_changed(on);
    });
    connect(fill_in_, &QPushButton::clicked, this, &RoutesPanel::fill_in);
    connect(theme_, &Theme::changed, this, &RoutesPanel::fill);
    connect(table_, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* row) {
        emit pointed_at(to_std(row->data(node_column, node_role).toString()));
    });
}

bool RoutesPanel::is_on_canvas() const {
    return on_canvas_->isChecked();
}

void RoutesPanel::set_on_canvas(bool on) {
    on_canvas_->setChecked(on);
}

void RoutesPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (is_stale_) {
        read();
    }
}

void RoutesPanel::read_later() {
    is_stale_ = true;
    is_reading_ = false;
    ++question_;
    canvas_->show_routes({}); // they may lie already
    if (isVisible() || is_on_canvas()) {
        later_->start();
    }
}

void RoutesPanel::read() {
    is_stale_ = false;
    is_reading_ = true;
    state_->set_text(tr("Working out the routes…"));
    in_background(
        this,
        [document = editor_->document()] {
            auto plan = make_plan(document);
            return Routes{fill_addresses(document), plan ? std::move(plan->routes) : std::vector<RouteNeed>(),
                          plan ? QString() : to_q(plan.error().message)};
        },
        [this, asked = ++question_](Routes routes) {
            if (asked == question_) { // else the drawing has moved on
                take(std::move(routes));
            }
        });
}

void RoutesPanel::take(Routes routes) {
    is_reading_ = false;
    routes_ = std::move(routes);
    if (routes_.drawing.node(node_) == nullptr) {
        node_.clear();
    }
    fill_nodes();
    fill();
    show_arrows();
}

void RoutesPanel::fill_nodes() {
    choice_->clear();
    choice_->addItem(tr("all nodes"), QString());
    for (const Node& node : routes_.drawing.nodes) {
        if (node.kind != NodeKind::segment) {
            choice_->addItem(to_q(node.name), to_q(node.id));
        }
    }
    choice_->setCurrentIndex(std::max(0, choice_->findData(to_q(node_))));
}

void RoutesPanel::follow_selection() {
    if (!follows_->isChecked()) {
        return;
    }
    for (const Id& id : canvas_->selected()) {
        const Node* node = editor_->document().node(id);
        if (node != nullptr && node->kind != NodeKind::segment) {
            choose_node(id);
            return;
        }
    }
}

void RoutesPanel::choose_node(const Id& node) {
    if (node == node_) {
        return;
    }
    node_ = node;
    choice_->setCurrentIndex(std::max(0, choice_->findData(to_q(node_))));
    if (is_current()) {
        fill();
        show_arrows();
    }
}

void RoutesPanel::fill() {
    table_->clear();
    int routes = 0;
    const ThemeColors& colors = theme_->colors();
    for (const RouteNeed& need : routes_.needs) {
        if (!node_.empty() && need.node != node_) {
            continue;
        }
        const bool is_route = RouteArrows::is_route(need);
        routes += is_route ? 1 : 0;
        QString name = to_q(need.node_name);
        if (!need.vrf.empty()) {
            name += QStringLiteral(" (%1)").arg(to_q(need.vrf));
        }
        auto* row = new QTreeWidgetItem(
            table_,
            {name, RouteArrows::destination(need), to_q(need.via), to_q(need.interface), to_q(need.why),
             need.without.empty() && is_route ? tr("no packet of a service is lost") : to_q(need.without)});
        row->setData(node_column, node_role, to_q(need.node));
        for (int column = 0; column < column_count; ++column) {
            row->setToolTip(column, RouteArrows::tip(need));
            if (!is_route) {
                row->setForeground(column, colors.muted);
            }
        }
        if (!need.derived) {
            row->setText(via_column, tr("%1, by hand").arg(to_q(need.via)));
            row->setForeground(via_column, colors.warning);
        }
    }
    fill_in_->setEnabled(!node_.empty() && routes > 0);
    state_->set_text(!routes_.refused.isEmpty()
                         ? tr("No routes before this is mended: %1").arg(routes_.refused)
                         : tr("%n route(s)", nullptr, routes));
}

void RoutesPanel::show_arrows() {
    canvas_->show_routes(is_on_canvas() ? RouteArrows::of(routes_.drawing, routes_.needs, node_)
                                        : std::vector<RouteArrow>());
}

void RoutesPanel::fill_in() {
    const Node* node = editor_->document().node(node_);
    if (node != nullptr) {
        editor_->edit(with_routes_by_hand(editor_->document(), node_),
                      tr("Fill in routes of %1").arg(to_q(node->name)));
    }
}

} // namespace fulcrum::window
