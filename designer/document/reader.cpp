#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "designer/document/file.h"
#include "designer/document/format_fields.h"
#include "designer/document/json_tree.h"
#include "designer/document/key_list.h"
#include "designer/document/legality.h"
#include "designer/document/near_names.h"

namespace fulcrum::designer {

namespace {

constexpr double two_to_the_64 = 18446744073709551616.0;

std::string_view kind_text(JsonValue::Kind kind) {
    switch (kind) {
    case JsonValue::Kind::null:
        return "null (leave the key out instead)";
    case JsonValue::Kind::boolean:
        return "true or false";
    case JsonValue::Kind::integer:
    case JsonValue::Kind::real:
        return "a number";
    case JsonValue::Kind::string:
        return "a text";
    case JsonValue::Kind::array:
        return "a list";
    case JsonValue::Kind::object:
        return "an object";
    }
    return "?";
}

// Where reading stands and the first thing that was wrong; everything after it is skipped.
class Reading {
public:
    explicit Reading(std::string_view text) : text_(text) {}

    bool failed() const { return error_.has_value(); }
    const Error& error() const { return *error_; }
    void complain(std::size_t offset, std::string_view reason) {
        if (!error_) {
            error_ = error_at(text_, offset, path_, reason);
        }
    }
    void enter(std::string_view key) { path_.push_back({std::string(key), 0, false}); }
    void enter(std::size_t index) { path_.push_back({{}, index, true}); }
    void leave() { path_.pop_back(); }

    bool is(const JsonValue& value, JsonValue::Kind kind, std::string_view wanted) {
        if (value.kind != kind) {
            complain(value.offset, fmt::format("{} is wanted here, not {}", wanted, kind_text(value.kind)));
            return false;
        }
        return true;
    }

    void read(const JsonValue& value, bool& out) {
        if (is(value, JsonValue::Kind::boolean, "true or false")) {
            out = value.boolean;
        }
    }
    void read(const JsonValue& value, std::string& out, TextRule rule) {
        if (is(value, JsonValue::Kind::string, "a text") && keeps(value, rule, value.text)) {
            out = value.text;
        }
    }
    template <std::unsigned_integral T>
    void read(const JsonValue& value, T& out, Range range) {
        if (const auto whole = whole_number(value, range)) {
            out = static_cast<T>(*whole);
        }
    }
    void read(const JsonValue& value, std::uint64_t& out) {
        if (const auto whole = whole_number(value, Range{0, two_to_the_64})) {
            out = *whole;
        }
    }
    void read(const JsonValue& value, milliseconds& out, Range range) {
        if (const auto whole = whole_number(value, range)) {
            out = milliseconds(*whole);
        }
    }
    void read(const JsonValue& value, double& out, Range range) {
        if (value.kind != JsonValue::Kind::integer && value.kind != JsonValue::Kind::real) {
            is(value, JsonValue::Kind::real, "a number");
        } else if (keeps(value, range, value.real)) {
            out = value.real;
        }
    }
    void read(const JsonValue& value, IpAddress& out) {
        parse_text(value, out, "an IP address like \"10.1.1.2\"", IpAddress::parse);
    }
    void read(const JsonValue& value, Mac& out) {
        parse_text(value, out, "a MAC address like \"02:00:0a:01:01:02\"", Mac::parse);
    }
    void read(const JsonValue& value, IpPrefix& out, PrefixRule rule) {
        const auto parse = [](std::string_view text) {
            // A forgotten "/24" would quietly become a network of one address.
            return text.find('/') == std::string_view::npos ? std::nullopt : IpPrefix::parse(text);
        };
        parse_text(value, out,
                   rule == PrefixRule::network ? "a network like \"10.1.1.0/24\""
                                               : "an address with its prefix length, like \"10.1.1.2/24\"",
                   parse);
        if (!failed()) {
            keeps(value, rule, out);
        }
    }
    template <class E>
    requires std::is_enum_v<E>
    void read(const JsonValue& value, E& out) {
        if (!is(value, JsonValue::Kind::string, "a text")) {
            return;
        }
        std::vector<std::string_view> words;
        for (const E candidate : words_of<E>) {
            if (name_of(candidate) == value.text) {
                out = candidate;
                return;
            }
            words.push_back(name_of(candidate));
        }
        complain(value.offset, fmt::format("{} is not one of {}", quote(value.text), fmt::join(words, ", ")));
    }

private:
    // Ranges of whole numbers begin at 0 or above. 1.0 is as whole as 1.
    std::optional<std::uint64_t> whole_number(const JsonValue& value, Range range) {
        if (value.kind == JsonValue::Kind::real) {
            if (std::trunc(value.real) != value.real) {
                complain(value.offset, fmt::format("{} is not a whole number", value.real));
                return std::nullopt;
            }
        } else if (!is(value, JsonValue::Kind::integer, "a number")) {
            return std::nullopt;
        }
        if (!keeps(value, range, value.real)) {
            return std::nullopt;
        }
        if (value.kind == JsonValue::Kind::integer) {
            return value.magnitude;
        }
        if (value.real >= two_to_the_64) { // the one value in the widest range that 64 bits do not hold
            complain(value.offset, fmt::format("{} is too large", value.real));
            return std::nullopt;
        }
        return static_cast<std::uint64_t>(value.real);
    }
    template <class Rule, class T>
    bool keeps(const JsonValue& value, Rule rule, const T& checked) {
        if (const auto reason = broken(rule, checked)) {
            complain(value.offset, *reason);
            return false;
        }
        return true;
    }
    template <class T, class Parse>
    void parse_text(const JsonValue& value, T& out, std::string_view wanted, Parse parse) {
        if (!is(value, JsonValue::Kind::string, wanted)) {
            return;
        }
        if (const auto parsed = parse(value.text)) {
            out = *parsed;
        } else {
            complain(value.offset, fmt::format("{} is not {}", quote(value.text), wanted));
        }
    }

