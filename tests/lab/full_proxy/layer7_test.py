"""M5, M9: HTTP/1.1 in the engine, asked by curl and by raw sockets, answered by real and by scripted servers."""
import collections
import json
import re
import unittest

from fulcrum_lab import LabTest, main
from proxied_lab import BACK, CLIENT, SERVERS, VIP, ProxiedLab, by_id, stop, timed


def layer7(**service):
    def change(drawing):
        drawing["services"][0].update(layer7=True, **service)
        by_id(drawing, "pools", "pool1").update(health=[{"kind": "ping"}])
    return change


def one_server(**service):
    def change(drawing):
        layer7(**service)(drawing)
        by_id(drawing, "pools", "pool1").update(members=[{"server": "server1"}])
    return change


# Sends what it is given to the VIP, byte for byte, and prints what comes back as a Python literal.
SEND = """
import ast, socket, sys
s = socket.create_connection((sys.argv[1], 80), timeout=5)
for part in ast.literal_eval(sys.stdin.read()):
    s.sendall(part)
s.settimeout(float(sys.argv[2]))
out = b""
try:
    while data := s.recv(65536):
        out += data
    out += b"<end>"
except ConnectionResetError:
    out += b"<reset>"
except TimeoutError:
    out += b"<open>"
print(repr(out))
"""

# Keeps all that it hears, connection by connection, and answers each complete head with the answer it was given.
RECORD = """
import ast, socket, sys, threading
answer = ast.literal_eval(sys.argv[1])
listener = socket.create_server(("", 80), backlog=100)
print("ready")
def serve(s):
    heard = b""
    while data := s.recv(65536):
        heard += data
        open("/run/heard", "ab").write(data)
        while b"\\r\\n\\r\\n" in heard:
            heard = heard.split(b"\\r\\n\\r\\n", 1)[1]
            s.sendall(answer)
while True:
    s, _ = listener.accept()
    threading.Thread(target=serve, args=(s,), daemon=True).start()
"""
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

SMUGGLING = {
    "two lengths": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a list of two lengths": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 6\r\n\r\nhello!",
    "a length and a coding": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding that is not the last": b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a coding that nobody knows": b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding in disguise": b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a coding in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a signed length": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello",
    "a length without end": b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
    "a folded field": b"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n Content-Length: 5\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\nHost: h\r\nX: a\rContent-Length: 5\r\n\r\n",
    "a zero byte": b"GET / HTTP/1.1\r\nHost: h\r\nX: a\x00b\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nX: a\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
    "a newer version": b"GET / HTTP/2.0\r\nHost: h\r\n\r\n",
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}
# Bodies: the head is fine and may have gone on already, what follows must not.
BAD_CHUNKS = {
    "a size that is none": b"xyz\r\nhello\r\n0\r\n\r\n",
    "a size without end": b"10000000000000000\r\nhello\r\n0\r\n\r\n",
    "a signed size": b"-5\r\nhello\r\n0\r\n\r\n",
    "a size in C's way": b"0x5\r\nhello\r\n0\r\n\r\n",
    "more than the size": b"5\r\nhelloGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
    "a line feed alone": b"5\nhello\n0\n\n",
}


