#include "designer/canvas/document_editor.h"

#include <QUndoCommand>
#include <algorithm>
#include <chrono>

namespace fulcrum::designer {

namespace {

constexpr int merge_id = 1;
constexpr std::chrono::milliseconds merge_window{1200}; // a held arrow key repeats faster than this

bool same_items(const Change& a, const Change& b) {
    return std::equal(a.placements.begin(), a.placements.end(), b.placements.begin(), b.placements.end(),
                      [](const PlacementChange& x, const PlacementChange& y) { return x.id == y.id; });
}

} // namespace

// Holds the difference, not views and not whole documents: ids stay good across any number of undos.
class ChangeCommand : public QUndoCommand {
public:
    ChangeCommand(DocumentEditor* editor, Change change, const QString& text, bool merge)
        : QUndoCommand(text), editor_(editor), change_(std::move(change)),
          merge_(merge && change_.only_moves()), made_(std::chrono::steady_clock::now()) {}

    void redo() override { editor_->carry_out(change_); }
    void undo() override { editor_->carry_out(change_.reversed()); }
    int id() const override { return merge_ ? merge_id : -1; }

    bool mergeWith(const QUndoCommand* later) override {
        const auto* other = static_cast<const ChangeCommand*>(later); // same id(), so the same class
        if (!same_items(change_, other->change_) || other->made_ - made_ > merge_window) {
            return false;
        }
        bool back_where_it_was = true;
        for (std::size_t i = 0; i < change_.placements.size(); ++i) {
            auto& placement = change_.placements[i];
            placement.after = other->change_.placements[i].after;
            back_where_it_was = back_where_it_was && placement.before == placement.after;
        }
        made_ = other->made_;
        setObsolete(back_where_it_was);
        return true;
    }

private:
    DocumentEditor* editor_;
    Change change_;
    bool merge_;
    std::chrono::steady_clock::time_point made_;
};

DocumentEditor::DocumentEditor(QObject* parent) : QObject(parent) {}

void DocumentEditor::reset(Document document) {
    undo_.clear();
    document_ = std::move(document);
    emit was_reset();
}

void DocumentEditor::edit(const Document& next, const QString& text, bool merge_moves) {
    Change change = difference(document_, next);
    if (change.empty()) {
        return;
    }
    undo_.push(new ChangeCommand(this, std::move(change), text, merge_moves));
}

void DocumentEditor::carry_out(const Change& change) {
    apply(document_, change);
    emit changed(change);
}

} // namespace fulcrum::designer
