#include "tests/ui/window/window_driver.h"

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QMessageBox>
#include <QStandardPaths>
#include <QTest>
#include <QTimer>
#include <gtest/gtest.h>
#include <set>

#include "app/window/lab/lab_controller.h"
#include "app/window/qt_text.h"
#include "app/window/window_actions.h"

using namespace fulcrum;
using namespace fulcrum::designer;

FreshHome::FreshHome() {
    for (const char* name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"}) {
        qputenv(name, QFile::encodeName(folder_.path()));
    }
}

WindowDriver::WindowDriver(const FreshHome&)
    : theme_(std::make_unique<window::Theme>(qApp)),
      window_(std::make_unique<window::MainWindow>(theme_.get(), window::Programs(FULCRUM_BIN_DIR))) {
    window_->resize(1500, 940);
    window_->show();
    EXPECT_TRUE(QTest::qWaitForWindowExposed(window_.get()));
}

WindowDriver::~WindowDriver() {
    window::LabController& controller = *window_->controller();
    if (controller.phase() == window::LabPhase::running) { // a test failed: nothing of it stays
        controller.stop();
    }
    wait(20000, [&] { return controller.phase() == window::LabPhase::none; });
}

void WindowDriver::show(const Document& document) {
    window_->editor()->reset(document);
    QTest::qWait(50);
}

namespace {

std::set<Id> ids_of(const Document& document) {
    std::set<Id> ids;
    for (const Node& node : document.nodes) {
        ids.insert(node.id);
    }
    for (const Service& service : document.services) {
        ids.insert(service.id);
    }
    for (const Note& note : document.notes) {
        ids.insert(note.id);
    }
    return ids;
}

} // namespace

Id WindowDriver::place(const QString& palette_entry, QPoint at) {
    auto* button = window_->findChild<QAbstractButton*>("palette_" + palette_entry);
    EXPECT_NE(button, nullptr) << palette_entry.toStdString();
    const std::set<Id> before = ids_of(document());
    QTest::mouseClick(button, Qt::LeftButton);
    EXPECT_TRUE(button->isChecked());
    QTest::mouseMove(canvas().viewport(), at);
    QTest::mouseClick(canvas().viewport(), Qt::LeftButton, {}, at);
    QTest::qWait(20);
    EXPECT_FALSE(button->isChecked()) << "the tool is put away once it has done its work";
    for (const Id& id : ids_of(document())) {
        if (!before.contains(id)) {
            return id;
        }
    }
    ADD_FAILURE() << "nothing was placed for " << palette_entry.toStdString();
    return {};
}

QPoint WindowDriver::pixel_of(const Id& item) {
    const auto placed = document().layout.find(item);
    if (placed == document().layout.end()) {
        ADD_FAILURE() << item << " has no place";
        return {};
    }
    return canvas().mapFromScene(placed->second.x, placed->second.y);
}

void WindowDriver::click(const Id& item) {
    QTest::mouseClick(canvas().viewport(), Qt::LeftButton, {}, pixel_of(item));
    QTest::qWait(20);
}

void WindowDriver::link(const Id& a, const Id& b) {
    const std::size_t before = document().links.size();
    window_->actions()->link_tool->setChecked(true);
    QWidget* surface = canvas().viewport();
    const QPoint from = pixel_of(a);
    const QPoint to = pixel_of(b);
    QTest::mouseMove(surface, from);
    QTest::mousePress(surface, Qt::LeftButton, {}, from);
    for (int step = 1; step <= 8; ++step) {
        QTest::mouseMove(surface, from + (to - from) * step / 8);
        QTest::qWait(5);
    }
    QTest::mouseRelease(surface, Qt::LeftButton, {}, to);
    QTest::qWait(20);
    window_->actions()->link_tool->setChecked(false);
    EXPECT_EQ(document().links.size(), before + 1) << a << " – " << b;
}

QComboBox* WindowDriver::drop_down(const QString& field) {
    for (QComboBox* box : window_->findChildren<QComboBox*>()) {
        if (box->accessibleName() == field && box->isVisible()) {
            return box;
        }
    }
    return nullptr;
}

void WindowDriver::choose(const QString& field, const QString& entry) {
    QComboBox* box = drop_down(field);
    ASSERT_NE(box, nullptr) << field.toStdString();
    const int wanted = box->findText(entry);
    ASSERT_GE(wanted, 0) << entry.toStdString();
    box->setFocus();
    while (box->currentIndex() != wanted) { // one key is one choice, and the panel may be made anew by it
        const int before = box->currentIndex();
        QTest::keyClick(box, before < wanted ? Qt::Key_Down : Qt::Key_Up);
        QTest::qWait(20);
        box = drop_down(field);
        ASSERT_NE(box, nullptr);
        ASSERT_NE(box->currentIndex(), before) << "the choice was not taken";
        box->setFocus();
    }
}

bool WindowDriver::wait(int milliseconds, const std::function<bool()>& until) {
    return QTest::qWaitFor(until, milliseconds);
}

void WindowDriver::picture(const QString& name) {
    picture_of(*window_, name);
}

void WindowDriver::picture_of(QWidget& widget, const QString& name) {
    const QDir folder(FULCRUM_PICTURES_DIR);
    folder.mkpath(".");
    widget.grab().save(folder.filePath(name + ".png"));
}

void answer_next(const QString& dialog_name, const QString& button_text, int* asked) {
    auto* poll = new QTimer(qApp);
    QObject::connect(poll, &QTimer::timeout, qApp, [=] {
        auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        if (box == nullptr || box->objectName() != dialog_name) {
            return;
        }
        for (QAbstractButton* button : box->buttons()) {
            if (button->text().remove('&') == button_text) {
                poll->deleteLater();
                poll->stop();
                ++*asked;
                button->click();
                return;
            }
        }
    });
    poll->start(30);
}
