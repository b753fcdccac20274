#include "designer/canvas/picture_file.h"

#include <QBuffer>
#include <QFileInfo>
#include <QImage>

#include "designer/canvas/wording.h"
#include "designer/document/file.h"

namespace fulcrum::designer {

QString save_picture(const QString& file, const std::function<bool(QIODevice&)>& draw) {
    QBuffer picture;
    if (!picture.open(QIODevice::WriteOnly) || !draw(picture)) {
        return Words::tr("cannot write %1").arg(file);
    }
    const QByteArray& bytes = picture.data();
    const auto saved =
        save_bytes({bytes.constData(), static_cast<std::size_t>(bytes.size())}, file.toStdString());
    return saved ? QString() : QString::fromStdString(saved.error().message);
}

QString save_image(const QString& file, const QImage& image) {
    const QByteArray format = QFileInfo(file).suffix().toLatin1();
    return save_picture(file, [&](QIODevice& device) { return image.save(&device, format.constData()); });
}

} // namespace fulcrum::designer
