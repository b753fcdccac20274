// A capture on the drawing (P4): which packet is where, and when.
#include <QAbstractButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <gtest/gtest.h>

#include "app/window/ladder/ladder_panel.h"
#include "app/window/playback/capture_desk.h"
#include "designer/canvas/canvas_scene.h"
#include "designer/templates/templates.h"
#include "tests/ui/window/capture_of_drawing.h"
#include "tests/ui/window/own_display.h"
#include "tests/ui/window/window_driver.h"

using namespace fulcrum;
using namespace fulcrum::designer;
using window::PlaybackPlayer;

namespace {

// client1 asks through router1, the answer comes back; a gap; one packet more.
const std::vector<SeenPacket> there_and_back{
    {"client1:eth0", true, 0, "192.168.1.101", "10.1.1.100", 40000, 53},
    {"router1:eth0", false, 20, "192.168.1.101", "10.1.1.100", 40000, 53},
    {"router1:eth1", true, 30, "192.168.1.101", "10.1.1.100", 40000, 53},
    {"router1:eth0", true, 900, "10.1.1.100", "192.168.1.101", 53, 40000},
    {"client1:eth0", false, 930, "10.1.1.100", "192.168.1.101", 53, 40000},
    {"client1:eth0", true, 60'000'000, "192.168.1.101", "10.1.1.100", 40000, 53},
};

class Playback : public ::testing::Test {
protected:
    void SetUp() override {
        if (!OwnDisplay::why_missing().empty()) {
            GTEST_SKIP() << OwnDisplay::why_missing();
        }
        driver = std::make_unique<WindowDriver>(home);
        driver->show(*make_template("in-line"));
    }
    void open(const std::vector<SeenPacket>& packets) {
        const QString path = folder.filePath("lab.pcapng");
        write_capture(path, packets);
        window::CaptureDesk& desk = *driver->window().captures();
        QSignalSpy opened(&desk, &window::CaptureDesk::opened);
        desk.open(path);
        ASSERT_TRUE(driver->wait(10000, [&] { return opened.count() > 0; }));
    }
    PlaybackPlayer& player() { return *driver->window().player(); }
    void press(const char* button) {
        auto* found = driver->window().findChild<QAbstractButton*>(button);
        ASSERT_NE(found, nullptr) << button;
        QTest::mouseClick(found, Qt::LeftButton);
    }
    // The packet of the file that is chosen; -1: none.
    qint64 chosen() {
        const qint64 current = player().current();
        return current < 0 ? -1 : qint64{(*player().track())[static_cast<std::size_t>(current)].packet};
    }
    int pixels_of(const QColor& color) {
        const QImage picture = driver->canvas().viewport()->grab().toImage();
        int found = 0;
        for (int y = 0; y < picture.height(); ++y) {
            for (int x = 0; x < picture.width(); ++x) {
                found += picture.pixelColor(x, y) == color ? 1 : 0;
            }
        }
        return found;
    }

    FreshHome home;
    QTemporaryDir folder;
    std::unique_ptr<WindowDriver> driver;
};

} // namespace

TEST_F(Playback, StepsGoFromPacketToPacketAndBack) {
    open(there_and_back);
    ASSERT_NE(player().track(), nullptr);
    const auto& track = *player().track();
    EXPECT_TRUE(track.strangers().isEmpty()) << track.strangers().join(' ').toStdString();
    std::vector<std::uint32_t> packets;
    for (std::size_t i = 0; i < track.size(); ++i) {
        packets.push_back(track[i].packet);
    }
    // In this drawing client1 and router1 share one wire: what arrives there was seen leaving.
    EXPECT_EQ(packets, (std::vector<std::uint32_t>{0, 2, 3, 5}));
    EXPECT_EQ(chosen(), -1);
    press("playback_step");
    EXPECT_EQ(chosen(), 0);
    press("playback_step");
    EXPECT_EQ(chosen(), 2);
    press("playback_step");
    EXPECT_EQ(chosen(), 3);
    const auto dots = player().under_way(100);
    ASSERT_EQ(dots.size(), 1U) << "a step shows its packet alone";
    EXPECT_TRUE(dots.front().chosen);
    EXPECT_EQ(dots.front().kind, TravellingPacket::Kind::answer);
    press("playback_back");
    EXPECT_EQ(chosen(), 2);
    EXPECT_EQ(player().under_way(100).front().kind, TravellingPacket::Kind::request);
    auto* bar = driver->window().findChild<window::PlaybackBar*>();
    EXPECT_TRUE(bar->info().contains("router1:eth1")) << bar->info().toStdString();
    EXPECT_TRUE(bar->info().contains("192.168.1.101")) << bar->info().toStdString();
}

