#include <algorithm>

#include "app/window/properties/field_text.h"
#include "app/window/properties/forms.h"
#include "app/window/properties/words.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"
#include "designer/edit/edit.h"

namespace fulcrum::window {

using namespace designer;

namespace {

class GroupForm {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::GroupForm)
public:
    static void group(PropertyForm& form, const Id& id);
    static void zone(PropertyForm& form, const Id& id);
    static void note(PropertyForm& form, const Id& id);

private:
    static void floating(PropertyForm& form, const Id& id);
    static TextField name_field(const Id& id);
};

QList<std::pair<QString, QString>> nodes_of(const Document& d, NodeKind kind) {
    QList<std::pair<QString, QString>> choices;
    for (const Node& node : d.nodes) {
        if (node.kind == kind) {
            choices.append({to_q(node.id), to_q(node.name)});
        }
    }
    return choices;
}

TextField GroupForm::name_field(const Id& id) {
    return TextField{.label = tr("Name"),
                     .undo_text = tr("Rename"),
                     .get = [id](const Document& d) { return Words::name_of(d, id); },
                     .set = [id](Document& d, const QString& name) -> Refusal {
                         if (name.isEmpty()) {
                             return tr("A name is needed here.");
                         }
                         d = rename(d, id, to_std(name));
                         return std::nullopt;
                     }};
}

void GroupForm::group(PropertyForm& form, const Id& id) {
    form.title(tr("SE group"), themed_icon("group", form.theme()->canvas_theme()));
    form.add(name_field(id));
    form.add(ChoiceField{
        .label = tr("Availability"),
        .undo_text = tr("HA mode"),
        .choices = [](const Document&) { return Words::ha_modes(); },
        .get = [id](const Document& d) { return to_q(name_of(d.group(id)->ha)); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            for (const HaMode mode : {HaMode::active_active, HaMode::active_standby, HaMode::n_plus_m}) {
                if (to_q(name_of(mode)) == value) {
                    d.group(id)->ha = mode;
                }
            }
            return std::nullopt;
        }});
    if (form.editor()->document().group(id)->ha == HaMode::n_plus_m) {
        form.add(NumberField{.label = tr("Spares"),
                             .undo_text = tr("Spares"),
                             .least = 1,
                             .most = 64,
                             .get = [id](const Document& d) { return static_cast<int>(d.group(id)->spares); },
                             .set = [id](Document& d, int value) -> Refusal {
                                 d.group(id)->spares = static_cast<std::uint32_t>(value);
                                 return std::nullopt;
                             }});
    }
    form.add(TableField{.label = tr("Members, the active one first"),
                        .undo_text = tr("Group members"),
                        .add_text = tr("Add SE"),
                        .columns = {{.title = tr("Service engine"),
                                     .kind = TableColumn::Kind::choice,
                                     .choices = [](const Document& d) { return nodes_of(d, NodeKind::se); },
                                     .stretch = true}},
                        .get =
                            [id](const Document& d) {
                                std::vector<QStringList> rows;
                                for (const Id& member : d.group(id)->members) {
                                    rows.push_back({to_q(member)});
                                }
                                return rows;
                            },
                        .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
                            std::vector<Id> members;
                            for (const QStringList& row : rows) {
                                const Id se = to_std(row.value(0));
                                if (std::find(members.begin(), members.end(), se) != members.end()) {
                                    return tr("%1 is a member already.").arg(Words::name_of(d, se));
                                }
                                members.push_back(se);
                            }
                            d.group(id)->members = std::move(members);
                            return std::nullopt;
                        },
                        .new_row =
                            [id](const Document& d) {
                                const auto& members = d.group(id)->members;
                                for (const Node& node : d.nodes) {
                                    if (node.kind == NodeKind::se &&
                                        std::find(members.begin(), members.end(), node.id) == members.end()) {
                                        return QStringList{to_q(node.id)};
                                    }
                                }
                                return QStringList{members.empty() ? QString() : to_q(members.front())};
                            },
                        .ordered = true});
    floating(form, id);
    form.heading(tr("Heartbeat"));
    form.add(NumberField{
        .label = tr("Every"),
        .undo_text = tr("Heartbeat"),
        .least = 1,
        .most = 60000,
        .get = [id](const Document& d) { return static_cast<int>(d.group(id)->heartbeat.count()); },
        .set = [id](Document& d, int value) -> Refusal {
            d.group(id)->heartbeat = milliseconds(value);
            return std::nullopt;
        },
        .suffix = tr(" ms")});
    form.add(NumberField{
        .label = tr("Lost after"),
        .undo_text = tr("Heartbeat"),
        .least = 1,
        .most = 1000,
        .get = [id](const Document& d) { return static_cast<int>(d.group(id)->heartbeat_misses); },
        .set = [id](Document& d, int value) -> Refusal {
            d.group(id)->heartbeat_misses = static_cast<std::uint32_t>(value);
            return std::nullopt;
        },
        .suffix = tr(" misses")});
    form.fact(tr("Noticed in"), [id](const Document& d) {
        const Group* group = d.group(id);
        return tr("%1 ms").arg(group->heartbeat.count() * group->heartbeat_misses);
    });
}

