// Find in the drawing: items by name, address, subnet, MAC or note text; Return goes from hit to hit.
#pragma once

#include <QFrame>
#include <vector>

#include "designer/canvas/document_editor.h"

class QLabel;
class QLineEdit;

namespace fulcrum::window {

// Ids of what holds `text` anywhere in its name or addresses, nodes first, in document order.
std::vector<designer::Id> find_items(const designer::Document& document, const QString& text);

class FindBar : public QFrame {
    Q_OBJECT
public:
    explicit FindBar(designer::DocumentEditor* editor, QWidget* parent = nullptr);

    void open();

signals:
    void found(const designer::Id& id);
    void closed();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void search();
    void go(int by);
    void close_bar();

    designer::DocumentEditor* editor_;
    QLineEdit* text_;
    QLabel* count_;
    std::vector<designer::Id> hits_;
    std::size_t at_ = 0;
};

} // namespace fulcrum::window
