// Comments are saved without taking anything from anybody: other programs write captures under the same name.
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <gmock/gmock.h>

#include "app/window/inspector/comment_dialog.h"
#include "app/window/inspector/inspector_actions.h"
#include "app/window/look/row_table.h"
#include "tests/ui/inspector/inspector_fixture.h"

using namespace fulcrum::window;
using testing::ElementsAre;

namespace {

constexpr std::uint32_t many_packets = 20'000;

class SavingComments : public Inspector {
protected:
    // A large capture, open, with a comment that is not saved yet.
    void open_commented() {
        write_large_capture(file.toStdString(), many_packets);
        open(file);
        window->file()->set_comments(117, {"seen"});
    }
    // Ctrl+S, and what is answered when it asks. The question's text; empty: it did not ask.
    QString save_and_press(const QString& button) {
        QString asked;
        with_next_dialog<QMessageBox>([&](QMessageBox* box) {
            asked = box->text();
            for (QAbstractButton* one : box->buttons()) {
                if (one->text().remove('&') == button) {
                    one->click();
                }
            }
        });
        window->actions()->save->trigger();
        return asked;
    }
    static QByteArray bytes_of(const QString& path) {
        QFile opened(path);
        return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
    }
    // In place, as `cat OTHER > FILE` does.
    void write_over(const QByteArray& bytes) {
        QFile opened(file);
        ASSERT_TRUE(opened.open(QIODevice::WriteOnly | QIODevice::Truncate));
        ASSERT_EQ(opened.write(bytes), bytes.size());
    }

    QString file = path("capture.pcapng");
};

} // namespace

TEST_F(SavingComments, AFileThatWasCutIsNotWrittenOverWithZeros) {
    open_commented();
    write_small_capture(path("new.pcapng").toStdString());
    const QByteArray newer = bytes_of(path("new.pcapng"));
    write_over(newer);
    EXPECT_TRUE(save_and_press("OK").contains("packets are lost"));
    EXPECT_EQ(bytes_of(file), newer);
    EXPECT_TRUE(window->isWindowModified());
    QString why;
    QObject::connect(window->file(), &InspectedFile::export_failed, [&](const QString& told) { why = told; });
    with_next_dialog<QMessageBox>([](QMessageBox* box) { box->accept(); });
    window->file()->export_packets({1, 2, 3}, path("part.pcapng"));
    EXPECT_TRUE(why.contains("packets are lost"));
    EXPECT_FALSE(QFile::exists(path("part.pcapng")));
}

TEST_F(SavingComments, AFileWrittenOverWithALongerOneIsNotMixedWithIt) {
    open_commented();
    write_long_stream(path("new.pcapng").toStdString(), 3'000'000);
    const QByteArray newer = bytes_of(path("new.pcapng"));
    ASSERT_GT(newer.size(), bytes_of(file).size());
    write_over(newer);
    EXPECT_TRUE(save_and_press("OK").contains("packets are lost"));
    EXPECT_EQ(bytes_of(file), newer);
}

TEST_F(SavingComments, AFileThatTookItsNameIsReplacedOnlyWhenThePersonSaysSo) {
    open_commented();
    write_small_capture(path("new.pcapng").toStdString());
    const QByteArray newer = bytes_of(path("new.pcapng"));
    ASSERT_TRUE(QFile::remove(file) && QFile::rename(path("new.pcapng"), file));
    EXPECT_TRUE(save_and_press("Cancel").contains("changed or replaced"));
    EXPECT_EQ(bytes_of(file), newer);
    EXPECT_TRUE(window->isWindowModified());
    EXPECT_FALSE(save_and_press("Overwrite").isEmpty());
    const ReadBack saved = read_back(file.toStdString());
    EXPECT_EQ(saved.lengths.size(), many_packets);
    EXPECT_THAT(saved.comments, ElementsAre("seen"));
}

TEST_F(SavingComments, WhatIsAppendedIsAChangeToo) {
    open_commented();
    const QByteArray before = bytes_of(file);
    write_small_capture(path("more.pcapng").toStdString());
    {
        QFile opened(file);
        ASSERT_TRUE(opened.open(QIODevice::Append));
        opened.write(bytes_of(path("more.pcapng")));
    }
    EXPECT_FALSE(save_and_press("Cancel").isEmpty());
    EXPECT_TRUE(bytes_of(file).startsWith(before));
    EXPECT_GT(bytes_of(file).size(), before.size());
}

TEST_F(SavingComments, AFileThatIsGoneIsThereAgain) {
    open_commented();
    ASSERT_TRUE(QFile::remove(file));
    window->actions()->save->trigger();
    EXPECT_THAT(read_back(file.toStdString()).comments, ElementsAre("seen"));
}

TEST_F(SavingComments, TheSelectedPacketStaysSelected) {
    open_commented();
    window->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(window.get(), patience_ms));
    window->select_packet(117);
    ASSERT_TRUE(QTest::qWaitFor([&] { return window->packets()->list()->hasFocus(); },
                                patience_ms)); // a list that gets it back chooses its first row
    window->actions()->save->trigger();
    ASSERT_TRUE(shows(many_packets));
    EXPECT_EQ(window->packets()->current(), 117U);
    EXPECT_EQ(window->packets()->list()->currentIndex().row(), 117);
    EXPECT_EQ(window->packets()->selected(), std::vector<std::uint32_t>{117});
    window->file()->set_comments(117, {"seen twice"}); // nobody else has written it: nothing is asked
    window->actions()->save->trigger();
    ASSERT_TRUE(shows(many_packets));
    EXPECT_THAT(read_back(file.toStdString()).comments, ElementsAre("seen twice"));
}

TEST_F(SavingComments, ACommentIsWrittenWithoutTheMouse) {
    open_commented();
    window->select_packet(5);
    with_next_dialog<CommentDialog>([](CommentDialog* dialog) {
        EXPECT_TRUE(dialog->findChild<QLabel*>()->text().contains("Ctrl+Return"));
        QTest::keyClicks(dialog->text(), "one");
        QTest::keyClick(dialog->text(), Qt::Key_Return);
        QTest::keyClicks(dialog->text(), "two");
        QTest::keyClick(dialog->text(), Qt::Key_Tab);
        EXPECT_NE(dialog->focusWidget(), dialog->text());
        QTest::keyClick(dialog->text(), Qt::Key_Return, Qt::ControlModifier);
    });
    window->actions()->comment->trigger();
    EXPECT_THAT(window->file()->comments(5), ElementsAre("one\ntwo"));
}
