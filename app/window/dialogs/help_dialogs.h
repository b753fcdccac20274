// About this program, and what its keys do where there are no actions.
#pragma once

#include "app/window/look/shortcut_list.h"

namespace fulcrum::window {

class Theme;

void show_about(const Theme* theme, QWidget* parent);

// The keys of the canvas, of a playback and of a ladder.
QList<KeyGroup> keys_of_places();

} // namespace fulcrum::window
