"""M1 over bad links: transfers of random sizes through full proxy, each intact, none stuck.

FULCRUM_TRANSFERS sets how many for each bad leg (4; 20 or 100 for a long run), FULCRUM_SEED which.
"""
import os
import random
import time
import unittest

from fulcrum_lab import LabTest, main
from linked_lab import LinkedLab
from proxied_lab import VIP, by_id, drawn

COUNT = int(os.environ.get("FULCRUM_TRANSFERS", "4"))
SEED = int(os.environ.get("FULCRUM_SEED", "1"))
FAULTS = ("--loss", "1%", "--duplicate", "1%", "--reorder", "1%", "--delay", "10ms", "--seed", SEED)  # 20 ms there and back


def one_server(drawing):
    by_id(drawing, "pools", "pool1")["members"] = [{"server": "server1"}]


class BadLegs(LabTest):
    def setUp(self):
        self.lab = LinkedLab(drawn("two-arm", one_server)).__enter__()
        self.addCleanup(self.lab.__exit__)
        self.lab.wait_until(lambda: all(s["up"] for v in self.lab.stats()["services"] for s in v["servers"]), 10, "server up")

    def transfers(self, *ends):
        sizes = random.Random(SEED)
        expected = {}
        plan = [int(10 ** sizes.uniform(2, 6.7)) for _ in range(COUNT)]
        for size in set(plan):
            done = self.lab.exec("server1", "sh", "-c", f"curl -sS -m 20 http://127.0.0.1/bytes/{size} | sha256sum")
            expected[size] = done.stdout
        for end in ends:
            self.lab.link(end, "set", *FAULTS)
        rates = []
        for size in plan:
            began = time.monotonic()
            done = self.lab.exec("client1", "sh", "-c", f"curl -sS -m 100 http://{VIP}/bytes/{size} | sha256sum", timeout=120)
            rates.append((size, time.monotonic() - began))
            self.assertEqual(done.stdout, expected[size], f"{size} bytes, {done.stderr}")
        for end in ends:
            counters = self.lab.link(end)
            self.assertGreater(counters["out"]["counters"]["lost"] + counters["in"]["counters"]["lost"], 0)
        print("\n" + ", ".join(ends) + ": " + ", ".join(f"{size} B in {took:.2f} s" for size, took in rates))

    def test_front(self):
        self.transfers("se1:eth0")

    def test_back(self):
        self.transfers("se1:eth1")

    def test_both(self):
        self.transfers("se1:eth0", "se1:eth1")


if __name__ == "__main__":
    main()
