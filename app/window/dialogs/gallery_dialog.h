// File → New: the built-in drawings as pictures, with what each shows; and an empty sheet.
#pragma once

#include <QDialog>
#include <optional>

#include "designer/document/document.h"

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace fulcrum::window {

class Theme;

class GalleryDialog : public QDialog {
    Q_OBJECT
public:
    explicit GalleryDialog(const Theme* theme, QWidget* parent = nullptr);

    // The drawing that was chosen, untitled; none when cancelled.
    static std::optional<designer::Document> choose(const Theme* theme, QWidget* parent);
    std::optional<designer::Document> chosen() const;

private:
    void fill();
    void paint_next_thumbnail(); // one at a time, so that the dialog opens at once
    void filter(const QString& text);

    const Theme* theme_;
    QLineEdit* search_;
    QListWidget* list_;
    QPushButton* open_ = nullptr;
    int next_thumbnail_ = 0;
};

} // namespace fulcrum::window
