// P2: the inspector, used as a person would: list, tree and bytes linked, filters, streams, comments,
// exports, damaged and large files.
#include <QAbstractItemView>
#include <QApplication>
#include <QCompleter>
#include <QDir>
#include <QDropEvent>
#include <QFileDialog>
#include <QLineEdit>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabWidget>
#include <QTableView>
#include <QTest>
#include <gmock/gmock.h>

#include "app/window/inspector/capture_charts.h"
#include "app/window/inspector/comment_dialog.h"
#include "app/window/inspector/conversations_page.h"
#include "app/window/inspector/follow_window.h"
#include "app/window/inspector/hex_view.h"
#include "app/window/inspector/http_page.h"
#include "app/window/inspector/inspector_actions.h"
#include "app/window/inspector/packet_finder.h"
#include "app/window/inspector/sharkd_dissection.h"
#include "app/window/look/row_table.h"
#include "tests/ui/inspector/inspector_fixture.h"

using namespace fulcrum::window;
using testing::ElementsAre;

TEST_F(Inspector, AnEmptyWindowSaysWhatToDo) {
    bool told = false;
    for (const QLabel* label : window->packets()->findChildren<QLabel*>()) {
        told = told || (label->isVisible() && label->text().contains("Ctrl+O"));
    }
    EXPECT_TRUE(told);
    EXPECT_FALSE(window->actions()->follow->isEnabled());
    picture("empty");
}

TEST_F(Inspector, PacketsAreRows) {
    open(small());
    ASSERT_EQ(table().rowCount(), small_capture_packets);
    EXPECT_EQ(cell(5, PacketTable::interface_column), "client1:eth0");
    EXPECT_EQ(cell(5, PacketTable::source_column), "10.1.1.2");
    EXPECT_EQ(cell(5, PacketTable::destination_column), "10.1.1.100");
    EXPECT_EQ(cell(5, PacketTable::protocol_column), "HTTP");
    EXPECT_EQ(cell(5, PacketTable::info_column), "GET /index.html");
    EXPECT_EQ(cell(5, PacketTable::time_column), "0.005000");
    EXPECT_EQ(cell(13, PacketTable::interface_column), "server1:eth0");
    EXPECT_EQ(counts(), "17 packets");
    window->actions()->time_since_before->trigger();
    EXPECT_EQ(cell(5, PacketTable::time_column), "0.001000");
    window->actions()->time_since_first->trigger();
    // Trouble has another ground than life.
    const auto ground = [&](int row) {
        return table().data(table().index(row, 0), Qt::BackgroundRole).value<QColor>();
    };
    EXPECT_NE(ground(12), ground(11)) << "a reset, and the SYN before";
    window->select_packet(5);
    picture("packets");
    theme.choose(ThemeChoice::dark);
    picture("packets-dark");
    theme.choose(ThemeChoice::light);
}

TEST_F(Inspector, TreeAndBytesAreLinkedBothWays) {
    open(small());
    window->select_packet(5);
    PacketTree* tree = window->packets()->tree();
    HexView* hex = window->packets()->hex();
    QTreeWidgetItem* port = field("tcp.dstport");
    ASSERT_NE(port, nullptr);
    tree->setCurrentItem(port);
    EXPECT_EQ(hex->highlighted_offset(), 36U);
    EXPECT_EQ(hex->highlighted_length(), 2U);
    const auto is_marked = [&](std::uint32_t offset) {
        // A pixel of the ground, above the digits.
        const QPoint place = hex->hex_place_of(offset) - QPoint(0, hex->fontMetrics().height() / 2);
        return hex->viewport()->grab().toImage().pixelColor(place) != theme.colors().surface;
    };
    EXPECT_TRUE(is_marked(36));
    EXPECT_FALSE(is_marked(40));
    QTest::mouseClick(hex->viewport(), Qt::LeftButton, {}, hex->hex_place_of(22)); // TTL: 14 + 8
    ASSERT_NE(tree->currentItem(), nullptr);
    EXPECT_EQ(PacketTree::field_of(tree->currentItem()), "ip.ttl");
    EXPECT_EQ(hex->highlighted_length(), 1U);
    QTest::keyClick(hex, Qt::Key_Right);
    EXPECT_EQ(PacketTree::field_of(tree->currentItem()), "ip.proto");
    // The same field in the next packet: a person compares.
    QTest::keyClick(window->packets()->list(), Qt::Key_Down);
    EXPECT_EQ(window->packets()->current(), 6U);
    EXPECT_EQ(PacketTree::field_of(tree->currentItem()), "ip.proto");
}

