// The conversations of a capture, by kind of address.
#pragma once

#include <memory>

#include "app/window/inspector/conversation_model.h"
#include "app/window/inspector/table_page.h"

class QComboBox;

namespace fulcrum::window {

class ConversationsPage : public TablePage {
    Q_OBJECT
public:
    explicit ConversationsPage(QWidget* parent = nullptr);

    ConversationModel* model() const { return model_; }
    // Read when it is seen, and again when there is more of the file.
    void set_file(std::shared_ptr<capture::CaptureFile> file);
    void choose(capture::ConversationKind kind);

signals:
    void filter_wanted(const QString& filter);
    void packet_wanted(std::size_t packet);
    void follow_wanted(std::size_t first_packet);

protected:
    void showEvent(QShowEvent* event) override;

private:
    explicit ConversationsPage(ConversationModel* model, QWidget* parent);
    void refresh();
    void show_menu(int row, const QPoint& global);

    ConversationModel* model_;
    QComboBox* kinds_;
    std::shared_ptr<capture::CaptureFile> file_;
    bool stale_ = false;
};

} // namespace fulcrum::window
