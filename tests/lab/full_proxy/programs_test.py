"""Real programs through full proxy: servers, load generators, long-lived streams, ten thousand connections at once."""
import json
import os
import re
import shutil
import subprocess
import unittest

from fulcrum_lab import LabTest, main
from proxied_lab import BACK, CLIENT, SERVERS, VIP, ProxiedLab, by_id, stop

SSHD = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ.get("PATH", ""))
SECONDS = os.environ.get("FULCRUM_BULK_SECONDS", "1")


def on_one_server(**service):
    def change(drawing):
        by_id(drawing, "pools", "pool1").update(members=[{"server": "server1"}], health=[{"kind": "ping"}])
        drawing["services"][0].update(service)
    return change


class Programs(LabTest):
    def _iperf3(self, lab, *options):
        report = json.loads(lab.exec("client1", "iperf3", "-c", VIP, "-p", "80", "-t", SECONDS, "-J", *options, timeout=60).stdout)
        self.assertNotIn("error", report)
        sent, received = report["end"]["sum_sent"]["bytes"], report["end"]["sum_received"]["bytes"]
        self.assertGreater(received, 50_000_000)
        self.assertLess(sent - received, 64 << 20)  # what was under way at the end
        return report

    def test_iperf3_both_directions_and_parallel(self):
        with ProxiedLab(on_one_server()) as lab:
            lab.take_port_80("server1")
            server = lab.popen("server1", "iperf3", "-s", "-p", "80", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            lab.wait_until(lambda: "iperf3" in lab.exec("server1", "ss", "-tlnp").stdout, 5, "iperf3 listens")
            for options in ((), ("-R",), ("-P", "8"), ("-P", "8", "-R")):
                with self.subTest(options=options):
                    report = self._iperf3(lab, *options)
                    self.assertEqual(len(report["end"]["streams"]), 8 if "-P" in options else 1)
            stop(server)
            lab.wait_until(lambda: lab.proxy()["sessions"] == 0, 5, "nothing is left of the transfers")
            self.assertEqual(lab.proxy()["buffer_bytes"], 0)

    def _check_loads(self, lab):
        """wrk and ab: every request answered, with and without keep-alive."""
        said = lab.exec("client1", "wrk", "-t1", "-c50", "-d1", f"http://{VIP}/").stdout
        self.assertNotIn("Socket errors", said)
        self.assertNotIn("Non-2xx", said)
        self.assertGreater(int(re.search(r"(\d+) requests in", said).group(1)), 100)
        for keep_alive in ((), ("-k",)):
            said = lab.exec("client1", "ab", "-q", *keep_alive, "-n", "1000", "-c", "20", f"http://{VIP}/bytes/100").stdout
            self.assertRegex(said, r"Complete requests: +1000\n")
            self.assertRegex(said, r"Failed requests: +0\n")
            self.assertNotIn("Non-2xx", said)

    def _check_continue(self, lab):
        """curl waits for 100 (Continue) before it sends the body; the body comes back byte by byte."""
        done = lab.exec("client1", "sh", "-c",
                        "head -c 3000000 /dev/urandom > /run/b; curl -sSv -m 20 --expect100-timeout 15 -H 'Expect: 100-continue' "
                        f"--data-binary @/run/b http://{VIP}/echo -o /run/a && cmp /run/a /run/b", timeout=40)
        self.assertIn("< HTTP/1.1 100 Continue", done.stderr)
        self.assertIn("< HTTP/1.1 200 OK", done.stderr)

    def test_wrk_ab_and_100_continue(self):
        with ProxiedLab() as lab:
            self._check_loads(lab)
            self._check_continue(lab)

    def test_wrk_ab_and_100_continue_at_layer_7(self):
        with ProxiedLab(lambda d: d["services"][0].update(layer7=True)) as lab:
            self._check_loads(lab)
            self._check_continue(lab)
            proxy = lab.proxy()
            self.assertGreater(proxy["requests"], 2000)

    def test_nginx_and_haproxy_as_servers(self):
        for layer7 in (False, True):
            with self.subTest(layer7=layer7), ProxiedLab(lambda d: d["services"][0].update(layer7=layer7)) as lab:
                lab.take_port_80(*SERVERS)
                for name in ("server1", "server2"):
                    lab.nginx(name, "listen 80;")
                lab.haproxy("server3", "frontend f\n mode http\n bind :80\n"
                                       " http-request return status 200 content-type text/plain string server3\n")
                lab.until_up()
                answers = lab.exec("client1", "sh", "-c", f"for i in 1 2 3 4 5 6; do curl -sS -m 5 http://{VIP}/; echo; done").stdout
                self.assertEqual(sorted(answers.split()), sorted(2 * list(SERVERS)))

    def test_udp_from_the_engines_address_and_back_from_the_vip(self):
        """M8: nc only takes answers from whom it asked; the capture shows the other leg."""
        with ProxiedLab(lambda d: d["services"][0]["ports"].append({"protocol": "udp", "port": 80})) as lab:
            captures = [lab.capture(name, "eth0", "udp") for name in SERVERS]
            names = set()
            for i in range(3):
                said = lab.exec("client1", "sh", "-c", f"echo hello{i} | nc -u -w 1 {VIP} 80", timeout=20).stdout
                self.assertIn(f"hello{i}", said)
                names.add(said.split()[0])
            self.assertEqual(names, set(SERVERS))
            for name, capture in zip(SERVERS, captures):
                legs = {(p["ip.src"], p["ip.dst"]) for p in capture.stop().fields("ip.src", "ip.dst")}
                self.assertEqual(legs, {("10.10.10.101", SERVERS[name]), (SERVERS[name], "10.10.10.101")})

    def test_a_websocket_through_layer_7(self):
        with ProxiedLab(on_one_server(layer7=True)) as lab:
            lab.take_port_80("server1")
            server = lab.start_python("server1", _websocket_server)
            said = lab.python("client1", _websocket_client, VIP, timeout=30).stdout
            self.assertEqual(said.split("\n")[:2], ["HTTP/1.1 101 Switching Protocols", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
            self.assertIn("200 messages came back", said)
            stop(server)

    def test_a_stream_that_lives_long_both_ways_with_pauses(self):
        """Like ssh: a few bytes now and then in both directions, then each side finishes by itself."""
        with ProxiedLab(on_one_server()) as lab:
            lab.take_port_80("server1")
            server = lab.start_python("server1", _talker, "listen", "")
            said = lab.python("client1", _talker, "call", VIP, timeout=40).stdout
            self.assertIn("heard 30 lines and the end", said)
            self.assertIn("heard 30 lines and the end", server.stdout.read())
            stop(server)
            self.assertEqual([f["state"] for f in lab.flows()], ["closed"])

    @unittest.skipUnless(SSHD and shutil.which("ssh"), "sshd and ssh are not installed")
    def test_ssh_with_a_pause_in_the_session(self):
        """A real sshd behind the VIP. Lab nodes have one user, root: sshd is shown another one, so that it has no rights to drop."""
        def change(drawing):
            on_one_server()(drawing)
            drawing["services"][0]["ports"] = [{"protocol": "tcp", "port": 22, "server_port": 2222}]
        with ProxiedLab(change) as lab:
            lab.take_port_80("server1")
            lab.exec("server1", "sh", "-c", _prepare_ssh)
            server = lab.popen("server1", "unshare", "-m", "sh", "-c",
                               "mount --bind /run/s/passwd /etc/passwd; "
                               f"exec unshare -U --map-user=1000 --map-group=1000 {SSHD} -D -e -f /run/s/conf",
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            lab.wait_until(lambda: ":2222" in lab.exec("server1", "ss", "-tln").stdout, 10, "sshd listens")
            lab.exec("client1", "sh", "-c", "umask 077; cat > /run/key", input=lab.exec("server1", "cat", "/run/s/user").stdout)
            said = lab.exec("client1", "sh", "-c",
                            "(sleep 3; seq 20000) | ssh -T -i /run/key "
                            "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=10 "
                            f"-o LogLevel=ERROR visitor@{VIP} 'hostname; echo $SSH_CONNECTION; cat; echo over'", timeout=60).stdout.splitlines()
            self.assertEqual(said[0], "server1")
            self.assertEqual(said[1].split()[0], BACK)
            self.assertEqual(said[2:], [str(n) for n in range(1, 20001)] + ["over"])
            lab.wait_until(lambda: [f["state"] for f in lab.flows()] == ["closed"], 5, "the session has ended in good order")
            stop(server)

    def test_ten_thousand_connections_at_once(self):
        with ProxiedLab(lambda d: by_id(d, "pools", "pool1").update(health=[{"kind": "ping"}])) as lab:
            lab.take_port_80(*SERVERS)
            for name in SERVERS:
                lab.nginx(name, "listen 80 backlog=8192; keepalive_timeout 60; location / { return 200 $remote_port; }")
            before = lab.engine_bytes()
            client = lab.start_python("client1", _crowd, VIP, 10_000, stdin=subprocess.PIPE)
            lab.wait_until(lambda: lab.proxy()["sessions"] == 10_000, 10, "10,000 sessions at once")
            per_connection = (lab.engine_bytes() - before) / 10_000
            self.assertLess(per_connection, 8192)
            client.stdin.write("go on\n")
            client.stdin.flush()
            self.assertEqual(client.stdout.read().strip(), "10000 answers")
            client.wait(timeout=10)
            client.stdin.close()
            client.stdout.close()
            lab.wait_until(lambda: lab.proxy()["sessions"] == 0, 15, "all sessions are gone")


class ProxyHeaders(LabTest):
    """M10: nginx, HAProxy and the built-in server read our header; we read HAProxy's."""

    def test_header_out(self):
        for version in ("v1", "v2"):
            def change(drawing):
                drawing["services"][0].update(proxy_out=version)
                by_id(drawing, "pools", "pool1").update(health=[{"kind": "ping"}])
            with self.subTest(version=version), ProxiedLab(change) as lab:
                lab.take_port_80("server1", "server2")
                lab.nginx("server1", 'listen 80 proxy_protocol; location / { return 200 "nginx $proxy_protocol_addr '
                                     '$proxy_protocol_port $proxy_protocol_server_addr $remote_addr"; }')
                lab.haproxy("server2", 'frontend f\n mode http\n bind :80 accept-proxy\n http-request return status 200 '
                                       'content-type text/plain lf-string "haproxy %[src] %[src_port] %[dst]"\n')
                port = r"(\d+)"
                said = [lab.exec("client1", "curl", "-sS", "-m", "5", "-w", " %{local_port}", f"http://{VIP}/").stdout
                        for _ in range(3)]
                self.assertRegex(said[0], rf"^nginx {CLIENT} {port} {VIP} 10\.10\.10\.101 \1$")
                self.assertRegex(said[1], rf"^haproxy {CLIENT} {port} {VIP} \1$")
                answer, ours = said[2].rsplit(" ", 1)
                self.assertEqual(json.loads(answer)["proxy"], {"version": int(version[1]), "command": "proxy",
                                                               "source": f"{CLIENT}:{ours}", "destination": f"{VIP}:80"})

    def test_header_in_from_haproxy(self):
        for version in ("send-proxy", "send-proxy-v2"):
            with self.subTest(version=version), \
                    ProxiedLab(lambda d: d["services"][0].update(proxy_in=True, proxy_out="v1", layer7=True)) as lab:
                lab.haproxy("client1", f"listen f\n mode tcp\n bind 127.0.0.5:8000\n server s {VIP}:80 {version}\n")
                said = lab.exec("client1", "curl", "-sS", "-m", "5", "--retry", "5", "--retry-connrefused", "-w", " %{local_port}",
                                "http://127.0.0.5:8000/").stdout
                answer, port = said.rsplit(" ", 1)
                answer = json.loads(answer)
                self.assertEqual(answer["proxy"]["source"], f"127.0.0.1:{port}")
                self.assertEqual(answer["proxy"]["destination"], "127.0.0.5:8000")
                self.assertEqual(answer["headers"]["X-Forwarded-For"], "127.0.0.1")
                # Whoever does not begin with the header is no client.
                self.assertEqual(lab.exec("client1", "curl", "-sS", "-m", "5", f"http://{VIP}/", check=False).returncode, 56)
                self.assertEqual(lab.drops()["bad-proxy-header"], 1)
                # A proof's requests do; so does a load that is asked to.
                lab.fulcrum("check", "--prove", lab.name)
                told = json.loads(lab.fulcrum("load", lab.name, "client1", f"http://{VIP}/", "-n", "20", "--proxy-header", "--json").stdout)
                self.assertEqual(sum(told["errors"].values()), 0)


_prepare_ssh = """
mkdir -p /run/s && cd /run/s
ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f user && cp user.pub authorized
echo 'visitor:x:1000:1000::/run/s:/bin/sh' > passwd
cat > conf <<END
Port 2222
HostKey /run/s/host
AuthorizedKeysFile /run/s/authorized
UsePAM no
StrictModes no
PidFile none
END
"""

_websocket_server = """
import base64, hashlib, socket
listener = socket.create_server(("", 80))
print("ready")
s, _ = listener.accept()
head = b""
while b"\\r\\n\\r\\n" not in head:
    head += s.recv(4096)
key = next(l.split(b": ")[1] for l in head.split(b"\\r\\n") if l.lower().startswith(b"sec-websocket-key"))
accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
# The first frame comes in the same segment as the answer's head.
s.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: "
          + accept + b"\\r\\n\\r\\n" + b"\\x81\\x05hello")
while data := s.recv(65536):
    s.sendall(data)
"""

_websocket_client = """
import os, socket, sys, time
s = socket.create_connection((sys.argv[1], 80))
s.sendall(b"GET /chat HTTP/1.1\\r\\nHost: chat\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
          b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n")
stream = s.makefile("rb")
print(stream.readline().decode().strip())
while line := stream.readline().strip():
    if line.lower().startswith(b"sec-websocket-accept"):
        print(line.decode().split(": ")[1])
assert stream.read(7) == b"\\x81\\x05hello"
for i in range(200):
    message = bytes([0x82, 126]) + (1000).to_bytes(2, "big") + os.urandom(1000)
    s.sendall(message)
    assert stream.read(len(message)) == message
    if i % 50 == 0:
        time.sleep(0.1)
s.shutdown(socket.SHUT_WR)
assert stream.read() == b""
print("200 messages came back")
"""

_talker = """
import socket, sys, threading, time
if sys.argv[1] == "listen":
    listener = socket.create_server(("", 80))
    print("ready")
    s, _ = listener.accept()
else:
    s = socket.create_connection((sys.argv[2], 80))
def talk():
    for i in range(30):
        s.sendall(b"line %d\\n" % i)
        time.sleep(0.02 if i % 10 else 0.5)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=talk).start()
heard = s.makefile("rb").read().split(b"\\n")
assert heard == [b"line %d" % i for i in range(30)] + [b""], heard
print("heard 30 lines and the end")
"""

# Opens all connections, says so, waits to be told, asks once over each and counts the answers.
_crowd = """
import resource, select, socket, sys
vip, count = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, max(count + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
sockets = []
for i in range(count):
    s = socket.create_connection((vip, 80), timeout=20)
    sockets.append(s)
print("connected")
sys.stdin.readline()
for s in sockets:
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n")
good = 0
for s in sockets:
    answer = b""
    while data := s.recv(4096):
        answer += data
    good += answer.startswith(b"HTTP/1.1 200")
print(good, "answers")
"""


if __name__ == "__main__":
    main()
