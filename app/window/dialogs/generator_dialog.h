// "Twenty servers here": how many of a kind, and on which segment.
#pragma once

#include <QDialog>
#include <vector>

#include "designer/document/document.h"

class QComboBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace fulcrum::window {

class GeneratorDialog : public QDialog {
    Q_OBJECT
public:
    // `proposed` is the segment offered first; may be empty.
    GeneratorDialog(const designer::Document& document, designer::NodeKind kind, const designer::Id& proposed,
                    QWidget* parent = nullptr);

    // The drawing with the new nodes; the same one when the segment has not enough room for them.
    designer::Document result(std::vector<designer::Id>* created) const;
    QString undo_text() const;

private:
    void try_it();

    const designer::Document& document_;
    designer::NodeKind kind_;
    QSpinBox* count_;
    QComboBox* segment_;
    QLabel* trouble_;
    QPushButton* make_;
};

} // namespace fulcrum::window
