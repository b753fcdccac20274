#include <QFileInfo>
#include <QProcess>
#include <algorithm>

#include "app/window/properties/field_text.h"
#include "app/window/properties/forms.h"
#include "app/window/properties/words.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"
#include "designer/edit/edit.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

using namespace designer;

namespace {

class NodeForm {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::NodeForm)
public:
    static void identity(PropertyForm& form, const Id& id);
    static void interfaces(PropertyForm& form, const Id& id);
    static void routes(PropertyForm& form, const Id& id);
    static void server(PropertyForm& form, const Id& id);
    static void engine(PropertyForm& form, const Id& id);
    static void programs(PropertyForm& form, const Id& id);
    static void segment(PropertyForm& form, const Id& id);
};

LinkEnd& near_end(Link& link, const Id& node) {
    return link.a.node == node ? link.a : link.b;
}

void NodeForm::identity(PropertyForm& form, const Id& id) {
    const Node* node = form.editor()->document().node(id);
    form.title(Words::of(node->kind), themed_icon(to_q(name_of(node->kind)), form.theme()->canvas_theme()));
    form.add(TextField{.label = tr("Name"),
                       .undo_text = tr("Rename"),
                       .get = [id](const Document& d) { return to_q(d.node(id)->name); },
                       .set = [id](Document& d, const QString& name) -> Refusal {
                           if (Refusal refusal = FieldText::check_host_name(name)) {
                               return refusal;
                           }
                           d = rename(d, id, to_std(name));
                           return std::nullopt;
                       },
                       .hint = tr("The name on the canvas, the host name and the name in /etc/hosts")});
    form.add(TextField{.label = tr("Note"),
                       .undo_text = tr("Note"),
                       .get = [id](const Document& d) { return to_q(d.node(id)->note); },
                       .set = [id](Document& d, const QString& text) -> Refusal {
                           d.node(id)->note = to_std(text);
                           return std::nullopt;
                       },
                       .hint = tr("Shown when the pointer rests on the item")});
}

void NodeForm::interfaces(PropertyForm& form, const Id& id) {
    form.add(TableField{
        .label = tr("Interfaces"),
        .undo_text = tr("Addresses"),
        .columns = {{.title = tr("NIC"), .kind = TableColumn::Kind::fact},
                    {.title = tr("To"), .kind = TableColumn::Kind::fact},
                    {.title = tr("Address"), .empty_text = tr("by itself"), .stretch = true}},
        .get =
            [id](const Document& d) {
                std::vector<QStringList> rows;
                for (const Attached& at : links_of(d, id)) {
                    rows.push_back({QStringLiteral("eth%1").arg(at.index), Words::name_of(d, at.far->node),
                                    FieldText::of(at.near->address)});
                }
                return rows;
            },
        .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
            const auto attached = links_of(d, id);
            for (std::size_t i = 0; i < rows.size() && i < attached.size(); ++i) {
                LinkEnd& end = near_end(*d.link(attached[i].link->id), id);
                std::optional<IpPrefix> address;
                if (Refusal refusal = FieldText::read(rows[i].value(2), address)) {
                    return QStringLiteral("eth%1: %2").arg(i).arg(*refusal);
                }
                if (address != end.address) {
                    end.address = address;
                    end.auto_address = !address; // typed: by hand; emptied: by itself again
                }
            }
            d = fill_addresses(d);
            return std::nullopt;
        },
        .fixed_rows = true,
        .hint = tr("Double click an address to fix it by hand; empty it to have one given again")});
}

