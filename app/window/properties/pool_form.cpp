#include <algorithm>
#include <functional>

#include "app/window/properties/field_text.h"
#include "app/window/properties/forms.h"
#include "app/window/properties/words.h"
#include "designer/edit/edit.h"

namespace fulcrum::window {

using namespace designer;

namespace {

class PoolForm {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::PoolForm)
public:
    static void fill(PropertyForm& form, const Id& id);

private:
    static void members(PropertyForm& form, const Id& id);
    static void health(PropertyForm& form, const Id& id, std::size_t index);
    static void passive(PropertyForm& form, const Id& id);
};

QList<std::pair<QString, QString>> servers_of(const Document& d) {
    QList<std::pair<QString, QString>> choices;
    for (const Node& node : d.nodes) {
        if (node.kind == NodeKind::server) {
            choices.append({to_q(node.id), to_q(node.name)});
        }
    }
    return choices;
}

// Some service that hands connections to the pool, by itself or by a rule.
bool any_service_of(const Document& d, const Id& pool, const std::function<bool(const Service&)>& wanted) {
    return std::any_of(d.services.begin(), d.services.end(), [&](const Service& service) {
        const bool uses =
            service.pool == pool || std::any_of(service.rules.begin(), service.rules.end(),
                                                [&](const ContentRule& rule) { return rule.pool == pool; });
        return uses && wanted(service);
    });
}

void PoolForm::members(PropertyForm& form, const Id& id) {
    form.add(TableField{
        .label = tr("Members"),
        .undo_text = tr("Pool members"),
        .add_text = tr("Add server"),
        .columns = {{.title = tr("Server"), .kind = TableColumn::Kind::choice, .choices = servers_of},
                    {.title = tr("Address"), .empty_text = tr("its own"), .stretch = true},
                    {.title = tr("Port"), .empty_text = tr("same")},
                    {.title = tr("Weight")},
                    {.title = tr("Drain"), .kind = TableColumn::Kind::toggle}},
        .get =
            [id](const Document& d) {
                std::vector<QStringList> rows;
                for (const PoolMember& member : d.pool(id)->members) {
                    rows.push_back({to_q(member.server), FieldText::of(member.address),
                                    FieldText::of_port(member.port), QString::number(member.weight),
                                    member.drain ? "yes" : ""});
                }
                return rows;
            },
        .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
            std::vector<PoolMember> members;
            for (const QStringList& row : rows) {
                PoolMember member{.server = to_std(row.value(0))};
                const QString name = Words::name_of(d, member.server);
                if (member.server.empty()) {
                    return tr("Draw a server first.");
                }
                Refusal refusal = FieldText::read(row.value(1), member.address);
                if (!refusal) {
                    refusal = FieldText::read_port(row.value(2), member.port);
                }
                bool good = false;
                const uint weight = row.value(3).toUInt(&good);
                if (!refusal && (!good || weight < 1 || weight > 65535)) {
                    refusal = tr("A weight goes from 1 to 65535.");
                }
                if (refusal) {
                    return QStringLiteral("%1: %2").arg(name, *refusal);
                }
                member.weight = static_cast<std::uint16_t>(weight);
                member.drain = row.value(4) == "yes";
                const bool twice = std::any_of(members.begin(), members.end(), [&](const PoolMember& other) {
                    return other.server == member.server && other.port == member.port &&
                           other.address == member.address;
                });
                if (twice) {
                    return tr("%1 is a member already.").arg(name);
                }
                members.push_back(std::move(member));
            }
            d.pool(id)->members = std::move(members);
            return std::nullopt;
        },
        .new_row =
            [id](const Document& d) {
                const auto& members = d.pool(id)->members;
                for (const Node& node : d.nodes) {
                    const bool taken =
                        std::any_of(members.begin(), members.end(),
                                    [&](const PoolMember& member) { return member.server == node.id; });
                    if (node.kind == NodeKind::server && !taken) {
                        return QStringList{to_q(node.id), "", "", "1", ""};
                    }
                }
                const auto servers = servers_of(d);
                return QStringList{servers.isEmpty() ? QString() : servers.front().first, "", "", "1", ""};
            },
        .ordered = true});
}

