// Reads one HTTP/1.1 response as it arrives, without keeping its body: the load generator's side of the
// connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ends/chunked_body.h"
#include "ends/http_fields.h"

namespace fulcrum::ends {

class HttpResponseReader {
public:
    enum class State { more, done, bad };

    explicit HttpResponseReader(std::size_t keep_bytes = 0) : keep_bytes_(keep_bytes) {}
    void restart(bool head_only); // for the next response on the connection; head_only: the request was HEAD

    State process(std::string_view& bytes); // takes from the front; stops behind the response
    State process_end();                    // the peer will send no more: may be the end of the body

    int status() const { return status_; }
    bool keep_alive() const { return keep_alive_; }
    std::uint64_t body_bytes() const { return body_bytes_; }
    const std::string& head() const { return head_; } // of the final response, once it is whole
    const std::string& kept() const { return kept_; } // the first keep_bytes of the body
    const char* fault() const { return fault_; }      // bad: why

private:
    enum class Stage { head, length, chunks, until_end, done };
    State process_head();
    State bad(const char* why);
    void take(std::string_view data);

    std::size_t keep_bytes_;
    Stage stage_ = Stage::head;
    std::string head_;
    std::vector<HttpField> fields_;
    ChunkedBody chunked_;
    std::uint64_t left_ = 0;
    std::uint64_t body_bytes_ = 0;
    std::string kept_;
    int status_ = 0;
    bool keep_alive_ = true;
    bool head_only_ = false;
    const char* fault_ = "";
};

// The `server` member of the built-in server's JSON ("/", "/status/N"), or empty: other servers say other
// things.
std::string_view server_named_in(std::string_view body);

} // namespace fulcrum::ends
