// One line over the canvas that tells something and offers what can be done about it; goes when dismissed.
#pragma once

#include <QFrame>
#include <functional>

class QHBoxLayout;
class QLabel;

namespace fulcrum::window {

class Theme;

enum class InfoKind { news, good, trouble };

class InfoBar : public QFrame {
    Q_OBJECT
public:
    explicit InfoBar(const Theme* theme, QWidget* parent = nullptr);

    struct Offer {
        QString text;
        std::function<void()> taken;
    };
    // Replaces what was told before. `html` may hold simple markup; escape what comes from outside.
    void tell(InfoKind kind, const QString& html, const QList<Offer>& offers = {});
    void dismiss();
    QString text() const;

signals:
    void dismissed();

private:
    void dress();

    const Theme* theme_;
    InfoKind kind_ = InfoKind::news;
    QLabel* picture_;
    QLabel* text_;
    QHBoxLayout* offers_;
};

} // namespace fulcrum::window
