#include "app/window/properties/field_text.h"
#include "app/window/properties/forms.h"
#include "app/window/properties/words.h"
#include "app/window/theme.h"
#include "designer/canvas/icons.h"
#include "designer/plan/plan.h"

namespace fulcrum::window {

using namespace designer;

namespace {

using EndOf = LinkEnd Link::*;
using ImpairmentOf = Impairment Link::*;

class LinkForm {
    Q_DECLARE_TR_FUNCTIONS(fulcrum::window::LinkForm)
public:
    static void fill(PropertyForm& form, const Id& id);

private:
    static void end(PropertyForm& form, const Id& id, EndOf end);
    static void impairment(PropertyForm& form, const Id& id, ImpairmentOf which, const QString& direction);
    static QString interface_of(const Document& d, const Id& id, EndOf end);
};

QString LinkForm::interface_of(const Document& d, const Id& id, EndOf end) {
    const Link* link = d.link(id);
    for (const Attached& at : links_of(d, (link->*end).node)) {
        if (at.link->id == id && at.near == &(link->*end)) {
            return QStringLiteral("eth%1").arg(at.index);
        }
    }
    return {};
}

void LinkForm::end(PropertyForm& form, const Id& id, EndOf end) {
    const Document& now = form.editor()->document();
    const Id node = (now.link(id)->*end).node;
    const Node* item = now.node(node);
    if (item == nullptr || item->kind == NodeKind::segment) {
        return; // a segment's end has no address
    }
    form.heading(QStringLiteral("%1  %2").arg(to_q(item->name), interface_of(now, id, end)));
    form.add(
        TextField{.label = tr("Address"),
                  .undo_text = tr("Address"),
                  .get = [id, end](const Document& d) { return FieldText::of((d.link(id)->*end).address); },
                  .set = [id, end](Document& d, const QString& text) -> Refusal {
                      LinkEnd& target = d.link(id)->*end;
                      if (Refusal refusal = FieldText::read(text, target.address)) {
                          return refusal;
                      }
                      target.auto_address = !target.address;
                      d = fill_addresses(d);
                      return std::nullopt;
                  },
                  .placeholder = [](const Document&) { return tr("given by itself"); },
                  .hint = tr("With the prefix length, for example 10.1.1.2/24")});
    form.add(ToggleField{.label = tr("Given by itself"),
                         .undo_text = tr("Automatic address"),
                         .get =
                             [id, end](const Document& d) {
                                 const LinkEnd& target = d.link(id)->*end;
                                 return target.auto_address || !target.address;
                             },
                         .set = [id, end](Document& d, bool on) -> Refusal {
                             LinkEnd& target = d.link(id)->*end;
                             target.auto_address = on;
                             d = fill_addresses(d);
                             return std::nullopt;
                         },
                         .hint = tr("May change when the segment's subnet does; off: fixed by hand")});
    form.add(TextField{.label = tr("MAC"),
                       .undo_text = tr("MAC address"),
                       .get = [id, end](const Document& d) { return FieldText::of((d.link(id)->*end).mac); },
                       .set = [id, end](Document& d, const QString& text) -> Refusal {
                           return FieldText::read(text, (d.link(id)->*end).mac);
                       },
                       .placeholder = [](const Document&) { return tr("given by itself"); }});
}

void LinkForm::impairment(PropertyForm& form, const Id& id, ImpairmentOf which, const QString& direction) {
    form.heading(direction);
    const auto milliseconds_field = [&](const QString& label, milliseconds Impairment::*member) {
        form.add(NumberField{.label = label,
                             .undo_text = label,
                             .least = 0,
                             .most = 60000,
                             .get =
                                 [id, which, member](const Document& d) {
                                     return static_cast<int>(((d.link(id)->*which).*member).count());
                                 },
                             .set = [id, which, member](Document& d, int value) -> Refusal {
                                 (d.link(id)->*which).*member = milliseconds(value);
                                 return std::nullopt;
                             },
                             .suffix = tr(" ms")});
    };
    const auto share_field = [&](const QString& label, double Impairment::*member) {
        form.add(TextField{.label = label,
                           .undo_text = label,
                           .get =
                               [id, which, member](const Document& d) {
                                   const double share = (d.link(id)->*which).*member;
                                   return share == 0 ? QString() : QString::number(share * 100, 'g', 6);
                               },
                           .set = [id, which, member](Document& d, const QString& text) -> Refusal {
                               bool good = true;
                               const double percent = text.isEmpty() ? 0 : text.toDouble(&good);
                               if (!good || !(percent >= 0 && percent <= 100)) {
                                   return tr("A share goes from 0 to 100 percent.");
                               }
                               (d.link(id)->*which).*member = percent / 100;
                               return std::nullopt;
                           },
                           .placeholder = [](const Document&) { return tr("0 %"); },
                           .hint = tr("Percent of the frames")});
    };
    form.add(TextField{.label = tr("Rate, Mbit/s"),
                       .undo_text = tr("Rate"),
                       .get =
                           [id, which](const Document& d) {
                               const auto rate = static_cast<double>((d.link(id)->*which).rate_bps);
                               return rate == 0 ? QString() : QString::number(rate / 1e6, 'g', 9);
                           },
                       .set = [id, which](Document& d, const QString& text) -> Refusal {
                           bool good = true;
                           const double megabits = text.isEmpty() ? 0 : text.toDouble(&good);
                           if (!good || !(megabits >= 0 && megabits <= 1e6)) {
                               return tr("A rate goes from 0 (unlimited) to 1,000,000 Mbit/s.");
                           }
                           (d.link(id)->*which).rate_bps = static_cast<std::uint64_t>(megabits * 1e6);
                           return std::nullopt;
                       },
                       .placeholder = [](const Document&) { return tr("unlimited"); }});
    milliseconds_field(tr("Delay"), &Impairment::delay);
    milliseconds_field(tr("Jitter"), &Impairment::jitter);
    share_field(tr("Loss, %"), &Impairment::loss);
    share_field(tr("Duplicates, %"), &Impairment::duplicate);
    share_field(tr("Reordered, %"), &Impairment::reorder);
}

void LinkForm::fill(PropertyForm& form, const Id& id) {
    const Document& now = form.editor()->document();
    const Link* link = now.link(id);
    form.title(tr("Link %1").arg(Words::name_of(now, *link)),
               themed_icon("link", form.theme()->canvas_theme()));
    form.add(NumberField{.label = tr("MTU"),
                         .undo_text = tr("MTU"),
                         .least = 68,
                         .most = 65521,
                         .get = [id](const Document& d) { return static_cast<int>(d.link(id)->mtu_bytes); },
                         .set = [id](Document& d, int value) -> Refusal {
                             d.link(id)->mtu_bytes = static_cast<std::uint32_t>(value);
                             return std::nullopt;
                         },
                         .suffix = tr(" bytes"),
                         .hint = tr("Largest IP packet")});
    form.add(ToggleField{.label = tr("Up"),
                         .undo_text = tr("Link state"),
                         .get = [id](const Document& d) { return d.link(id)->up; },
                         .set = [id](Document& d, bool on) -> Refusal {
                             d.link(id)->up = on;
                             return std::nullopt;
                         },
                         .hint = tr("Off: the lab starts with this link cut")});
    end(form, id, &Link::a);
    end(form, id, &Link::b);
    const QString a = Words::name_of(now, link->a.node);
    const QString b = Words::name_of(now, link->b.node);
    impairment(form, id, &Link::a_to_b, tr("From %1 to %2").arg(a, b));
    impairment(form, id, &Link::b_to_a, tr("From %1 to %2").arg(b, a));
}

} // namespace

void fill_link_form(PropertyForm& form, const Id& link) {
    LinkForm::fill(form, link);
}

} // namespace fulcrum::window
