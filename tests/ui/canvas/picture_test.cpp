// Pictures of drawings: the right things in the right colours at the right places, in every format.
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "designer/canvas/canvas_scene.h"
#include "designer/canvas/canvas_view.h"
#include "designer/templates/templates.h"

namespace fulcrum::designer {
namespace {

TEST(Pictures, EveryTemplateInBothThemes) {
    const QByteArray folder = qgetenv("FULCRUM_PICTURES"); // set: the pictures are kept there to be looked at
    for (const TemplateInfo& info : templates()) {
        const auto document = make_template(info.id);
        ASSERT_TRUE(document) << info.id;
        for (const CanvasTheme theme : {CanvasTheme::light, CanvasTheme::dark}) {
            const QImage image = render_image(*document, theme);
            EXPECT_GT(image.width(), 300) << info.id;
            EXPECT_GT(image.height(), 200) << info.id;
            if (!folder.isEmpty()) {
                const QString name =
                    QString::fromStdString(info.id) + (theme == CanvasTheme::light ? "-light" : "-dark");
                EXPECT_EQ(render_file(*document, theme, QDir(folder).filePath(name + ".png")), QString());
            }
        }
    }
}

// Everything that templates do not show: zones, a standing segment, a VIP outside every segment, several
// links between the same two, an impaired and a cut link, notes, a frame that links leave on both sides.
Document make_specimen() {
    Document document;
    const auto node = [&](const char* id, NodeKind kind, double x, double y) -> Node& {
        Node n;
        n.id = n.name = id;
        n.kind = kind;
        document.layout[id] = {.x = x, .y = y};
        document.nodes.push_back(n);
        return document.nodes.back();
    };
    const auto link = [&](const char* a, const char* b, const char* a_address = nullptr) -> Link& {
        Link l;
        l.id = "link" + std::to_string(document.links.size() + 1);
        l.a.node = a;
        l.b.node = b;
        if (a_address != nullptr) {
            l.a.address = IpPrefix::parse(a_address);
        }
        document.links.push_back(l);
        return document.links.back();
    };
    const auto segment = [&](const char* id, const char* subnet, double x, double y, const char* vrf) {
        Node& n = node(id, NodeKind::segment, x, y);
        n.subnet = IpPrefix::parse(subnet);
        n.vrf = vrf;
    };
    document.vrfs = {{"inside", "inside", ""}, {"dmz", "dmz", ""}};
    segment("front-in", "172.16.1.0/24", 200, 0, "inside");
    segment("front-dmz", "10.10.50.0/24", 900, 0, "dmz");
    segment("back", "192.168.7.0/24", 550, 420, "");
    segment("side", "192.168.8.0/24", 1250, 420, "");
    document.layout["side"].vertical = true;
    node("client1", NodeKind::client, 60, -320);
    node("client2", NodeKind::client, 760, -320);
    node("router1", NodeKind::router, 60, -150);
    node("router2", NodeKind::router, 760, -150);
    link("client1", "router1", "192.168.1.101/24");
    link("client2", "router2");
    link("router1", "front-in", "172.16.1.1/24");
    link("router2", "front-dmz", "10.10.50.1/24");
    for (const auto& [id, x] : {std::pair{"se1", 400.0}, {"se2", 560.0}, {"se3", 720.0}}) {
        node(id, NodeKind::se, x, 200);
        link(id, "front-in", "172.16.1.10/24");
        link(id, "front-dmz", "10.10.50.10/24");
        link(id, "back", "192.168.7.10/24");
    }
    document.layout["front-in"].width = 520;
    document.layout["front-dmz"].width = 520;
    document.layout["front-in"].x = 300;
    for (const auto& [id, x] :
         {std::pair{"server1", 400.0}, {"server2", 560.0}, {"a-server-with-a-long-name", 720.0}}) {
        node(id, NodeKind::server, x, 570);
        link(id, "back");
    }
    node("server4", NodeKind::server, 1400, 350);
    node("server5", NodeKind::server, 1400, 490);
    link("server4", "side").a_to_b = {.rate_bps = 10'000'000, .delay = milliseconds(20), .loss = 0.01};
    link("server5", "side").up = false;
    node("router3", NodeKind::router, 1060, 420);
    link("router3", "side");
    link("router3", "back");
    link("router3", "router2").mtu_bytes = 9000;
    link("router3", "router2");
    Group group;
    group.id = group.name = "engines";
    group.members = {"se1", "se2", "se3"};
    group.ha = HaMode::active_standby;
    group.floating = {{"back", *IpAddress::parse("192.168.7.1")}};
    document.groups.push_back(group);
    Pool pool;
    pool.id = pool.name = "pool1";
    pool.members = {{"server1"}, {"server2"}};
    document.pools.push_back(pool);
    pool.id = pool.name = "pool2";
    pool.members = {{"server4"}, {"server5"}};
    document.pools.push_back(pool);
    const auto service = [&](const char* id, const char* vip, const char* vrf, double x, double y) {
        Service s;
        s.id = s.name = id;
        s.vip = IpAddress::parse(vip);
        s.vrf = vrf;
        s.group = "engines";
        s.pool = "pool1";
        s.ports = {{Protocol::tcp, 80}, {Protocol::tcp, 443}};
        s.mode = Mode::l3_dsr_gre;
        document.services.push_back(s);
        document.layout[id] = {.x = x, .y = y};
    };
    service("vip-in", "172.16.1.21", "inside", 200, 0);
    service("vip-dmz", "10.10.50.21", "dmz", 900, 0);
    service("vip-bgp", "10.50.0.11", "", 160, 300);
    document.notes.push_back({"note1", "Two zones share these engines; only the VRF keeps them apart."});
    document.layout["note1"] = {.x = 1250, .y = -250};
    return document;
}

TEST(Pictures, ASpecimenOfEverything) {
    const Document document = make_specimen();
    const QByteArray folder = qgetenv("FULCRUM_PICTURES");
    QTemporaryDir temporary;
    const QDir target(folder.isEmpty() ? temporary.path() : QString::fromUtf8(folder));
    for (const char* name : {"specimen.png", "specimen.svg", "specimen.pdf"}) {
        EXPECT_EQ(render_file(document, CanvasTheme::light, target.filePath(name)), QString());
    }
    EXPECT_EQ(render_file(document, CanvasTheme::dark, target.filePath("specimen-dark.png")), QString());
    QFile svg(target.filePath("specimen.svg"));
    ASSERT_TRUE(svg.open(QIODevice::ReadOnly));
    const QByteArray text = svg.readAll();
    EXPECT_TRUE(text.contains("192.168.7.0/24")); // writing stays writing
    EXPECT_FALSE(text.contains("<image"));        // and icons shapes
    QFile pdf(target.filePath("specimen.pdf"));
    ASSERT_TRUE(pdf.open(QIODevice::ReadOnly));
    EXPECT_TRUE(pdf.read(5) == "%PDF-");
    EXPECT_NE(render_file(document, CanvasTheme::light, target.filePath("specimen.bmp")), QString());
    EXPECT_NE(render_file(document, CanvasTheme::light, "/nonexistent/folder/x.png"), QString());
    EXPECT_NE(render_file(document, CanvasTheme::light, "/nonexistent/folder/x.svg"), QString());
}

// No file may become longer than this while it lives: a disk that is full.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit narrow{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &narrow);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_);
    }
    FullDisk(const FullDisk&) = delete;

private:
    rlimit before_{};
    void (*signal_)(int);
};