TEST_F(Inspector, AReassembledDatagramHasBytesOfItsOwn) {
    open(small());
    window->select_packet(16);
    QTreeWidgetItem* type = field("icmp.type");
    ASSERT_NE(type, nullptr) << "the second fragment completes the ping";
    window->packets()->tree()->setCurrentItem(type);
    EXPECT_EQ(window->packets()->hex()->bytes().size(), 1600);
    EXPECT_EQ(window->packets()->hex()->highlighted_offset(), 0U);
    window->packets()->tree()->setCurrentItem(field("ip.id"));
    EXPECT_EQ(window->packets()->hex()->bytes().size(), 14 + 20 + 200) << "back in the packet";
}

TEST_F(Inspector, AFilterIsTypedAppliedAndCleared) {
    open(small());
    window->select_packet(6);
    type_filter("tcp.port == 80 and http");
    EXPECT_TRUE(shows(4)) << "what was sent again is no message of its own";
    EXPECT_EQ(counts(), "displayed 4 of 17");
    EXPECT_EQ(window->packets()->current(), 6U) << "stays where it was";
    picture("filtered");
    EXPECT_THAT(FilterLine::history().first().toStdString(), "tcp.port == 80 and http");
    window->actions()->clear_filter->trigger();
    EXPECT_TRUE(shows(small_capture_packets));
    EXPECT_EQ(window->packets()->current(), 6U);
    type_filter("dns");
    EXPECT_TRUE(shows(0));
    window->select_packet(3);
    EXPECT_TRUE(shows(small_capture_packets)) << "a packet that is asked for is shown";
    EXPECT_EQ(window->packets()->current(), 3U);
}

TEST_F(Inspector, AWrongFilterSaysWhereAndWhy) {
    open(small());
    type_filter("ip.ttl == 64 and tcp.prt == 80");
    EXPECT_TRUE(window->filter_line()->error().contains("18"))
        << window->filter_line()->error().toStdString();
    EXPECT_EQ(window->filter_line()->line()->selectedText(), "tcp.prt");
    EXPECT_EQ(table().shown(), static_cast<std::size_t>(small_capture_packets)) << "nothing was applied";
    QLineEdit* line = window->filter_line()->line();
    const auto ground = [&] {
        return line->grab().toImage().pixelColor(line->width() - 12, line->height() / 2);
    };
    const QColor wrong = ground();
    EXPECT_GT(wrong.red(), wrong.green());
    picture("wrong-filter");
    line->setText("tcp.port == 80");
    const QColor good = ground();
    EXPECT_GT(good.green(), good.red());
}

TEST_F(Inspector, NamesOfFieldsCompleteThemselves) {
    QLineEdit* line = window->filter_line()->line();
    line->setFocus();
    QTest::keyClicks(line, "arp or tcp.analysis.retr");
    auto* completer = window->filter_line()->findChild<QCompleter*>();
    ASSERT_TRUE(QTest::qWaitFor([&] { return completer->popup()->isVisible(); }, patience_ms));
    QTest::keyClick(completer->popup(), Qt::Key_Down);
    QTest::keyClick(completer->popup(), Qt::Key_Return);
    EXPECT_EQ(line->text(), "arp or tcp.analysis.retransmission");
}

