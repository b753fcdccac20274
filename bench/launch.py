"""A star of hosts on one segment, up and down: Fulcrum against Mininet 2.3 with its Linux bridge.

Ours is the wall time of the whole commands `fulcrum up` and `fulcrum down`, starting the process included; Mininet's is
what its own Python calls take, without starting the interpreter. Mininet works as root and in namespaces of its own, made
for it and gone with it, so that nothing of it can stay behind on this machine. On both sides the kernel frees the
namespaces a moment later in the background (about 0.1 s for 100 hosts); that is in neither figure.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

from side_by_side import Comparison, arguments, fulcrum, need, say

HOSTS = 100
SYSTEM_PYTHON = "/usr/bin/python3"  # whose packages Mininet is one of; `python3` in PATH may be another


def ours(drawing):
    name = f"bench-star-{os.getpid()}"
    begun = time.monotonic()
    fulcrum("up", drawing, "--name", name, "--json")
    up = time.monotonic()
    fulcrum("down", name)
    return {"up": (up - begun) * 1000, "down": (time.monotonic() - up) * 1000}


def spread(hosts, segments):
    """A drawing of hosts that take turns on several segments."""
    nodes = [{"id": f"net{s}", "kind": "segment", "subnet": f"10.{s}.0.0/16"} for s in range(segments)]
    links = []
    for host in range(hosts):
        nodes.append({"id": f"client{host}", "kind": "client"})
        nth, segment = divmod(host, segments)
        links.append({"id": f"l{host}", "a": {"node": f"client{host}", "address": f"10.{segment}.{nth // 250}.{nth % 250 + 1}/16"},
                      "b": {"node": f"net{segment}"}})
    return {"fulcrum": 1, "name": "spread", "nodes": nodes, "links": links}


MININET = """
import json, logging, sys, time
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo
setLogLevel('error')
begun = time.monotonic()
net = Mininet(topo=SingleSwitchTopo(k=%d), switch=LinuxBridge, controller=None, waitConnected=False)
net.start()
up = time.monotonic()
net.stop()
down = time.monotonic()
print(json.dumps({'up': (up - begun) * 1000, 'down': (down - up) * 1000}))
"""


def mininet(hosts):
    # A user namespace first when we are not root; then fresh network, mounts and processes.
    space = ["unshare", *([] if os.getuid() == 0 else ["--user", "--map-root-user"]), "--net", "--mount", "--pid", "--fork",
             "--mount-proc"]
    done = subprocess.run([*space, SYSTEM_PYTHON, "-c", MININET % hosts], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"bench: mininet failed: {done.stderr.strip().splitlines()[-1:]}; it wants root")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    options = arguments(__doc__.splitlines()[0], rounds=5).parse_args()
    need("unshare", "mn", "brctl")
    comparison = Comparison("launch", "mininet")
    ours("star:10")  # the programs are in memory on both sides
    mininet(10)
    for number in range(options.rounds):
        for side, run in (("ours", lambda hosts: ours(f"star:{hosts}")), ("theirs", mininet)):
            took = run(HOSTS)
            say(f"round {number + 1}/{options.rounds}  {side:<7} up {took['up']:.0f} ms, down {took['down']:.0f} ms")
            for what in ("up", "down"):
                comparison.add(side, f"{what}, {HOSTS} hosts", "ms", took[what], smaller_is_better=True)
    notes = []
    if not options.json:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(spread(1000, 10), file)
            file.flush()
            for what, drawing in (("300 hosts", "star:300"), ("1000 hosts", "star:1000"), ("1000 hosts on 10 segments", file.name)):
                took = ours(drawing)
                notes.append(f"fulcrum alone, {what}: up {took['up']:.0f} ms, down {took['down']:.0f} ms")
    comparison.tell(options.json, notes)


if __name__ == "__main__":
    main()
