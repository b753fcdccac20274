#include "app/window/dialogs/generator_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "app/window/properties/field_text.h"
#include "app/window/qt_text.h"
#include "designer/templates/generate.h"

namespace fulcrum::window {

using namespace designer;

GeneratorDialog::GeneratorDialog(const Document& document, NodeKind kind, const Id& proposed, QWidget* parent)
    : QDialog(parent), document_(document), kind_(kind), count_(new QSpinBox(this)),
      segment_(new QComboBox(this)), trouble_(new QLabel(this)) {
    setWindowTitle(undo_text());
    count_->setRange(1, 1000);
    count_->setValue(kind == NodeKind::se ? 2 : 3);
    for (const Node& node : document.nodes) {
        if (node.kind == NodeKind::segment) {
            segment_->addItem(to_q(node.name) + "  " + FieldText::of(node.subnet), to_q(node.id));
        }
    }
    segment_->setCurrentIndex(std::max(0, segment_->findData(to_q(proposed))));
    trouble_->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    make_ = buttons->button(QDialogButtonBox::Ok);
    make_->setText(tr("&Add"));
    auto* form = new QFormLayout;
    form->addRow(tr("&How many"), count_);
    form->addRow(tr("On &segment"), segment_);
    auto* column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addWidget(trouble_);
    column->addWidget(buttons);
    setMinimumWidth(340);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(count_, &QSpinBox::valueChanged, this, &GeneratorDialog::try_it);
    connect(segment_, &QComboBox::currentIndexChanged, this, &GeneratorDialog::try_it);
    count_->selectAll();
    try_it();
}

QString GeneratorDialog::undo_text() const {
    switch (kind_) {
    case NodeKind::client:
        return tr("Add clients");
    case NodeKind::se:
        return tr("Add service engines");
    default:
        return tr("Add servers");
    }
}

Document GeneratorDialog::result(std::vector<Id>* created) const {
    const Id segment = to_std(segment_->currentData().toString());
    const auto count = static_cast<std::size_t>(count_->value());
    switch (kind_) {
    case NodeKind::client:
        return add_clients(document_, segment, count, created);
    case NodeKind::se:
        return add_ses(document_, segment, count, created);
    default:
        return add_servers(document_, segment, count, created);
    }
}

void GeneratorDialog::try_it() {
    std::vector<Id> created;
    if (segment_->count() > 0) {
        result(&created);
    }
    const bool fits = !created.empty();
    make_->setEnabled(fits);
    trouble_->setText(segment_->count() == 0 ? tr("Draw a segment first: the new nodes are linked to it.")
                      : fits                 ? QString()
                             : tr("The subnet of this segment has not enough free addresses."));
    trouble_->setVisible(!fits);
}

} // namespace fulcrum::window