TEST(Pictures, AFullDiskIsToldOfAndLeavesTheOldPictureWhole) {
    const Document document = make_specimen();
    QTemporaryDir folder;
    for (const char* name : {"old.png", "old.svg", "old.pdf"}) {
        const QString file = folder.filePath(name);
        {
            QFile old(file);
            ASSERT_TRUE(old.open(QIODevice::WriteOnly));
            ASSERT_GT(old.write("what was here before"), 0);
        }
        QString error;
        {
            const FullDisk full(4096);
            error = render_file(document, CanvasTheme::light, file);
        }
        EXPECT_TRUE(error.contains(file) && error.contains(std::strerror(EFBIG))) << error.toStdString();
        QFile kept(file);
        ASSERT_TRUE(kept.open(QIODevice::ReadOnly));
        EXPECT_EQ(kept.readAll(), "what was here before");
    }
    EXPECT_EQ(QDir(folder.path()).entryList(QDir::Files | QDir::Hidden).size(), 3)
        << "nothing is left beside";
}

TEST(Pictures, AnEmptyDrawingIsAPictureToo) {
    EXPECT_FALSE(render_image({}, CanvasTheme::light).isNull());
    EXPECT_EQ(render_image({}, CanvasTheme::light, QSize(80, 60)).size(), QSize(80, 60));
}

} // namespace
} // namespace fulcrum::designer
