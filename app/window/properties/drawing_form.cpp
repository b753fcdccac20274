#include <QLocale>
#include <QSet>
#include <algorithm>
#include <functional>
#include <optional>

#include "app/window/properties/field_text.h"
#include "app/window/properties/forms.h"
#include "app/window/properties/words.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"
#include "designer/plan/capacity.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

using namespace designer;

namespace {

class DrawingForm {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::DrawingForm)
public:
    static void drawing(PropertyForm& form);
    static void selection(PropertyForm& form, const std::vector<Id>& ids);

private:
    static void address_pools(PropertyForm& form);
    // Fields of several items at once; `of` is not empty.
    static void common_text(PropertyForm& form, const QString& label, const std::vector<Id>& of,
                            std::function<QString(const Document&, const Id&)> get,
                            std::function<Refusal(Document&, const Id&, const QString&)> set);
    static void common_toggle(PropertyForm& form, const QString& label, const std::vector<Id>& of,
                              bool Node::*member);
    static void common_of_segments(PropertyForm& form, const std::vector<Id>& segments);
    static QString counts(const Document& d);
    static QString capacity(const Document& d);
};

QString DrawingForm::counts(const Document& d) {
    QStringList lines;
    const auto count = [&](NodeKind kind) {
        return static_cast<int>(std::count_if(d.nodes.begin(), d.nodes.end(),
                                              [kind](const Node& node) { return node.kind == kind; }));
    };
    const auto line = [&](int n, const QString& text) {
        if (n > 0) {
            lines << text;
        }
    };
    line(count(NodeKind::client), tr("%n client(s)", nullptr, count(NodeKind::client)));
    line(count(NodeKind::router), tr("%n router(s)", nullptr, count(NodeKind::router)));
    line(count(NodeKind::segment), tr("%n segment(s)", nullptr, count(NodeKind::segment)));
    line(count(NodeKind::se), tr("%n service engine(s)", nullptr, count(NodeKind::se)));
    line(count(NodeKind::server), tr("%n server(s)", nullptr, count(NodeKind::server)));
    line(static_cast<int>(d.services.size()),
         tr("%n virtual service(s)", nullptr, static_cast<int>(d.services.size())));
    line(static_cast<int>(d.links.size()), tr("%n link(s)", nullptr, static_cast<int>(d.links.size())));
    return lines.isEmpty() ? tr("nothing yet") : lines.join(QStringLiteral("\n"));
}

// SPEC M12.
QString DrawingForm::capacity(const Document& d) {
    const Document filled = fill_addresses(d);
    const Network network(filled);
    const Capacity capacity = capacity_of(network, ServiceMap(network).services());
    if (capacity.pairs == 0) {
        return tr("no limit by ports: no full proxy");
    }
    const auto number = [](std::uint64_t count) {
        return QLocale().toString(static_cast<qulonglong>(count));
    };
    return capacity.fewest_ports == capacity.most_ports
               ? tr("at most %1 at once through full proxies: %2 ports for each source address and server")
                     .arg(number(capacity.connections), number(capacity.most_ports))
               : tr("at most %1 at once through full proxies: %2 to %3 ports for each source address and "
                    "server")
                     .arg(number(capacity.connections), number(capacity.fewest_ports),
                          number(capacity.most_ports));
}

