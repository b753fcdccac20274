#include "capture/filter/syntax.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace fulcrum::capture {
namespace {

using Node = std::unique_ptr<SyntaxNode>;

class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    Filtered<Node> parse() {
        auto node = any();
        if (node && now().kind != TokenKind::end) {
            return unexpected("the filter should end here, or go on with \"and\" or \"or\"");
        }
        return node;
    }

private:
    // Parentheses and "not" nest: as deep as no sane filter, and no stack minds.
    static constexpr int deepest = 200;

    const Token& now() const { return tokens_[at_]; }
    Token take() { return tokens_[at_].kind == TokenKind::end ? tokens_[at_] : tokens_[at_++]; }
    tl::unexpected<FilterError> unexpected(std::string message) const {
        return wrong(std::move(message), now().position, now().length);
    }
    static Node join(SyntaxNode::Kind kind, Node left, Node right) {
        auto node = std::make_unique<SyntaxNode>();
        node->kind = kind;
        node->left = std::move(left);
        node->right = std::move(right);
        return node;
    }

    Filtered<Node> any() {
        auto left = all();
        while (left && now().kind == TokenKind::logical_or) {
            take();
            auto right = all();
            if (!right) {
                return right;
            }
            left = join(SyntaxNode::Kind::any, std::move(*left), std::move(*right));
        }
        return left;
    }
    Filtered<Node> all() {
        auto left = unary();
        while (left && now().kind == TokenKind::logical_and) {
            take();
            auto right = unary();
            if (!right) {
                return right;
            }
            left = join(SyntaxNode::Kind::all, std::move(*left), std::move(*right));
        }
        return left;
    }
    Filtered<Node> unary() {
        if (depth_ == deepest) {
            return unexpected("the filter is nested too deeply");
        }
        ++depth_;
        auto node = nested();
        --depth_;
        return node;
    }
    Filtered<Node> nested() {
        if (now().kind == TokenKind::logical_not) {
            take();
            auto inner = unary();
            if (!inner) {
                return inner;
            }
            return join(SyntaxNode::Kind::none, std::move(*inner), nullptr);
        }
        if (now().kind == TokenKind::open) {
            take();
            auto inner = any();
            if (inner && now().kind != TokenKind::close) {
                return unexpected("a \")\" is missing here");
            }
            take();
            return inner;
        }
        return test();
    }

    static std::optional<Relation> relation_of(TokenKind kind) {
        switch (kind) {
        case TokenKind::equal:
            return Relation::equal;
        case TokenKind::not_equal:
            return Relation::not_equal;
        case TokenKind::any_not_equal:
            return Relation::any_not_equal;
        case TokenKind::less:
            return Relation::less;
        case TokenKind::less_equal:
            return Relation::less_equal;
        case TokenKind::greater:
            return Relation::greater;
        case TokenKind::greater_equal:
            return Relation::greater_equal;
        case TokenKind::contains:
            return Relation::contains;
        case TokenKind::matches:
            return Relation::matches;
        case TokenKind::in:
            return Relation::in;
        case TokenKind::bits:
            return Relation::bits;
        default:
            return std::nullopt;
        }
    }

    Filtered<Node> test() {
        if (now().kind != TokenKind::word) {
            return unexpected(now().kind == TokenKind::end ? "a field is missing here"
                                                           : "a field should stand here, as in tcp.port");
        }
        auto node = std::make_unique<SyntaxNode>();
        node->field_token = take();
        const auto& name = node->field_token.value;
        node->field = find_field(name);
        if (node->field == nullptr) {
            const auto near = similar_fields(name);
            --at_;
            return unexpected(near.empty() ? fmt::format("there is no field \"{}\"", name)
                                           : fmt::format("there is no field \"{}\"; there is {}", name,
                                                         fmt::join(near, ", ")));
        }
        if (now().kind == TokenKind::logical_not && tokens_[at_ + 1].kind == TokenKind::in) {
            take();
            take();
            node->relation = Relation::in;
            auto inner = set(std::move(node));
            if (!inner) {
                return inner;
            }
            auto none = std::make_unique<SyntaxNode>();
            none->kind = SyntaxNode::Kind::none;
            none->left = std::move(*inner);
            return none;
        }
        const auto relation = relation_of(now().kind);
        if (!relation) {
            return node;
        }
        take();
        node->relation = *relation;
        return *relation == Relation::in ? set(std::move(node)) : operand(std::move(node));
    }
    bool at_value() const { return now().kind == TokenKind::word || now().kind == TokenKind::text; }

    Filtered<Node> operand(Node node) {
        if (!at_value()) {
            return unexpected(fmt::format("{} should stand here", name_of(node->field->type)));
        }
        node->operands.push_back({take(), {}});
        return node;
    }
    // {a, b..c d}: commas may be left out.
    Filtered<Node> set(Node node) {
        if (now().kind != TokenKind::open_set) {
            return unexpected("\"in\" wants a set: {1, 2, 5..9}");
        }
        take();
        while (true) {
            if (!at_value()) {
                return unexpected("a value of the set should stand here");
            }
            SyntaxNode::Operand one{take(), {}};
            if (now().kind == TokenKind::range) {
                take();
                if (!at_value()) {
                    return unexpected("the end of the range should stand here");
                }
                one.high = take();
            }
            node->operands.push_back(std::move(one));
            if (now().kind == TokenKind::comma) {
                take();
            } else if (now().kind == TokenKind::close_set) {
                take();
                return node;
            }
        }
    }

    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

} // namespace

std::string_view name_of(Relation relation) {
    constexpr std::string_view names[] = {
        "present", "==", "!=", "!==", "<", "<=", ">", ">=", "contains", "matches", "in", "&"};
    return names[static_cast<std::size_t>(relation)];
}

Filtered<std::unique_ptr<SyntaxNode>> parse_filter(std::string_view text) {
    constexpr std::size_t longest = 16'384; // what follows takes stack by the word
    if (text.size() > longest) {
        return wrong(fmt::format("the filter is longer than {} bytes", longest), longest, 0);
    }
    auto tokens = cut(text);
    if (!tokens) {
        return tl::unexpected(tokens.error());
    }
    return Parser(std::move(*tokens)).parse();
}

} // namespace fulcrum::capture
