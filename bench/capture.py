"""Opening a capture of a million packets: Fulcrum against tshark (conversations, a filter) and capinfos (counting).

Both sides read the same file, which is in memory already, and print what they found into a pipe. Memory is anonymous
memory at its highest (RssAnon): what a program takes beyond the mapped file.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

from made_capture import write
from side_by_side import BIN, Comparison, arguments, need, say

PACKETS = 1_000_000
FILTER = 'http.request.method == "GET" and ip.src == 10.0.0.0/16'


def run(*argv):
    """Wall seconds, highest RssAnon in MB, standard output."""
    with tempfile.TemporaryFile() as out:
        begun = time.monotonic()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    for line in status:
                        if line.startswith("RssAnon:"):
                            most = max(most, int(line.split()[1]))
            except OSError:
                pass
            time.sleep(0.002)
        took = time.monotonic() - begun
        if process.returncode != 0:
            sys.exit(f"bench: {' '.join(argv)}: exit {process.returncode}")
        out.seek(0)
        return took, most / 1024, out.read().decode(errors="replace")


def main():
    parser = arguments(__doc__.splitlines()[0], rounds=3)
    parser.add_argument("--packets", type=int, default=PACKETS, metavar="N", help=f"packets in the file ({PACKETS})")
    options = parser.parse_args()
    need("tshark", "capinfos")
    fulcrum = os.path.join(BIN, "fulcrum")
    against_tshark, against_capinfos = Comparison("capture", "tshark"), Comparison("capture", "capinfos")
    notes = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "made.pcap")
        say(f"making {options.packets} packets")
        size = write(path, options.packets)
        with open(path, "rb") as whole:  # into the page cache
            while whole.read(1 << 24):
                pass
        alone = []
        for number in range(options.rounds):
            ours, ours_mb, text = run(fulcrum, "flows", path, "--limit", "1000000")
            theirs, theirs_mb, told = run("tshark", "-n", "-q", "-r", path, "-z", "conv,tcp")
            flows, conversations = text.count("tcp "), told.count("<->")
            if flows != conversations:
                sys.exit(f"bench: {flows} flows against {conversations} conversations")
            for side, seconds, memory in (("ours", ours, ours_mb), ("theirs", theirs, theirs_mb)):
                against_tshark.add(side, "open, index, flow table", "s", seconds, smaller_is_better=True)
                against_tshark.add(side, "memory beyond the file", "MB", memory, smaller_is_better=True)
            say(f"round {number + 1}/{options.rounds}  flows {ours:.2f} s {ours_mb:.0f} MB, tshark {theirs:.2f} s {theirs_mb:.0f} MB")

            ours, _, text = run(fulcrum, "inspect", path, "--filter", FILTER, "--count", "--json")
            theirs, _, told = run("tshark", "-n", "-r", path, "-Y", FILTER, "-T", "fields", "-e", "frame.number")
            found = json.loads(text)
            if found["matches"] != told.count("\n"):
                sys.exit(f"bench: {found['matches']} matches against {told.count(chr(10))}")
            alone.append((found["load_ms"], found["filter_ms"], found["index_bytes"]))
            against_tshark.add("ours", "open and filter", "s", ours, smaller_is_better=True)
            against_tshark.add("theirs", "open and filter", "s", theirs, smaller_is_better=True)

            ours, _, text = run(fulcrum, "inspect", path, "--count")
            theirs, _, told = run("capinfos", "-TMrc", path)
            if int(text) != int(told.split()[-1]):
                sys.exit(f"bench: {text.strip()} packets against {told.split()[-1]}")
            against_capinfos.add("ours", "count (with the whole index)", "s", ours, smaller_is_better=True)
            against_capinfos.add("theirs", "count (with the whole index)", "s", theirs, smaller_is_better=True)

            first, _, _ = run(fulcrum, "inspect", path, "--limit", "20")
            whole, _, _ = run("tshark", "-n", "-r", path, "-c", "20")
            against_tshark.add("ours", "first 20 rows", "s", first, smaller_is_better=True)
            against_tshark.add("theirs", "first 20 rows", "s", whole, smaller_is_better=True)
        loading, filtering, index_bytes = zip(*alone)
        notes.append(f"{options.packets} packets, {size / 1e6:.0f} MB; the filter alone: {min(filtering):.0f}–{max(filtering):.0f} ms, "
                     f"loading alone: {min(loading):.0f}–{max(loading):.0f} ms; the index: {max(index_bytes) / 1e6:.0f} MB, "
                     f"{max(index_bytes) / options.packets:.0f} bytes a packet")
    if options.json:
        print(json.dumps({"name": "capture", "rows": against_tshark.rows() + against_capinfos.rows()}, indent=2))
    else:
        against_tshark.tell(False)
        against_capinfos.tell(False, notes)


if __name__ == "__main__":
    main()
