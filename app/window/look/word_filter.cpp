#include "app/window/look/word_filter.h"

#include <algorithm>

namespace fulcrum::window {

void WordFilter::set_words(const QString& text) {
    words_ = text.split(' ', Qt::SkipEmptyParts);
    invalidateFilter();
}

bool WordFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    if (!may_show(row)) {
        return false;
    }
    if (words_.isEmpty()) {
        return true;
    }
    const QString text = sourceModel()->index(row, 0, parent).data(role_).toString();
    return std::all_of(words_.begin(), words_.end(),
                       [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

} // namespace fulcrum::window
