#include <algorithm>

#include "app/window/properties/arms.h"
#include "app/window/properties/content_rules_field.h"
#include "app/window/properties/field_text.h"
#include "app/window/properties/forms.h"
#include "app/window/properties/words.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"
#include "designer/edit/edit.h"
#include "designer/edit/fresh_names.h"

namespace fulcrum::window {

using namespace designer;

namespace {

constexpr auto new_entry = "+"; // no id has this character

class ServiceForm {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::ServiceForm)
public:
    explicit ServiceForm(PropertyForm& form, Id id) : form_(form), id_(std::move(id)) {}
    void fill();

private:
    void address();
    void ports();
    void connection();
    void carriers();
    void layer7();
    void limits();
    void rules();
    void number(const QString& label, std::uint32_t Limits::*member, const QString& hint);
    void toggle(const QString& label, bool Service::*member, const QString& hint, const QString& needs = {});
    // Grey unless the service is a full proxy, or (`is_set`) has what it should not have.
    Blocked full_proxy_only(const QString& why, std::function<bool(const Service&)> is_set) const;
    Blocked layer7_only(const QString& why, std::function<bool(const Service&)> is_set) const;

    PropertyForm& form_;
    Id id_;
};

Blocked ServiceForm::full_proxy_only(const QString& why, std::function<bool(const Service&)> is_set) const {
    return [id = id_, why, is_set = std::move(is_set)](const Document& d) {
        const Service& service = *d.service(id);
        return service.mode == Mode::full_proxy || is_set(service) ? QString() : why;
    };
}

Blocked ServiceForm::layer7_only(const QString& why, std::function<bool(const Service&)> is_set) const {
    return [id = id_, why, is_set = std::move(is_set)](const Document& d) {
        const Service& service = *d.service(id);
        return service.layer7 || is_set(service) ? QString() : why;
    };
}

void ServiceForm::toggle(const QString& label, bool Service::*member, const QString& hint,
                         const QString& needs) {
    form_.add(ToggleField{.label = label,
                          .undo_text = label,
                          .get = [id = id_, member](const Document& d) { return d.service(id)->*member; },
                          .set = [id = id_, member](Document& d, bool on) -> Refusal {
                              d.service(id)->*member = on;
                              return std::nullopt;
                          },
                          .hint = hint,
                          .blocked = needs.isEmpty() ? Blocked()
                                                     : full_proxy_only(needs, [member](const Service& s) {
                                                           return s.*member;
                                                       })});
}

void ServiceForm::address() {
    const Id id = id_;
    form_.add(TextField{.label = tr("Name"),
                        .undo_text = tr("Rename"),
                        .get = [id](const Document& d) { return to_q(d.service(id)->name); },
                        .set = [id](Document& d, const QString& name) -> Refusal {
                            if (name.isEmpty()) {
                                return tr("A name is needed here.");
                            }
                            d = rename(d, id, to_std(name));
                            return std::nullopt;
                        }});
    form_.add(TextField{.label = tr("VIP"),
                        .undo_text = tr("VIP"),
                        .get = [id](const Document& d) { return FieldText::of(d.service(id)->vip); },
                        .set = [id](Document& d, const QString& text) -> Refusal {
                            return FieldText::read(text, d.service(id)->vip);
                        },
                        .placeholder = [](const Document&) { return tr("from a VIP address pool"); },
                        .hint = tr("The address that clients talk to")});
    toggle(tr("Enabled"), &Service::enabled, tr("Off: the VIP is not placed"));
}

void ServiceForm::ports() {
    const Id id = id_;
    form_.add(TableField{
        .label = tr("Ports"),
        .undo_text = tr("Ports"),
        .add_text = tr("Add port"),
        .columns = {{.title = tr("Protocol"),
                     .kind = TableColumn::Kind::choice,
                     .choices =
                         [](const Document&) {
                             QList<std::pair<QString, QString>> pairs;
                             for (const Choice& choice : Words::protocols()) {
                                 pairs.append({choice.value, choice.label});
                             }
                             return pairs;
                         }},
                    {.title = tr("Port"), .stretch = true},
                    {.title = tr("At the server"), .empty_text = tr("same"), .stretch = true}},
        .get =
            [id](const Document& d) {
                std::vector<QStringList> rows;
                for (const PortRule& rule : d.service(id)->ports) {
                    rows.push_back({to_q(engine::name_of(rule.protocol)), FieldText::of_port(rule.port),
                                    FieldText::of_port(rule.server_port)});
                }
                return rows;
            },
        .set = [id](Document& d, const std::vector<QStringList>& rows) -> Refusal {
            std::vector<PortRule> ports;
            for (const QStringList& row : rows) {
                PortRule rule{.protocol =
                                  engine::parse_protocol(to_std(row.value(0))).value_or(Protocol::tcp)};
                Refusal refusal = FieldText::read_port(row.value(1), rule.port);
                if (!refusal && rule.port == 0) {
                    refusal = tr("A port is needed, from 1 to 65535.");
                }
                if (!refusal) {
                    refusal = FieldText::read_port(row.value(2), rule.server_port);
                }
                const bool twice = std::any_of(ports.begin(), ports.end(), [&](const PortRule& other) {
                    return other.protocol == rule.protocol && other.port == rule.port;
                });
                if (!refusal && twice) {
                    refusal = tr("Port %1 is there twice.").arg(rule.port);
                }
                if (refusal) {
                    return refusal;
                }
                ports.push_back(rule);
            }
            d.service(id)->ports = std::move(ports);
            return std::nullopt;
        },
        .new_row =
            [id](const Document& d) {
                std::uint16_t port = 80;
                const auto& ports = d.service(id)->ports;
                while (std::any_of(ports.begin(), ports.end(),
                                   [&](const PortRule& r) { return r.port == port; })) {
                    ++port;
                }
                return QStringList{to_q(engine::name_of(Protocol::tcp)), QString::number(port), ""};
            }});
    form_.add(ChoiceField{
        .label = tr("Other ports"),
        .undo_text = tr("Closed ports"),
        .choices = [](const Document&) { return Words::closed_ports(); },
        .get = [id](const Document& d) { return to_q(engine::name_of(d.service(id)->closed_ports)); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            d.service(id)->closed_ports = engine::parse_closed_port(to_std(value)).value_or(ClosedPort::drop);
            return std::nullopt;
        }});
}

void ServiceForm::connection() {
    const Id id = id_;
    form_.heading(tr("How it works"));
    form_.add(
        ChoiceField{.label = tr("Mode"),
                    .undo_text = tr("Mode"),
                    .choices = [](const Document&) { return Words::modes(); },
                    .get = [id](const Document& d) { return to_q(engine::name_of(d.service(id)->mode)); },
                    .set = [id](Document& d, const QString& value) -> Refusal {
                        if (const auto mode = engine::parse_mode(to_std(value))) {
                            d = set_mode(d, id, *mode);
                        }
                        return std::nullopt;
                    },
                    .hint = tr("Changing it re-plans the addresses and the availability that depend on it")});
    form_.add(ChoiceField{
        .label = tr("Arms"),
        .undo_text = tr("Arms"),
        .choices =
            [id](const Document& d) {
                QList<Choice> choices{
                    {"one", tr("One-arm"), tr("One NIC for clients and servers")},
                    {"two", tr("Two-arm"), tr("One NIC towards clients, others towards servers")}};
                if (arms_of(d, id) == Arms::unknown) {
                    choices.prepend({"unknown", tr("no SE linked yet"), {}});
                }
                return choices;
            },
        .get =
            [id](const Document& d) {
                const Arms arms = arms_of(d, id);
                return QString(arms == Arms::one ? "one" : arms == Arms::two ? "two" : "unknown");
            },
        .set = [id](Document& d, const QString& value) -> Refusal {
            return value == "unknown" ? std::nullopt
                                      : set_arms(d, id, value == "one" ? Arms::one : Arms::two);
        },
        .hint = tr("Follows from the links of the SEs; choosing adds or removes links")});
    form_.add(ChoiceField{
        .label = tr("VIP found by"),
        .undo_text = tr("Attachment"),
        .choices = [](const Document&) { return Words::attachments(); },
        .get = [id](const Document& d) { return to_q(engine::name_of(d.service(id)->attachment)); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            d.service(id)->attachment = engine::parse_attachment(to_std(value)).value_or(Attachment::arp);
            return std::nullopt;
        }});
    form_.add(ChoiceField{.label = tr("Zone"),
                          .undo_text = tr("Zone"),
                          .choices = [](const Document& d) { return Words::zones(d); },
                          .get = [id](const Document& d) { return to_q(d.service(id)->vrf); },
                          .set = [id](Document& d, const QString& value) -> Refusal {
                              d.service(id)->vrf = to_std(value);
                              return std::nullopt;
                          }});
    form_.add(ChoiceField{
        .label = tr("Source"),
        .undo_text = tr("SNAT pool"),
        .choices =
            [](const Document& d) {
                QList<Choice> choices{{QString(), tr("The SE's own address"), {}}};
                for (const AddressPool& pool : d.address_pools) {
                    if (pool.purpose == PoolPurpose::snat) {
                        choices.append({to_q(pool.id), tr("SNAT pool %1").arg(to_q(pool.name)), {}});
                    }
                }
                return choices;
            },
        .get = [id](const Document& d) { return to_q(d.service(id)->snat_pool); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            d.service(id)->snat_pool = to_std(value);
            return std::nullopt;
        },
        .hint = tr("What servers see as the source; SNAT pools are made in the drawing's properties, with "
                   "nothing selected"),
        .blocked = full_proxy_only(tr("Servers see the client's own address in this mode. Only a full proxy "
                                      "opens connections of its own, from an address of its choice."),
                                   [](const Service& s) { return !s.snat_pool.empty(); })});
}

void ServiceForm::carriers() {
    const Id id = id_;
    form_.add(ChoiceField{.label = tr("SE group"),
                          .undo_text = tr("SE group"),
                          .choices =
                              [](const Document& d) {
                                  QList<Choice> choices;
                                  for (const Group& group : d.groups) {
                                      choices.append({to_q(group.id), to_q(group.name), {}});
                                  }
                                  choices.append({new_entry, tr("New group of all ungrouped SEs"), {}});
                                  return choices;
                              },
                          .get = [id](const Document& d) { return to_q(d.service(id)->group); },
                          .set = [id](Document& d, const QString& value) -> Refusal {
                              if (value != new_entry) {
                                  d.service(id)->group = to_std(value);
                                  return std::nullopt;
                              }
                              Group group{.id = FreshNames(d).take("group")};
                              group.name = group.id;
                              for (const Node& node : d.nodes) {
                                  const bool grouped =
                                      std::any_of(d.groups.begin(), d.groups.end(), [&](const Group& g) {
                                          return std::find(g.members.begin(), g.members.end(), node.id) !=
                                                 g.members.end();
                                      });
                                  if (node.kind == NodeKind::se && !grouped) {
                                      group.members.push_back(node.id);
                                  }
                              }
                              if (group.members.empty()) {
                                  return tr("Every SE is in a group already.");
                              }
                              d.service(id)->group = group.id;
                              d.groups.push_back(std::move(group));
                              return std::nullopt;
                          }});
    form_.add(ChoiceField{.label = tr("Pool"),
                          .undo_text = tr("Pool"),
                          .choices =
                              [](const Document& d) {
                                  QList<Choice> choices;
                                  for (const Pool& pool : d.pools) {
                                      choices.append({to_q(pool.id), to_q(pool.name), {}});
                                  }
                                  choices.append({new_entry, tr("New pool"), {}});
                                  return choices;
                              },
                          .get = [id](const Document& d) { return to_q(d.service(id)->pool); },
                          .set = [id](Document& d, const QString& value) -> Refusal {
                              if (value != new_entry) {
                                  d.service(id)->pool = to_std(value);
                                  return std::nullopt;
                              }
                              Pool pool{.id = FreshNames(d).take("pool")};
                              pool.name = pool.id;
                              d.service(id)->pool = pool.id;
                              d.pools.push_back(std::move(pool));
                              return std::nullopt;
                          }});
}

void ServiceForm::layer7() {
    const Id id = id_;
    const QString no_proxy =
        tr("In this mode the SE passes packets on and servers see the client itself. Only a "
           "full proxy opens the connection that a PROXY header begins.");
    form_.heading(tr("Layer 7 and the client's address"));
    toggle(tr("HTTP aware"), &Service::layer7,
           tr("The SE reads requests: headers, rules, shared connections"),
           tr("Only a full proxy ends the client's connection and can read HTTP. Choose the mode above."));
    form_.add(ChoiceField{
        .label = tr("Forwarded-For"),
        .undo_text = tr("X-Forwarded-For"),
        .choices = [](const Document&) { return Words::forwarded_for(); },
        .get = [id](const Document& d) { return to_q(name_of(d.service(id)->forwarded_for)); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            for (const ForwardedFor one : {ForwardedFor::append, ForwardedFor::replace, ForwardedFor::off}) {
                if (to_q(name_of(one)) == value) {
                    d.service(id)->forwarded_for = one;
                }
            }
            return std::nullopt;
        },
        .hint = tr("The X-Forwarded-For header"),
        .blocked = layer7_only(tr("The header is part of HTTP: switch “HTTP aware” on first."),
                               [](const Service&) { return false; })});
    rules();
    form_.add(ChoiceField{
        .label = tr("PROXY out"),
        .undo_text = tr("PROXY protocol"),
        .choices = [](const Document&) { return Words::proxy_protocols(); },
        .get = [id](const Document& d) { return to_q(name_of(d.service(id)->proxy_out)); },
        .set = [id](Document& d, const QString& value) -> Refusal {
            for (const ProxyProtocol one : {ProxyProtocol::off, ProxyProtocol::v1, ProxyProtocol::v2}) {
                if (to_q(name_of(one)) == value) {
                    d.service(id)->proxy_out = one;
                }
            }
            return std::nullopt;
        },
        .hint = tr("The PROXY header that servers get"),
        .blocked =
            full_proxy_only(no_proxy, [](const Service& s) { return s.proxy_out != ProxyProtocol::off; })});
    toggle(tr("Expects a PROXY header"), &Service::proxy_in, tr("From a balancer in front of this one"),
           no_proxy);
}

void ServiceForm::rules() {
    form_.add(content_rules_field(id_),
              layer7_only(tr("Host and path are part of HTTP: switch “HTTP aware” on first."),
                          [](const Service& s) { return !s.rules.empty(); }));
}

void ServiceForm::number(const QString& label, std::uint32_t Limits::*member, const QString& hint) {
    form_.add(NumberField{.label = label,
                          .undo_text = tr("Limits"),
                          .least = 0,
                          .most = 100'000'000,
                          .get =
                              [id = id_, member](const Document& d) {
                                  return static_cast<int>(
                                      std::min(d.service(id)->limits.*member, 100'000'000U));
                              },
                          .set = [id = id_, member](Document& d, int value) -> Refusal {
                              d.service(id)->limits.*member = static_cast<std::uint32_t>(value);
                              return std::nullopt;
                          },
                          .least_text = tr("no limit"),
                          .hint = hint,
                          .blocked = full_proxy_only(tr("Limits are kept by a full proxy, which ends the "
                                                        "connections that it counts."),
                                                     [](const Service& s) { return s.limits != Limits{}; })});
}

void ServiceForm::limits() {
    form_.heading(tr("Limits"));
    number(tr("Per client"), &Limits::client_connections, tr("Connections at once"));
    number(tr("Client rate"), &Limits::client_rate_per_s, tr("New connections a second"));
    number(tr("In all"), &Limits::service_connections, tr("Connections at once"));
}

void ServiceForm::fill() {
    form_.title(tr("Virtual service"), themed_icon("vip", form_.theme()->canvas_theme()));
    address();
    connection();
    carriers();
    ports();
    const Id pool = form_.editor()->document().service(id_)->pool;
    if (form_.editor()->document().pool(pool) != nullptr) {
        fill_pool_form(form_, pool);
    }
    layer7();
    limits();
}

} // namespace

void fill_service_form(PropertyForm& form, const Id& service) {
    ServiceForm(form, service).fill();
}

} // namespace fulcrum::window
