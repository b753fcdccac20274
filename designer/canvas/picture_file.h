// Pictures into files. A picture is made in memory and gets its name when it is whole (save_bytes()): what
// draws, Qt's makers of SVG and PDF above all, does not tell of a full disk.
#pragma once

#include <QString>
#include <functional>

class QIODevice;
class QImage;

namespace fulcrum::designer {

// `draw` writes the picture into the device it is given and says whether it could. An error text with the
// reason, empty when good; until then, the file that was there is as it was.
QString save_picture(const QString& file, const std::function<bool(QIODevice&)>& draw);
QString save_image(const QString& file, const QImage& image); // the format is its name's extension

} // namespace fulcrum::designer
