#include "designer/document/json_tree.h"

#include <algorithm>
#include <cctype>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace fulcrum::designer {

namespace {

// Hands the text to nlohmann-json byte by byte and tells how far it has read: its SAX events carry no
// position.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, const char** read) : at_(at), read_(read) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        *read_ = ++at_;
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
    bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

private:
    const char* at_;
    const char** read_;
};

// nlohmann-json's sentence without its own numbering and position ("[json.exception.…] parse error at line 3,
// column 7: …") and without the last token, which may be as long as the file and hold any byte.
std::string reason_in(std::string what) {
    if (what.find("number overflow") != std::string::npos) { // would repeat the number, however long
        return "a number too large for any use";
    }
    if (const std::size_t at = what.find("; last read: "); at != std::string::npos) {
        what.erase(at);
    }
    for (const std::string_view head : {"column ", "byte "}) {
        if (const std::size_t at = what.find(head); at != std::string::npos) {
            if (const std::size_t colon = what.find(": ", at); colon != std::string::npos) {
                what.erase(0, colon + 2);
                break;
            }
        }
    }
    if (const std::size_t at = what.find("] "); what.starts_with("[json.") && at != std::string::npos) {
        what.erase(0, at + 2);
    }
    return what;
}

class TreeBuilder {
public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    TreeBuilder(std::string_view text, const char** read) : text_(text), read_(read) {}

    bool null() { return add({}); }
    bool boolean(bool value) {
        JsonValue v;
        v.kind = JsonValue::Kind::boolean;
        v.boolean = value;
        return add(std::move(v));
    }
    bool number_integer(number_integer_t value) {
        JsonValue v;
        v.kind = JsonValue::Kind::integer;
        v.negative = value < 0;
        // Negating in unsigned arithmetic: the smallest integer has no positive counterpart.
        v.magnitude = v.negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
        v.real = static_cast<double>(value);
        return add(std::move(v));
    }
    bool number_unsigned(number_unsigned_t value) {
        JsonValue v;
        v.kind = JsonValue::Kind::integer;
        v.magnitude = value;
        v.real = static_cast<double>(value);
        return add(std::move(v));
    }
    bool number_float(number_float_t value, const string_t&) {
        JsonValue v;
        v.kind = JsonValue::Kind::real;
        v.real = value;
        return add(std::move(v));
    }
    bool string(string_t& value) {
        JsonValue v;
        v.kind = JsonValue::Kind::string;
        v.text = std::move(value);
        return add(std::move(v));
    }
    bool binary(binary_t&) { return refuse("binary values do not exist in JSON text"); }
    bool key(string_t& name) {
        JsonValue& object = *open_.back();
        object.keys.push_back(std::move(name));
        key_offset_ = here();
        return true;
    }
    bool start_object(std::size_t) { return open(JsonValue::Kind::object); }
    bool start_array(std::size_t) { return open(JsonValue::Kind::array); }
    bool end_array() {
        open_.pop_back();
        return true;
    }
    bool end_object() {
        const JsonValue& object = *open_.back();
        std::vector<std::size_t> order(object.keys.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return std::tie(object.keys[a], a) < std::tie(object.keys[b], b);
        });
        const auto twice = std::adjacent_find(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return object.keys[a] == object.keys[b];
        });
        if (twice != order.end()) {
            const std::size_t second = *std::next(twice);
            Path path = path_to_open();
            path.push_back({object.keys[second], 0, false});
            error_ = error_at(text_, object.items[second].key_offset, path,
                              fmt::format("the key is written twice (first on line {})",
                                          line_of(text_, object.items[*twice].key_offset)));
            return false;
        }
        open_.pop_back();
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& exception) {
        return refuse("not JSON: " + reason_in(exception.what()));
    }

    Result<JsonValue> take(bool good) {
        if (good) {
            return std::move(root_);
        }
        return tl::unexpected<Error>(error_);
    }

private:
    // The byte just read. Numbers are known to end only when the byte behind them has been read; as a line
    // feed ends the line it stands on, the line is right all the same.
    std::size_t here() const {
        const auto read = static_cast<std::size_t>(*read_ - text_.data());
        return read == 0 ? 0 : read - 1;
    }

    JsonValue* attach(JsonValue&& value) {
        value.offset = here();
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        JsonValue& parent = *open_.back();
        if (parent.kind == JsonValue::Kind::object) {
            value.key_offset = key_offset_;
        }
        parent.items.push_back(std::move(value));
        return &parent.items.back();
    }
    bool add(JsonValue&& value) {
        attach(std::move(value));
        return true;
    }
    bool open(JsonValue::Kind kind) {
        if (open_.size() >= max_json_depth) {
            return refuse(fmt::format("brackets are nested deeper than {}", max_json_depth));
        }
        JsonValue value;
        value.kind = kind;
        // A parent's items do not move while a child is open: values are appended to the innermost one only.
        open_.push_back(attach(std::move(value)));
        return true;
    }
    bool refuse(std::string_view reason) {
        error_ = error_at(text_, here(), path_to_open(), reason);
        return false;
    }
    Path path_to_open() const {
        Path path;
        for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
            const JsonValue& parent = *open_[i];
            const std::size_t last = parent.items.size() - 1;
            path.push_back(parent.kind == JsonValue::Kind::object ? PathStep{parent.keys[last], 0, false}
                                                                  : PathStep{{}, last, true});
        }
        return path;
    }

    std::string_view text_;
    const char** read_;
    JsonValue root_;
    std::vector<JsonValue*> open_;
    std::size_t key_offset_ = 0;
    Error error_;
};

bool is_plain_key(std::string_view key) {
    return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
}

} // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
    const auto at = std::find(keys.begin(), keys.end(), key);
    return at == keys.end() ? nullptr : &items[static_cast<std::size_t>(at - keys.begin())];
}

std::string text_of(const Path& path) {
    std::string out;
    for (const PathStep& step : path) {
        if (step.is_index) {
            out += fmt::format("[{}]", step.index);
        } else if (is_plain_key(step.key)) {
            out += (out.empty() ? "" : ".") + step.key;
        } else {
            out += fmt::format("[{}]", quote(step.key));
        }
    }
    return out;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

Error error_at(std::string_view text, std::size_t offset, const Path& path, std::string_view reason) {
    const std::size_t line = line_of(text, offset);
    return Error{path.empty() ? fmt::format("line {}: {}", line, reason)
                              : fmt::format("line {}, {}: {}", line, text_of(path), reason),
                 ErrorKind::bad_input};
}

std::string quote(std::string_view text) {
    constexpr std::size_t most = 60;
    std::string out = "\"";
    bool cut = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (i >= most && (c & 0xc0) != 0x80) { // never inside a character
            cut = true;
            break;
        }
        if (c < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04x}", c);
        } else {
            out += static_cast<char>(c);
        }
    }
    return out + (cut ? "…\"" : "\"");
}

Result<JsonValue> parse_json(std::string_view text) {
    // nlohmann-json takes a NUL byte for the end of its input and would drop what follows.
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        return tl::unexpected<Error>(error_at(text, nul, {}, "not JSON: a NUL byte"));
    }
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return tl::unexpected<Error>(error_at(text, text.size(), {}, "the file is empty"));
    }
    const char* read = text.data();
    TreeBuilder builder(text, &read);
    const bool good = nlohmann::json::sax_parse(CountingIterator(text.data(), &read),
                                                CountingIterator(text.data() + text.size(), &read), &builder);
    return builder.take(good);
}

} // namespace fulcrum::designer
