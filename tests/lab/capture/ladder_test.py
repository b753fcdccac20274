"""P3: every request of two hundred at once, with keep-alive, is joined across the hops of a real lab as its id says.

The truth is a request id in the header, read off the captured bytes here, not by Fulcrum.
"""
import json
import os
import struct
import subprocess
import sys
import time
import unittest

from fulcrum_lab import can_make_labs, command, environment, run, scratch

CLIENTS, EACH = 200, 3
REQUESTS = """
import http.client, threading, sys
def work(c):
    connection = http.client.HTTPConnection(sys.argv[1], 80, timeout=20)
    for n in range(int(sys.argv[3])):
        connection.request("GET", "/", headers={"X-Request-Id": f"{sys.argv[4]}-{c}-{n}"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
threads = [threading.Thread(target=work, args=(c,)) for c in range(int(sys.argv[2]))]
[t.start() for t in threads]
[t.join() for t in threads]
"""


def ids_of(path):
    """Request id by packet number, from 1: whatever the bytes of the packet say."""
    with open(path, "rb") as whole:
        data = whole.read()
    found, number, at = {}, 0, 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            number += 1
            begin = data.find(b"X-Request-Id: ", at, at + length)
            if begin >= 0:
                found[number] = data[begin + 14:data.index(b"\r", begin)].decode()
        at += length
    return found


class Ladders(unittest.TestCase):
    def ladder(self, template, vips, legs, tunnel=None, layer7=False, attempts=4):
        """`vips`: by the client that asks there; all ask at once."""
        lab = f"ladder-{template}{'-7' if layer7 else ''}-{os.getpid()}"
        path, flows = os.path.join(scratch(), f"{lab}.pcapng"), os.path.join(scratch(), f"{lab}.json")
        drawn = template
        if layer7:
            drawing = json.loads(run("new", template, "-o", "-").stdout)
            drawing["services"][0]["layer7"] = True
            drawn = os.path.join(scratch(), f"{lab}-drawing.json")
            with open(drawn, "w", encoding="utf-8") as out:
                json.dump(drawing, out)
        run("up", drawn, "--name", lab)
        try:
            time.sleep(3)  # health
            with open(path, "wb") as out:
                watching = subprocess.Popen(command("fulcrum", "capture", lab, "-o", "-"), env=environment(), stdout=out,
                                            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
                self.assertIn(b"capturing on", watching.stderr.readline())
                asking = [subprocess.Popen(command("fulcrum", "exec", lab, client, "--", "/usr/bin/python3", "-c", REQUESTS, vip,
                                                   CLIENTS // len(vips), EACH, client), env=environment(), stdin=subprocess.DEVNULL)
                          for client, vip in vips.items()]
                self.assertEqual([one.wait(timeout=90) for one in asking], [0] * len(asking))
                time.sleep(1)
                watching.send_signal(2)
                counts = watching.communicate(timeout=20)[1].decode().splitlines()
            with open(flows, "w", encoding="utf-8") as out:
                out.write(run("flows", lab, "--json", "--limit", "100000").stdout)
        finally:
            run("down", lab)
        # A busy machine's capture loses packets, and says how many; then it proves nothing about ladders.
        dropped = sum(int(line.split()[-1].replace(",", "")) for line in counts if ":eth" in line)
        if dropped > 0 and attempts > 1:
            print(f"{template}: {dropped} packets were dropped: once more", flush=True)
            return self.ladder(template, vips, legs, tunnel, layer7, attempts - 1)
        self.assertEqual(dropped, 0, "\n".join(counts))
        ids = ids_of(path)
        self.assertEqual(len(set(ids.values())), CLIENTS * EACH, "the capture has every request")
        for with_log in (True, False):
            told = json.loads(run("ladder", path, "--json", *(["--flows", flows] if with_log else [])).stdout)
            requests = [one for one in told["requests"] if one["kind"] == "http" and ids.get(one["legs"][0]["request"][0]["packet"])]
            right, odd = 0, None
            for one in requests:
                seen = {ids.get(hop["packet"]) for leg in one["legs"] for hop in leg["request"]}
                wrong = len(seen) != 1
                self.assertFalse(wrong and one["confidence"] == "certain", f"a wrong join is called certain: {seen}")
                client = ids[one["legs"][0]["request"][0]["packet"]].split("-")[0]
                whole = len(one["legs"]) == legs and client in {hop["node"] for hop in one["legs"][0]["request"]}
                servers = {hop["node"] for hop in one["legs"][-1]["request"] if hop["node"].startswith("server")}
                if not wrong and whole and len(servers) == 1:
                    right += 1
                else:
                    odd = (len(one["legs"]), one["status"], sorted(servers), wrong, one["confidence"])
                if tunnel is not None:
                    self.assertTrue(any(tunnel in hop.get("tunnel", "") for leg in one["legs"] for hop in leg["request"]))
            share = right / (CLIENTS * EACH)
            print(f"{template}{' layer 7' if layer7 else ''}: {right} of {CLIENTS * EACH} right {'with' if with_log else 'without'} the flow log", flush=True)
            self.assertGreaterEqual(share, 1.0 if with_log else 0.99, f"{template}, flow log: {with_log}: {odd}")

    def test_in_line(self):
        self.ladder("in-line", {"client1": "10.1.1.100"}, 2)

    def test_l2_dsr(self):
        self.ladder("l2-dsr", {"client1": "10.1.1.100"}, 1)

    def test_l3_dsr_gre(self):
        self.ladder("l3-dsr-gre", {"client1": "10.1.1.100"}, 1, tunnel="GRE")

    def test_two_arm(self):
        self.ladder("two-arm", {"client1": "192.168.2.100"}, 2)

    def test_layer_7(self):
        """Every connection to a server works for many clients, one request at a time."""
        self.ladder("two-arm", {"client1": "192.168.2.100"}, 2, layer7=True)

    def test_full_proxy(self):
        self.ladder("full-proxy", {"client1": "10.1.1.1"}, 2)

    def test_topology_5(self):
        """Two zones whose clients and servers have the same addresses: only the captures' nodes tell them apart."""
        self.ladder("topology-5", {"client1": "172.16.1.21", "client2": "10.10.50.21"}, 2)


if __name__ == "__main__":
    reason = can_make_labs()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
