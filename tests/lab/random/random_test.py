"""Random drawings: each is refused with a reason, or comes up and proves itself; none in between.

    ./dev random 500             the seeds 1 to 500
    ./dev random 1 --seed 137    the drawing of one seed, which is kept and named when it fails
"""
import collections
import json
import os
import shutil
import tempfile
import unittest

from fulcrum_lab import Lab, LabTest, main, run, scratch
from random_drawing import drawing_of

FIRST = int(os.environ.get("FULCRUM_RANDOM_SEED", "1"))
COUNT = int(os.environ.get("FULCRUM_RANDOM_DRAWINGS", "20"))


def keep(path):
    """The drawing of a seed that failed, where it stays."""
    return shutil.copy(path, tempfile.mkdtemp(prefix="fulcrum-random-"))


class WarnedOf:
    """Which expectations of a proof the warnings of a drawing say are broken: (service, client, server, expectation), None for
    any. Warnings that are not named here tell of what a proof does not look at (a gateway that nobody has, a floating address
    that is missed at a failover): with them everything holds."""

    def __init__(self, drawing, warnings):
        self.drawing = drawing
        self.kinds = {node["id"]: node["kind"] for node in drawing["nodes"]}
        self.lost_clients, self.crosses, self.may_be = set(), [], []
        for warning in warnings:
            items = warning["items"]
            if warning["id"] == "client-reaches-no-vip":
                self.left_out(items[0])
            elif warning["id"] == "vip-without-client":
                self.crosses.append((items[0], "", "", "clients"))
            elif warning["id"] == "client-in-server-segment":
                self.crosses.append((items[1], items[0], None, None))
            elif warning["id"] == "unconnected-node" and self.kinds[items[0]] == "client":
                self.left_out(items[0])
            elif warning["id"] == "unconnected-node" and self.kinds[items[0]] == "server":
                pools = {pool["id"] for pool in drawing["pools"] if any(one["server"] == items[0] for one in pool["members"])}
                self.crosses += [(service["id"], "", items[0], "link") for service in drawing["services"] if service["pool"] in pools]

    def left_out(self, client):
        self.lost_clients.add(client)
        self.crosses.append((None, client, "", "request"))
        self.may_be.append((None, "", "", "clients"))  # it was a service's only one

    @staticmethod
    def _is(cross, pattern):
        service = cross["service"].split(" ")[0]  # one with several ports is told with its port
        seen = (service, cross["client"], cross["server"], cross["expectation"])
        return all(wanted is None or wanted == value for wanted, value in zip(pattern, seen))

    def told_of(self, cross):
        return any(self._is(cross, pattern) for pattern in self.crosses + self.may_be)

    def not_among(self, crosses):
        return [pattern for pattern in self.crosses if not any(self._is(cross, pattern) for cross in crosses)]

    def unanswered(self):
        """(client, VIP, port) that a real request must not get to."""
        return [(client, service["vip"], service["ports"][0]["port"]) for client in sorted(self.lost_clients)
                for service in self.drawing["services"] if "vip" in service][:4]


class RandomDrawings(LabTest):
    def refused(self, path, problems):
        """Launching ends with the first reason that checking gives, and leaves no lab."""
        launched = run("up", path, "--name", "refused", check=False)
        if launched.returncode == 0:
            run("down", "refused")
        self.assertNotEqual(launched.returncode, 0, f"launched in spite of {problems[0]['id']}: {problems[0]['why']}")
        self.assertTrue(launched.stderr.strip(), "refused without a word")

    def proves_itself(self, path, warnings=()):
        """Every expectation holds but those that a warning told of, and those are broken indeed."""
        with open(path) as file:
            warned = WarnedOf(json.load(file), warnings)
        with Lab(path) as lab:
            done = run("check", "--prove", lab.name, "--json", check=False, timeout=300)
            if not done.stdout.strip():
                raise AssertionError(f"check --prove: exit {done.returncode}: {done.stderr}")
            told = json.loads(done.stdout)
            self.assertTrue(told, "nothing was proven")
            crosses = [one for one in told if not one["ok"]]
            unexpected = [one for one in crosses if not warned.told_of(one)]
            if unexpected:
                lines = [f"{one['service']} {one['client']} {one['server']}: {one['expectation']}: "
                         f"expected {one['expected']}, seen {one['seen']}" for one in unexpected[:12]]
                raise AssertionError(f"{len(unexpected)} of {len(told)} expectations do not hold\n" + "\n".join(lines))
            self.assertEqual(warned.not_among(crosses), [], "warned of, and yet it holds")
            self.assertEqual(done.returncode, 1 if crosses else 0)
            for client, vip, port in warned.unanswered():
                asked = lab.exec(client, "curl", "-sS", "--max-time", "2", f"http://{vip}:{port}/", check=False)
                self.assertNotEqual(asked.returncode, 0, f"{client} gets to {vip} in spite of the warning")

    def examine(self, path):
        """What became of it: "refused" or "proven"."""
        done = run("check", path, "--json", check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        problems = [problem for problem in json.loads(done.stdout) if problem["severity"] != "note"]
        for problem in problems:
            self.assertTrue(problem["why"] and problem["fix"] and problem["items"], problem)
        blocked = [problem for problem in problems
                   if problem["severity"] == "error" or problem["id"] == "not-available-yet"]
        if blocked:
            self.refused(path, blocked)
            return "refused"
        self.proves_itself(path, problems)
        return "proven in spite of a warning" if problems else "proven"

    def test_each_is_refused_with_a_reason_or_proves_itself(self):
        became = collections.Counter()
        for seed in range(FIRST, FIRST + COUNT):
            path = os.path.join(scratch(), f"random-{seed}.json")
            with open(path, "w") as file:
                json.dump(drawing_of(seed), file, indent=1)
            with self.subTest(seed=seed):
                try:
                    became[self.examine(path)] += 1
                except AssertionError as error:
                    raise AssertionError(f"{error}\nagain: ./dev random 1 --seed {seed}; the drawing: {keep(path)}") from None
        print(", ".join(f"{count} {what}" for what, count in sorted(became.items())))
        if COUNT >= 20:
            self.assertGreater(became["proven"], COUNT // 2, "too few whole drawings to mean anything")
            self.assertGreater(became["refused"], 0, "too few broken drawings to mean anything")


if __name__ == "__main__":
    main()
