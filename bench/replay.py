"""Sending a capture again: Fulcrum against tcpreplay, from the same interface of the same lab.

Top speed is what each says of itself, checked against the interface's counters. Timing is measured by a witness that
belongs to neither: the kernel's time stamps at the other end of the link, in a capture by tcpdump. The recorded gaps
are one millisecond; the error of a packet is how far it is from where its deadline was, counted from the first
packet, less the median (the time the way takes).
"""
import json
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from made_capture import connection
from side_by_side import BIN, Comparison, arguments, fulcrum, need, say

TOP_PACKETS, TIMED_PACKETS = 1_000_000, 3000
GAP_NS = 1_000_000
STATIONS = bytes.fromhex("020000000099" "020000000002")


def write_frames(path, count, gap_us, size=None):
    """A pcap of small TCP frames with equal gaps, all from one station to one that no bridge has ever heard of: they reach the
    witness, whatever was learned from them."""
    frames = [STATIONS + (frame if size is None else frame[:size].ljust(size, b"\0"))[12:] for frame in connection(1)]
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for n in range(count):
            frame, at = frames[n % len(frames)], n * gap_us
            out.write(struct.pack("<IIII", 1_700_000_000 + at // 1_000_000, at % 1_000_000, len(frame), len(frame)) + frame)


def read_times(path):
    """Time stamps in ns of a pcap."""
    with open(path, "rb") as whole:
        data = whole.read()
    nano = struct.unpack_from("<I", data)[0] == 0xA1B23C4D
    at, times = 24, []
    while at + 16 <= len(data):
        seconds, part, captured, _ = struct.unpack_from("<IIII", data, at)
        times.append(seconds * 1_000_000_000 + part * (1 if nano else 1000))
        at += 16 + captured
    return times


def timing(lab, witness, send):
    """Median error in µs and drift in µs per second of what `send` sends."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "seen.pcap")
        with open(path, "wb") as out:
            watching = subprocess.Popen([os.path.join(BIN, "fulcrum"), "exec", lab, witness, "--", "tcpdump", "-n", "-Q", "in", "-i", "eth0", "-w", "-", "-U",
                                         "--time-stamp-precision=nano", "-s", "64", "-B", "16384", "tcp port 80"],
                                        stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
            time.sleep(1.5)
            send()
            time.sleep(1)
            watching.terminate()
            watching.wait(timeout=20)
        times = read_times(path)
    if len(times) < TIMED_PACKETS * 0.99:
        raise RuntimeError(f"the witness saw {len(times)} of {TIMED_PACKETS} packets")
    errors = [t - times[0] - n * GAP_NS for n, t in enumerate(times)]
    middle = statistics.median(errors)
    mean_n, mean_e = (len(errors) - 1) / 2, statistics.fmean(errors)
    slope = sum((n - mean_n) * (e - mean_e) for n, e in enumerate(errors)) / sum((n - mean_n) ** 2 for n in range(len(errors)))
    drift = slope / GAP_NS * 1e9
    return statistics.median(abs(e - middle) for e in errors) / 1000, abs(drift) / 1000


def main():
    options = arguments(__doc__.splitlines()[0], rounds=3).parse_args()
    need("tcpreplay", "tcpdump")
    comparison = Comparison("replay", "tcpreplay")
    lab = f"bench-replay-{os.getpid()}"
    launched = json.loads(fulcrum("up", "star:2", "--name", lab, "--json").stdout)
    try:
        sender, receiver = [node["name"] for node in launched["nodes"]][:2]
        link = f"{sender}:eth0"
        with tempfile.TemporaryDirectory() as folder:
            top, timed = os.path.join(folder, "top.pcap"), os.path.join(folder, "timed.pcap")
            write_frames(top, TOP_PACKETS, 1, size=60)
            write_frames(timed, TIMED_PACKETS, GAP_NS // 1000)
            for number in range(options.rounds):
                ours = json.loads(fulcrum("replay", top, "--into", lab, "--link", link, "--top-speed", "--json").stdout)
                if ours["packets"] != TOP_PACKETS:
                    sys.exit(f"bench: {ours['packets']} packets sent")
                told = fulcrum("exec", lab, sender, "--", "tcpreplay", "-K", "-t", "-i", "eth0", top)
                theirs = float(re.search(r"([\d.]+) pps", told.stdout + told.stderr).group(1))
                comparison.add("ours", "top speed, 60 bytes", "packets/s", ours["packets_per_second"])
                comparison.add("theirs", "top speed, 60 bytes", "packets/s", theirs)
                say(f"round {number + 1}/{options.rounds}  top speed {ours['packets_per_second']:.0f} against {theirs:.0f} packets/s")
                for side, send in (("ours", lambda: fulcrum("replay", timed, "--into", lab, "--link", link, "--json")),
                                   ("theirs", lambda: fulcrum("exec", lab, sender, "--", "tcpreplay", "-i", "eth0", timed))):
                    error, drift = timing(lab, receiver, send)
                    comparison.add(side, "error at 1 ms gaps, median", "µs", error, smaller_is_better=True)
                    comparison.add(side, "drift", "µs/s", max(drift, 0.001), smaller_is_better=True)
                    say(f"  {side:<7} median error {error:.2f} µs, drift {drift:.3f} µs/s")
    finally:
        fulcrum("down", lab, check=False)
    comparison.tell(options.json)


if __name__ == "__main__":
    main()
