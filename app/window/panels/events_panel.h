// What happened, with the time: in the lab, and by the hand of the person at the window.
#pragma once

#include <QDateTime>
#include <QTreeWidget>

namespace fulcrum::window {

class Theme;

enum class EventKind { news, good, trouble };

class EventsPanel : public QTreeWidget {
    Q_OBJECT
public:
    static constexpr int most_rows = 2000;

    explicit EventsPanel(const Theme* theme, QWidget* parent = nullptr);

    void add(const QDateTime& time, const QString& where, const QString& what,
             EventKind kind = EventKind::news);
    void add_now(const QString& where, const QString& what, EventKind kind = EventKind::news) {
        add(QDateTime::currentDateTime(), where, what, kind);
    }

signals:
    void node_chosen(const QString& name);

private:
    void paint_row(QTreeWidgetItem* row) const;
    const Theme* theme_;
};

} // namespace fulcrum::window