void DrawingForm::address_pools(PropertyForm& form) {
    form.add(TableField{
        .label = tr("Address pools"),
        .undo_text = tr("Address pools"),
        .add_text = tr("Add pool"),
        .columns = {{.title = tr("For"),
                     .kind = TableColumn::Kind::choice,
                     .choices =
                         [](const Document&) {
                             QList<std::pair<QString, QString>> pairs;
                             for (const Choice& choice : Words::pool_purposes()) {
                                 pairs.append({choice.value, choice.label});
                             }
                             return pairs;
                         }},
                    {.title = tr("Segment"),
                     .kind = TableColumn::Kind::choice,
                     .choices =
                         [](const Document& d) {
                             QList<std::pair<QString, QString>> pairs{{QString(), tr("none")}};
                             for (const Node& node : d.nodes) {
                                 if (node.kind == NodeKind::segment) {
                                     pairs.append({to_q(node.id), to_q(node.name)});
                                 }
                             }
                             return pairs;
                         }},
                    {.title = tr("From"), .empty_text = QStringLiteral("10.1.1.20"), .stretch = true},
                    {.title = tr("To"), .empty_text = QStringLiteral("10.1.1.29"), .stretch = true},
                    {.title = tr("Name")}},
        .get =
            [](const Document& d) {
                std::vector<QStringList> rows;
                for (const AddressPool& pool : d.address_pools) {
                    rows.push_back({to_q(name_of(pool.purpose)), to_q(pool.segment), to_q(pool.first.text()),
                                    to_q(pool.last.text()), to_q(pool.name)});
                }
                return rows;
            },
        .set = [](Document& d, const std::vector<QStringList>& rows) -> Refusal {
            std::vector<AddressPool> pools;
            QSet<QString> names;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                AddressPool pool;
                const auto same_name =
                    std::find_if(d.address_pools.begin(), d.address_pools.end(),
                                 [&](const AddressPool& old) { return to_q(old.name) == rows[i].value(4); });
                pool.name = to_std(rows[i].value(4));
                pool.id = same_name != d.address_pools.end() ? same_name->id : "addresses-" + pool.name;
                for (const PoolPurpose purpose : {PoolPurpose::vip, PoolPurpose::se, PoolPurpose::snat}) {
                    if (to_q(name_of(purpose)) == rows[i].value(0)) {
                        pool.purpose = purpose;
                    }
                }
                pool.segment = to_std(rows[i].value(1));
                Refusal refusal = FieldText::read(rows[i].value(2), pool.first);
                if (!refusal) {
                    refusal = FieldText::read(rows[i].value(3), pool.last);
                }
                if (!refusal && pool.last < pool.first) {
                    refusal = tr("The last address comes before the first.");
                }
                if (!refusal && (pool.name.empty() || names.contains(rows[i].value(4)))) {
                    refusal = tr("A name of its own is needed.");
                }
                if (refusal) {
                    return tr("Row %1: %2").arg(i + 1).arg(*refusal);
                }
                names.insert(rows[i].value(4));
                pools.push_back(std::move(pool));
            }
            d.address_pools = std::move(pools);
            return std::nullopt;
        },
        .new_row =
            [](const Document& d) {
                QString segment;
                QString first;
                QString last;
                for (const Node& node : d.nodes) {
                    if (node.kind == NodeKind::segment && node.subnet) {
                        segment = to_q(node.id);
                        const auto from = node.subnet->nth(200);
                        const auto to = node.subnet->nth(209);
                        first = FieldText::of(from);
                        last = FieldText::of(to);
                        break;
                    }
                }
                return QStringList{to_q(name_of(PoolPurpose::snat)), segment, first, last,
                                   QStringLiteral("range%1").arg(d.address_pools.size() + 1)};
            },
        .hint = tr("Ranges that VIPs, SEs or SNAT take their addresses from")});
}

void DrawingForm::drawing(PropertyForm& form) {
    form.title(tr("Drawing"), themed_icon("fulcrum", form.theme()->canvas_theme()));
    form.add(TextField{.label = tr("Name"),
                       .undo_text = tr("Rename"),
                       .get = [](const Document& d) { return to_q(d.name); },
                       .set = [](Document& d, const QString& name) -> Refusal {
                           if (Refusal refusal = FieldText::check_host_name(name)) {
                               return refusal;
                           }
                           d.name = to_std(name);
                           return std::nullopt;
                       },
                       .hint = tr("Also the name of the lab")});
    form.add(TextField{.label = tr("Description"),
                       .undo_text = tr("Description"),
                       .get = [](const Document& d) { return to_q(d.description); },
                       .set = [](Document& d, const QString& text) -> Refusal {
                           d.description = to_std(text);
                           return std::nullopt;
                       },
                       .several_lines = true});
    form.add(ToggleField{
        .label = tr("Large frames (offload)"),
        .undo_text = tr("Offload"),
        .get = [](const Document& d) { return d.offload; },
        .set = [](Document& d, bool on) -> Refusal {
            d.offload = on;
            return std::nullopt;
        },
        .hint = tr("On: fast, links carry frames of up to 64 KB. Off: every frame as on a real wire")});
    form.fact(tr("Has"), &DrawingForm::counts);
    form.fact(tr("Connections"), &DrawingForm::capacity);
    address_pools(form);
}

// A text that all have, or nothing with the words "several values".
void DrawingForm::common_text(PropertyForm& form, const QString& label, const std::vector<Id>& of,
                              std::function<QString(const Document&, const Id&)> get,
                              std::function<Refusal(Document&, const Id&, const QString&)> set) {
    const auto common = [of, get = std::move(get)](const Document& d) -> std::optional<QString> {
        const QString first = get(d, of.front());
        const bool same =
            std::all_of(of.begin(), of.end(), [&](const Id& id) { return get(d, id) == first; });
        return same ? std::optional(first) : std::nullopt;
    };
    form.add(TextField{.label = label,
                       .undo_text = label,
                       .get = [common](const Document& d) { return common(d).value_or(QString()); },
                       .set = [of, set = std::move(set)](Document& d, const QString& value) -> Refusal {
                           for (const Id& id : of) {
                               if (Refusal refusal = set(d, id, value)) {
                                   return refusal;
                               }
                           }
                           return std::nullopt;
                       },
                       .placeholder = [common, several = tr("several values")](
                                          const Document& d) { return common(d) ? QString() : several; }});
}

