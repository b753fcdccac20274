// Strict reading of JSON objects that came from outside: each member is asked for by name and type, what
// nobody asked for is refused, and the first error, with its path ("nodes[2].routes[0].destination: …"),
// sticks. Reading goes on after an error with the defaults, so that callers are plain lists of members and
// check once, at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/address.h"
#include "engine/base/result.h"

namespace fulcrum::netns {

// The first thing that was wrong in a document.
class JsonProblem {
public:
    void found(const std::string& path, const std::string& what);
    bool any() const { return !text_.empty(); }
    Result<> result() const; // bad_input when any

private:
    std::string text_;
};

class JsonReader {
public:
    // `value` must be an object; it and `problem` outlive the reader.
    JsonReader(const nlohmann::json& value, std::string path, JsonProblem& problem);
    JsonReader(const JsonReader&) = delete;
    JsonReader& operator=(const JsonReader&) = delete;
    ~JsonReader(); // names the first member that was not asked for

    // A member that is absent leaves `out` as it is, unless it is required.
    void read(const char* key, std::string& out, bool required = false);
    void read(const char* key, bool& out);
    void read(const char* key, std::uint32_t& out, std::uint32_t least = 0, std::uint32_t most = UINT32_MAX);
    void read(const char* key, std::uint64_t& out);
    void read(const char* key, std::int64_t& out);
    void read(const char* key, double& out);
    void read(const char* key, std::vector<std::string>& out);
    void read(const char* key, std::vector<IpPrefix>& out);
    void read(const char* key, std::vector<IpAddress>& out);
    void read(const char* key, IpPrefix& out, bool required);
    void read(const char* key, std::optional<IpAddress>& out);
    void read(const char* key, std::optional<Mac>& out);
    // Text in which each byte is one code point U+0000 to U+00FF: arguments and paths are bytes, not UTF-8.
    void read_bytes(const char* key, std::string& out);
    void read_bytes(const char* key, std::vector<std::string>& out);

    // Calls `each` with every element of the array and its path.
    void array(const char* key, const std::function<void(const nlohmann::json&, const std::string&)>& each);
    // Calls `inside` with the member when it is there.
    void member(const char* key, const std::function<void(const nlohmann::json&, const std::string&)>& inside,
                bool required = false);
    // Calls `each` for every member of an object used as a map.
    void map(const char* key,
             const std::function<void(const std::string&, const nlohmann::json&, const std::string&)>& each);

    std::string path_of(const char* key) const;
    JsonProblem& problem() { return problem_; }

private:
    const nlohmann::json* find(const char* key, bool required);
    void texts(const char* key, const std::function<void(const std::string&, const std::string& path)>& each);

    const nlohmann::json* value_ = nullptr; // none: was no object
    std::string path_;
    JsonProblem& problem_;
    std::vector<std::string> asked_;
};

// The whole text as JSON, or bad_input with line and column.
Result<nlohmann::json> parse_json(std::string_view text);

std::string bytes_to_text(std::string_view bytes); // see read_bytes

} // namespace fulcrum::netns
