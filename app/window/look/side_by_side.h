// Two of a kind side by side: a row for every figure, with its name, both values and the difference.
#pragma once

#include <QTableWidget>

namespace fulcrum::window {

class Theme;

class SideBySide : public QTableWidget {
    Q_OBJECT
public:
    SideBySide(const QString& accessible_name, const Theme* theme, QWidget* parent = nullptr);

    void begin(const QString& left, const QString& right); // forgets the rows; these head the two columns
    void add(const QString& name, const QString& left, const QString& right);
    enum class Better { more, less, neither };
    // 0 is "none": no difference is told then.
    void add_number(const QString& name, double left, double right, int decimals, const QString& unit,
                    Better better);
    // What that row says: its name, left, right, difference. Empty: no such row.
    QStringList row(const QString& name) const;

private:
    const Theme* theme_;
};

} // namespace fulcrum::window