TEST_F(Inspector, FiltersAreMadeOfFieldsAndCells) {
    open(small());
    EXPECT_EQ(table().filter_for(5, PacketTable::source_column), "ip.src == 10.1.1.2");
    EXPECT_EQ(table().filter_for(0, PacketTable::source_column), "eth.src == 02:00:00:00:00:01");
    EXPECT_EQ(table().filter_for(5, PacketTable::info_column), "tcp.stream == 0");
    EXPECT_EQ(joined_filter("tcp or udp", "ip.ttl == 64", FilterJoin::and_not),
              "(tcp or udp) and not (ip.ttl == 64)");
    for (int column = 0; column < PacketTable::column_count; ++column) {
        const QString filter = table().filter_for(5, column);
        const auto compiled = fulcrum::capture::DisplayFilter::compile(filter.toStdString());
        ASSERT_TRUE(compiled) << filter.toStdString();
        const fulcrum::capture::CaptureFile::Reading reading(*window->file()->capture());
        EXPECT_TRUE(fulcrum::capture::FilterRun(*compiled, reading).matches(5)) << filter.toStdString();
    }
    window->select_packet(5);
    int fields = 0;
    for (QTreeWidgetItemIterator it(window->packets()->tree()); *it != nullptr; ++it) {
        const QString filter = PacketTree::filter_for(*it);
        const auto compiled = fulcrum::capture::DisplayFilter::compile(filter.toStdString());
        if (filter.isEmpty() || !compiled) { // there are fields to look at that cannot be asked for
            continue;
        }
        const fulcrum::capture::CaptureFile::Reading reading(*window->file()->capture());
        EXPECT_TRUE(fulcrum::capture::FilterRun(*compiled, reading).matches(5)) << filter.toStdString();
        ++fields;
    }
    EXPECT_GT(fields, 25);
}

TEST_F(Inspector, WiresharkTakesThePacketApartWhereItIsInstalled) {
    if (!SharkdDissection::is_installed()) {
        GTEST_SKIP() << "sharkd is not installed";
    }
    open(small());
    window->select_packet(5);
    window->packets()->dissectors()->setCurrentIndex(1);
    // A field that only Wireshark writes.
    ASSERT_TRUE(QTest::qWaitFor(
        [&] { return field("tcp.completeness") != nullptr || field("tcp.nxtseq") != nullptr; }, patience_ms));
    QTreeWidgetItem* ttl = field("ip.ttl");
    ASSERT_NE(ttl, nullptr);
    window->packets()->tree()->setCurrentItem(ttl);
    EXPECT_EQ(window->packets()->hex()->highlighted_offset(), 22U);
    EXPECT_EQ(window->packets()->hex()->highlighted_length(), 1U);
    picture("wireshark");
}

TEST_F(Inspector, AStreamIsFollowedInTwoColours) {
    open(small());
    window->select_packet(5);
    FollowWindow* follow = window->follow_current();
    ASSERT_NE(follow, nullptr);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !follow->is_reading(); }, patience_ms));
    const QString text = follow->text()->toPlainText();
    EXPECT_TRUE(text.startsWith("GET /index.html HTTP/1.1\nHost: shop.example\n"));
    EXPECT_EQ(text.count("<h1>hello</h1>"), 1) << "what was sent again is said once";
    const auto color_at = [&](const QString& words) {
        return follow->text()->document()->find(words).charFormat().foreground().color();
    };
    EXPECT_NE(color_at("GET"), color_at("200 OK"));
    picture("follow", follow);
    emit follow->filter_wanted("tcp.stream == 0");
    EXPECT_TRUE(shows(11));
    follow->close();
}