    std::string_view text_;
    Path path_;
    std::optional<Error> error_;
};

// Reads one object of the file into one entity: a visitor of format_fields.h.
class ObjectReader {
public:
    ObjectReader(Reading& reading, const JsonValue& object) : reading_(reading), object_(object) {}

    template <class T>
    static void read(Reading& reading, const JsonValue& value, T& out) {
        if (!reading.is(value, JsonValue::Kind::object, "an object")) {
            return;
        }
        ObjectReader reader(reading, value);
        reader.refuse_unknown(keys_of<T>());
        fields(reader, out);
    }

    void version(std::string_view) {} // looked at before anything else
    template <class T, class... Rule>
    void required(std::string_view key, T& out, Rule... rule) {
        if (const JsonValue* value = wanted(key)) {
            inside(key, [&] { reading_.read(*value, out, rule...); });
        }
    }
    template <class T, class... Rule>
    void field(std::string_view key, T& out, const T&, Rule... rule) {
        if (const JsonValue* value = object_.find(key)) {
            inside(key, [&] { reading_.read(*value, out, rule...); });
        }
    }
    template <class T, class... Rule>
    void optional(std::string_view key, std::optional<T>& out, Rule... rule) {
        if (const JsonValue* value = object_.find(key)) {
            inside(key, [&] { reading_.read(*value, out.emplace(), rule...); });
        }
    }
    void name(std::string_view key, std::string& out, const Id& id) {
        out = id;
        field(key, out, out, TextRule::name);
    }
    void texts(std::string_view key, std::vector<std::string>& out, TextRule rule) {
        each(key, out, [&](const JsonValue& value, std::string& text) { reading_.read(value, text, rule); });
    }
    template <class T>
    void list(std::string_view key, std::vector<T>& out) {
        each(key, out, [&](const JsonValue& value, T& entity) { read(reading_, value, entity); });
    }
    template <class T>
    void object(std::string_view key, T& out) {
        if (const JsonValue* value = object_.find(key)) {
            inside(key, [&] { read(reading_, *value, out); });
        }
    }
    template <class T>
    void required_object(std::string_view key, T& out) {
        if (const JsonValue* value = wanted(key)) {
            inside(key, [&] { read(reading_, *value, out); });
        }
    }
    void placements(std::string_view key, Layout& out) {
        const JsonValue* value = object_.find(key);
        if (value == nullptr) {
            return;
        }
        inside(key, [&] {
            if (!reading_.is(*value, JsonValue::Kind::object, "an object")) {
                return;
            }
            for (std::size_t i = 0; i < value->items.size() && !reading_.failed(); ++i) {
                reading_.enter(value->keys[i]);
                read(reading_, value->items[i], out[value->keys[i]]);
                reading_.leave();
            }
        });
    }

private:
    const JsonValue* wanted(std::string_view key) {
        const JsonValue* value = object_.find(key);
        if (value == nullptr) {
            reading_.complain(object_.offset, fmt::format("the key \"{}\" is missing", key));
        }
        return value;
    }
    template <class Body>
    void inside(std::string_view key, Body body) {
        if (reading_.failed()) {
            return;
        }
        reading_.enter(key);
        body();
        reading_.leave();
    }
    template <class T, class Body>
    void each(std::string_view key, std::vector<T>& out, Body body) {
        const JsonValue* value = object_.find(key);
        if (value == nullptr) {
            return;
        }
        inside(key, [&] {
            if (!reading_.is(*value, JsonValue::Kind::array, "a list")) {
                return;
            }
            out.reserve(value->items.size());
            for (std::size_t i = 0; i < value->items.size() && !reading_.failed(); ++i) {
                reading_.enter(i);
                body(value->items[i], out.emplace_back());
                reading_.leave();
            }
        });
    }
    void refuse_unknown(const std::vector<std::string>& known) {
        for (std::size_t i = 0; i < object_.keys.size(); ++i) {
            const std::string& key = object_.keys[i];
            if (std::find(known.begin(), known.end(), key) != known.end()) {
                continue;
            }
            const std::vector<std::string> near = near_names(key, known);
            reading_.enter(key);
            reading_.complain(object_.items[i].key_offset,
                              near.empty()
                                  ? fmt::format("unknown key; known here are {}", fmt::join(known, ", "))
                                  : fmt::format("unknown key; did you mean \"{}\"?", near.front()));
            reading_.leave();
        }
    }

