"""D6: each fault of a link by itself, live, told by programs that know nothing of it."""
import json
import unittest

from fulcrum_lab import LabTest, main
from linked_lab import LinkedLab

COUNT = 2000


def bounds(probability, count, deviations=4.5):
    """Of a binomial count; outside once in 150,000."""
    expected = count * probability
    spread = deviations * (expected * (1 - probability)) ** 0.5
    return expected - spread, expected + spread


class Impairment(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = LinkedLab("star:2").__enter__()
        cls.addClassCleanup(cls.lab.__exit__)
        cls.lab.pin_neighbours("client1", "client2")

    def setUp(self):
        self.far = self.lab.address("client2")
        self.lab.link("client1:eth0", "set", "--clear")

    def assert_within(self, value, low_high):
        self.assertGreaterEqual(value, low_high[0])
        self.assertLessEqual(value, low_high[1])

    def test_delay(self):
        plain = self.lab.median_ms("client1", self.far)
        self.lab.link("client1:eth0", "set", "--delay", "20ms", "--direction", "out")
        one_way = self.lab.median_ms("client1", self.far)
        self.assert_within(one_way - plain, (19.5, 35))  # other loads only add
        state = self.lab.link("client1:eth0", "set", "--delay", "20ms")
        self.assertEqual((state["out"]["delay_ms"], state["in"]["delay_ms"]), (20, 20))
        self.assert_within(self.lab.median_ms("client1", self.far) - plain, (39.5, 60))
        state = self.lab.link("client1:eth0")
        print(f"\nplain {plain:.3f} ms, 20 ms one way {one_way:.3f} ms; late: half < {state['out']['counters']['late_us_median']}"
              f" us, 99 % < {state['out']['counters']['late_us_p99']} us")

    def test_jitter_spreads_and_keeps_the_order(self):
        self.lab.link("client1:eth0", "set", "--delay", "10ms", "--jitter", "8ms", "--direction", "out")
        capture = self.lab.capture("client2", "eth0", "udp")
        seen = self.lab.send_numbered("client1", "client2", 300, 0.01)
        self.assertEqual(seen, list(range(300)))
        gaps = [float(p["frame.time_delta"]) for p in capture.stop().fields("frame.time_delta")[1:]]
        self.assertGreater(max(gaps), 0.013)
        self.assertLess(min(gaps), 0.005)

    def test_loss_is_what_was_asked_and_the_same_with_the_same_seed(self):
        lost = []
        for seed in (7, 7, 8):
            before = self.lab.link("client1:eth0")["out"]["counters"]["lost"]
            self.lab.link("client1:eth0", "set", "--loss", "10%", "--seed", seed, "--direction", "out")
            seen = self.lab.send_numbered("client1", "client2", COUNT)
            self.assertEqual(seen, sorted(set(seen)))
            lost.append(set(range(COUNT)) - set(seen))
            self.assertEqual(self.lab.link("client1:eth0")["out"]["counters"]["lost"] - before, len(lost[-1]))
            self.assert_within(len(lost[-1]), bounds(0.1, COUNT))
        self.assertEqual(lost[0], lost[1])
        self.assertNotEqual(lost[0], lost[2])
        self.lab.link("client1:eth0", "set", "--clear")
        self.assertEqual(self.lab.send_numbered("client1", "client2", 500), list(range(500)))

    def test_loss_one_way_leaves_the_other_alone(self):
        self.lab.link("client1:eth0", "set", "--loss", "100%", "--direction", "out")
        self.assertEqual(self.lab.send_numbered("client2", "client1", 100), list(range(100)))
        self.assertNotEqual(self.lab.exec("client1", "ping", "-c", "2", "-W", "1", self.far, check=False).returncode, 0)

    def test_duplicates(self):
        self.lab.link("client1:eth0", "set", "--duplicate", "10%", "--seed", "1", "--direction", "out")
        before = self.lab.link("client1:eth0")["out"]["counters"]["duplicated"]
        capture = self.lab.capture("client2", "eth0", "udp")
        self.lab.send_numbered("client1", "client2", COUNT)
        numbers = [p["udp.payload"][:8] for p in capture.stop().fields("udp.payload")]
        self.assertEqual(len(set(numbers)), COUNT)
        self.assert_within(len(numbers) - COUNT, bounds(0.1, COUNT))
        self.assertEqual(self.lab.link("client1:eth0")["out"]["counters"]["duplicated"] - before, len(numbers) - COUNT)

    def test_reordering(self):
        self.lab.link("client1:eth0", "set", "--reorder", "5%", "--seed", "1", "--direction", "out")
        capture = self.lab.capture("client2", "eth0", "udp")
        self.lab.send_numbered("client1", "client2", COUNT, 0.0001)
        numbers = [int(p["udp.payload"][:8], 16) for p in capture.stop().fields("udp.payload")]
        self.assertEqual(sorted(numbers), list(range(COUNT)))
        overtaken = sum(1 for a, b in zip(numbers, numbers[1:]) if a > b)
        # Two held back together come out in their order.
        self.assert_within(overtaken, (0.4 * bounds(0.05, COUNT)[0], bounds(0.05, COUNT)[1]))

    def test_rate(self):
        self.lab.link("client1:eth0", "set", "--rate", "10M", "--direction", "out")
        self.lab.exec("client2", "iperf3", "-s", "-D")
        self.addCleanup(self.lab.end_program, "client2", "iperf3")
        self.lab.wait_until(lambda: "5201" in self.lab.exec("client2", "ss", "-ltn").stdout, 5, "iperf3 listens")
        said = json.loads(self.lab.exec("client1", "iperf3", "-c", self.far, "-t", "4", "-J", timeout=60).stdout)
        rate = said["end"]["sum_received"]["bits_per_second"]
        print(f"\n10 Mbit/s: {rate / 1e6:.2f} Mbit/s of TCP payload")
        self.assert_within(rate, (8.5e6, 11.5e6))
        # Too many datagrams: what the queue does not take is dropped, and said to be.
        said = json.loads(self.lab.exec("client1", "iperf3", "-c", self.far, "-u", "-b", "20M", "-t", "3", "-J", timeout=60).stdout)
        self.assert_within(said["end"]["sum"]["lost_percent"], (35, 65))
        self.assertGreater(self.lab.link("client1:eth0")["out"]["counters"]["queue_drops"], 500)

    def test_only_wire_frames_cross_an_impaired_link(self):
        """What a kernel hands over as 64 KB is cut, and summed up, before single frames are lost."""
        for impaired in (False, True):
            self.lab.link("client1:eth0", "set", "--clear", *(["--delay", "1ms"] if impaired else []))
            capture = self.lab.capture("client2", "eth0", f"tcp and src host {self.lab.address('client1')}")
            self.lab.exec("client2", "iperf3", "-s", "-D", "-1")
            self.lab.wait_until(lambda: "5201" in self.lab.exec("client2", "ss", "-ltn").stdout, 5, "iperf3 listens")
            self.lab.exec("client1", "iperf3", "-c", self.far, "-n", "5M")
            largest = max(int(p["frame.len"]) for p in capture.stop().fields("frame.len"))
            if impaired:
                self.assertEqual(largest, 1514)
            else:
                self.assertGreater(largest, 1514)

    def test_unusable_values_are_refused(self):
        for wrong in (("--loss", "2"), ("--loss", "1"), ("--delay", "-1"), ("--delay", "2h"), ("--rate", "fast"), ("--rate", "5"),
                      ("--seed", "x"), ("--direction", "up"), ()):
            done = self.lab.fulcrum("link", self.lab.name, "client1:eth0", "set", *wrong, check=False)
            self.assertEqual(done.returncode, 2, wrong)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        done = self.lab.fulcrum("link", self.lab.name, "client1:eth7", "set", "--loss", "1%", check=False)
        self.assertIn("client1 has no interface eth7", done.stderr)
        self.assertEqual(self.lab.link("client1:eth0")["out"]["loss"], 0)


if __name__ == "__main__":
    main()
