#include "app/window/properties/content_rules_field.h"

#include <QCoreApplication>
#include <array>

#include "app/window/qt_text.h"

namespace fulcrum::window {

using namespace designer;

namespace {

enum Column { host, path, target, redirect, keeps_path };

// The choices of the target column are pools by their ids, and redirects by their status after a tab, which
// no id can have.
constexpr QChar redirects('\t');

class ContentRules {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::ContentRules)
public:
    static TableField field(const Id& service);

private:
    static QList<std::pair<QString, QString>> targets(const Document& document);
    static QStringList row_of(const ContentRule& rule);
    static Refusal read(const QStringList& row, const ContentRule* before, ContentRule& rule);
};

QString choice_of(std::uint16_t status) {
    return redirects + QString::number(status);
}

QList<std::pair<QString, QString>> ContentRules::targets(const Document& document) {
    QList<std::pair<QString, QString>> pairs;
    for (const Pool& pool : document.pools) {
        pairs.append({to_q(pool.id), to_q(pool.name)});
    }
    for (const std::uint16_t status : std::array<std::uint16_t, 5>{302, 301, 303, 307, 308}) {
        pairs.append({choice_of(status), tr("redirect %1").arg(status)});
    }
    return pairs;
}

QStringList ContentRules::row_of(const ContentRule& rule) {
    return {to_q(rule.host), to_q(rule.path_prefix),
            rule.pool.empty() ? choice_of(rule.redirect_status) : to_q(rule.pool), to_q(rule.redirect),
            rule.redirect_keeps_path ? "yes" : ""};
}

// `before`: the rule as it stood; none: the row is new. Who types a URL beside a pool wants the redirect, and
// who chooses a pool beside a URL wants the pool; a rule that had both in its file keeps both until then.
Refusal ContentRules::read(const QStringList& row, const ContentRule* before, ContentRule& rule) {
    rule.host = to_std(row.value(host));
    rule.path_prefix = to_std(row.value(path));
    rule.redirect = to_std(row.value(redirect));
    rule.redirect_keeps_path = row.value(keeps_path) == "yes";
    if (!rule.path_prefix.empty() && !row.value(path).startsWith('/')) {
        return tr("A path starts with “/”.");
    }
    const QString to = row.value(target);
    if (to.startsWith(redirects)) {
        rule.redirect_status = to.mid(1).toUShort();
        return std::nullopt;
    }
    rule.pool = to_std(to);
    if (before != nullptr) {
        rule.redirect_status = before->redirect_status;
    }
    const bool has_both = !rule.pool.empty() && !rule.redirect.empty();
    if (has_both && (before == nullptr || before->redirect != rule.redirect)) {
        rule.pool.clear();
    } else if (has_both && before->pool != rule.pool) {
        rule.redirect.clear();
        rule.redirect_keeps_path = false;
        rule.redirect_status = ContentRule{}.redirect_status;
    }
    return std::nullopt;
}

TableField ContentRules::field(const Id& id) {
    return {.label = tr("Content rules, the first match wins"),
            .undo_text = tr("Content rules"),
            .add_text = tr("Add rule"),
            .columns = {{.title = tr("Host"), .empty_text = tr("any"), .stretch = true},
                        {.title = tr("Path"), .empty_text = tr("any"), .stretch = true},
                        {.title = tr("To"), .kind = TableColumn::Kind::choice, .choices = targets},
                        {.title = tr("Redirect to"), .empty_text = QStringLiteral("–"), .stretch = true},
                        {.title = tr("Path kept"), .kind = TableColumn::Kind::toggle}},
            .get =
                [id](const Document& d) {
                    std::vector<QStringList> rows;
                    for (const ContentRule& rule : d.service(id)->rules) {
                        rows.push_back(row_of(rule));
                    }
                    return rows;
                },
            .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
                const std::vector<ContentRule>& before = d.service(id)->rules;
                const bool same_rows = rows.size() == before.size();
                std::vector<ContentRule> rules(rows.size());
                for (std::size_t i = 0; i < rows.size(); ++i) {
                    if (Refusal refusal = read(rows[i], same_rows ? &before[i] : nullptr, rules[i])) {
                        return refusal;
                    }
                }
                d.service(id)->rules = std::move(rules);
                return std::nullopt;
            },
            .new_row =
                [id](const Document& d) {
                    return QStringList{"", "/", to_q(d.service(id)->pool), "", ""};
                },
            .ordered = true,
            .hint = tr("A pool answers, or the client is sent to a URL or a path of the same host; “Path "
                       "kept” adds the request's path and query to it")};
}

} // namespace

TableField content_rules_field(const Id& service) {
    return ContentRules::field(service);
}

} // namespace fulcrum::window
