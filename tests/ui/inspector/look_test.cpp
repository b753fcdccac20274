// What every window is dressed in.
#include <QApplication>
#include <QCheckBox>
#include <QLineEdit>
#include <QSpinBox>
#include <gtest/gtest.h>

#include "app/window/look/elided_label.h"
#include "app/window/theme.h"

using namespace fulcrum::window;

namespace {

// The most that a pixel along the middle row of the widget's left end differs from the ground there.
int contrast_of_left_end(QWidget& widget) {
    widget.ensurePolished();
    widget.resize(widget.sizeHint());
    const QImage image = widget.grab().toImage();
    const int ground = qGray(widget.palette().color(QPalette::Window).rgb());
    int most = 0;
    for (int x = 0; x < std::min(6, image.width()); ++x) {
        most = std::max(most, std::abs(qGray(image.pixel(x, image.height() / 2)) - ground));
    }
    return most;
}

} // namespace

// An empty check box on a dark ground used to be nearly invisible.
TEST(Look, EmptyBoxesAndFieldsAreSeenInLightAndDark) {
    Theme theme(qApp);
    constexpr int seen = 40; // of 255
    for (const ThemeChoice choice : {ThemeChoice::light, ThemeChoice::dark}) {
        theme.choose(choice);
        QCheckBox box("box");
        QLineEdit line;
        QSpinBox number;
        for (QWidget* widget :
             {static_cast<QWidget*>(&box), static_cast<QWidget*>(&line), static_cast<QWidget*>(&number)}) {
            EXPECT_GT(contrast_of_left_end(*widget), seen)
                << widget->metaObject()->className() << (theme.is_dark() ? " in dark" : " in light");
        }
    }
    theme.choose(ThemeChoice::light);
}

TEST(Look, WordsWithoutRoomEndInAnEllipsis) {
    const QString words = "one two three four five six seven eight nine ten";
    ElidedLabel label;
    label.set_text(words);
    label.show();
    label.resize(label.fontMetrics().horizontalAdvance(words) + 20, 20);
    QApplication::processEvents();
    EXPECT_EQ(label.text(), words);
    label.resize(80, 20);
    QApplication::processEvents();
    EXPECT_TRUE(label.text().endsWith(u'…')) << label.text().toStdString();
    EXPECT_LE(label.fontMetrics().horizontalAdvance(label.text()), 80);
    EXPECT_EQ(label.whole_text(), words);
    EXPECT_EQ(label.toolTip(), words);
}
