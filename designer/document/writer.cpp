#include <fmt/format.h>
#include <fmt/ranges.h>

#include "designer/document/file.h"
#include "designer/document/format_fields.h"
#include "designer/document/key_list.h"

namespace fulcrum::designer {

namespace {

constexpr std::size_t longest_line = 160;

// A JSON value on its way to text. A list of objects puts every element on a line of its own, and whatever
// holds one is broken over lines as well; the rest stays on one line while that is short. So one changed
// entity is one changed line.
struct Piece {
    enum class Kind { scalar, array, object };
    Kind kind = Kind::scalar;
    std::string scalar;                               // finished JSON text
    std::vector<std::pair<std::string, Piece>> parts; // first: the key as JSON text, empty in an array
    bool broken = false;
    std::size_t width = 0; // of its one-line form

    void add(std::string key, Piece piece) {
        width += key.size() + (key.empty() ? 0 : 2) + piece.width + (parts.empty() ? 0 : 2);
        broken = broken || piece.broken || (kind == Kind::array && piece.kind == Kind::object);
        parts.emplace_back(std::move(key), std::move(piece));
    }
};

Piece container(Piece::Kind kind) {
    Piece piece;
    piece.kind = kind;
    piece.width = 2;
    return piece;
}

Piece scalar(std::string text) {
    Piece piece;
    piece.width = text.size();
    piece.scalar = std::move(text);
    return piece;
}

void write(const Piece& piece, std::size_t indent, std::size_t used, std::string& out) {
    if (piece.kind == Piece::Kind::scalar) {
        out += piece.scalar;
        return;
    }
    const bool array = piece.kind == Piece::Kind::array;
    const bool lines = piece.broken || (!piece.parts.empty() && used + piece.width > longest_line);
    out += array ? '[' : '{';
    bool first = true;
    for (const auto& [key, part] : piece.parts) {
        out += first ? "" : lines ? "," : ", ";
        first = false;
        if (lines) {
            out += '\n';
            out.append(indent + 2, ' ');
        }
        if (!array) {
            out += key;
            out += ": ";
        }
        write(part, indent + 2, indent + 2 + key.size() + 3, out);
    }
    if (lines) {
        out += '\n';
        out.append(indent, ' ');
    }
    out += array ? ']' : '}';
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
            } else {
                out += c;
            }
        }
    }
    return out + '"';
}

Piece piece_of(bool value) {
    return scalar(value ? "true" : "false");
}
Piece piece_of(const std::string& value) {
    return scalar(json_string(value));
}
template <std::unsigned_integral T>
Piece piece_of(T value) {
    return scalar(fmt::format("{}", value));
}
Piece piece_of(double value) {
    return scalar(fmt::format("{}", value));
} // the shortest text that reads back equal
Piece piece_of(milliseconds value) {
    return scalar(fmt::format("{}", value.count()));
}
Piece piece_of(const IpAddress& value) {
    return scalar(json_string(value.text()));
}
Piece piece_of(const IpPrefix& value) {
    return scalar(json_string(value.text()));
}
Piece piece_of(const Mac& value) {
    return scalar(json_string(value.text()));
}
template <class E>
requires std::is_enum_v<E> Piece piece_of(E value) {
    return scalar(json_string(name_of(value)));
}

// A visitor of format_fields.h that turns one entity into one object.
class ObjectWriter {
public:
    template <class T>
    static Piece write(const T& entity) {
        ObjectWriter writer;
        fields(writer, entity);
        return std::move(writer.piece_);
    }

    void version(std::string_view key) { add(key, piece_of(static_cast<unsigned>(format_version))); }
    template <class T, class... Rule>
    void required(std::string_view key, const T& value, Rule...) {
        add(key, piece_of(value));
    }
    template <class T, class... Rule>
    void field(std::string_view key, const T& value, const T& fallback, Rule...) {
        if (value != fallback) {
            add(key, piece_of(value));
        }
    }
    template <class T, class... Rule>
    void optional(std::string_view key, const std::optional<T>& value, Rule...) {
        if (value) {
            add(key, piece_of(*value));
        }
    }
    void name(std::string_view key, const std::string& value, const Id& id) {
        if (!value.empty() && value != id) {
            add(key, piece_of(value));
        }
    }
    void texts(std::string_view key, const std::vector<std::string>& list, TextRule) {
        if (list.empty()) {
            return;
        }
        Piece array = container(Piece::Kind::array);
        for (const std::string& text : list) {
            array.add({}, piece_of(text));
        }
        add(key, std::move(array));
    }
    template <class T>
    void list(std::string_view key, const std::vector<T>& entities) {
        if (entities.empty()) {
            return;
        }
        Piece array = container(Piece::Kind::array);
        array.parts.reserve(entities.size());
        for (const T& entity : entities) {
            array.add({}, write(entity));
        }
        add(key, std::move(array));
    }
    template <class T>
    void object(std::string_view key, const T& value) {
        if (value != fallback_of<T>) {
            add(key, write(value));
        }
    }
    template <class T>
    void required_object(std::string_view key, const T& value) {
        add(key, write(value));
    }
    void placements(std::string_view key, const Layout& layout) {
        if (layout.empty()) {
            return;
        }
        Piece object = container(Piece::Kind::object);
        object.broken = true; // one item a line
        for (const auto& [id, placement] : layout) {
            object.add(json_string(id), write(placement));
        }
        add(key, std::move(object));
    }

private:
    void add(std::string_view key, Piece piece) { piece_.add(json_string(key), std::move(piece)); }

    Piece piece_ = container(Piece::Kind::object);
};

} // namespace

std::string emit_document(const Document& document) {
    Piece root = ObjectWriter::write(document);
    root.broken = true;
    std::string out;
    write(root, 0, 0, out);
    out += '\n';
    return out;
}

std::vector<std::string> format_keys() {
    KeyList list(true);
    fields(list, fallback_of<Document>);
    return list.keys;
}

} // namespace fulcrum::designer