TEST_F(Inspector, CommentsAreSavedIntoTheFileAndReadAgain) {
    const QString file = small();
    open(file);
    window->select_packet(5);
    with_next_dialog<CommentDialog>([](CommentDialog* dialog) {
        QTest::keyClicks(dialog->text(), "the first request");
        QTest::keyClick(dialog->text(), Qt::Key_Return, Qt::ControlModifier);
    });
    window->actions()->comment->trigger();
    EXPECT_TRUE(cell(5, PacketTable::info_column).endsWith("✎ the first request"));
    EXPECT_TRUE(window->isWindowModified());
    EXPECT_TRUE(read_back(file.toStdString()).comments.empty()) << "not before it is saved";
    window->file()->set_file_comments({"of the whole file"});
    window->actions()->save->trigger();
    const ReadBack saved = read_back(file.toStdString());
    EXPECT_THAT(saved.comments, ElementsAre("the first request"));
    EXPECT_EQ(saved.first_comment_at, "6");
    EXPECT_THAT(saved.file_comments, ElementsAre("of the whole file"));
    EXPECT_EQ(saved.lengths.size(), static_cast<std::size_t>(small_capture_packets));
    EXPECT_FALSE(window->isWindowModified());
    EXPECT_TRUE(shows(small_capture_packets)) << "the new file is open";
    EXPECT_EQ(window->packets()->current(), 5U);
    type_filter("frame.comment contains \"first\"");
    EXPECT_TRUE(shows(1));
}

