#include "app/window/properties/properties_panel.h"

#include <QLabel>
#include <QLineEdit>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>

#include "app/window/properties/forms.h"
#include "app/window/qt_text.h"
#include "app/window/theme.h"

namespace fulcrum::window {

using namespace designer;

PropertiesPanel::PropertiesPanel(DocumentEditor* editor, const Theme* theme, QWidget* parent)
    : QScrollArea(parent), editor_(editor), theme_(theme) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    connect(editor_, &DocumentEditor::changed, this, &PropertiesPanel::refresh);
    connect(editor_, &DocumentEditor::was_reset, this, [this] {
        ids_.clear();
        rebuild();
    });
    connect(theme_, &Theme::changed, this, &PropertiesPanel::rebuild);
    rebuild();
}

void PropertiesPanel::show_items(const std::vector<Id>& ids) {
    if (ids != ids_ || form_shape(editor_->document(), ids) != shape_) {
        ids_ = ids;
        rebuild();
    }
}

void PropertiesPanel::refresh() {
    if (form_shape(editor_->document(), ids_) != shape_) {
        rebuild();
    } else {
        form_->refresh();
    }
}

void PropertiesPanel::rebuild() {
    const Document& document = editor_->document();
    std::erase_if(ids_, [&](const Id& id) { return form_shape(document, {id}) == "\n"; });
    shape_ = form_shape(document, ids_);
    const int scrolled = verticalScrollBar()->value();

    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    trouble_ = new QLabel(page);
    trouble_->setWordWrap(true);
    trouble_->setMargin(10);
    trouble_->hide();
    column->addWidget(trouble_);
    form_ = new PropertyForm(editor_, theme_, page);
    column->addWidget(form_);
    column->addStretch();
    if (ids_.empty()) {
        fill_drawing_form(*form_);
    } else if (ids_.size() > 1) {
        fill_selection_form(*form_, ids_);
    } else {
        const Id& id = ids_.front();
        if (const Node* node = document.node(id)) {
            node->kind == NodeKind::segment ? fill_segment_form(*form_, id) : fill_node_form(*form_, id);
        } else if (document.link(id) != nullptr) {
            fill_link_form(*form_, id);
        } else if (document.group(id) != nullptr) {
            fill_group_form(*form_, id);
        } else if (document.service(id) != nullptr) {
            fill_service_form(*form_, id);
        } else if (document.vrf(id) != nullptr) {
            fill_zone_form(*form_, id);
        } else {
            fill_note_form(*form_, id);
        }
    }
    // A field of the old page may be the very one that caused this: it goes when its signal has returned.
    if (QWidget* old = takeWidget()) {
        old->hide();
        old->deleteLater();
    }
    setWidget(page);
    verticalScrollBar()->setValue(scrolled);
    show_problems();
}

void PropertiesPanel::set_problems(const std::vector<Problem>& problems) {
    problems_ = problems;
    show_problems();
}

void PropertiesPanel::show_problems() {
    QStringList lines;
    for (const Problem& problem : problems_) {
        const bool ours = std::any_of(problem.items.begin(), problem.items.end(), [this](const Id& id) {
            return std::find(ids_.begin(), ids_.end(), id) != ids_.end();
        });
        if (ours && ids_.size() == 1) {
            const ThemeColors& colors = theme_->colors();
            const QColor color = problem.severity == Severity::error     ? colors.error
                                 : problem.severity == Severity::warning ? colors.warning
                                                                         : colors.note;
            lines << QStringLiteral("<span style='color:%1'>●</span> %2")
                         .arg(color.name(), to_q(problem.why).toHtmlEscaped());
        }
    }
    trouble_->setVisible(!lines.isEmpty());
    trouble_->setText(lines.join("<br>"));
}

void PropertiesPanel::focus_first_field() {
    if (auto* field = form_->findChild<QLineEdit*>()) {
        field->setFocus(Qt::OtherFocusReason);
        field->selectAll();
    }
}

} // namespace fulcrum::window
