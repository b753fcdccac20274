// Strict reading of JSON that somebody else wrote: bounded in size and nesting, no duplicate keys, no unknown
// keys, no wrong types. Every complaint names the place: "services[0].ports[1].port: 70000 is not 1 to
// 65535".
//
// Only the forward declaration of the JSON library is included here: its full header costs seconds per file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "engine/base/address.h"
#include "engine/base/result.h"

namespace fulcrum::engine {

struct JsonLimits {
    std::size_t size_bytes = 16U << 20;
    std::size_t depth = 12;
};

// Text to a document, or bad_input with the reason. Nothing of the text is trusted.
Result<nlohmann::json> read_json(std::string_view text, const JsonLimits& limits = {});

// The first complaint about a document; later ones are consequences and are not kept.
class JsonComplaint {
public:
    void add(const std::string& path, std::string_view reason);
    bool any() const { return message_.has_value(); }
    const std::string& message() const { return *message_; }

private:
    std::optional<std::string> message_;
};

// One object of a document. Each accessor takes a key; a missing one leaves `out` as it is unless `required`.
// `finish` must be the last call: it refuses every key that no accessor asked for.
class JsonObject {
public:
    enum Need : std::uint8_t { optional, required };

    JsonObject(const nlohmann::json& value, std::string path, JsonComplaint& complaint);

    void text(std::string_view key, std::string& out, std::size_t max_bytes, Need need = optional);
    void boolean(std::string_view key, bool& out);
    void address(std::string_view key, IpAddress& out, Need need = optional);
    void address(std::string_view key, std::optional<IpAddress>& out);
    void prefix(std::string_view key, IpPrefix& out, Need need = optional);
    void mac(std::string_view key, Mac& out, Need need = optional);
    void duration_ms(std::string_view key, std::chrono::milliseconds& out, std::uint64_t min,
                     std::uint64_t max);

    template <class T>
    void number(std::string_view key, T& out, std::uint64_t min, std::uint64_t max, Need need = optional) {
        if (const auto value = unsigned_value(key, min, max, need)) {
            out = static_cast<T>(*value);
        }
    }

    // `parse` is one of the parse_… functions of the enumerations.
    template <class Enum>
    void word(std::string_view key, Enum& out, std::optional<Enum> (*parse)(std::string_view),
              Need need = optional) {
        std::string said;
        if (!string_value(key, said, need)) {
            return;
        }
        if (const auto value = parse(said)) {
            out = *value;
        } else {
            complain(key, "'" + said.substr(0, 40) + "' is not a known word here");
        }
    }

    // Calls `each` with every element and its path; the element's type is up to `each`.
    void array(std::string_view key, std::size_t max_elements,
               const std::function<void(const nlohmann::json& element, const std::string& path)>& each,
               Need need = optional);

    const nlohmann::json* raw(std::string_view key); // null when missing

    void complain(std::string_view key, std::string_view reason);
    std::string path_of(std::string_view key) const;
    void finish();

private:
    const nlohmann::json* find(std::string_view key, Need need);
    bool string_value(std::string_view key, std::string& out, Need need);
    std::optional<std::uint64_t> unsigned_value(std::string_view key, std::uint64_t min, std::uint64_t max,
                                                Need need);

    const nlohmann::json* object_ = nullptr; // null: not an object, already complained
    std::string path_;
    JsonComplaint& complaint_;
    std::set<std::string, std::less<>> asked_;
};

// Elements of arrays of plain values.
std::optional<IpAddress> read_address(const nlohmann::json& value);
std::optional<IpPrefix> read_prefix(const nlohmann::json& value);

} // namespace fulcrum::engine
