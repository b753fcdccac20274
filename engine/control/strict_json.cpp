#include "engine/control/strict_json.h"

#include <cassert>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fulcrum::engine {

using nlohmann::json;

namespace {

// Looks at the events of a document before anything is built from them: nesting and duplicate keys, which the
// library's own tree builder would accept (the last one wins, silently).
class Precheck : public nlohmann::json_sax<json> {
public:
    explicit Precheck(const JsonLimits& limits) : limits_(limits) {}

    const std::string& reason() const { return reason_; }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return push(); }
    bool key(string_t& name) override {
        if (!keys_.back().insert(name).second) {
            reason_ = fmt::format("key '{}' appears twice in one object", name.substr(0, 60));
            return false;
        }
        return true;
    }
    bool end_object() override { return pop(); }
    bool start_array(std::size_t) override { return push(); }
    bool end_array() override { return pop(); }
    bool parse_error(std::size_t position, const std::string&, const json::exception& why) override {
        // The library's text starts with "[json.exception.parse_error.101] "; the reader wants what follows.
        const std::string_view text = why.what();
        const std::size_t bracket = text.find("] ");
        reason_ =
            fmt::format("not JSON at byte {}: {}", position,
                        text.substr(bracket == std::string_view::npos ? 0 : bracket + 2).substr(0, 200));
        return false;
    }

private:
    bool push() {
        if (keys_.size() >= limits_.depth) {
            reason_ = fmt::format("nested deeper than {}", limits_.depth);
            return false;
        }
        keys_.emplace_back();
        return true;
    }
    bool pop() {
        keys_.pop_back();
        return true;
    }

    JsonLimits limits_;
    std::vector<std::set<std::string, std::less<>>> keys_;
    std::string reason_;
};

} // namespace

Result<json> read_json(std::string_view text, const JsonLimits& limits) {
    if (text.size() > limits.size_bytes) {
        return bad_input(fmt::format("{} bytes, more than the {} allowed", text.size(), limits.size_bytes));
    }
    Precheck precheck(limits);
    if (!json::sax_parse(text.begin(), text.end(), &precheck)) {
        return bad_input(precheck.reason());
    }
    json document = json::parse(text.begin(), text.end(), nullptr, false);
    if (document.is_discarded()) {
        return bad_input("not JSON");
    }
    return document;
}

void JsonComplaint::add(const std::string& path, std::string_view reason) {
    if (!message_) {
        message_ = path.empty() ? std::string(reason) : fmt::format("{}: {}", path, reason);
    }
}

JsonObject::JsonObject(const json& value, std::string path, JsonComplaint& complaint)
    : path_(std::move(path)), complaint_(complaint) {
    if (value.is_object()) {
        object_ = &value;
    } else {
        complaint_.add(path_, fmt::format("is {}, not an object", value.type_name()));
    }
}

std::string JsonObject::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void JsonObject::complain(std::string_view key, std::string_view reason) {
    complaint_.add(path_of(key), reason);
}

const json* JsonObject::find(std::string_view key, Need need) {
    if (object_ == nullptr) {
        return nullptr;
    }
    asked_.emplace(key);
    const auto found = object_->find(std::string(key));
    if (found == object_->end()) {
        if (need == required) {
            complain(key, "is missing");
        }
        return nullptr;
    }
    return &*found;
}

const json* JsonObject::raw(std::string_view key) {
    return find(key, optional);
}

bool JsonObject::string_value(std::string_view key, std::string& out, Need need) {
    const json* value = find(key, need);
    if (value == nullptr) {
        return false;
    }
    if (!value->is_string()) {
        complain(key, fmt::format("is {}, not a string", value->type_name()));
        return false;
    }
    out = value->get_ref<const std::string&>();
    return true;
}

void JsonObject::text(std::string_view key, std::string& out, std::size_t max_bytes, Need need) {
    std::string said;
    if (!string_value(key, said, need)) {
        return;
    }
    if (said.size() > max_bytes) {
        complain(key, fmt::format("is {} bytes long, more than {}", said.size(), max_bytes));
    } else if (need == required && said.empty()) {
        complain(key, "is empty");
    } else {
        out = std::move(said);
    }
}

