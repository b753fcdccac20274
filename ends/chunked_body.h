// Takes the chunked coding off a body as it arrives (RFC 9112 section 7.1). Extensions and trailers are read
// over; both are bounded, so that a stranger cannot make us read for ever without a byte of body.
#pragma once

#include <cstdint>
#include <string_view>

namespace fulcrum::ends {

class ChunkedBody {
public:
    enum class State { more, done, bad };

    struct Step {
        State state = State::more;
        std::size_t used = 0;  // bytes of the input taken
        std::string_view data; // body bytes among them, pointing into the input; may be empty
    };

    // One step over the front of `input`: call again with the rest until nothing is used or the state is not
    // `more`. A step gives at most one run of body bytes.
    Step process(std::string_view input);

private:
    enum class Where {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        trailer_line,
        trailer_lf,
        end_lf
    };
    State process_byte(char c);

    Where where_ = Where::size;
    std::uint64_t left_ = 0;   // of the chunk
    unsigned digits_ = 0;      // of the chunk size
    std::size_t overhead_ = 0; // bytes of extension in this chunk line, or of trailers
};

} // namespace fulcrum::ends