void DrawingForm::common_toggle(PropertyForm& form, const QString& label, const std::vector<Id>& of,
                                bool Node::*member) {
    form.add(ToggleField{.label = label,
                         .undo_text = label,
                         .get =
                             [of, member](const Document& d) {
                                 return std::all_of(of.begin(), of.end(),
                                                    [&](const Id& id) { return d.node(id)->*member; });
                             },
                         .set = [of, member](Document& d, bool on) -> Refusal {
                             for (const Id& id : of) {
                                 d.node(id)->*member = on;
                             }
                             return std::nullopt;
                         }});
}

void DrawingForm::common_of_segments(PropertyForm& form, const std::vector<Id>& segments) {
    form.add(
        ColorField{.label = tr("Colour"),
                   .undo_text = tr("Colour"),
                   .get = [segments](const Document& d) { return to_q(d.node(segments.front())->color); },
                   .set = [segments](Document& d, const QString& color) -> Refusal {
                       for (const Id& id : segments) {
                           d.node(id)->color = to_std(color);
                       }
                       return std::nullopt;
                   }});
    form.add(ChoiceField{.label = tr("Zone"),
                         .undo_text = tr("Zone"),
                         .choices = [](const Document& d) { return Words::zones(d); },
                         .get = [segments](const Document& d) { return to_q(d.node(segments.front())->vrf); },
                         .set = [segments](Document& d, const QString& zone) -> Refusal {
                             for (const Id& id : segments) {
                                 d.node(id)->vrf = to_std(zone);
                             }
                             return std::nullopt;
                         }});
}

void DrawingForm::selection(PropertyForm& form, const std::vector<Id>& ids) {
    const Document& now = form.editor()->document();
    std::vector<Id> nodes;
    std::vector<Id> hosts; // nodes that have routes
    std::vector<Id> servers;
    std::vector<Id> segments;
    std::vector<Id> links;
    for (const Id& id : ids) {
        if (const Node* node = now.node(id)) {
            nodes.push_back(id);
            (node->kind == NodeKind::segment ? segments : hosts).push_back(id);
            if (node->kind == NodeKind::server) {
                servers.push_back(id);
            }
        } else if (now.link(id) != nullptr) {
            links.push_back(id);
        }
    }
    form.title(tr("%n item(s) selected", nullptr, static_cast<int>(ids.size())),
               themed_icon("select", form.theme()->canvas_theme()));
    if (!nodes.empty()) {
        common_text(
            form, tr("Note"), nodes, [](const Document& d, const Id& id) { return to_q(d.node(id)->note); },
            [](Document& d, const Id& id, const QString& value) -> Refusal {
                d.node(id)->note = to_std(value);
                return std::nullopt;
            });
    }
    if (!hosts.empty()) {
        common_text(
            form, tr("Gateway"), hosts,
            [](const Document& d, const Id& id) { return FieldText::of(d.node(id)->gateway); },
            [](Document& d, const Id& id, const QString& value) {
                return FieldText::read(value, d.node(id)->gateway);
            });
        common_toggle(form, tr("Derive the routes they need"), hosts, &Node::derive_routes);
    }
    if (!servers.empty()) {
        common_toggle(form, tr("Run the built-in server"), servers, &Node::built_in_server);
    }
    if (!links.empty()) {
        common_text(
            form, tr("MTU"), links,
            [](const Document& d, const Id& id) { return QString::number(d.link(id)->mtu_bytes); },
            [](Document& d, const Id& id, const QString& value) -> Refusal {
                bool good = false;
                const uint mtu = value.toUInt(&good);
                if (!good || mtu < 68 || mtu > 65521) {
                    return tr("An MTU goes from 68 to 65521 bytes.");
                }
                d.link(id)->mtu_bytes = mtu;
                return std::nullopt;
            });
    }
    if (!segments.empty()) {
        common_of_segments(form, segments);
    }
    if (nodes.empty() && links.empty()) {
        form.paragraph(tr("These items have no property in common. Choose one to see its own."));
    }
}

} // namespace

void fill_drawing_form(PropertyForm& form) {
    DrawingForm::drawing(form);
}
void fill_selection_form(PropertyForm& form, const std::vector<Id>& ids) {
    DrawingForm::selection(form, ids);
}

} // namespace fulcrum::window
