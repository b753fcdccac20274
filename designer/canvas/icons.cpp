#include "designer/canvas/icons.h"

#include <QCache>
#include <QFile>
#include <QHash>
#include <QIconEngine>
#include <QRegularExpression>
#include <QSvgRenderer>
#include <cmath>
#include <memory>

// Outside the namespace: the resource compiler names its function globally.
static void load_icon_resources() {
    Q_INIT_RESOURCE(icons);
}

namespace fulcrum::designer {

namespace {

QString resource_of(const QString& name) {
    static const bool loaded =
        (load_icon_resources(), true); // a static library's resources are not loaded by themselves
    Q_UNUSED(loaded);
    for (const char* folder : {"actions/", "nodes/", ""}) {
        const QString path =
            QStringLiteral(":/icons/") + QLatin1String(folder) + name + QStringLiteral(".svg");
        if (QFile::exists(path)) {
            return path;
        }
    }
    return {};
}

// Qt's SVG knows no CSS variables: they are put in before it reads the text.
QByteArray colored_svg(const QString& name, CanvasTheme theme, const QColor& tint) {
    QFile file(resource_of(name));
    if (file.fileName().isEmpty() || !file.open(QIODevice::ReadOnly)) {
        return {};
    }
    const QString text = QString::fromUtf8(file.readAll());
    static const QRegularExpression variable(QStringLiteral(R"(var\(--([a-z-]+)\s*,\s*(#[0-9a-f]+)\))"));
    QString out;
    qsizetype done = 0;
    auto matches = variable.globalMatch(text);
    while (matches.hasNext()) {
        const auto match = matches.next();
        out += QStringView(text).sliced(done, match.capturedStart() - done);
        QColor color =
            match.capturedView(1) == u"tint" ? tint : Palette::of(theme).named(match.capturedView(1));
        out += color.isValid() ? color.name() : match.captured(2);
        done = match.capturedEnd();
    }
    out += QStringView(text).sliced(done);
    return out.toUtf8();
}

QString key_of(const QString& name, CanvasTheme theme, const QColor& tint) {
    return name + (theme == CanvasTheme::light ? QLatin1Char('l') : QLatin1Char('d')) +
           (tint.isValid() ? tint.name() : QString());
}

QSvgRenderer* renderer_of(const QString& name, CanvasTheme theme, const QColor& tint) {
    static QHash<QString, std::shared_ptr<QSvgRenderer>> renderers;
    auto& renderer = renderers[key_of(name, theme, tint)];
    if (!renderer) {
        renderer = std::make_shared<QSvgRenderer>(colored_svg(name, theme, tint));
    }
    return renderer.get();
}

class ThemedIconEngine : public QIconEngine {
public:
    ThemedIconEngine(QString name, CanvasTheme theme, QColor tint)
        : name_(std::move(name)), theme_(theme), tint_(tint) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        painter->save();
        if (mode == QIcon::Disabled) {
            painter->setOpacity(painter->opacity() * 0.35);
        }
        const int side = std::min(rect.width(), rect.height());
        const QRect square(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side,
                           side);
        paint_icon(*painter, name_, theme_, square, tint_);
        painter->restore();
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }
    bool isNull() override { return resource_of(name_).isEmpty(); }
    QString iconName() override { return name_; }
    QIconEngine* clone() const override { return new ThemedIconEngine(*this); }

private:
    QString name_;
    CanvasTheme theme_;
    QColor tint_;
};

} // namespace

QIcon themed_icon(const QString& name, CanvasTheme theme, const QColor& tint) {
    return QIcon(new ThemedIconEngine(name, theme, tint));
}

QPixmap icon_pixmap(const QString& name, CanvasTheme theme, int pixels, const QColor& tint) {
    static QCache<QString, QPixmap> cache(16 * 1024); // cost in KiB
    const QString key = key_of(name, theme, tint) + QString::number(pixels);
    if (const QPixmap* known = cache.object(key)) {
        return *known;
    }
    QPixmap pixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    paint_icon(painter, name, theme, QRectF(0, 0, pixels, pixels), tint);
    painter.end();
    cache.insert(key, new QPixmap(pixmap), std::max(1, pixels * pixels * 4 / 1024));
    return pixmap;
}

void paint_icon(QPainter& painter, const QString& name, CanvasTheme theme, const QRectF& where,
                const QColor& tint) {
    renderer_of(name, theme, tint)->render(&painter, where);
}

} // namespace fulcrum::designer
