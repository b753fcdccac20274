// How something was shared out: a row for each, with its name, a bar, the number and the share.
#pragma once

#include <QColor>
#include <QString>
#include <QWidget>
#include <vector>

namespace fulcrum::window {

class Theme;

class ShareBars : public QWidget {
    Q_OBJECT
public:
    struct Row {
        QString name;
        double value = 0;
        QColor color;
    };
    ShareBars(const QString& title, const Theme* theme, QWidget* parent = nullptr);

    void show_rows(std::vector<Row> rows);
    QSize minimumSizeHint() const override { return {190, 70}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString title_;
    const Theme* theme_;
    std::vector<Row> rows_;
};

} // namespace fulcrum::window