void NodeForm::routes(PropertyForm& form, const Id& id) {
    form.heading(tr("Routes"));
    form.add(TextField{
        .label = tr("Gateway"),
        .undo_text = tr("Gateway"),
        .get = [id](const Document& d) { return FieldText::of(d.node(id)->gateway); },
        .set = [id](Document& d, const QString& text) -> Refusal {
            return FieldText::read(text, d.node(id)->gateway);
        },
        .placeholder =
            [id](const Document& d) { return d.node(id)->derive_routes ? tr("derived") : tr("none"); },
        .hint = tr("Default route; empty: derived from the drawing")});
    form.add(ToggleField{.label = tr("Derive the routes it needs"),
                         .undo_text = tr("Derived routes"),
                         .get = [id](const Document& d) { return d.node(id)->derive_routes; },
                         .set = [id](Document& d, bool on) -> Refusal {
                             d.node(id)->derive_routes = on;
                             return std::nullopt;
                         },
                         .hint = tr("Off: only the gateway and the routes below count")});
    form.add(TableField{
        .label = tr("Routes by hand"),
        .undo_text = tr("Routes"),
        .add_text = tr("Add route"),
        .columns = {{.title = tr("Destination"),
                     .empty_text = QStringLiteral("10.2.0.0/16"),
                     .stretch = true},
                    {.title = tr("Through"), .empty_text = QStringLiteral("10.1.1.1"), .stretch = true}},
        .get =
            [id](const Document& d) {
                std::vector<QStringList> rows;
                for (const Route& route : d.node(id)->routes) {
                    rows.push_back({to_q(route.destination.text()), to_q(route.gateway.text())});
                }
                return rows;
            },
        .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
            std::vector<Route> routes;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                std::optional<IpPrefix> destination;
                Route route;
                Refusal refusal = FieldText::read(rows[i].value(0), destination);
                if (!refusal) {
                    refusal = FieldText::read(rows[i].value(1), route.gateway);
                }
                if (!refusal && !destination) {
                    refusal = tr("A destination is needed, 0.0.0.0/0 for all.");
                }
                if (refusal) {
                    return tr("Row %1: %2").arg(i + 1).arg(*refusal);
                }
                route.destination = destination->network();
                routes.push_back(route);
            }
            d.node(id)->routes = std::move(routes);
            return std::nullopt;
        },
        .new_row =
            [](const Document&) {
                return QStringList{"", ""};
            },
        .hint = tr("Besides the derived ones")});
}

void NodeForm::server(PropertyForm& form, const Id& id) {
    form.heading(tr("Server"));
    form.add(
        ToggleField{.label = tr("Runs the built-in server"),
                    .undo_text = tr("Built-in server"),
                    .get = [id](const Document& d) { return d.node(id)->built_in_server; },
                    .set = [id](Document& d, bool on) -> Refusal {
                        d.node(id)->built_in_server = on;
                        return std::nullopt;
                    },
                    .hint = tr("HTTP and UDP on the ports of its pools; switch it off to run your own")});
    form.add(ToggleField{
        .label = tr("Answers ARP for its VIPs"),
        .undo_text = tr("ARP for VIPs"),
        .get = [id](const Document& d) { return d.node(id)->arp_for_loopback; },
        .set = [id](Document& d, bool on) -> Refusal {
            d.node(id)->arp_for_loopback = on;
            return std::nullopt;
        },
        .hint = tr("Wrong in L2 DSR: the server takes the VIP from the SE. Can be drawn to be seen")});
}

void NodeForm::engine(PropertyForm& form, const Id& id) {
    form.heading(tr("Engine"));
    form.add(ToggleField{.label = tr("Auto gateway"),
                         .undo_text = tr("Auto gateway"),
                         .get = [id](const Document& d) { return d.node(id)->auto_gateway; },
                         .set = [id](Document& d, bool on) -> Refusal {
                             d.node(id)->auto_gateway = on;
                             return std::nullopt;
                         },
                         .hint = tr("Answers go back to the MAC and NIC that the request came from")});
    form.add(ToggleField{.label = tr("Prefer static routes"),
                         .undo_text = tr("Prefer static routes"),
                         .get = [id](const Document& d) { return d.node(id)->prefer_static_routes; },
                         .set = [id](Document& d, bool on) -> Refusal {
                             d.node(id)->prefer_static_routes = on;
                             return std::nullopt;
                         },
                         .hint = tr("Over directly connected subnets")});
    form.add(TextField{
        .label = tr("Source ports"),
        .undo_text = tr("Source ports"),
        .get = [id](const Document& d) { return FieldText::of(d.node(id)->source_ports); },
        .set = [id](Document& d, const QString& text) -> Refusal {
            return FieldText::read(text, d.node(id)->source_ports);
        },
        .placeholder =
            [](const Document&) {
                return QStringLiteral("%1–%2").arg(PortRange().first).arg(PortRange().last);
            },
        .hint = tr("What a full proxy calls servers from: each port serves one connection from one address "
                   "to one server at a time")});
    const auto group_of = [id](const Document& d) {
        for (const Group& group : d.groups) {
            if (std::find(group.members.begin(), group.members.end(), id) != group.members.end()) {
                return to_q(group.name);
            }
        }
        return tr("none");
    };
    form.fact(tr("Group"), group_of);
}