TEST_F(Playback, TheChosenPacketIsDrawnInTheColourOfItsDirection) {
    open(there_and_back);
    const Palette& palette = driver->canvas().canvas_scene()->palette_of_theme();
    const int before_request = pixels_of(palette.request), before_answer = pixels_of(palette.answer);
    press("playback_step");
    QTest::qWait(30);
    EXPECT_GT(pixels_of(palette.request), before_request + 40);
    EXPECT_EQ(driver->canvas().canvas_scene()->packets().shown(), 1U);
    player().go_to(2);
    QTest::qWait(30);
    EXPECT_LE(pixels_of(palette.request), before_request);
    EXPECT_GT(pixels_of(palette.answer), before_answer + 40);
    driver->picture("playback");
    driver->window().captures()->close();
    QTest::qWait(30);
    EXPECT_LE(pixels_of(palette.answer), before_answer);
}

TEST_F(Playback, TimeRunsAtTheChosenSpeedAndLongGapsAreJumpedOver) {
    open(there_and_back);
    player().set_speed(0.001); // a millisecond takes a second
    player().advance(0.010);   // 10 µs
    EXPECT_EQ(chosen(), 0);
    EXPECT_NEAR(player().under_way(100).front().progress, 0.01 / 0.55, 0.005);
    player().advance(0.025);
    EXPECT_EQ(chosen(), 2);
    EXPECT_EQ(player().under_way(100).size(), 2U) << "the first one is still on its link";
    player().advance(0.9);
    EXPECT_EQ(chosen(), 3);
    int moves = 0;
    while (chosen() != 5 && moves < 1000) { // a minute of nothing would be sixteen hours on the screen
        player().advance(0.025);
        ++moves;
    }
    EXPECT_LT(moves, 200);
    EXPECT_EQ(chosen(), 5);
    player().seek(player().track()->begin_ns());
    EXPECT_EQ(chosen(), 0);
}

TEST_F(Playback, PacketsOneByOneEndWithTheLast) {
    open(there_and_back);
    player().set_speed(PlaybackPlayer::one_by_one);
    player().play();
    std::vector<qint64> seen;
    for (int i = 0; i < 500 && player().is_playing(); ++i) {
        player().advance(0.05);
        if (seen.empty() || seen.back() != chosen()) {
            seen.push_back(chosen());
        }
    }
    EXPECT_FALSE(player().is_playing());
    EXPECT_EQ(seen, (std::vector<qint64>{0, 2, 3, 5}));
}

TEST_F(Playback, ACaptureOfSomethingElseSaysSo) {
    open({{"eth7", true, 0, "1.2.3.4", "5.6.7.8", 1, 2}});
    auto* bar = driver->window().findChild<window::PlaybackBar*>();
    EXPECT_EQ(player().track(), nullptr);
    EXPECT_TRUE(bar->info().contains("node:interface")) << bar->info().toStdString();
    QSignalSpy failed(driver->window().captures(), &window::CaptureDesk::failed);
    driver->window().captures()->open(folder.filePath("nothing.pcapng"));
    EXPECT_EQ(failed.count(), 1);
}
