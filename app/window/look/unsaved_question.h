// Asked before something that is not saved would be lost.
#pragma once

#include <QString>
#include <functional>

class QWidget;

namespace fulcrum::window {

struct UnsavedQuestion {
    const char* object_name; // of the dialog
    QString title, text;
    QString detail; // may be empty
};

// True: it was saved by `save` (which says whether it could), or the person gives it up.
bool may_give_up(const UnsavedQuestion& question, const std::function<bool()>& save, QWidget* parent);

} // namespace fulcrum::window
