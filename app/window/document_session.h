// The drawing as a file: which one it is, whether it has unsaved changes, opening and saving it, and keeping
// unsaved work where a crash cannot reach it. Asks the person when it must; one per window.
#pragma once

#include <QTimer>
#include <QWidget>
#include <optional>

#include "app/window/recovery.h"
#include "designer/canvas/document_editor.h"

namespace fulcrum::window {

class DocumentSession : public QObject {
    Q_OBJECT
public:
    // `parent_window` carries the dialogs; both outlive the session.
    DocumentSession(designer::DocumentEditor* editor, QWidget* parent_window);

    QString file() const { return file_; }
    QString title() const; // "in-line.fulcrum", or the drawing's name when it was never saved
    bool is_dirty() const;

    // Whoever replaces the drawing asks this first: whether unsaved changes are saved or may be lost.
    bool may_discard(); // asks only when there is something to lose
    // Each replaces the drawing without asking.
    bool open_file(const QString& file);        // false when it cannot be read, told in a dialog
    void show_new(designer::Document document); // an untitled drawing
    QString ask_for_file();                     // empty: cancelled

    bool save();
    bool save_as();

    // The unsaved drawing of a window that died, if there is one and the person wants it. Done at start.
    bool offer_recovery();
    void give_up_unsaved(); // the window closes and the person chose not to save

    static QString file_filter();

signals:
    void file_changed(); // another file, or saved: titles and recent lists follow
    void dirty_changed(bool dirty);
    void autosave_failed(const QString& why);

private:
    void show(designer::Document document, const QString& file, bool already_dirty);
    bool save_to(const QString& file);
    void keep_for_recovery();
    void refresh_dirty();

    designer::DocumentEditor* editor_;
    QWidget* window_;
    Recovery recovery_;
    QTimer autosave_;
    QString file_;
    bool recovered_unsaved_ = false; // came out of a recovery file and was not saved since
    bool was_dirty_ = false;
};

} // namespace fulcrum::window
