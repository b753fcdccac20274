// The editors of the properties panel: each fills a form for one item, or for several at once.
#pragma once

#include "app/window/properties/property_form.h"

namespace fulcrum::window {

void fill_node_form(PropertyForm& form, const designer::Id& node); // client, server, SE, router
void fill_segment_form(PropertyForm& form, const designer::Id& node);
void fill_link_form(PropertyForm& form, const designer::Id& link);
void fill_group_form(PropertyForm& form, const designer::Id& group);
void fill_service_form(PropertyForm& form, const designer::Id& service); // with its pool
void fill_pool_form(PropertyForm& form, const designer::Id& pool);
void fill_zone_form(PropertyForm& form, const designer::Id& vrf);
void fill_note_form(PropertyForm& form, const designer::Id& note);
void fill_drawing_form(PropertyForm& form); // nothing selected
void fill_selection_form(PropertyForm& form,
                         const std::vector<designer::Id>& ids); // what they have in common

// Whatever decides which fields an item has: when it changes the form is made anew, otherwise refreshed.
QString form_shape(const designer::Document& document, const std::vector<designer::Id>& ids);

} // namespace fulcrum::window
