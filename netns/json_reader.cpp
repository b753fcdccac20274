#include "netns/json_reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace fulcrum::netns {

using nlohmann::json;

namespace {

// Code points U+0000 to U+00FF back to bytes; none when there is anything else.
std::optional<std::string> text_to_bytes(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            bytes += text[i];
        } else if ((lead == 0xc2 || lead == 0xc3) && i + 1 < text.size()) {
            bytes +=
                static_cast<char>(((lead & 0x03U) << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3fU));
        } else {
            return std::nullopt;
        }
    }
    return bytes;
}

} // namespace

std::string bytes_to_text(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xc0U | (byte >> 6U));
            text += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return text;
}

Result<json> parse_json(std::string_view text) {
    try {
        return json::parse(text);
    } catch (const json::exception& error) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: …": the part in brackets is for
        // programmers.
        std::string what = error.what();
        if (const auto end = what.find("] "); end != std::string::npos) {
            what.erase(0, end + 2);
        }
        return bad_input("not JSON: " + what);
    }
}

void JsonProblem::found(const std::string& path, const std::string& what) {
    if (text_.empty()) {
        text_ = fmt::format("{}: {}", path.empty() ? "document" : path, what);
    }
}

Result<> JsonProblem::result() const {
    if (any()) {
        return bad_input(text_);
    }
    return {};
}

JsonReader::JsonReader(const json& value, std::string path, JsonProblem& problem)
    : path_(std::move(path)), problem_(problem) {
    if (value.is_object()) {
        value_ = &value;
    } else {
        problem_.found(path_, fmt::format("an object is expected, not {}", value.type_name()));
    }
}

JsonReader::~JsonReader() {
    if (value_ == nullptr || problem_.any()) {
        return;
    }
    for (const auto& item : value_->items()) {
        if (std::find(asked_.begin(), asked_.end(), item.key()) == asked_.end()) {
            problem_.found(path_of(item.key().c_str()), "unknown key");
            return;
        }
    }
}

std::string JsonReader::path_of(const char* key) const {
    return path_.empty() ? key : path_ + "." + key;
}

const json* JsonReader::find(const char* key, bool required) {
    asked_.emplace_back(key);
    if (value_ == nullptr) {
        return nullptr;
    }
    const auto found = value_->find(key);
    if (found == value_->end()) {
        if (required) {
            problem_.found(path_of(key), "missing");
        }
        return nullptr;
    }
    return &*found;
}

void JsonReader::read(const char* key, std::string& out, bool required) {
    if (const json* value = find(key, required)) {
        if (value->is_string()) {
            out = value->get_ref<const std::string&>();
        } else {
            problem_.found(path_of(key), fmt::format("text is expected, not {}", value->type_name()));
        }
    }
}

void JsonReader::read(const char* key, bool& out) {
    if (const json* value = find(key, false)) {
        if (value->is_boolean()) {
            out = value->get<bool>();
        } else {
            problem_.found(path_of(key),
                           fmt::format("true or false is expected, not {}", value->type_name()));
        }
    }
}

void JsonReader::read(const char* key, std::uint32_t& out, std::uint32_t least, std::uint32_t most) {
    if (const json* value = find(key, false)) {
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() < least ||
            value->get<std::uint64_t>() > most) {
            problem_.found(path_of(key),
                           fmt::format("a whole number from {} to {} is expected", least, most));
        } else {
            out = value->get<std::uint32_t>();
        }
    }
}

void JsonReader::read(const char* key, std::uint64_t& out) {
    if (const json* value = find(key, false)) {
        if (!value->is_number_unsigned()) {
            problem_.found(path_of(key), "a whole number is expected");
        } else {
            out = value->get<std::uint64_t>();
        }
    }
}

void JsonReader::read(const char* key, std::int64_t& out) {
    if (const json* value = find(key, false)) {
        constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
        if (!value->is_number_integer() ||
            (value->is_number_unsigned() && value->get<std::uint64_t>() > most)) {
            problem_.found(path_of(key), "a whole number is expected");
        } else {
            out = value->get<std::int64_t>();
        }
    }
}

void JsonReader::read(const char* key, double& out) {
    if (const json* value = find(key, false)) {
        if (!value->is_number()) {
            problem_.found(path_of(key), "a number is expected");
        } else {
            out = value->get<double>();
        }
    }
}