class Layer7(LabTest):
    def send(self, lab, *parts, wait=0.4):
        """What a client that says these bytes is answered; ends with <end>, <reset> or <open>."""
        return eval(lab.python("client1", SEND, VIP, wait, input=repr(list(parts))).stdout)

    def heard(self, lab, node="server1"):
        return lab.exec(node, "sh", "-c", "cat /run/heard 2>/dev/null; rm -f /run/heard", binary=True).stdout

    def test_forwarded_for(self):
        """M9, M11: append, replace, off, and what a client claims about itself."""
        for way, claimed, expected in (("append", None, CLIENT), ("append", "1.2.3.4", f"1.2.3.4, {CLIENT}"),
                                       ("replace", "1.2.3.4", CLIENT), ("off", None, None), ("off", "1.2.3.4", "1.2.3.4")):
            with self.subTest(way=way, claimed=claimed), ProxiedLab(layer7(forwarded_for=way)) as lab:
                answer = lab.get("client1", f"http://{VIP}/", *(["-H", f"X-Forwarded-For: {claimed}"] if claimed else []))
                self.assertEqual(answer["headers"].get("X-Forwarded-For"), expected)
                self.assertEqual(answer["peer"].rsplit(":", 1)[0], BACK)

    def test_rules_send_clients_elsewhere(self):
        """M9: redirects of the drawing, followed by curl; the engine answers them, no server hears of them."""
        with ProxiedLab(layer7(rules=[
                {"path_prefix": "/old", "redirect": "/?from=old", "redirect_status": 301},
                {"host": "*.moved.example", "redirect": f"http://{VIP}", "redirect_status": 308, "redirect_keeps_path": True},
                {"path_prefix": "/seen", "redirect": "http://other.example/a?b=c"}])) as lab:
            def curl(*arguments):
                return lab.exec("client1", "curl", "-sS", "-m", "5", "--resolve", f"www.moved.example:80:{VIP}", *arguments).stdout
            written = "\n%{http_code} %{num_redirects} %{num_connects} %{url_effective}"
            answer, said = curl("-L", "-w", written, f"http://{VIP}/old/page?x=1").rsplit("\n", 1)
            self.assertEqual(said, f"200 1 1 http://{VIP}/?from=old")  # over the connection that was there
            self.assertIn(json.loads(answer)["server"], SERVERS)
            # 308 keeps the method and the body; path and query follow.
            answer, said = curl("-L", "-w", written, "-d", "a body", "http://www.moved.example/echo?q=1&r=%20").rsplit("\n", 1)
            self.assertEqual((answer, said), ("a body", f"200 1 2 http://{VIP}/echo?q=1&r=%20"))
            self.assertEqual(curl("-o", "/dev/null", "-w", "%{http_code} %{redirect_url} %{size_download}", f"http://{VIP}/seen"),
                             "302 http://other.example/a?b=c 0")
            heard = [(r["status"], r["server"]) for r in self.requests(lab)]
            self.assertEqual([server for status, server in heard if status in (301, 302, 308)], [""] * 3)
            self.assertEqual(len(heard), 5)

    def test_rules_by_host_and_path_lead_to_two_pools(self):
        def change(drawing):
            layer7(rules=[{"host": "shop.example", "pool": "pool2"}, {"path_prefix": "/static/", "pool": "pool2"}])(drawing)
            pool = by_id(drawing, "pools", "pool1")
            drawing["pools"].append({"id": "pool2", "members": [pool["members"].pop()]})
        with ProxiedLab(change) as lab:
            # All over one client connection: the server changes under it, request by request.
            urls = {f"http://{VIP}/": {"server1", "server2"}, f"http://{VIP}/static/a": {"server3"},
                    f"http://{VIP}/staticnot": {"server1", "server2"}}
            for url, servers in urls.items():
                said = lab.exec("client1", "sh", "-c", f"for i in 1 2 3 4; do curl -sS -m 5 '{url}'; done").stdout
                self.assertEqual(set(re.findall(r'"server":"(\w+)"', said)) or servers, servers, said)
            for host, servers in (("shop.example", {"server3"}), ("SHOP.example:80", {"server3"}), ("x.example", {"server1", "server2"})):
                self.assertIn(lab.get("client1", f"http://{VIP}/", "-H", f"Host: {host}")["server"], servers)
            got = [r["server"] for r in self.requests(lab)]
            self.assertEqual(got[4:8], ["server3"] * 4)
            self.assertNotIn("server3", got[:4] + got[8:12])
            # Keep-alive: a pool in between, and back.
            said = lab.exec("client1", "curl", "-sS", "-m", "5", "-w", "%{num_connects}\n", f"http://{VIP}/status/200",
                            f"http://{VIP}/static/b", f"http://{VIP}/status/200").stdout
            self.assertEqual(sum(map(int, re.findall(r"(\d)$", said, re.M))), 1)
            self.assertEqual([r["pool"] for r in self.requests(lab)][-3:], ["pool1", "pool2", "pool1"])

    def requests(self, lab):
        return json.loads(lab.fulcrum("requests", lab.name, "--json").stdout)

    def test_a_cookie_leads_a_client_back_to_its_server(self):
        """M5."""
        def change(drawing):
            layer7()(drawing)
            by_id(drawing, "pools", "pool1")["persistence"] = "cookie"
        with ProxiedLab(change) as lab:
            script = "for i in 1 2 3 4 5; do curl -sS -m 5 -b /run/jar$1 -c /run/jar$1 http://%s/; done" % VIP
            homes = []
            for client in "123":
                said = [json.loads(line) for line in lab.exec("client1", "sh", "-c", script, "sh", client).stdout.splitlines()]
                self.assertEqual(len({a["server"] for a in said}), 1)
                homes.append(said[0]["server"])
                self.assertNotIn("FULCRUM", str(said[-1]["headers"]))  # the server does not see it
            self.assertEqual(sorted(homes), sorted(SERVERS))  # clients without a cookie are balanced
            # Its server dies: another one takes the client, and keeps it.
            lab.fulcrum("kill", lab.name, homes[0])
            lab.wait_until(lambda: not all(s["up"] for v in lab.stats()["services"] for s in v["servers"]), 10, f"{homes[0]} is down")
            said = [json.loads(line) for line in lab.exec("client1", "sh", "-c", script, "sh", "1").stdout.splitlines()]
            self.assertEqual(len({a["server"] for a in said}), 1)
            self.assertNotEqual(said[0]["server"], homes[0])

    def test_keep_alive_and_reuse_of_server_connections(self):
        """The server sees far fewer connections than there are clients' and requests."""
        with ProxiedLab(one_server()) as lab:
            capture = lab.capture("server1", "eth0", "tcp port 80 and tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn")
            for _ in range(5):
                lab.exec("client1", "curl", "-sS", "-m", "5", *[f"http://{VIP}/status/200"] * 4)
            self.assertEqual(capture.stop().count(), 1)
            log = self.requests(lab)
            self.assertEqual([r["server_reused"] for r in log], [False] + 19 * [True])
            self.assertEqual(len({r["client_port"] for r in log}), 5)
            self.assertEqual(lab.proxy()["idle_server_connections"], 1)
            # The same for people.
            rows = lab.fulcrum("requests", lab.name, "--limit", "3").stdout.splitlines()
            self.assertEqual(len(rows), 4)
            self.assertRegex(rows[3], rf"^se1 +{CLIENT}:\d+ +GET {VIP}/status/200 +200 +server1 +reused .* complete$")
            self.assertRegex(lab.fulcrum("stats", lab.name).stdout, r"REQUESTS *\nse1 .* 20\n$")

    def test_pipelining(self):
        with ProxiedLab(layer7()) as lab:
            asked = [f"GET /bytes/{n} HTTP/1.1\r\nHost: h\r\n\r\n".encode() for n in (3, 0, 5000, 1)]
            last = b"GET /status/204 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            said = self.send(lab, b"".join(asked) + last)
            self.assertEqual(re.findall(rb"Content-Length: (\d+)", said), [b"3", b"0", b"5000", b"1"])
            self.assertEqual(said.count(b"HTTP/1.1 200"), 4)
            self.assertTrue(said.endswith(b"\r\n\r\n<end>") and b"HTTP/1.1 204" in said)

    def test_chunked_both_ways(self):
        with ProxiedLab(one_server()) as lab:
            body = b"7\r\nchunked\r\n1\r\n!\r\n0\r\nX-Sum: 8\r\n\r\n"
            said = self.send(lab, b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + body)
            self.assertIn(b"7\r\nchunked\r\n1\r\n!\r\n0\r\n\r\n<end>", said)
            lab.take_port_80("server1")
            lab.nginx("server1", "listen 80; location / { gzip on; gzip_types text/plain; gzip_min_length 1; }")
            lab.exec("server1", "sh", "-c", "seq 1 300000 > /run/w/seq.txt")
            sums = [lab.exec("client1", "sh", "-c", f"curl -sS -m 20 --compressed http://{VIP}/seq.txt | sha256sum").stdout.split()[0],
                    lab.exec("server1", "sha256sum", "/run/w/seq.txt").stdout.split()[0]]
            self.assertEqual(sums[0], sums[1])
            head = lab.exec("client1", "curl", "-sS", "-m", "20", "-o", "/dev/null", "-D", "-", "--compressed", f"http://{VIP}/seq.txt")
            self.assertIn("Transfer-Encoding: chunked", head.stdout)

    def test_head_has_a_length_and_no_body(self):
        with ProxiedLab(one_server()) as lab:
            said = self.send(lab, b"HEAD /bytes/5000 HTTP/1.1\r\nHost: h\r\n\r\nGET /bytes/2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            heads = said.split(b"HTTP/1.1 200 OK\r\n")
            self.assertEqual(len(heads), 3)
            self.assertIn(b"Content-Length: 5000", heads[1])
            self.assertTrue(heads[1].endswith(b"\r\n\r\n"))

    def test_limits_of_heads(self):
        with ProxiedLab(one_server()) as lab:
            lab.take_port_80("server1")
            recorder = lab.start_python("server1", RECORD, repr(ANSWER))
            for large in (b"X: " + b"a" * 100_000, b"".join(b"X%d: a\r\n" % i for i in range(5000))):
                said = self.send(lab, b"GET / HTTP/1.1\r\nHost: h\r\n" + large + b"\r\n\r\n")
                self.assertRegex(said, rb"^HTTP/1.1 431 |^<reset>")
            self.assertRegex(self.send(lab, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"), rb"^HTTP/1.1 (414|431) |^<reset>")
            self.assertEqual(self.heard(lab), b"")
            self.assertIn(b"hi", self.send(lab, b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 8000 + b"\r\n\r\n"))
            stop(recorder)

    def test_smuggling_is_refused_and_reaches_no_server(self):
        with ProxiedLab(one_server()) as lab:
            lab.take_port_80("server1")
            recorder = lab.start_python("server1", RECORD, repr(ANSWER))
            behind = b"GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
            for name, request in SMUGGLING.items():
                with self.subTest(name):
                    said = self.send(lab, request + behind)
                    self.assertRegex(said, rb"^HTTP/1.1 (400|501|505) ")
                    self.assertEqual(said.count(b"HTTP/1.1"), 1)
                    self.assertTrue(said.endswith(b"<end>"), said)
                    self.assertEqual(self.heard(lab), b"")
            for name, body in BAD_CHUNKS.items():
                with self.subTest(name):
                    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    said = self.send(lab, head + body + behind)
                    heard = self.heard(lab)
                    self.assertNotIn(b"smuggled", heard)
                    self.assertLessEqual(heard.count(b"HTTP/1.1"), 1)
                    self.assertFalse(said.endswith(b"<open>"), said)
            ends = collections.Counter(r["end"] for r in self.requests(lab))
            self.assertGreaterEqual(ends["refused"], len(SMUGGLING))
            stop(recorder)

    def test_an_answer_before_the_end_of_a_large_body(self):
        """nginx refuses 50 MB by their length alone: the client sees its answer, not a broken connection."""
        with ProxiedLab(one_server()) as lab:
            lab.take_port_80("server1")
            lab.nginx("server1", "listen 80; location /small { client_max_body_size 1k; }")
            lab.exec("client1", "sh", "-c", "head -c 50000000 /dev/zero > /run/b")
            for expect in ("Expect:", "Expect: 100-continue"):
                done = lab.exec("client1", "curl", "-sS", "-m", "10", "-H", expect, "-T", "/run/b", "-o", "/dev/null",
                                "-w", "%{http_code}", f"http://{VIP}/small/x")
                self.assertEqual(done.stdout, "413")

    def test_a_server_killed_in_the_middle_of_its_answer(self):
        """The client learns that the answer is not whole: never a clean end of a short body."""
        with ProxiedLab(one_server()) as lab:
            client = lab.popen("client1", "curl", "-sS", "-m", "20", "--limit-rate", "20M", "-o", "/dev/null",
                               f"http://{VIP}/bytes/400000000")
            lab.wait_until(lambda: lab.flows() and lab.flows()[-1]["bytes_out"] > 5_000_000, 10, "the transfer runs")
            lab.end_program("server1", "fulcrum-server")
            seconds, code = timed(lambda: client.wait(timeout=15))
            self.assertIn(code, (18, 56))  # partial file, or reset
            self.assertLess(seconds, 15)
            lab.wait_until(lambda: self.requests(lab), 5, "the request is logged")
            self.assertEqual(self.requests(lab)[-1]["end"], "server-truncated")
            # M6: with nobody left to ask, requests are answered and logged all the same.
            lab.fulcrum("kill", lab.name, "server1")
            lab.wait_until(lambda: not lab.stats()["services"][0]["servers"][0]["up"], 10, "its health is known")
            said = lab.exec("client1", "curl", "-sS", "-m", "5", "-w", "%{http_code}", f"http://{VIP}/late").stdout
            self.assertEqual(said, "503 Service Unavailable: no server is available\n503")
            last = self.requests(lab)[-1]
            self.assertEqual((last["path"], last["status"], last["end"], last["server"]), ("/late", 503, "no-server", ""))

    def test_a_server_that_refuses_is_passed_over(self):
        with ProxiedLab(layer7()) as lab:
            lab.take_port_80("server2")
            lab.wait_until(lambda: lab.exec("server2", "ss", "-tln").stdout.count(":80 ") == 0, 5, "port 80 is closed")
            seen = {lab.get("client1", f"http://{VIP}/")["server"] for _ in range(9)}
            self.assertEqual(seen, {"server1", "server3"})
            self.assertGreaterEqual(lab.proxy()["connect_retries"], 1)
            lab.take_port_80("server1", "server3")
            said = lab.exec("client1", "curl", "-sS", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}", f"http://{VIP}/").stdout
            self.assertIn(said, ("502", "503"))

    def test_a_drained_server_finishes_what_it_has(self):
        """M6: the answer under way is completed, new requests go elsewhere, also over the same client connection."""
        with ProxiedLab(layer7()) as lab:
            slow = lab.popen("client1", "curl", "-sS", "-m", "20", f"http://{VIP}/delay/3000", f"http://{VIP}/", stdout=-1)
            lab.wait_until(lambda: any(s["active"] for v in lab.stats()["services"] for s in v["servers"]), 5, "one is busy")
            busy = next(s["name"] for v in lab.stats()["services"] for s in v["servers"] if s["active"])

            def drain(configuration):
                for server in configuration["pools"][0]["servers"]:
                    server["drain"] = server["name"] == busy
            lab.reconfigure(drain)
            seen = {lab.get("client1", f"http://{VIP}/")["server"] for _ in range(6)}
            self.assertEqual(seen, set(SERVERS) - {busy})
            first, second = re.findall(r'"server":"(\w+)"', slow.communicate(timeout=20)[0])
            self.assertEqual(slow.returncode, 0)
            self.assertEqual(first, busy)
            self.assertNotEqual(second, busy)


if __name__ == "__main__":
    main()
