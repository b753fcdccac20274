#include "capture/bpf_filter.h"

#include <fmt/format.h>
#include <linux/filter.h>
#include <memory>
#include <pcap/pcap.h>
#include <sys/socket.h>

namespace fulcrum::capture {

Result<BpfFilter> BpfFilter::compile(const std::string& text, std::uint32_t snaplen_bytes) {
    static_assert(sizeof(Instruction) == sizeof(sock_filter));
    const std::unique_ptr<pcap_t, decltype(&::pcap_close)> handle(
        ::pcap_open_dead(DLT_EN10MB, static_cast<int>(snaplen_bytes)), ::pcap_close);
    if (!handle) {
        return fail("prepare libpcap: out of memory");
    }
    bpf_program program{};
    if (::pcap_compile(handle.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
        return bad_input(fmt::format("filter \"{}\": {}", text, ::pcap_geterr(handle.get())));
    }
    BpfFilter filter;
    filter.text_ = text;
    for (unsigned i = 0; i < program.bf_len; ++i) {
        const auto& from = program.bf_insns[i];
        filter.program_.push_back({from.code, from.jt, from.jf, from.k});
    }
    ::pcap_freecode(&program);
    return filter;
}

Result<> BpfFilter::attach(int socket) const {
    sock_fprog program{};
    program.len = static_cast<unsigned short>(program_.size());
    program.filter = reinterpret_cast<sock_filter*>(const_cast<Instruction*>(program_.data()));
    if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
        return fail_errno(fmt::format("attach filter \"{}\"", text_));
    }
    return {};
}

} // namespace fulcrum::capture
