// The HTTP requests of a capture with their answers.
#pragma once

#include "app/window/inspector/http_model.h"
#include "app/window/inspector/table_page.h"

namespace fulcrum::window {

class HttpPage : public TablePage {
    Q_OBJECT
public:
    explicit HttpPage(QWidget* parent = nullptr);
    ~HttpPage() override;

    HttpModel* model() const { return model_; }
    // Read in the background when it is seen, and again when there is more of the file.
    void set_file(std::shared_ptr<capture::CaptureFile> file);

signals:
    void filter_wanted(const QString& filter);
    void packet_wanted(std::size_t packet);
    void follow_wanted(std::size_t packet);

protected:
    void showEvent(QShowEvent* event) override;

private:
    HttpPage(HttpModel* model, QWidget* parent);
    void refresh();
    void show_menu(int row, const QPoint& global);

    HttpModel* model_;
    std::shared_ptr<capture::CaptureFile> file_;
    std::shared_ptr<std::atomic<bool>> cancelled_;
    bool stale_ = false;
};

} // namespace fulcrum::window