void PoolForm::health(PropertyForm& form, const Id& id, std::size_t index) {
    const auto check_of = [ id, index ](auto& d) -> auto& {
        return d.pool(id)->health[index];
    };
    form.add(
        ChoiceField{.label = tr("Check %1").arg(index + 1),
                    .undo_text = tr("Health check"),
                    .choices =
                        [](const Document&) {
                            return Words::health_kinds() << Choice{"remove", tr("Remove this check"), {}};
                        },
                    .get = [check_of](const Document& d) { return to_q(name_of(check_of(d).kind)); },
                    .set = [id, index, check_of](Document& d, const QString& value) -> Refusal {
                        auto& checks = d.pool(id)->health;
                        if (value == "remove") {
                            checks.erase(checks.begin() + static_cast<std::ptrdiff_t>(index));
                        } else if (const auto kind = engine::parse_health_kind(to_std(value))) {
                            check_of(d).kind = *kind;
                        }
                        return std::nullopt;
                    }});
    const auto time = [&](const QString& label, milliseconds HealthConfig::*member, const QString& hint) {
        form.add(NumberField{
            .label = label,
            .undo_text = tr("Health check"),
            .least = 1,
            .most = 600000,
            .get = [=](const Document& d) { return static_cast<int>((check_of(d).*member).count()); },
            .set = [=](Document& d, int value) -> Refusal {
                HealthCheck& check = check_of(d);
                check.*member = milliseconds(value);
                // A probe ends before the next one starts.
                if (check.timeout > check.interval) {
                    return tr("The timeout is at most the interval.");
                }
                return std::nullopt;
            },
            .suffix = tr(" ms"),
            .hint = hint});
    };
    const auto count = [&](const QString& label, std::uint8_t HealthConfig::*member, const QString& hint) {
        form.add(NumberField{.label = label,
                             .undo_text = tr("Health check"),
                             .least = 1,
                             .most = 255,
                             .get = [=](const Document& d) { return static_cast<int>(check_of(d).*member); },
                             .set = [=](Document& d, int value) -> Refusal {
                                 check_of(d).*member = static_cast<std::uint8_t>(value);
                                 return std::nullopt;
                             },
                             .hint = hint});
    };
    const auto text = [&](const QString& label, std::string HealthConfig::*member, const QString& empty) {
        form.add(TextField{.label = label,
                           .undo_text = tr("Health check"),
                           .get = [=](const Document& d) { return to_q(check_of(d).*member); },
                           .set = [=](Document& d, const QString& value) -> Refusal {
                               check_of(d).*member = to_std(value);
                               return std::nullopt;
                           },
                           .placeholder = [empty](const Document&) { return empty; }});
    };
    time(tr("Every"), &HealthConfig::interval, tr("Time between probes"));
    time(tr("Timeout"), &HealthConfig::timeout, tr("At most the interval"));
    count(tr("Up after"), &HealthConfig::rise, tr("Good answers in a row"));
    count(tr("Down after"), &HealthConfig::fall, tr("Failures in a row"));
    const HealthKind kind = form.editor()->document().pool(id)->health[index].kind;
    if (kind != HealthKind::ping) {
        form.add(NumberField{.label = tr("Port"),
                             .undo_text = tr("Health check"),
                             .least = 0,
                             .most = 65535,
                             .get = [=](const Document& d) { return static_cast<int>(check_of(d).port); },
                             .set = [=](Document& d, int value) -> Refusal {
                                 check_of(d).port = static_cast<std::uint16_t>(value);
                                 return std::nullopt;
                             },
                             .least_text = tr("the service's")});
    }
    if (kind == HealthKind::http) {
        text(tr("Method"), &HealthConfig::method, QStringLiteral("GET"));
        text(tr("Path"), &HealthConfig::path, QStringLiteral("/"));
        text(tr("Host"), &HealthConfig::host, tr("the server's address"));
        form.add(
            NumberField{.label = tr("Status"),
                        .undo_text = tr("Health check"),
                        .least = 100,
                        .most = 599,
                        .get = [=](const Document& d) { return static_cast<int>(check_of(d).expect_status); },
                        .set = [=](Document& d, int value) -> Refusal {
                            check_of(d).expect_status = static_cast<std::uint16_t>(value);
                            return std::nullopt;
                        }});
        text(tr("Keyword"), &HealthConfig::expect_body, tr("any body"));
    }
}

