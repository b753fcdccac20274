// One line of words that does not widen its window: what has no room is left out, with an ellipsis, and
// stands in the tooltip.
#pragma once

#include <QLabel>

namespace fulcrum::window {

class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget* parent = nullptr);

    void set_text(const QString& text); // plain
    const QString& whole_text() const { return whole_; }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();

    QString whole_;
};

} // namespace fulcrum::window
