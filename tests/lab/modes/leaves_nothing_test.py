"""S2: whatever dies, however it dies, nothing of a lab is left, and the next one works at once."""
import contextlib
import json
import os
import signal
import subprocess
import time
import unittest

from fulcrum_lab import Lab, LabTest, command, environment, is_ours, main, run, settle_to, traces

VIP = "10.1.1.100"


def host_pids_of(lab, program):
    """Host pids of a program of this test's lab: started by us, and not there before."""
    pids = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == program and is_ours(pid) and int(pid) not in lab.before:
                pids.append(int(pid))
    return pids


class LeavesNothing(LabTest):
    def setUp(self):
        self.before = traces()
        self.known = {pid for pid, _ in self.before["processes"]}

    def _lab(self, *arguments, **options):
        lab = Lab(*arguments, **options)
        lab.before = self.known
        return lab

    def assert_nothing_left(self):
        self.assertEqual(settle_to(self.before), {})

    def _works(self):
        with self._lab("in-line") as lab:
            lab.get("client1", f"http://{VIP}/")

    def test_down_leaves_nothing(self):
        self._works()
        self.assert_nothing_left()

    def test_kill_of_the_supervisor(self):
        with self._lab("in-line") as lab:
            lab.get("client1", f"http://{VIP}/")
            for pid in host_pids_of(lab, "fulcrum-lab"):
                os.kill(pid, signal.SIGKILL)
            self.assert_nothing_left()
            self.assertIsNone(lab.nodes())
        self._works()
        self.assert_nothing_left()

    def test_kill_of_an_engine_is_told_and_leaves_the_lab(self):
        with self._lab("in-line") as lab:
            engines = host_pids_of(lab, "fulcrum-se")
            self.assertEqual(len(engines), 2)
            for pid in engines:
                os.kill(pid, signal.SIGKILL)
            lab.wait_until(lambda: lab.nodes()["se1"] == "failed", 5, "se1 is shown as failed")
            done = lab.exec("client1", "curl", "-sS", "--max-time", "1", f"http://{VIP}/", check=False)
            self.assertNotEqual(done.returncode, 0)
            lab.fulcrum("start", lab.name, "se1")
            lab.wait_until(lambda: lab.nodes()["se1"] == "running", 5, "se1 runs again")
            lab.get("client1", f"http://{VIP}/")
        self.assert_nothing_left()

    def test_kill_of_everything_at_once(self):
        with self._lab("l2-dsr") as lab:
            for name in ("fulcrum-se", "fulcrum-server", "fulcrum-lab"):
                for pid in host_pids_of(lab, name):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            self.assert_nothing_left()
        self._works()

    def test_kill_of_the_client_in_the_middle_of_a_launch(self):
        for delay in (0.0, 0.01, 0.03, 0.06, 0.1):
            name = f"t{os.getpid()}-half{int(delay * 1000)}"
            launcher = subprocess.Popen(command("fulcrum", "up", "in-line", "--name", name), env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(delay)
            launcher.kill()
            launcher.wait()
            # Either it was not up yet, and is gone; or it was, and can be taken down.
            time.sleep(0.3)
            run("down", name, check=False)
            self.assert_nothing_left()

    def test_kill_of_an_exec_takes_its_command_along(self):
        with self._lab("in-line") as lab:
            sleeper = lab.popen("client1", "sleep", "1000")
            lab.wait_until(lambda: "sleep" in lab.exec("client1", "ps", "-e", "-o", "comm").stdout, 5, "sleep runs")
            sleeper.kill()
            sleeper.wait()
            lab.wait_until(lambda: "sleep" not in lab.exec("client1", "ps", "-e", "-o", "comm").stdout, 10, "sleep is gone")

    def test_twenty_labs_in_a_row(self):
        for i in range(20):
            with self._lab("in-line" if i % 2 else "l2-dsr"):
                pass
        self.assert_nothing_left()

    def test_labs_side_by_side_do_not_meet(self):
        with self._lab("in-line") as one, self._lab("in-line") as two, self._lab("l2-dsr") as three:
            names = {entry["lab"] for entry in json.loads(run("ps", "--json").stdout)}
            self.assertLessEqual({one.name, two.name, three.name}, names)
            for lab in (one, two, three):
                lab.get("client1", f"http://{VIP}/")
            served = sum(s["connections"] for v in one.stats()["services"] for s in v["servers"])
            self.assertEqual(served, 1)
        self.assert_nothing_left()

    def test_a_root_lab_works_and_leaves_nothing(self):
        if os.getuid() != 0:
            self.skipTest("not root")
        with self._lab("in-line", as_root=True) as lab:
            lab.get("client1", f"http://{VIP}/")
        self.assert_nothing_left()


if __name__ == "__main__":
    main()
