// The words of a language. Translation files name a class without its namespace, because that is how lupdate reads
// `namespace fulcrum::window`, while Qt asks for it with its namespace; this one answers to both.
#pragma once

#include <QTranslator>

namespace fulcrum::window {

class Translator : public QTranslator {
    Q_OBJECT
public:
    using QTranslator::QTranslator;

    QString translate(const char* context, const char* source, const char* disambiguation, int n) const override {
        QString found = QTranslator::translate(context, source, disambiguation, n);
        if (found.isNull() && context != nullptr) {
            const QByteArray whole(context);
            const qsizetype colons = whole.lastIndexOf("::");
            if (colons >= 0) {
                found = QTranslator::translate(whole.constData() + colons + 2, source, disambiguation, n);
            }
        }
        return found;
    }
};

} // namespace fulcrum::window
