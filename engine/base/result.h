// Results that carry what was done, to what, and why it failed.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace fulcrum {

enum class ErrorKind {
    failed,    // the thing asked for failed: exit code 1
    bad_input, // wrong use or unusable input: exit code 2
};

// One failure, told as one line: "launch lab x: create link se1:eth0: Operation not permitted".
// Each layer that passes it on adds one phrase in front with `within`.
struct Error {
    std::string message;
    ErrorKind kind = ErrorKind::failed;

    Error within(std::string_view phrase) const { return Error{std::string(phrase) + ": " + message, kind}; }
};

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message, ErrorKind kind = ErrorKind::failed) {
    return tl::unexpected<Error>(Error{std::move(message), kind});
}
inline tl::unexpected<Error> bad_input(std::string message) {
    return fail(std::move(message), ErrorKind::bad_input);
}
inline tl::unexpected<Error> fail(const Error& error, std::string_view phrase) {
    return tl::unexpected<Error>(error.within(phrase));
}
// "what: strerror(number)"; number is errno when not given.
tl::unexpected<Error> fail_errno(std::string_view what, int number = -1);

} // namespace fulcrum
