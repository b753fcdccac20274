#include "app/window/dialogs/running_labs_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QListWidget>
#include <QMessageBox>
#include <QPointer>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/window/lab/background.h"
#include "app/window/lab/lab_controller.h"
#include "app/window/qt_text.h"

namespace fulcrum::window {

RunningLabsDialog::RunningLabsDialog(LabController* controller, QWidget* parent)
    : QDialog(parent), controller_(controller), list_(new QListWidget(this)), empty_(new QLabel(this)) {
    setWindowTitle(tr("Running labs"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    attach_ = buttons->addButton(tr("&Attach"), QDialogButtonBox::AcceptRole);
    stop_ = buttons->addButton(tr("&Stop it"), QDialogButtonBox::DestructiveRole);
    auto* column = new QVBoxLayout(this);
    column->addWidget(new QLabel(tr("Attach to open a lab's drawing and watch it here."), this));
    column->addWidget(list_);
    column->addWidget(empty_);
    column->addWidget(buttons);
    resize(380, 280);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(stop_, &QPushButton::clicked, this, &RunningLabsDialog::stop_chosen);
    connect(list_, &QListWidget::itemActivated, this, [this] {
        if (attach_->isEnabled()) {
            accept();
        }
    });
    connect(list_, &QListWidget::currentRowChanged, this, &RunningLabsDialog::enable);
    list_->setAccessibleName(windowTitle());
    enable();
    look();
}

QString RunningLabsDialog::chosen() const {
    const QListWidgetItem* item = list_->currentItem();
    return item == nullptr ? QString() : item->text();
}

void RunningLabsDialog::enable() {
    const bool any = list_->currentItem() != nullptr;
    attach_->setEnabled(any && chosen() != controller_->lab());
    stop_->setEnabled(any);
}

void RunningLabsDialog::look() {
    empty_->setText(tr("Looking …"));
    controller_->find_running(this, [this](const QStringList& labs) {
        list_->clear();
        list_->addItems(labs);
        list_->setCurrentRow(labs.isEmpty() ? -1 : 0);
        empty_->setText(labs.isEmpty() ? tr("No lab is running.")
                                       : tr("%n lab(s)", nullptr, static_cast<int>(labs.size())));
        enable();
    });
}

void RunningLabsDialog::stop_chosen() {
    const QString lab = chosen();
    if (lab.isEmpty() ||
        QMessageBox::question(this, windowTitle(),
                              tr("Stop lab %1? Its nodes and what runs in them end.").arg(lab)) !=
            QMessageBox::Yes) {
        return;
    }
    if (lab == controller_->lab()) {
        controller_->stop_then([guard = QPointer<RunningLabsDialog>(this)] {
            if (guard) {
                guard->look();
            }
        });
        return;
    }
    empty_->setText(tr("Stopping %1 …").arg(lab));
    in_background(
        this,
        [lab]() -> Result<> {
            auto client = netns::LabClient::connect(to_std(lab));
            return client ? client->down() : tl::unexpected(client.error());
        },
        [this](const Result<>& result) {
            look();
            if (!result) {
                QMessageBox::warning(this, windowTitle(), to_q(result.error().message));
            }
        });
}

} // namespace fulcrum::window
