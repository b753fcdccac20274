// Text between the libraries, which speak UTF-8 std::string, and the window, which speaks QString.
#pragma once

#include <QString>
#include <string>
#include <string_view>

namespace fulcrum::window {

inline QString to_q(std::string_view text) {
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}
inline std::string to_std(const QString& text) {
    return text.toStdString();
}

} // namespace fulcrum::window
