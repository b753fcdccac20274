#include "capture/capture_copy.h"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "capture/pcap_source.h"
#include "capture/pcapng_writer.h"
#include "engine/base/atomic_file.h"

namespace fulcrum::capture {
namespace {

class Copier {
public:
    using Write = std::function<Result<>(std::string_view)>;
    Copier(std::span<const std::uint8_t> bytes, const CaptureChanges& changes, Write write)
        : bytes_(bytes), changes_(changes), write_(std::move(write)) {}

    Result<CopyCounts> run() {
        const auto done = PcapSource::is_pcap(bytes_) ? pcap() : pcapng();
        if (!done) {
            return tl::unexpected(done.error());
        }
        const auto flushed = flush(0);
        return flushed ? Result<CopyCounts>(counts_) : tl::unexpected(flushed.error());
    }

private:
    Result<> flush(std::size_t unless_below) {
        if (out_.size() < unless_below) {
            return {};
        }
        auto written = write_(out_);
        out_.clear();
        return written;
    }
    bool wanted() { // of the packet that comes next
        const auto now = next_++;
        const bool take =
            !changes_.packets || std::binary_search(changes_.packets->begin(), changes_.packets->end(), now);
        counts_.packets += take ? 1 : 0;
        return take;
    }
    const std::vector<std::string>* new_comments() const { // of the packet that wanted() was asked about
        const auto found = changes_.comments.find(next_ - 1);
        return found == changes_.comments.end() ? nullptr : &found->second;
    }
    static constexpr std::size_t large = 1 << 20;

    Result<> pcap() {
        auto source = PcapSource::open(bytes_);
        if (!source) {
            return tl::unexpected(source.error());
        }
        const auto& interface = (*source)->interfaces().front();
        std::string section;
        emit_section(section, "Fulcrum");
        if (const auto copied =
                copy_section({reinterpret_cast<const std::uint8_t*>(section.data()), section.size()});
            !copied) {
            return copied;
        }
        emit_interface(out_, {"", "", "", interface.link_type, interface.snaplen_bytes});
        while (true) {
            ReadPacket read;
            const auto more = (*source)->next(read);
            if (!more) {
                counts_.damaged_at = damage_offset(more.error());
                counts_.lost_bytes = bytes_.size() - (*source)->offset();
            }
            if (!more || !*more) {
                return {};
            }
            if (wanted()) {
                const auto* comments = new_comments();
                std::string joined;
                for (std::size_t i = 0; comments != nullptr && i < comments->size(); ++i) {
                    joined += (i == 0 ? "" : "\n") + (*comments)[i];
                }
                emit_packet(out_, read.packet, joined);
            }
            if (auto flushed = flush(large); !flushed) {
                return flushed;
            }
        }
    }

    Result<> pcapng() {
        BlockIterator blocks(bytes_);
        while (true) {
            const auto begin = blocks.offset();
            const auto block = blocks.next();
            if (!block) {
                counts_.damaged_at = damage_offset(block.error());
                return keep_damaged(bytes_.subspan(static_cast<std::size_t>(begin)));
            }
            if (!*block) {
                return {};
            }
            const auto whole = bytes_.subspan(static_cast<std::size_t>(begin),
                                              static_cast<std::size_t>(blocks.offset() - begin));
            const auto type = (*block)->type;
            const bool is_packet = type == BlockType::enhanced_packet || type == BlockType::packet ||
                                   type == BlockType::simple_packet;
            if (type == BlockType::section) {
                if (const auto copied = copy_section(whole); !copied) {
                    return copied;
                }
            } else if (!is_packet) {
                append(whole);
            } else if (wanted()) {
                const auto* comments = new_comments();
                if (comments == nullptr || !with_comments(**block, *comments)) {
                    append(whole);
                }
            }
            if (const auto broken = broken_option(**block)) { // reading ends here
                counts_.damaged_at = broken;
                return keep_damaged(bytes_.subspan(static_cast<std::size_t>(blocks.offset())));
            }
            if (auto flushed = flush(large); !flushed) {
                return flushed;
            }
        }
    }