TEST_F(Inspector, ASelectionIsExported) {
    open(small());
    QTableView* list = window->packets()->list();
    list->clearSelection();
    for (const int row : {12, 2, 5}) {
        list->selectionModel()->select(table().index(row, 0),
                                       QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }
    const QString out = path("part.pcapng");
    with_next_dialog<QFileDialog>([out](QFileDialog* dialog) {
        dialog->selectFile(out);
        dialog->findChild<QLineEdit*>()->setText(out);
        static_cast<QDialog*>(dialog)->accept();
    });
    QSignalSpy exported(window->file(), &InspectedFile::exported);
    window->actions()->export_selected->trigger();
    ASSERT_TRUE(exported.count() > 0 || exported.wait(patience_ms));
    const auto& capture = *window->file()->capture();
    EXPECT_THAT(
        read_back(out.toStdString()).lengths,
        ElementsAre(capture.record(2).original, capture.record(5).original, capture.record(12).original));
    const QString tshark = QStandardPaths::findExecutable("tshark");
    if (tshark.isEmpty()) {
        GTEST_SKIP() << "the rest needs tshark";
    }
    QProcess process;
    process.start(tshark, {"-n", "-r", out, "-T", "fields", "-e", "frame.interface_name", "-e", "ip.src"});
    ASSERT_TRUE(process.waitForFinished(patience_ms));
    EXPECT_EQ(process.readAllStandardOutput().simplified().toStdString(),
              "client1:eth0 10.1.1.2 client1:eth0 10.1.1.2 client1:eth0 10.1.1.100");
}

TEST_F(Inspector, ADamagedFileIsShownUpToTheDamage) {
    const std::uint64_t offset = write_damaged_capture(path("damaged.pcapng").toStdString());
    open(path("damaged.pcapng"));
    EXPECT_EQ(table().rowCount(), small_capture_packets - 1);
    EXPECT_TRUE(window->banner().contains(QStringLiteral("byte %1:").arg(offset)))
        << window->banner().toStdString();
    picture("damaged");
    EXPECT_FALSE(window->open_file(path("not there.pcapng")));
    EXPECT_TRUE(window->banner().contains("not there"));
    EXPECT_EQ(table().rowCount(), small_capture_packets - 1) << "the file before is still there";
}

TEST_F(Inspector, ConversationsRequestsAndChartsSayWhatIsInTheFile) {
    open(small());
    window->actions()->show_conversations->trigger();
    ConversationModel* talks = window->conversations()->model();
    ASSERT_EQ(talks->rowCount(), 2);
    EXPECT_EQ(talks->index(0, ConversationModel::packets_column).data().toString(), "11");
    EXPECT_EQ(talks->index(0, ConversationModel::state_column).data().toString(), "closed");
    EXPECT_EQ(talks->index(1, ConversationModel::state_column).data().toString(), "reset");
    talks->sort(ConversationModel::packets_column, Qt::AscendingOrder);
    EXPECT_EQ(talks->index(0, ConversationModel::b_port_column).data().toString(), "8080");
    picture("conversations");
    emit window->conversations()->chosen(0);
    EXPECT_TRUE(shows(2));
    window->actions()->clear_filter->trigger();

    window->actions()->show_http->trigger();
    HttpModel* requests = window->http()->model();
    ASSERT_TRUE(QTest::qWaitFor([&] { return requests->rowCount() == 2; }, patience_ms))
        << "once on each link";
    EXPECT_EQ(requests->index(0, HttpModel::target_column).data().toString(), "/index.html");
    EXPECT_EQ(requests->index(0, HttpModel::host_column).data().toString(), "shop.example");
    EXPECT_EQ(requests->index(0, HttpModel::status_column).data().toString(), "200");
    EXPECT_EQ(requests->index(0, HttpModel::waited_column).data().toString(), "1.000");
    picture("requests");
    emit window->http()->chosen(0);
    EXPECT_EQ(window->packets()->current(), 5U);

    window->actions()->show_charts->trigger();
    for (const auto kind :
         {fulcrum::capture::SeriesKind::throughput, fulcrum::capture::SeriesKind::retransmissions,
          fulcrum::capture::SeriesKind::latency, fulcrum::capture::SeriesKind::flows}) {
        window->charts()->choose(kind);
        ASSERT_TRUE(QTest::qWaitFor([&] { return !window->charts()->is_busy(); }, patience_ms));
        double most = 0;
        for (const auto& line : window->charts()->series().lines) {
            for (const auto& [at_s, value] : line.points) {
                most = std::max(most, value);
            }
        }
        EXPECT_GT(most, 0) << static_cast<int>(kind);
    }
    picture("charts");
    emit window->charts()->time_chosen(0.0121);
    EXPECT_EQ(window->packets()->current(), 12U);
}

TEST_F(Inspector, FindGoesFromPacketToPacketAndAroundTheEnd) {
    open(small());
    window->actions()->find->trigger();
    QTest::keyClicks(window->finder()->line(), "index.html");
    const auto goes_to = [&](std::uint32_t packet) {
        return QTest::qWaitFor([&] { return window->packets()->current() == packet; }, patience_ms);
    };
    QTest::keyClick(window->finder()->line(), Qt::Key_Return);
    EXPECT_TRUE(goes_to(5));
    window->actions()->find_next->trigger();
    EXPECT_TRUE(goes_to(13));
    window->actions()->find_next->trigger();
    EXPECT_TRUE(goes_to(5));
    window->actions()->find_previous->trigger();
    EXPECT_TRUE(goes_to(13));
    window->finder()->search_filters(true);
    window->finder()->line()->setText("tcp.flags.reset == 1");
    window->actions()->find_previous->trigger();
    EXPECT_TRUE(goes_to(12));
    EXPECT_EQ(table().shown(), static_cast<std::size_t>(small_capture_packets)) << "nothing is hidden";
}

TEST_F(Inspector, SearchesAndColourRulesKnowRequests) {
    open(small());
    window->actions()->find->trigger();
    window->finder()->search_filters(true);
    window->finder()->line()->setText("lab.request == 1 and http.request");
    QTest::keyClick(window->finder()->line(), Qt::Key_Return);
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->packets()->current() == 5U; }, patience_ms))
        << window->finder()->told().toStdString();
    window->actions()->find_next->trigger();
    EXPECT_TRUE(QTest::qWaitFor([&] { return window->packets()->current() == 13U; }, patience_ms));

    const auto ground = [&](int row) {
        return table().data(table().index(row, 0), Qt::BackgroundRole).value<QColor>();
    };
    table().set_color_rules({{"of a request", "lab.leg == 1 and http", "#00c000", true}});
    EXPECT_TRUE(ground(5).isValid()) << "the search has found out what is of a request";
    EXPECT_EQ(ground(5), ground(13));
    EXPECT_FALSE(ground(0).isValid());
    open(small()); // anew: nothing is known of it
    EXPECT_TRUE(QTest::qWaitFor([&] { return ground(5).isValid(); }, patience_ms))
        << "the rule asks by itself";
}

