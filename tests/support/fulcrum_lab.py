"""Drives Fulcrum from outside, as a user would: the command line in, packets and exit codes out.

Witnesses are programs nobody here wrote: dumpcap and tshark for packets, curl, nginx, iperf3 for traffic. Started as
root, everything below runs as an ordinary user without any privilege (setpriv), because that is what must work; the
tests that want root say so.
"""
import atexit
import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

ORDINARY_UID = 12345  # no such account is needed: only the number counts
_bin = os.environ["FULCRUM_BIN_DIR"]
_scratch = None


def scratch():
    """A directory that the ordinary user may read and write, removed at exit."""
    global _scratch
    if _scratch is None:
        _scratch = tempfile.mkdtemp(prefix="fulcrum-test-")
        atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
        os.chmod(_scratch, 0o755)
        if os.getuid() == 0:
            # The build folder may lie where only root can look.
            programs = os.path.join(_scratch, "bin")
            shutil.copytree(_bin, programs)
            for folder in ("home", "run"):
                path = os.path.join(_scratch, folder)
                os.mkdir(path, 0o700)
                os.chown(path, ORDINARY_UID, ORDINARY_UID)
    return _scratch


def program(name, as_root=False):
    scratch()
    return os.path.join(_bin if as_root or os.getuid() != 0 else os.path.join(_scratch, "bin"), name)


def command(name, *arguments, as_root=False):
    line = [program(name, as_root), *map(str, arguments)]
    if os.getuid() == 0 and not as_root:
        uid = str(ORDINARY_UID)
        line = ["setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "--inh-caps=-all", "--"] + line
    return line


def environment(as_root=False):
    env = dict(os.environ)
    if os.getuid() == 0 and not as_root:
        env["HOME"] = os.path.join(scratch(), "home")
        env["XDG_RUNTIME_DIR"] = os.path.join(scratch(), "run")
    return env


def run(*arguments, as_root=False, timeout=60, check=True, binary=False, input=None, name="fulcrum"):
    """One `fulcrum` command to its end."""
    done = subprocess.run(command(name, *arguments, as_root=as_root), env=environment(as_root), timeout=timeout, input=input,
                          stdin=subprocess.DEVNULL if input is None else None, cwd=scratch(),
                          capture_output=True, text=not binary)
    if check and done.returncode != 0:
        raise AssertionError(f"fulcrum {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def can_make_labs():
    """None, or the reason why this machine cannot: used to skip, with the program's own words."""
    done = run("up", "in-line", "--name", f"probe-{os.getpid()}", check=False)
    if done.returncode == 0:
        run("down", f"probe-{os.getpid()}")
        return None
    return done.stderr.strip() or f"exit {done.returncode}"


class Capture:
    """Wireshark's dumpcap inside a node; after `stop`, a list of packets as tshark reads them.

    Not tcpdump: Debian's changes its user, which takes more than the one id that this ordinary user has.
    """

    def __init__(self, lab, node, interface="eth0", expression=""):
        name = f"{node}-{interface}-{time.monotonic_ns()}.pcapng"
        self.path = os.path.join(scratch(), f"{lab.name}-{name}")
        self._lab, self._node, self._inside = lab, node, f"/run/{name}"
        self._process = subprocess.Popen(
            command("fulcrum", "exec", lab.name, node, "--", "dumpcap", "-q", "-i", interface, "-B", "32", "-w", self._inside,
                    *(["-f", expression] if expression else []), as_root=lab.as_root),
            env=environment(lab.as_root), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True)
        said = []
        while not said or not said[-1].startswith("File:"):
            said.append(self._process.stderr.readline())
            if not said[-1]:
                raise AssertionError(f"dumpcap in {node} did not start: {''.join(said)}")

    def stop(self, settle=0.3):
        time.sleep(settle)
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=20)
        self._process.stderr.close()
        with open(self.path, "wb") as out:
            out.write(self._lab.exec(self._node, "cat", self._inside, binary=True).stdout)
        return self

    def fields(self, *names, display_filter="", every=False):
        """[{name: first value}] for every packet that has any of them; `every`: all values, joined by commas."""
        line = ["tshark", "-r", self.path, "-T", "fields", "-E", f"occurrence={'a' if every else 'f'}", "-E", "separator=|"]
        if display_filter:
            line += ["-Y", display_filter]
        for name in names:
            line += ["-e", name]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        rows = []
        for text in done.stdout.splitlines():
            rows.append(dict(zip(names, text.split("|"))))
        return rows

    def count(self, display_filter=""):
        return len(self.fields("frame.number", display_filter=display_filter))


class Lab:
    """`with Lab("in-line") as lab:`"""

    _number = 0

    def __init__(self, drawing, name=None, as_root=False):
        Lab._number += 1
        self.drawing = drawing
        self.as_root = as_root
        self.name = name or f"t{os.getpid()}-{Lab._number}"
        self.started = None

    def __enter__(self):
        self.started = json.loads(self.fulcrum("up", self.drawing, "--name", self.name, "--json").stdout)
        return self

    def __exit__(self, *_):
        run("down", self.name, as_root=self.as_root, check=False)

    def fulcrum(self, *arguments, **options):
        return run(*arguments, as_root=self.as_root, **options)

    def end_program(self, node, name, signal="KILL"):
        """Ends a program of one node: process ids are the lab's, so its neighbours' are told apart by network."""
        self.exec(node, "sh", "-c", f'here=$(readlink /proc/self/ns/net); for p in $(pidof {name}); do '
                                    f'[ "$(readlink /proc/$p/ns/net)" = "$here" ] && kill -{signal} $p; done; true')

    def exec(self, node, *argv, **options):
        return self.fulcrum("exec", self.name, node, "--", *argv, **options)

    def popen(self, node, *argv, **options):
        return subprocess.Popen(command("fulcrum", "exec", self.name, node, "--", *argv, as_root=self.as_root),
                                env=environment(self.as_root), stdin=subprocess.DEVNULL, text=True, **options)

    def capture(self, node, interface="eth0", expression=""):
        return Capture(self, node, interface, expression)

    def stats(self):
        return json.loads(self.fulcrum("stats", self.name, "--json").stdout)

    def flows(self):
        return json.loads(self.fulcrum("flows", self.name, "--json").stdout)

    def get(self, node, url, *options):
        """The built-in server's answer to one real curl from a node."""
        return json.loads(self.exec(node, "curl", "-sS", "--max-time", "5", *options, url).stdout)

    def nodes(self):
        for lab in json.loads(self.fulcrum("ps", "--json").stdout):
            if lab["lab"] == self.name:
                return {node["name"]: node["state"] for node in lab["nodes"]}
        return None

    def wait_until(self, condition, seconds, what):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.05)
        raise AssertionError(f"not within {seconds} s: {what}")


