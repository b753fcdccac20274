#include "app/window/look/unsaved_question.h"

#include <QMessageBox>

namespace fulcrum::window {

bool may_give_up(const UnsavedQuestion& question, const std::function<bool()>& save, QWidget* parent) {
    QMessageBox box(QMessageBox::Question, question.title, question.text,
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, parent);
    box.setObjectName(question.object_name);
    box.setInformativeText(question.detail);
    box.setDefaultButton(QMessageBox::Save);
    switch (box.exec()) {
    case QMessageBox::Save:
        return save();
    case QMessageBox::Discard:
        return true;
    default:
        return false;
    }
}

} // namespace fulcrum::window
