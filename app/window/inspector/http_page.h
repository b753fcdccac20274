// The HTTP requests of a capture with their answers.
#pragma once

#include "app/window/inspector/http_model.h"
#include "app/window/inspector/table_page.h"

namespace fulcrum::window {

class HttpPage : public TablePage {
    Q_OBJECT
public:
    explicit HttpPage(QWidget* parent = nullptr);

    HttpModel* model() const { return model_; }

protected:
    void read() override; // in the background

private:
    HttpPage(HttpModel* model, QWidget* parent);
    void show_menu(int row, const QPoint& global);

    HttpModel* model_;
};

} // namespace fulcrum::window
