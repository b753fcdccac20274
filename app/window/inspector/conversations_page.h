// The conversations of a capture, by kind of address.
#pragma once

#include "app/window/inspector/conversation_model.h"
#include "app/window/inspector/table_page.h"

class QComboBox;

namespace fulcrum::window {

class ConversationsPage : public TablePage {
    Q_OBJECT
public:
    explicit ConversationsPage(QWidget* parent = nullptr);

    ConversationModel* model() const { return model_; }
    void choose(capture::ConversationKind kind);

protected:
    void read() override;

private:
    explicit ConversationsPage(ConversationModel* model, QWidget* parent);
    void show_menu(int row, const QPoint& global);

    ConversationModel* model_;
    QComboBox* kinds_;
};

} // namespace fulcrum::window
