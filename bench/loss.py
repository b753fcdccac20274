"""A lossy link: our TCP against the kernel's CUBIC, as sender and as receiver, over the very same link.

client1's link loses and delays. Beyond it, on one segment, stand a service engine (full proxy, its server behind it on a
clean segment) and a server of its own that the client also talks to directly. Downwards our TCP sends; upwards it receives
what the client's CUBIC sends. Random loss makes a single transfer a matter of luck: several run at once, both sides meet the
same seeds and go first in turn, and the longer and the more rounds, the better.
"""
import contextlib
import json
import os
import tempfile

from lab_side import LabSide
from side_by_side import Comparison, arguments, fulcrum, need, say

VIP, KERNEL, PORT = "10.2.0.100", "10.2.0.20", 5201
LOSSES = ("0.1%", "1%")


def drawing():
    nodes = [{"id": "client1", "kind": "client"}, {"id": "se1", "kind": "se"},
             {"id": "front", "kind": "segment", "subnet": "10.2.0.0/24"},
             {"id": "back", "kind": "segment", "subnet": "10.3.0.0/24"}]
    nodes += [{"id": name, "kind": "server", "built_in_server": False} for name in ("direct", "server1")]
    ends = [("client1", "10.2.0.10", "front"), ("se1", "10.2.0.2", "front"), ("direct", KERNEL, "front"),
            ("se1", "10.3.0.2", "back"), ("server1", "10.3.0.11", "back")]
    links = [{"id": f"l{number}", "a": {"node": node, "address": f"{address}/24"}, "b": {"node": segment}}
             for number, (node, address, segment) in enumerate(ends, 1)]
    return {"fulcrum": 1, "name": "bench-loss", "nodes": nodes, "links": links,
            "groups": [{"id": "g", "members": ["se1"]}],
            "pools": [{"id": "p", "members": [{"server": "server1"}], "health": [{"kind": "ping"}]}],
            "services": [{"id": "s", "vip": VIP, "mode": "full-proxy", "group": "g", "pool": "p",
                          "ports": [{"protocol": "tcp", "port": PORT}]}]}


def mbps(lab, address, streams, seconds, down):
    # -C: CUBIC whatever the machine's default is, at whichever end of the kernel's sends.
    report = json.loads(lab.client("iperf3", "-c", address, "-p", PORT, "-t", seconds, "-J", "-C", "cubic", "-P", streams,
                                   *(["-R"] if down else []), timeout=seconds + 60))
    if "error" in report:
        raise RuntimeError(f"iperf3 {address}: {report['error']}")
    return report["end"]["sum_received"]["bits_per_second"] / 1e6


def main():
    parser = arguments(__doc__.splitlines()[0], rounds=5)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement (10)")
    parser.add_argument("--streams", type=int, default=4, help="at once (4)")
    parser.add_argument("--delay", default="10ms", help="each way (10ms)")
    options = parser.parse_args()
    need("iperf3", "nc")
    comparison = Comparison("loss", "kernel-cubic")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o755)
        path = os.path.join(folder, "loss.json")
        with open(path, "w") as file:
            json.dump(drawing(), file)
        lab = LabSide(path, f"bench-loss-{os.getpid()}", (None, None, None))
        stack.callback(lab.close)
        for node in ("direct", "server1"):
            lab.listen(node, "iperf3", "-s")
        for address in (VIP, KERNEL):
            lab.await_success("client1", f"nc -z -w 1 {address} {PORT}")
        for number in range(options.rounds):
            for loss in LOSSES:
                for down in (True, False):
                    rates = {}
                    for side, address in (("ours", VIP), ("theirs", KERNEL))[::-1 if number % 2 else 1]:
                        fulcrum("link", lab.lab, "client1:eth0", "set", "--loss", loss, "--delay", options.delay, "--seed", number + 1)
                        rates[side] = mbps(lab, address, options.streams, options.seconds, down)
                        comparison.add(side, f"{'sending' if down else 'receiving'} at {loss}", "Mbit/s", rates[side])
                    say(f"round {number + 1}/{options.rounds}  {loss} {'down' if down else 'up':<4} "
                        f"{rates['ours']:.1f} Mbit/s through the engine, {rates['theirs']:.1f} directly")
    comparison.tell(options.json, [f"{options.delay} each way, {options.streams} streams at once"])


if __name__ == "__main__":
    main()
