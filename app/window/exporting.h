// The drawing as a picture or as a shell script, to a file of the person's choice.
#pragma once

#include "designer/canvas/palette.h"
#include "designer/document/document.h"

class QWidget;

namespace fulcrum::window {

void export_picture(const designer::Document& document, designer::CanvasTheme theme,
                    const QString& proposed_stem, QWidget* parent);
void export_plan_script(const designer::Document& document, const QString& proposed_stem, QWidget* parent);

} // namespace fulcrum::window