void GroupForm::floating(PropertyForm& form, const Id& id) {
    form.add(TableField{
        .label = tr("Floating addresses"),
        .undo_text = tr("Floating addresses"),
        .add_text = tr("Add address"),
        .columns = {{.title = tr("Segment"),
                     .kind = TableColumn::Kind::choice,
                     .choices = [](const Document& d) { return nodes_of(d, NodeKind::segment); }},
                    {.title = tr("Address"), .empty_text = QStringLiteral("10.1.1.1"), .stretch = true}},
        .get =
            [id](const Document& d) {
                std::vector<QStringList> rows;
                for (const FloatingAddress& floating : d.group(id)->floating) {
                    rows.push_back({to_q(floating.segment), to_q(floating.address.text())});
                }
                return rows;
            },
        .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
            std::vector<FloatingAddress> addresses;
            for (std::size_t i = 0; i < rows.size(); ++i) {
                FloatingAddress floating{.segment = to_std(rows[i].value(0))};
                if (floating.segment.empty()) {
                    return tr("Row %1: draw a segment first.").arg(i + 1);
                }
                if (Refusal refusal = FieldText::read(rows[i].value(1), floating.address)) {
                    return tr("Row %1: %2").arg(i + 1).arg(*refusal);
                }
                addresses.push_back(floating);
            }
            d.group(id)->floating = std::move(addresses);
            return std::nullopt;
        },
        .new_row =
            [](const Document& d) {
                const auto segments = nodes_of(d, NodeKind::segment);
                return QStringList{segments.isEmpty() ? QString() : segments.front().first, QString()};
            },
        .hint = tr("The active SE owns them: the gateway of servers in in-line mode")});
    form.add(TextField{.label = tr("Virtual MAC"),
                       .undo_text = tr("Virtual MAC"),
                       .get = [id](const Document& d) { return FieldText::of(d.group(id)->virtual_mac); },
                       .set = [id](Document& d, const QString& text) -> Refusal {
                           return FieldText::read(text, d.group(id)->virtual_mac);
                       },
                       .placeholder = [](const Document&) { return tr("none: the SE's own"); }});
}

void GroupForm::zone(PropertyForm& form, const Id& id) {
    form.title(tr("Zone (VRF)"), themed_icon("zone", form.theme()->canvas_theme()));
    form.add(name_field(id));
    const auto zone_of = [id](auto& d) {
        return std::find_if(d.vrfs.begin(), d.vrfs.end(), [&](const Vrf& vrf) { return vrf.id == id; });
    };
    form.add(ColorField{.label = tr("Colour"),
                        .undo_text = tr("Colour"),
                        .get = [zone_of](const Document& d) { return to_q(zone_of(d)->color); },
                        .set = [zone_of](Document& d, const QString& color) -> Refusal {
                            zone_of(d)->color = to_std(color);
                            return std::nullopt;
                        }});
    form.fact(tr("Segments"), [id](const Document& d) {
        QStringList names;
        for (const Node& node : d.nodes) {
            if (node.kind == NodeKind::segment && node.vrf == id) {
                names << to_q(node.name);
            }
        }
        return names.isEmpty() ? tr("none") : names.join(", ");
    });
}

void GroupForm::note(PropertyForm& form, const Id& id) {
    form.title(tr("Note"), themed_icon("note", form.theme()->canvas_theme()));
    const auto note_of = [id](auto& d) {
        return std::find_if(d.notes.begin(), d.notes.end(), [&](const Note& note) { return note.id == id; });
    };
    form.add(TextField{.label = tr("Text"),
                       .undo_text = tr("Note"),
                       .get = [note_of](const Document& d) { return to_q(note_of(d)->text); },
                       .set = [note_of](Document& d, const QString& text) -> Refusal {
                           note_of(d)->text = to_std(text);
                           return std::nullopt;
                       },
                       .several_lines = true});
}

} // namespace

void fill_group_form(PropertyForm& form, const Id& group) {
    GroupForm::group(form, group);
}
void fill_zone_form(PropertyForm& form, const Id& vrf) {
    GroupForm::zone(form, vrf);
}
void fill_note_form(PropertyForm& form, const Id& note) {
    GroupForm::note(form, note);
}

} // namespace fulcrum::window
