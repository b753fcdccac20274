"""M12, M13: floods, limits, exhausted source ports, silence, servers that do not answer, and an engine's sudden death."""
import json
import os
import signal
import subprocess
import time
import unittest

from fulcrum_lab import LabTest, main, run
from proxied_lab import BACK, SERVERS, VIP, ProxiedLab, by_id, stop, timed

FLOOD_SECONDS = os.environ.get("FULCRUM_FLOOD_SECONDS", "5")

# SYNs from made-up sources at top speed, until it is told to end (for so many seconds at
# least, and three times that at most), as whole frames: 16-bit words are varied in pairs whose sum stays the same, so that
# one checksum fits all of them.
FLOOD = """
import ctypes, signal, socket, struct, sys, time
vip, interface, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
mac = next(l.split() for l in open("/proc/net/arp") if l.startswith(vip + " "))[3]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((interface, 0))
ethernet = bytes.fromhex(mac.replace(":", "")) + s.getsockname()[4] + b"\\x08\\x00"
def total(data):
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return n
def frame(high, port):
    low, rest = 0xffff - high, 0xffff - port
    addresses = struct.pack("!HH", high, low) + socket.inet_aton(vip)
    ip = struct.pack("!BBHHHBB", 0x45, 0, 40, 1, 0, 64, 6)
    ip += struct.pack("!H", 0xffff - total(ip + addresses)) + addresses
    tcp = struct.pack("!HHHHIBBH", port, 80, 7, rest, 0, 0x50, 2, 1024)
    tcp += struct.pack("!HH", 0xffff - total(tcp + addresses + struct.pack("!HH", 6, 20)), 0)
    return ethernet + ip + tcp
batch, count = 512, 256 * 512
data = ctypes.create_string_buffer(b"".join(frame(0x0b00 + i % 0x6e00, 1024 + i * 7 % 60000) for i in range(count)))
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("name_size", ctypes.c_uint32), ("vectors", ctypes.POINTER(Vector)),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_size", ctypes.c_size_t),
                ("flags", ctypes.c_long), ("sent", ctypes.c_uint32)]
vectors, messages = (Vector * count)(), (Message * count)()
for i in range(count):
    vectors[i] = Vector(ctypes.addressof(data) + 54 * i, 54)
    messages[i].vectors, messages[i].count = ctypes.pointer(vectors[i]), 1
libc = ctypes.CDLL(None)
ended = []
signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
print("ready")
sent, at, began = 0, 0, time.monotonic()
while time.monotonic() < began + (seconds if ended else 3 * seconds):
    n = libc.sendmmsg(s.fileno(), ctypes.byref(messages, at * ctypes.sizeof(Message)), batch, 0)
    sent += max(n, 0)
    at = (at + batch) % count
print(sent, time.monotonic() - began)
"""

# Opens connections one after the other and keeps them; says of each whether bytes came back; closes one when told.
CALLERS = """
import socket, sys
vip, count = sys.argv[1], int(sys.argv[2])
print("ready")
held = []
def call():
    try:
        s = socket.create_connection((vip, 80), timeout=10)
        s.sendall(b"GET /status/200 HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n")
        good = s.recv(4096).startswith(b"HTTP/1.1 200")
    except ConnectionResetError:
        good = False
    if good:
        held.append(s)
    return good
for line in sys.stdin:
    if line == "call\\n":
        print(sum(call() for _ in range(count)))
    elif line == "one\\n":
        print(call())
    elif line == "end\\n":
        held.pop().close()
        print("ended")
"""


def one_server(drawing):
    by_id(drawing, "pools", "pool1").update(members=[{"server": "server1"}])


def source_ports(first, last):
    def change(drawing):
        by_id(drawing, "nodes", "se1")["source_ports"] = {"first": first, "last": last}
    return change