void PoolForm::passive(PropertyForm& form, const Id& id) {
    form.heading(tr("Passive health"));
    form.add(NumberField{
        .label = tr("Out after"),
        .undo_text = tr("Passive health"),
        .least = 0,
        .most = 65535,
        .get = [id](const Document& d) { return static_cast<int>(d.pool(id)->passive_failures); },
        .set = [id](Document& d, int value) -> Refusal {
            d.pool(id)->passive_failures = static_cast<std::uint16_t>(value);
            return std::nullopt;
        },
        .suffix = tr(" failures"),
        .least_text = tr("off"),
        .hint =
            tr("Clients' connections in a row that were refused, unanswered or reset, or answered with a 5xx "
               "status"),
        .blocked =
            [id](const Document& d) {
                const bool proxied =
                    any_service_of(d, id, [](const Service& s) { return s.mode == Mode::full_proxy; });
                return proxied || d.pool(id)->passive_failures != 0
                           ? QString()
                           : tr("Only a full proxy sees how its connections to servers end; no service of "
                                "this "
                                "pool is one.");
            }});
    form.add(NumberField{
        .label = tr("Left alone"),
        .undo_text = tr("Passive health"),
        .least = 1,
        .most = 3'600'000,
        .get = [id](const Document& d) { return static_cast<int>(d.pool(id)->passive_out.count()); },
        .set = [id](Document& d, int value) -> Refusal {
            d.pool(id)->passive_out = milliseconds(value);
            return std::nullopt;
        },
        .suffix = tr(" ms"),
        .hint = tr("Then it gets connections again"),
        .blocked =
            [id](const Document& d) {
                return d.pool(id)->passive_failures != 0
                           ? QString()
                           : tr("Say first how many failures take a server out.");
            }});
}

void PoolForm::fill(PropertyForm& form, const Id& id) {
    form.heading(tr("Pool"));
    form.add(TextField{.label = tr("Name"),
                       .undo_text = tr("Rename"),
                       .get = [id](const Document& d) { return to_q(d.pool(id)->name); },
                       .set = [id](Document& d, const QString& name) -> Refusal {
                           if (name.isEmpty()) {
                               return tr("A name is needed here.");
                           }
                           d = rename(d, id, to_std(name));
                           return std::nullopt;
                       }});
    form.add(ChoiceField{
        .label = tr("Balancing"),
        .undo_text = tr("Algorithm"),
        .choices = [](const Document&) { return Words::algorithms(); },
        .get = [id](const Document& d) { return to_q(engine::name_of(d.pool(id)->algorithm)); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            d.pool(id)->algorithm = engine::parse_algorithm(to_std(value)).value_or(Algorithm::round_robin);
            return std::nullopt;
        }});
    form.add(ChoiceField{
        .label = tr("Persistence"),
        .undo_text = tr("Persistence"),
        .choices =
            [id](const Document& d) {
                return Words::persistences(any_service_of(d, id, [](const Service& s) { return s.layer7; }));
            },
        .get = [id](const Document& d) { return to_q(engine::name_of(d.pool(id)->persistence)); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            d.pool(id)->persistence = engine::parse_persistence(to_std(value)).value_or(Persistence::none);
            return std::nullopt;
        }});
    members(form, id);
    form.add(ColorField{.label = tr("Colour"),
                        .undo_text = tr("Colour"),
                        .get = [id](const Document& d) { return to_q(d.pool(id)->color); },
                        .set = [id](Document& d, const QString& color) -> Refusal {
                            d.pool(id)->color = to_std(color);
                            return std::nullopt;
                        }});
    form.heading(tr("Health checks"));
    const std::size_t checks = form.editor()->document().pool(id)->health.size();
    if (checks == 0) {
        form.paragraph(tr("Without a check every server counts as up."));
    }
    for (std::size_t i = 0; i < checks; ++i) {
        health(form, id, i);
    }
    form.button(tr("Add health check"), tr("All checks of a pool must pass"), [&form, id] {
        form.apply(tr("Add health check"), [id](Document& d) -> Refusal {
            d.pool(id)->health.push_back(HealthCheck{});
            return std::nullopt;
        });
    });
    passive(form, id);
}

} // namespace

void fill_pool_form(PropertyForm& form, const Id& pool) {
    PoolForm::fill(form, pool);
}

} // namespace fulcrum::window