// Sorting used to leave the selection at the place where the chosen row had been.
TEST_F(Inspector, WhatIsChosenStaysChosenWhenTablesAreSorted) {
    open(small());
    window->actions()->show_conversations->trigger();
    QTableView* talks = window->conversations()->view();
    talks->sortByColumn(ConversationModel::packets_column, Qt::DescendingOrder);
    talks->selectRow(0);
    talks->sortByColumn(ConversationModel::packets_column, Qt::AscendingOrder);
    EXPECT_EQ(talks->currentIndex().siblingAtColumn(ConversationModel::packets_column).data().toString(),
              "11");
    EXPECT_EQ(talks->selectionModel()->selectedRows().front().row(), 1);
    window->actions()->show_http->trigger();
    HttpModel* requests = window->http()->model();
    ASSERT_TRUE(QTest::qWaitFor([&] { return requests->rowCount() == 2; }, patience_ms));
    QTableView* list = window->http()->view();
    list->sortByColumn(HttpModel::packet_column, Qt::AscendingOrder);
    list->selectRow(0);
    list->sortByColumn(HttpModel::packet_column, Qt::DescendingOrder);
    EXPECT_EQ(requests->packet_of(list->currentIndex().row()), 5U);
    EXPECT_EQ(list->selectionModel()->selectedRows().front().row(), 1);
}

TEST_F(Inspector, AStreamIsSavedWholeHoweverMuchIsShown) {
    constexpr std::size_t bytes = 5'000'000;
    write_long_stream(path("long.pcapng").toStdString(), bytes);
    open(path("long.pcapng"));
    window->select_packet(1);
    FollowWindow* follow = window->follow_current();
    ASSERT_NE(follow, nullptr);
    ASSERT_TRUE(QTest::qWaitFor([&] { return !follow->is_reading(); }, patience_ms));
    EXPECT_TRUE(follow->stream().cut);
    EXPECT_LT(follow->stream().bytes[0], bytes);
    const QString out = path("stream.bin");
    with_next_dialog<QFileDialog>([out](QFileDialog* dialog) {
        dialog->selectFile(out);
        dialog->findChild<QLineEdit*>()->setText(out);
        static_cast<QDialog*>(dialog)->accept();
    });
    for (QPushButton* button : follow->findChildren<QPushButton*>()) {
        if (button->text().remove('&') == "Save…") {
            button->click();
        }
    }
    ASSERT_TRUE(QTest::qWaitFor([&] { return !follow->is_saving(); }, patience_ms));
    QFile saved(out);
    ASSERT_TRUE(saved.open(QIODevice::ReadOnly));
    const QByteArray content = saved.readAll();
    ASSERT_EQ(static_cast<std::size_t>(content.size()), bytes);
    EXPECT_EQ(content.back(), static_cast<char>('a' + (bytes - 1) % 26));
    follow->close();
}

TEST_F(Inspector, DamagedOptionsOfAPacketAreSaidToBe) {
    write_damaged_options(path("options.pcapng").toStdString());
    open(path("options.pcapng"));
    ASSERT_EQ(table().rowCount(), 1) << "the packet itself is whole";
    window->select_packet(0);
    bool told = false;
    for (QTreeWidgetItemIterator it(window->packets()->tree()); *it != nullptr; ++it) {
        told = told || (*it)->text(0).contains("damaged");
    }
    EXPECT_TRUE(told);
    EXPECT_TRUE(cell(0, PacketTable::info_column).endsWith("✎ kept"));
    open(small());
    window->select_packet(0);
    for (QTreeWidgetItemIterator it(window->packets()->tree()); *it != nullptr; ++it) {
        EXPECT_FALSE((*it)->text(0).contains("damaged"));
    }
}

