// Any bytes from a server. An answer after which the client's connection lives on is read by a second parser
// as exactly one answer of exactly those bytes; the cut of the stream changes nothing; memory stays bounded.
// The health check's judge reads the same bytes, with one verdict for all cuts.
//
// Input: one byte that chooses the request and how the server ends, then the server's stream.
#include "engine/http/health_check.h"
#include "tests/fuzz/http/session_driver.h"

namespace {

using namespace fulcrum;
using namespace fulcrum::fuzz;

const std::array<std::string, 6> requests{
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
};

struct Outcome {
    std::string to_client;
    bool aborted = false, pipe = false, idle = false;
    http::ServerFate fate{};
    std::vector<std::pair<int, http::RequestEnd>> ends;
};

Outcome run(std::uint8_t choice, std::string_view stream, test::Cut cut) {
    http::HttpPolicy policy = test::plain_policy();
    policy.head.head_bytes = 2048;
    policy.head.fields = 20;
    test::HttpRig rig(policy, cut);
    rig.client(requests[choice % requests.size()]);
    demand(rig.connect("server1", (choice & 64) != 0));
    const std::size_t before = rig.pool().used_bytes();
    rig.server(stream);
    if ((choice & 128) != 0) {
        rig.server_fin();
    } else {
        rig.server_reset();
    }
    demand(rig.pool().used_bytes() <= before); // all output was taken; nothing else is kept
    Outcome out{rig.to_client,           rig.session().abort_client_wanted(), rig.session().is_pipe(),
                rig.session().is_idle(), rig.session().server_fate(),         {}};
    rig.end();
    demand(rig.pool().used_bytes() == 0);
    for (const auto& log : rig.logs) {
        out.ends.emplace_back(log.status, log.end);
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 16000) {
        return 0;
    }
    const std::uint8_t choice = data[0];
    const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
    const Outcome whole = run(choice, stream, {});
    if (whole.idle && !whole.to_client.empty()) {
        demand_one_answer(whole.to_client, choice % requests.size() == 1);
    }
    http::HttpCheck check;
    check.body = "ok";
    const auto judge = [&](test::Cut cut) {
        http::CheckJudge out(check);
        test::each_piece(stream, cut, [&](std::string_view piece) {
            out.feed({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
        });
        return out.verdict();
    };
    const auto verdict = judge({});
    for (const test::Cut cut :
         {test::Cut{test::Cut::Kind::bytes}, test::Cut{test::Cut::Kind::random, choice}}) {
        const Outcome other = run(choice, stream, cut);
        demand(whole.ends == other.ends && whole.aborted == other.aborted && whole.pipe == other.pipe &&
               whole.idle == other.idle && whole.fate == other.fate);
        demand(whole.aborted || whole.to_client == other.to_client);
        demand(judge(cut) == verdict);
    }
    return 0;
}