void JsonReader::array(const char* key, const std::function<void(const json&, const std::string&)>& each) {
    const json* value = find(key, false);
    if (value == nullptr) {
        return;
    }
    if (!value->is_array()) {
        problem_.found(path_of(key), fmt::format("a list is expected, not {}", value->type_name()));
        return;
    }
    for (std::size_t i = 0; i < value->size() && !problem_.any(); ++i) {
        each((*value)[i], fmt::format("{}[{}]", path_of(key), i));
    }
}

void JsonReader::member(const char* key, const std::function<void(const json&, const std::string&)>& inside,
                        bool required) {
    if (const json* value = find(key, required)) {
        inside(*value, path_of(key));
    }
}

void JsonReader::map(const char* key,
                     const std::function<void(const std::string&, const json&, const std::string&)>& each) {
    const json* value = find(key, false);
    if (value == nullptr) {
        return;
    }
    if (!value->is_object()) {
        problem_.found(path_of(key), fmt::format("an object is expected, not {}", value->type_name()));
        return;
    }
    for (const auto& item : value->items()) {
        each(item.key(), item.value(), path_of(key) + "." + item.key());
    }
}

void JsonReader::texts(const char* key,
                       const std::function<void(const std::string&, const std::string&)>& each) {
    array(key, [&](const json& value, const std::string& path) {
        if (value.is_string()) {
            each(value.get_ref<const std::string&>(), path);
        } else {
            problem_.found(path, fmt::format("text is expected, not {}", value.type_name()));
        }
    });
}

void JsonReader::read(const char* key, std::vector<std::string>& out) {
    texts(key, [&](const std::string& text, const std::string&) { out.push_back(text); });
}

void JsonReader::read(const char* key, std::vector<IpPrefix>& out) {
    texts(key, [&](const std::string& text, const std::string& path) {
        if (const auto prefix = IpPrefix::parse(text)) {
            out.push_back(*prefix);
        } else {
            problem_.found(path, fmt::format("\"{}\" is no address with a prefix length", text));
        }
    });
}

void JsonReader::read(const char* key, std::vector<IpAddress>& out) {
    texts(key, [&](const std::string& text, const std::string& path) {
        if (const auto address = IpAddress::parse(text)) {
            out.push_back(*address);
        } else {
            problem_.found(path, fmt::format("\"{}\" is no address", text));
        }
    });
}

void JsonReader::read(const char* key, IpPrefix& out, bool required) {
    std::string text;
    const bool there = value_ != nullptr && value_->contains(key);
    read(key, text, required);
    if (!there || problem_.any()) {
        return;
    }
    if (const auto prefix = IpPrefix::parse(text)) {
        out = *prefix;
    } else {
        problem_.found(path_of(key), fmt::format("\"{}\" is no address with a prefix length", text));
    }
}

void JsonReader::read(const char* key, std::optional<IpAddress>& out) {
    std::string text;
    const bool there = value_ != nullptr && value_->contains(key);
    read(key, text);
    if (there && !problem_.any()) {
        out = IpAddress::parse(text);
        if (!out) {
            problem_.found(path_of(key), fmt::format("\"{}\" is no address", text));
        }
    }
}

void JsonReader::read(const char* key, std::optional<Mac>& out) {
    std::string text;
    const bool there = value_ != nullptr && value_->contains(key);
    read(key, text);
    if (there && !problem_.any()) {
        out = Mac::parse(text);
        if (!out) {
            problem_.found(path_of(key), fmt::format("\"{}\" is no MAC address", text));
        }
    }
}

void JsonReader::read_bytes(const char* key, std::string& out) {
    std::string text;
    read(key, text);
    if (const auto bytes = text_to_bytes(text)) {
        out = *bytes;
    } else {
        problem_.found(path_of(key), "code points above U+00FF stand for no byte");
    }
}

void JsonReader::read_bytes(const char* key, std::vector<std::string>& out) {
    texts(key, [&](const std::string& text, const std::string& path) {
        if (auto bytes = text_to_bytes(text)) {
            out.push_back(std::move(*bytes));
        } else {
            problem_.found(path, "code points above U+00FF stand for no byte");
        }
    });
}

} // namespace fulcrum::netns
