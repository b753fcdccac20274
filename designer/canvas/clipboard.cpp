#include "designer/canvas/clipboard.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>

#include "designer/document/file.h"

namespace fulcrum::designer {

void put_on_clipboard(const Document& part) {
    const QByteArray text = QByteArray::fromStdString(emit_document(part));
    auto* mime = new QMimeData; // the clipboard owns it
    mime->setData(QString::fromLatin1(drawing_mime), text);
    mime->setText(QString::fromUtf8(text));
    QGuiApplication::clipboard()->setMimeData(mime);
}

std::optional<Document> take_from_clipboard() {
    const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
    if (mime == nullptr) {
        return std::nullopt;
    }
    const QString format = QString::fromLatin1(drawing_mime);
    const QByteArray text = mime->hasFormat(format) ? mime->data(format) : mime->text().toUtf8();
    if (text.isEmpty()) {
        return std::nullopt;
    }
    auto document = parse_document(text.toStdString());
    if (!document) {
        return std::nullopt;
    }
    return std::move(*document);
}

} // namespace fulcrum::designer
