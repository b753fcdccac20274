#include "app/window/exporting.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QSettings>

#include "app/window/qt_text.h"
#include "designer/canvas/canvas_view.h"
#include "designer/document/file.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

namespace {

class ExportText {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::ExportText)
};

constexpr auto folder_key = "export_folder";

// Empty when the person thought better of it.
QString ask_for_file(const QString& headline, const QString& name, const QString& filter,
                     const QString& suffix, QWidget* parent) {
    QSettings settings;
    const QDir folder(settings.value(folder_key, QDir::homePath()).toString());
    QFileDialog dialog(parent, headline, folder.path(), filter);
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setDefaultSuffix(suffix);
    dialog.selectFile(folder.filePath(name));
    if (dialog.exec() != QDialog::Accepted || dialog.selectedFiles().isEmpty()) {
        return {};
    }
    const QString file = dialog.selectedFiles().front();
    settings.setValue(folder_key, QFileInfo(file).absolutePath());
    return file;
}

} // namespace

void export_picture(const designer::Document& document, designer::CanvasTheme theme, const QString& stem,
                    QWidget* parent) {
    const QString file = ask_for_file(
        ExportText::tr("Export as a picture"), stem + ".png",
        ExportText::tr("PNG picture (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"), "png", parent);
    if (file.isEmpty()) {
        return;
    }
    if (const QString error = designer::render_file(document, theme, file); !error.isEmpty()) {
        QMessageBox::warning(parent, ExportText::tr("Export"), error);
    }
}

void export_plan_script(const designer::Document& document, const QString& stem, QWidget* parent) {
    const auto plan = designer::make_plan(document);
    if (!plan) {
        QMessageBox::warning(
            parent, ExportText::tr("Export"),
            ExportText::tr("This drawing cannot be planned yet.\n\n%1").arg(to_q(plan.error().message)));
        return;
    }
    const QString file = ask_for_file(ExportText::tr("Export the plan as a script"), stem + ".sh",
                                      ExportText::tr("Shell script (*.sh)"), "sh", parent);
    if (file.isEmpty()) {
        return;
    }
    if (const auto saved = designer::save_bytes(designer::plan_as_script(*plan), to_std(file)); !saved) {
        QMessageBox::warning(parent, ExportText::tr("Export"), to_q(saved.error().message));
    }
}

} // namespace fulcrum::window