def is_ours(pid):
    """A process of this test run, by its program: somebody else may run labs on the same machine."""
    try:
        exe = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
        return os.path.dirname(exe) in (os.path.dirname(program("fulcrum")), _bin) or (
            os.getuid() == 0 and os.stat(f"/proc/{pid}").st_uid == ORDINARY_UID)
    except OSError:
        return False


def traces():
    """What a lab could leave behind: processes of ours and their namespaces, interfaces and mounts here, sockets."""
    namespaces, processes = set(), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid() or not is_ours(pid):
            continue
        with contextlib.suppress(OSError):
            processes.append((int(pid), os.readlink(f"/proc/{pid}/exe")))
            for kind in ("net", "mnt", "pid", "user", "uts"):
                namespaces.add(os.readlink(f"/proc/{pid}/ns/{kind}"))
    marks = (f"fulcrum/{ORDINARY_UID if os.getuid() == 0 else os.getuid()}/", )
    with open("/proc/self/mountinfo") as mounts, open("/proc/net/unix") as sockets:
        return {
            "processes": sorted(processes),
            "namespaces": sorted(namespaces),
            "interfaces": sorted(os.listdir("/sys/class/net")),
            "mounts": len(mounts.readlines()),
            "sockets": sorted(name for name in (line.split()[-1] for line in sockets)
                              if any(mark + f"t{os.getpid()}-" in name for mark in marks)),
        }


def settle_to(before, seconds=10):
    """The differences that remain; the kernel takes namespaces apart a little later than it says."""
    deadline = time.monotonic() + seconds
    while True:
        now = traces()
        # Other programs of the machine come and go: what counts is what is there now and was not before.
        left = {key: [x for x in now[key] if x not in before[key]] if isinstance(now[key], list) else now[key] - before[key]
                for key in now}
        if not any(left.values()) or time.monotonic() > deadline:
            return {key: value for key, value in left.items() if value}
        time.sleep(0.1)


class LabTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = can_make_labs()
        if reason:
            raise unittest.SkipTest(f"this machine cannot make labs: {reason}")


def main():
    """unittest with ctest's skip code: 77 when every test was skipped."""
    result = unittest.main(exit=False, verbosity=2).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun == 0 or len(result.skipped) >= max(result.testsRun, 1):
        sys.exit(77)