void JsonObject::boolean(std::string_view key, bool& out) {
    const json* value = find(key, optional);
    if (value == nullptr) {
        return;
    }
    if (value->is_boolean()) {
        out = value->get<bool>();
    } else {
        complain(key, fmt::format("is {}, not true or false", value->type_name()));
    }
}

void JsonObject::address(std::string_view key, IpAddress& out, Need need) {
    std::string said;
    if (!string_value(key, said, need)) {
        return;
    }
    if (const auto parsed = IpAddress::parse(said)) {
        out = *parsed;
    } else {
        complain(key, fmt::format("'{}' is not an IP address", said.substr(0, 60)));
    }
}

void JsonObject::address(std::string_view key, std::optional<IpAddress>& out) {
    IpAddress parsed;
    const bool before = complaint_.any();
    if (find(key, optional) != nullptr) {
        address(key, parsed, optional);
        if (before == complaint_.any()) {
            out = parsed;
        }
    }
}

void JsonObject::prefix(std::string_view key, IpPrefix& out, Need need) {
    std::string said;
    if (!string_value(key, said, need)) {
        return;
    }
    if (const auto parsed = IpPrefix::parse(said)) {
        out = *parsed;
    } else {
        complain(key, fmt::format("'{}' is not an address with a prefix length", said.substr(0, 60)));
    }
}

void JsonObject::mac(std::string_view key, Mac& out, Need need) {
    std::string said;
    if (!string_value(key, said, need)) {
        return;
    }
    if (const auto parsed = Mac::parse(said)) {
        out = *parsed;
    } else {
        complain(key, fmt::format("'{}' is not a MAC address", said.substr(0, 60)));
    }
}

std::optional<std::uint64_t> JsonObject::unsigned_value(std::string_view key, std::uint64_t min,
                                                        std::uint64_t max, Need need) {
    const json* value = find(key, need);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_number_integer()) {
        complain(key, fmt::format("is {}, not a whole number", value->type_name()));
        return std::nullopt;
    }
    const bool negative = !value->is_number_unsigned() && value->get<std::int64_t>() < 0;
    const std::uint64_t number = negative ? 0 : value->get<std::uint64_t>();
    if (negative || number < min || number > max) {
        complain(key, fmt::format("{} is not {} to {}", value->dump(), min, max));
        return std::nullopt;
    }
    return number;
}

void JsonObject::duration_ms(std::string_view key, std::chrono::milliseconds& out, std::uint64_t min,
                             std::uint64_t max) {
    if (const auto value = unsigned_value(key, min, max, optional)) {
        out = std::chrono::milliseconds(*value);
    }
}

void JsonObject::array(std::string_view key, std::size_t max_elements,
                       const std::function<void(const json& element, const std::string& path)>& each,
                       Need need) {
    const json* value = find(key, need);
    if (value == nullptr) {
        return;
    }
    if (!value->is_array()) {
        complain(key, fmt::format("is {}, not an array", value->type_name()));
        return;
    }
    if (value->size() > max_elements) {
        complain(key, fmt::format("has {} elements, more than {}", value->size(), max_elements));
        return;
    }
    const std::string path = path_of(key);
    for (std::size_t i = 0; i < value->size() && !complaint_.any(); ++i) {
        each((*value)[i], fmt::format("{}[{}]", path, i));
    }
}

void JsonObject::finish() {
    if (object_ == nullptr) {
        return;
    }
    for (const auto& [key, value] : object_->items()) {
        if (!asked_.contains(key)) {
            complain(key.substr(0, 60), "is not a known key");
            return;
        }
    }
}

std::optional<IpAddress> read_address(const json& value) {
    return value.is_string() ? IpAddress::parse(value.get_ref<const std::string&>()) : std::nullopt;
}

std::optional<IpPrefix> read_prefix(const json& value) {
    return value.is_string() ? IpPrefix::parse(value.get_ref<const std::string&>()) : std::nullopt;
}

} // namespace fulcrum::engine