def ask(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


class Defences(LabTest):
    def test_a_syn_flood_reaches_no_server_and_costs_no_client(self):
        """M13: SYNs from spoofed sources as fast as the machine makes them, and fifty requests meanwhile."""
        with ProxiedLab() as lab:
            lab.get("client1", f"http://{VIP}/")  # the router knows the VIP's station now
            before = lab.engine_bytes()
            back = lab.capture("se1", "eth1", f"tcp[tcpflags] & tcp-syn != 0 and src host {BACK}")
            flood = lab.start_python("router1", FLOOD, VIP, "eth1", FLOOD_SECONDS)
            # Ten at a time; SYNs of theirs are lost among the others, so that some need several.
            seconds, done = timed(lambda: lab.exec(
                "client1", "sh", "-c", "seq 50 | xargs -P 10 -I{} curl -sS -m 60 -o /dev/null -w '%{http_code} %{time_total}\\n' " +
                f"http://{VIP}/", timeout=120))
            during = lab.proxy()
            flood.send_signal(signal.SIGTERM)
            sent, lasted = map(float, flood.stdout.read().split())
            stop(flood)
            answers = [line.split() for line in done.stdout.splitlines()]
            self.assertEqual([code for code, _ in answers], ["200"] * 50)
            print(f"[{sent / lasted:,.0f} SYN/s for {lasted:.1f} s, 50 requests in {seconds:.1f} s, slowest "
                  f"{max(float(took) for _, took in answers):.2f} s, {during['cookies_sent']} cookies, "
                  f"+{(lab.engine_bytes() - before) >> 10} KiB]", end=" ", flush=True)
            self.assertGreater(sent, 20_000)
            self.assertGreater(during["cookies_sent"], 5_000)
            self.assertLessEqual(during["half_open"], 4096)
            self.assertGreaterEqual(during["cookies_accepted"], 1)
            self.assertLess(lab.engine_bytes() - before, 16 << 20)
            # The engine's own window scale offer tells its connections from health probes.
            begun = back.stop().count("tcp.flags==0x2 && tcp.window_size_value!=1024")
            self.assertEqual(begun, 50)
            self.assertEqual({f["client"] for f in lab.flows()}, {"192.168.1.101"})
            lab.wait_until(lambda: lab.proxy()["half_open"] == 0, 30, "what was half open is forgotten")

    def test_source_ports_shrunk_to_a_hundred(self):
        """M12: connection 101 to a server endpoint fails at once and cleanly, and succeeds when one has ended."""
        def change(drawing):
            one_server(drawing)
            source_ports(30000, 30099)(drawing)
        with ProxiedLab(change) as lab:
            self.assertEqual(json.loads(run("plan", lab.drawing, "--json").stdout)["max_connections"], 100)
            callers = lab.start_python("client1", CALLERS, VIP, 100, stdin=subprocess.PIPE)
            self.assertEqual(ask(callers, "call"), "100")
            seconds, good = timed(lambda: ask(callers, "one"))
            self.assertEqual(good, "False")
            self.assertLess(seconds, 1)
            self.assertEqual(lab.drops()["ports-exhausted"], 1)
            self.assertEqual(ask(callers, "end"), "ended")
            lab.wait_until(lambda: lab.proxy()["sessions"] == 99, 5, "one has ended")
            self.assertEqual(ask(callers, "one"), "True")
            self.assertEqual(ask(callers, "one"), "False")
            ports = [f["source_port"] for f in lab.flows() if f["state"] == "established"]
            self.assertEqual((len(ports), len(set(ports)), min(ports), max(ports)), (100, 100, 30000, 30099))
            stop(callers)
            callers.stdin.close()

    def test_source_ports_count_for_each_server(self):
        """M12: capacity is ports x source addresses x server endpoints."""
        with ProxiedLab(source_ports(30000, 30019)) as lab:
            self.assertEqual(json.loads(run("plan", lab.drawing, "--json").stdout)["max_connections"], 60)
            callers = lab.start_python("client1", CALLERS, VIP, 70, stdin=subprocess.PIPE)
            self.assertEqual(ask(callers, "call"), "60")
            stop(callers)
            callers.stdin.close()

    def test_limits_per_client_and_per_service(self):
        """M13: who is over the limit is refused at once; others are not touched."""
        def change(drawing):
            one_server(drawing)
            drawing["services"][0]["limits"] = {"client_connections": 5}
        with ProxiedLab(change) as lab:
            callers = lab.start_python("client1", CALLERS, VIP, 5, stdin=subprocess.PIPE)
            self.assertEqual(ask(callers, "call"), "5")
            seconds, done = timed(lambda: lab.exec("client1", "curl", "-sS", "-m", "5", f"http://{VIP}/", check=False))
            self.assertEqual(done.returncode, 7)  # refused
            self.assertLess(seconds, 2)
            lab.exec("router1", "curl", "-sS", "-f", "-m", "5", f"http://{VIP}/")
            self.assertEqual(ask(callers, "end"), "ended")
            lab.wait_until(lambda: lab.proxy()["sessions"] == 4, 5, "one has ended")
            lab.get("client1", f"http://{VIP}/")
            stop(callers)
            callers.stdin.close()

    def test_idle_connections_are_ended_on_both_sides(self):
        with ProxiedLab(one_server) as lab:
            lab.reconfigure(lambda c: c["services"][0].update(tcp_idle_timeout_ms=1500))
            callers = lab.start_python("client1", CALLERS, VIP, 3, stdin=subprocess.PIPE)
            self.assertEqual(ask(callers, "call"), "3")
            began = time.monotonic()
            lab.wait_until(lambda: lab.proxy()["sessions"] == 0, 6, "idle ones are ended")
            self.assertGreater(time.monotonic() - began, 0.7)
            self.assertEqual(lab.proxy()["idle_timeouts"], 3)
            for node in ("client1", "server1"):
                self.assertNotIn("ESTAB", lab.exec(node, "ss", "-tn").stdout)
            stop(callers)
            callers.stdin.close()

    def test_a_server_that_swallows_everything_is_passed_over(self):
        """Its SYNs vanish: after the connect time-out another server is asked, and the client gets its answer."""
        for layer7 in (False, True):
            def change(drawing):
                by_id(drawing, "pools", "pool1").update(health=[{"kind": "ping"}])
                drawing["services"][0]["layer7"] = layer7
            with self.subTest(layer7=layer7), ProxiedLab(change) as lab:
                lab.reconfigure(lambda c: c["services"][0].update(connect_timeout_ms=400))
                lab.exec("server2", "nft", "add table ip t; add chain ip t i { type filter hook input priority 0; };"
                                           "add rule ip t i tcp dport 80 drop")
                took = []
                for _ in range(3):
                    seconds, answer = timed(lambda: lab.get("client1", f"http://{VIP}/"))
                    self.assertIn(answer["server"], ("server1", "server3"))
                    took.append(seconds)
                self.assertTrue(0.35 < max(took) < 2, took)
                self.assertEqual((lab.proxy()["connect_failures"], lab.proxy()["connect_retries"]), (1, 1))

    def test_no_server_answers(self):
        """Every one is asked as often as the service says, then the client is reset: no silence for ever."""
        def change(drawing):
            by_id(drawing, "pools", "pool1").update(health=[{"kind": "ping"}])
        with ProxiedLab(change) as lab:
            lab.reconfigure(lambda c: c["services"][0].update(connect_timeout_ms=200))
            for name in SERVERS:
                lab.exec(name, "nft", "add table ip t; add chain ip t i { type filter hook input priority 0; };"
                                      "add rule ip t i tcp dport 80 drop")
            seconds, done = timed(lambda: lab.exec("client1", "curl", "-sS", "-m", "5", f"http://{VIP}/", check=False))
            self.assertEqual(done.returncode, 56)  # reset
            self.assertTrue(0.5 < seconds < 2, seconds)
            self.assertEqual(lab.proxy()["sessions"], 0)
            # M6: once their health says so, nobody is asked any more, and clients hear at once.
            for name in SERVERS:
                lab.fulcrum("kill", lab.name, name)
            lab.wait_until(lambda: not any(s["up"] for v in lab.stats()["services"] for s in v["servers"]), 10, "all are down")
            refused = lab.exec("client1", "curl", "-sS", "-m", "5", f"http://{VIP}/", check=False)
            self.assertEqual(refused.returncode, 7, refused.stderr)
            self.assertEqual(lab.drops()["no-server"], 1)

    def test_an_engine_killed_in_the_middle_of_transfers(self):
        """kill -9: who goes on talking is reset by the next engine, who only listens waits for its own time-out."""
        with ProxiedLab(one_server) as lab:
            lab.exec("client1", "sh", "-c", "head -c 400000000 /dev/zero > /run/b")
            common = ("curl", "-sS", "-o", "/dev/null", "--limit-rate", "20M")
            up = lab.popen("client1", *common, "-m", "30", "-T", "/run/b", "-X", "POST", f"http://{VIP}/echo",
                           stderr=subprocess.DEVNULL)
            down = lab.popen("client1", *common, f"http://{VIP}/bytes/400000000", stderr=subprocess.DEVNULL)
            lab.wait_until(lambda: sum(f["bytes_in"] > 3_000_000 or f["bytes_out"] > 3_000_000 for f in lab.flows()) == 2, 10,
                           "both transfers run")
            sender = next(f["source_port"] for f in lab.flows() if f["bytes_in"] < 100_000)
            lab.end_program("se1", "fulcrum-se")
            lab.wait_until(lambda: lab.nodes()["se1"] == "failed", 5, "se1 is shown as failed")
            self.assertEqual((up.poll(), down.poll()), (None, None))
            lab.fulcrum("start", lab.name, "se1")
            self.assertIn(up.wait(timeout=10), (55, 56))  # reset
            lab.wait_until(lambda: f"{BACK}:{sender} " not in lab.exec("server1", "ss", "-tn").stdout, 10, "the server is reset")
            stop(down)
            lab.until_up()
            lab.get("client1", f"http://{VIP}/")
            self.assertEqual(lab.proxy()["sessions"], 0)


if __name__ == "__main__":
    main()
