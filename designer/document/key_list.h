// The keys of each entity, taken from format_fields.h.
#pragma once

#include <string>
#include <vector>

#include "designer/document/format_fields.h"

namespace fulcrum::designer {

// A visitor that writes down keys: its own only, or with a prefix those of everything below as well.
class KeyList {
public:
    explicit KeyList(bool deep = false, std::string prefix = {}) : deep_(deep), prefix_(std::move(prefix)) {}

    std::vector<std::string> keys;

    void version(std::string_view key) { add(key); }
    template <class T, class... Rule>
    void required(std::string_view key, const T&, Rule...) {
        add(key);
    }
    template <class T, class... Rule>
    void field(std::string_view key, const T&, const T&, Rule...) {
        add(key);
    }
    template <class T, class... Rule>
    void optional(std::string_view key, const std::optional<T>&, Rule...) {
        add(key);
    }
    void name(std::string_view key, const std::string&, const Id&) { add(key); }
    void texts(std::string_view key, const std::vector<std::string>&, TextRule) { add(key); }
    template <class T>
    void list(std::string_view key, const std::vector<T>&) {
        add(key);
        descend<T>(key, "[]");
    }
    template <class T>
    void object(std::string_view key, const T&) {
        add(key);
        descend<T>(key, "");
    }
    template <class T>
    void required_object(std::string_view key, const T& value) {
        object(key, value);
    }
    void placements(std::string_view key, const Layout&) {
        add(key);
        descend<Placement>(key, "{}");
    }

private:
    void add(std::string_view key) { keys.push_back(prefix_ + std::string(key)); }
    template <class T>
    void descend(std::string_view key, std::string_view brackets) {
        if (deep_) {
            KeyList below(true, prefix_ + std::string(key) + std::string(brackets) + ".");
            fields(below, fallback_of<T>);
            keys.insert(keys.end(), below.keys.begin(), below.keys.end());
        }
    }

    bool deep_;
    std::string prefix_;
};

template <class T>
const std::vector<std::string>& keys_of() {
    static const std::vector<std::string> keys = [] {
        KeyList list;
        fields(list, fallback_of<T>);
        return list.keys;
    }();
    return keys;
}

} // namespace fulcrum::designer
