"""Two hosts on a segment, and the link of the first."""
import json
import statistics
import subprocess

from fulcrum_lab import Lab, command, environment

SEND = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
count, pace = int(sys.argv[2]), float(sys.argv[3])
due = time.monotonic()
for i in range(count):
    s.sendto(i.to_bytes(4, "big") + bytes(60), (sys.argv[1], 5000))
    due += pace
    time.sleep(max(0, due - time.monotonic()))
"""
RECEIVE = """
import json, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
s.bind(("", 5000))
print("ready", flush=True)
seen = []
s.settimeout(20)
try:
    while True:
        seen.append(int.from_bytes(s.recv(100)[:4], "big"))
        s.settimeout(1.5)
except TimeoutError:
    pass
print(json.dumps(seen))
"""


class LinkedLab(Lab):
    def link(self, end, *arguments):
        """What `fulcrum link` says after it has done something, or just says."""
        return json.loads(self.fulcrum("link", self.name, end, *arguments, "--json").stdout)

    def interfaces(self, node):
        return {i["ifname"]: i for i in json.loads(self.exec(node, "ip", "-j", "address").stdout)}

    def address(self, node, interface="eth0"):
        return next(a["local"] for a in self.interfaces(node)[interface]["addr_info"] if a["family"] == "inet")

    def pin_neighbours(self, *nodes):
        """No ARP between them, so that a test's frames are the only ones."""
        for node in nodes:
            for other in nodes:
                if other != node:
                    self.exec(node, "ip", "neigh", "replace", self.address(other), "lladdr",
                              self.interfaces(other)["eth0"]["address"], "nud", "permanent", "dev", "eth0")

    def median_ms(self, node, address, count=40):
        """The median round trip of pings, after one that has filled caches."""
        said = self.exec(node, "ping", "-c", count + 1, "-i", "0.05", address).stdout
        times = [float(line.split("time=")[1].split()[0]) for line in said.splitlines() if "time=" in line]
        return statistics.median(times[1:])

    def send_numbered(self, sender, receiver, count, pace_s=0.0004):
        """Numbered datagrams from one node to another; the numbers that arrived, in order of arrival."""
        listening = subprocess.Popen(
            command("fulcrum", "exec", self.name, receiver, "--", "python3", "-u", "-c", RECEIVE, as_root=self.as_root),
            env=environment(self.as_root), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        with listening:
            assert listening.stdout.readline() == "ready\n"
            self.exec(sender, "python3", "-c", SEND, self.address(receiver), count, pace_s, timeout=120)
            return json.loads(listening.stdout.readline())

    def pids(self, program="fulcrum-link", node="client1"):
        """Inside the lab, where all of its processes are seen from every node."""
        return self.exec(node, "pidof", program, check=False).stdout.split()