void NodeForm::programs(PropertyForm& form, const Id& id) {
    form.heading(tr("Programs"));
    form.add(TableField{
        .label = tr("Run while the node runs"),
        .undo_text = tr("Programs"),
        .add_text = tr("Add program"),
        .columns = {{.title = tr("Name"), .empty_text = tr("name")},
                    {.title = tr("Command"), .empty_text = tr("command and arguments"), .stretch = true}},
        .get =
            [id](const Document& d) {
                std::vector<QStringList> rows;
                for (const Program& program : d.node(id)->programs) {
                    QStringList words;
                    for (const std::string& word : program.argv) {
                        const QString text = to_q(word);
                        words << (text.contains(' ') || text.isEmpty() ? '"' + text + '"' : text);
                    }
                    rows.push_back({to_q(program.name), words.join(' ')});
                }
                return rows;
            },
        .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
            std::vector<Program> programs;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                Program program{.name = to_std(rows[i].value(0))};
                for (const QString& word : QProcess::splitCommand(rows[i].value(1))) {
                    program.argv.push_back(to_std(word));
                }
                if (program.argv.empty()) {
                    return tr("Row %1: a command is needed.").arg(i + 1);
                }
                if (program.name.empty()) {
                    program.name = to_std(QFileInfo(to_q(program.argv.front())).fileName());
                }
                programs.push_back(std::move(program));
            }
            d.node(id)->programs = std::move(programs);
            return std::nullopt;
        },
        .new_row =
            [](const Document&) {
                return QStringList{"", ""};
            }});
}

void NodeForm::segment(PropertyForm& form, const Id& id) {
    identity(form, id);
    form.add(TextField{.label = tr("Subnet"),
                       .undo_text = tr("Subnet"),
                       .get = [id](const Document& d) { return FieldText::of(d.node(id)->subnet); },
                       .set = [id](Document& d, const QString& text) -> Refusal {
                           std::optional<IpPrefix> subnet;
                           if (Refusal refusal = FieldText::read(text, subnet)) {
                               return refusal;
                           }
                           d.node(id)->subnet = subnet ? std::optional(subnet->network()) : std::nullopt;
                           d = fill_addresses(d);
                           return std::nullopt;
                       },
                       .placeholder = [](const Document&) { return QStringLiteral("10.1.1.0/24"); },
                       .hint = tr("Automatic addresses of the interfaces in it follow")});
    form.add(ColorField{.label = tr("Colour"),
                        .undo_text = tr("Colour"),
                        .get = [id](const Document& d) { return to_q(d.node(id)->color); },
                        .set = [id](Document& d, const QString& color) -> Refusal {
                            d.node(id)->color = to_std(color);
                            return std::nullopt;
                        }});
    form.add(ChoiceField{.label = tr("Zone"),
                         .undo_text = tr("Zone"),
                         .choices = [](const Document& d) { return Words::zones(d); },
                         .get = [id](const Document& d) { return to_q(d.node(id)->vrf); },
                         .set = [id](Document& d, const QString& zone) -> Refusal {
                             d.node(id)->vrf = to_std(zone);
                             return std::nullopt;
                         },
                         .hint = tr("The VRF it lies in")});
    form.add(TableField{
        .label = tr("Attached"),
        .undo_text = tr("Addresses"),
        .columns = {{.title = tr("Node"), .kind = TableColumn::Kind::fact},
                    {.title = tr("Address"), .kind = TableColumn::Kind::fact, .stretch = true}},
        .get =
            [id](const Document& d) {
                std::vector<QStringList> rows;
                for (const Attached& at : links_of(d, id)) {
                    rows.push_back({Words::name_of(d, at.far->node), FieldText::of(at.far->address)});
                }
                return rows;
            },
        .set = [](Document&, const std::vector<QStringList>&) -> Refusal { return std::nullopt; },
        .fixed_rows = true});
}

} // namespace

void fill_node_form(PropertyForm& form, const Id& id) {
    const NodeKind kind = form.editor()->document().node(id)->kind;
    NodeForm::identity(form, id);
    NodeForm::interfaces(form, id);
    if (kind == NodeKind::server) {
        NodeForm::server(form, id);
    } else if (kind == NodeKind::se) {
        NodeForm::engine(form, id);
    }
    NodeForm::routes(form, id);
    NodeForm::programs(form, id);
}

void fill_segment_form(PropertyForm& form, const Id& id) {
    NodeForm::segment(form, id);
}

} // namespace fulcrum::window