TEST_F(Inspector, TimesAreFarApartAndNotBackToFront) {
    write_ends_of_time(path("ends.pcapng").toStdString());
    open(path("ends.pcapng"));
    EXPECT_EQ(cell(1, PacketTable::time_column), "9223372036.854775") << "as far as 64 bits tell";
    window->actions()->time_since_before->trigger();
    EXPECT_EQ(cell(1, PacketTable::time_column), "9223372036.854775");
    window->actions()->time_since_first->trigger();
    type_filter(table().filter_for(1, PacketTable::time_column));
    EXPECT_TRUE(shows(1));
    window->actions()->clear_filter->trigger();
    window->actions()->show_conversations->trigger();
    ConversationModel* talks = window->conversations()->model();
    talks->read(*window->file()->capture(), fulcrum::capture::ConversationKind::udp);
    ASSERT_EQ(talks->rowCount(), 1);
    EXPECT_TRUE(
        talks->index(0, ConversationModel::duration_column).data().toString().startsWith("9223372036"));
}

TEST_F(Inspector, AFileDraggedOntoTheWindowOpens) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(small())});
    QDragEnterEvent enter(QPoint(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window.get(), &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent drop(QPointF(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window.get(), &drop);
    EXPECT_TRUE(shows(small_capture_packets));
    EXPECT_TRUE(InspectorWindow::is_capture(small()));
    EXPECT_FALSE(InspectorWindow::is_capture(QStringLiteral(FULCRUM_SOURCE_DIR "/README.md")));
}

// Captures that nobody here made, where there are some: every packet of their first hundreds is looked at.
TEST_F(Inspector, PublicCapturesOpen) {
    const QDir captures(qEnvironmentVariable("FULCRUM_CAPTURES"));
    const QStringList files = captures.entryList({"*.pcap", "*.pcapng", "*.cap"}, QDir::Files);
    if (!qEnvironmentVariableIsSet("FULCRUM_CAPTURES") || files.isEmpty()) {
        GTEST_SKIP() << "no public captures: set FULCRUM_CAPTURES to a folder of them";
    }
    constexpr int looked_at = 300;
    for (const QString& name : files) {
        SCOPED_TRACE(name.toStdString());
        open(captures.filePath(name));
        EXPECT_TRUE(shows(read_back(captures.filePath(name).toStdString()).lengths.size()));
        for (int row = 0; row < std::min(looked_at, table().rowCount()); ++row) {
            window->packets()->list()->selectRow(row);
            EXPECT_EQ(window->packets()->current(), static_cast<std::uint32_t>(row));
            EXPECT_GT(window->packets()->tree()->topLevelItemCount(), 0);
            EXPECT_FALSE(cell(row, PacketTable::protocol_column).isEmpty());
        }
        picture(name);
    }
}

TEST_F(Inspector, TwoHundredThousandPacketsScrollAndFilter) {
    constexpr std::uint32_t packets = 200'000;
    write_large_capture(path("large.pcapng").toStdString(), packets);
    ASSERT_TRUE(window->open_file(path("large.pcapng")));
    ASSERT_TRUE(QTest::qWaitFor([&] { return table().rowCount() > 0; }, patience_ms));
    EXPECT_FALSE(cell(0, PacketTable::info_column).isEmpty()) << "usable while it loads";
    ASSERT_TRUE(shows(packets));
    QScrollBar* bar = window->packets()->list()->verticalScrollBar();
    for (int i = 0; i <= 200; ++i) {
        bar->setValue(static_cast<int>(static_cast<qint64>(bar->maximum()) * i / 200));
        QApplication::processEvents();
    }
    EXPECT_EQ(window->packets()->list()->rowAt(window->packets()->list()->viewport()->height() - 2),
              static_cast<int>(packets) - 1);
    type_filter("udp.dstport == 9007");
    EXPECT_TRUE(shows(packets / 50));
    EXPECT_EQ(cell(1, PacketTable::number_column), "58");
    window->select_packet(199'999);
    EXPECT_TRUE(shows(packets));
    EXPECT_EQ(window->packets()->current(), 199'999U);
}
