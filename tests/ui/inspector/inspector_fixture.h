// An inspector window as a person uses it, and what tests ask of it.
#pragma once

#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QTreeWidgetItemIterator>
#include <gtest/gtest.h>
#include <memory>

#include "app/window/inspector/inspected_file.h"
#include "app/window/inspector/inspector_window.h"
#include "app/window/inspector/packet_tree.h"
#include "app/window/inspector/packets_page.h"
#include "app/window/theme.h"
#include "tests/ui/inspector/made_captures.h"

inline constexpr int patience_ms = 30'000; // for what happens in the background, on a machine that is busy

class Inspector : public testing::Test {
protected:
    Inspector() : window(new fulcrum::window::InspectorWindow(&theme)) {
        window->setAttribute(Qt::WA_DeleteOnClose, false);
        window->resize(1360, 880);
        window->show();
        EXPECT_TRUE(QTest::qWaitForWindowExposed(window.get()));
    }

    QString path(const QString& name) const { return folder.filePath(name); }
    QString small() const {
        write_small_capture(path("small.pcapng").toStdString());
        return path("small.pcapng");
    }
    void open(const QString& file) {
        ASSERT_TRUE(window->open_file(file));
        ASSERT_TRUE(QTest::qWaitFor([&] { return !window->file()->is_loading(); }, patience_ms));
        QTest::qWait(1);
    }
    void type_filter(const QString& text) {
        QLineEdit* line = window->filter_line()->line();
        line->setFocus();
        line->selectAll();
        QTest::keyClick(line, Qt::Key_Delete);
        QTest::keyClicks(line, text);
        line->setFocus();
        QTest::keyClick(line, Qt::Key_Return);
    }
    // Once the background has looked at everything.
    bool shows(std::size_t packets) {
        return QTest::qWaitFor(
            [&] {
                return !table().is_filtering() && !window->file()->is_loading() && table().shown() == packets;
            },
            patience_ms);
    }
    fulcrum::window::PacketTable& table() { return *window->packets()->table(); }
    QString cell(int row, fulcrum::window::PacketTable::Column column) {
        return table().data(table().index(row, column), Qt::DisplayRole).toString();
    }
    QString counts() { return window->findChild<QLabel*>("packet_counts")->text(); }
    QTreeWidgetItem* field(const QString& name) {
        for (QTreeWidgetItemIterator it(window->packets()->tree()); *it != nullptr; ++it) {
            if (fulcrum::window::PacketTree::field_of(*it) == name) {
                return *it;
            }
        }
        return nullptr;
    }
    void picture(const QString& name, QWidget* of = nullptr) { // of the window when nothing else is said
        QDir().mkpath(FULCRUM_PICTURES_DIR);
        QTest::qWait(30);
        (of != nullptr ? of : window.get())->grab().save(QDir(FULCRUM_PICTURES_DIR).filePath(name + ".png"));
    }

    fulcrum::window::Theme theme{qApp};
    QTemporaryDir folder;
    std::unique_ptr<fulcrum::window::InspectorWindow> window;
};

// Does this with the next dialog of a class once it is there.
template <class Dialog, class Done>
void with_next_dialog(Done done) {
    auto* poll = new QTimer(qApp);
    QObject::connect(poll, &QTimer::timeout, qApp, [poll, done] {
        if (auto* dialog = qobject_cast<Dialog*>(QApplication::activeModalWidget())) {
            poll->stop();
            poll->deleteLater();
            done(dialog);
        }
    });
    poll->start(20);
}
