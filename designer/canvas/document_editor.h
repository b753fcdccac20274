// The one place where a drawing changes while a window shows it: holds the document, the undo stack, and
// tells everybody what changed. Views keep ids, never pointers into the document.
#pragma once

#include <QObject>
#include <QString>
#include <QUndoStack>

#include "designer/document/document.h"
#include "designer/edit/edit.h"

namespace fulcrum::designer {

class DocumentEditor : public QObject {
    Q_OBJECT
public:
    explicit DocumentEditor(QObject* parent = nullptr);

    const Document& document() const { return document_; }
    QUndoStack* undo_stack() { return &undo_; }
    bool is_clean() const { return undo_.isClean(); }

    void reset(Document document); // a new drawing: clears the stack, marks clean
    // Makes `next` the document as one undoable step named `text`; does nothing when nothing differs. Moves
    // of the same items in quick succession (keyboard nudges) merge when `merge_moves`.
    void edit(const Document& next, const QString& text, bool merge_moves = false);

signals:
    void changed(const fulcrum::designer::Change& change); // after undo and redo too
    void was_reset();

private:
    friend class ChangeCommand;
    void carry_out(const Change& change);

    Document document_;
    QUndoStack undo_;
};

} // namespace fulcrum::designer