    void append(std::span<const std::uint8_t> bytes) {
        out_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    // What begins with the damage: somebody may still mend it, or comment on a packet without knowing of it.
    Result<> keep_damaged(std::span<const std::uint8_t> rest) {
        if (changes_.packets) {
            counts_.lost_bytes = rest.size();
            return {};
        }
        for (; !rest.empty(); rest = rest.subspan(std::min(rest.size(), large))) {
            append(rest.first(std::min(rest.size(), large)));
            if (auto flushed = flush(large); !flushed) {
                return flushed;
            }
        }
        return {};
    }
    void number(std::uint32_t value, const ByteOrder& order, int bytes = 4) {
        for (int i = 0; i < bytes; ++i) {
            out_ += static_cast<char>(value >> (8 * (order.big ? bytes - 1 - i : i)));
        }
    }
    void option(std::uint16_t code, std::string_view value, const ByteOrder& order) {
        value = value.substr(0, 65'535);
        number(code, order, 2);
        number(static_cast<std::uint32_t>(value.size()), order, 2);
        out_ += value;
        out_.append((4 - value.size() % 4) % 4, '\0');
    }
    // One whole section header block.
    Result<> copy_section(std::span<const std::uint8_t> whole) {
        constexpr std::size_t fixed = 16; // byte order, version, length of the section
        const auto begin = out_.size();
        const auto block = BlockIterator(whole).next();
        const bool first = !std::exchange(past_first_section_, true);
        if (!block) {
            return tl::unexpected(block.error());
        }
        if (!*block || !first || !changes_.file_comments || (*block)->body.size() < fixed) {
            append(whole);
        } else {
            const auto& [offset, type, order, body] = **block;
            number(static_cast<std::uint32_t>(type), order);
            number(0, order);
            out_.append(reinterpret_cast<const char*>(body.data()), fixed);
            end_with_comments(begin, *changes_.file_comments, Options(body.subspan(fixed), order));
        }
        if (whole.size() >= 24) {
            // The section's length may change: not said, which is always right.
            std::fill_n(out_.begin() + static_cast<std::ptrdiff_t>(begin) + 16, 8, '\xff');
        }
        return {};
    }
    // The options of the block that begins at `begin`, and its end: the comments in place of those it has.
    void end_with_comments(std::size_t begin, const std::vector<std::string>& comments, Options old) {
        const auto order = old.order();
        for (const auto& comment : comments) {
            option(option::comment, comment, order);
        }
        while (const auto one = old.next()) {
            if (one->code != option::comment) {
                option(one->code, {reinterpret_cast<const char*>(one->value.data()), one->value.size()},
                       order);
            }
        }
        if (old.damaged()) {
            append(old.rest()); // as broken as it was, and nothing lost
        } else {
            option(option::end, {}, order);
        }
        const auto length = static_cast<std::uint32_t>(out_.size() - begin + 4);
        number(length, order);
        const auto at = out_.size() - 4;
        out_.replace(begin + 4, 4, out_, at, 4);
    }
    // False, with nothing written, when the block is too short to be a packet.
    bool with_comments(const Block& block, const std::vector<std::string>& comments) {
        const auto& order = block.order;
        const bool simple = block.type == BlockType::simple_packet;
        const std::size_t fixed = simple ? 4 : 20;
        if (block.body.size() < fixed) {
            return false;
        }
        const auto room = block.body.size() - fixed;
        const auto captured =
            std::min<std::size_t>(room, order.load32(block.body.data() + (simple ? 0 : 12)));
        const auto padded = std::min(room, (captured + 3) / 4 * 4);
        const auto begin = out_.size();
        number(static_cast<std::uint32_t>(simple ? BlockType::enhanced_packet : block.type), order);
        number(0, order);
        if (simple) {
            for (const std::uint32_t word :
                 {0U, 0U, 0U, static_cast<std::uint32_t>(captured), order.load32(block.body.data())}) {
                number(word, order);
            }
        } else {
            out_.append(reinterpret_cast<const char*>(block.body.data()), fixed);
        }
        out_.append(reinterpret_cast<const char*>(block.body.data()) + fixed, padded);
        end_with_comments(
            begin, comments,
            Options(simple ? std::span<const std::uint8_t>() : block.body.subspan(fixed + padded), order));
        return true;
    }

    std::span<const std::uint8_t> bytes_;
    const CaptureChanges& changes_;
    Write write_;
    std::string out_;
    CopyCounts counts_;
    std::uint32_t next_ = 0;
    bool past_first_section_ = false;
};

} // namespace

Result<CopyCounts> copy_capture(std::span<const std::uint8_t> bytes, const CaptureChanges& changes,
                                const std::filesystem::path& path, const std::function<Result<>()>& go_on) {
    if (auto source = open_source(bytes); !source) {
        return tl::unexpected(source.error());
    }
    auto file = AtomicFile::create(path);
    if (!file) {
        return tl::unexpected(file.error());
    }
    const auto may = [&] { return go_on ? go_on() : Result<>(); };
    const auto counts = Copier(bytes, changes, [&](std::string_view part) -> Result<> {
                            const auto goes_on = may();
                            return goes_on ? file->write(part) : goes_on;
                        }).run();
    if (!counts) {
        return counts;
    }
    auto finished = may();
    if (finished) {
        finished = file->finish();
    }
    return finished ? counts : tl::unexpected(finished.error());
}

Result<CopyCounts> copy_capture(std::span<const std::uint8_t> bytes, const CaptureChanges& changes,
                                int file) {
    if (auto source = open_source(bytes); !source) {
        return tl::unexpected(source.error());
    }
    return Copier(bytes, changes,
                  [file](std::string_view rest) -> Result<> {
                      while (!rest.empty()) {
                          const auto written = ::write(file, rest.data(), rest.size());
                          if (written < 0 && errno != EINTR) {
                              return fail_errno("write a copy of the capture");
                          }
                          rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
                      }
                      return {};
                  })
        .run();
}

} // namespace fulcrum::capture