    Reading& reading_;
    const JsonValue& object_;
};

std::optional<Error> wrong_version(std::string_view text, const JsonValue& root) {
    if (root.kind != JsonValue::Kind::object) {
        return error_at(text, root.offset, {}, "a drawing is an object: {\"fulcrum\": 1, \"nodes\": […], …}");
    }
    const JsonValue* version = root.find("fulcrum");
    if (version == nullptr) {
        return error_at(text, root.offset, {},
                        "not a Fulcrum drawing: the key \"fulcrum\" with the format version is missing");
    }
    const Path path{{"fulcrum", 0, false}};
    if (version->kind != JsonValue::Kind::integer || version->negative || version->magnitude == 0) {
        return error_at(text, version->offset, path, "the format version is a whole number from 1");
    }
    if (version->magnitude > format_version) {
        return error_at(
            text, version->offset, path,
            fmt::format("written by a newer Fulcrum: format version {}, and this program reads up to {}",
                        version->magnitude, format_version));
    }
    return std::nullopt;
}

// Where in the text a path leads; when its last steps are not written (a default), the nearest value above
// them.
std::size_t offset_of(const JsonValue& root, const Path& path) {
    const JsonValue* value = &root;
    for (const PathStep& step : path) {
        const JsonValue* next = step.is_index
                                    ? (step.index < value->items.size() ? &value->items[step.index] : nullptr)
                                    : value->find(step.key);
        if (next == nullptr) {
            break;
        }
        value = next;
    }
    return value->offset;
}

} // namespace

Result<Document> parse_document(std::string_view text) {
    const Result<JsonValue> root = parse_json(text);
    if (!root) {
        return tl::unexpected<Error>(root.error());
    }
    if (auto error = wrong_version(text, *root)) {
        return tl::unexpected<Error>(std::move(*error));
    }
    Reading reading(text);
    Document document;
    ObjectReader::read(reading, *root, document);
    if (reading.failed()) {
        return tl::unexpected<Error>(reading.error());
    }
    if (const auto illegal = illegal_reference(document)) {
        return tl::unexpected<Error>(
            error_at(text, offset_of(*root, illegal->path), illegal->path, illegal->reason));
    }
    return document;
}

} // namespace fulcrum::designer
