"""P5: what was captured in one lab is sent again into another: its requests, answer held against answer, and its frames,
however large."""
import json
import os
import struct
import subprocess
import time
import unittest

from fulcrum_lab import Lab, LabTest, command, environment, main, run, scratch

PATHS = ["/bytes/10", "/bytes/3000", "/status/404", "/bytes/70000", "/status/503", "/"]


class Recorded:
    """What all links of a lab carry while `body` runs, as a capture file."""

    def __init__(self, lab, *arguments):
        home = environment()["HOME"] if os.getuid() == 0 else scratch()
        self.path = os.path.join(home, f"{lab.name}-{time.monotonic_ns()}.pcapng")
        self.process = subprocess.Popen(command("fulcrum", "capture", lab.name, "-o", self.path, *arguments), env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        assert line.startswith("capturing on"), line

    def end(self):
        self.process.send_signal(2)
        _, err = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, err
        return self.path


class Replay(LabTest):
    def test_requests_of_two_arm_into_in_line_with_every_answer_compared(self):
        with Lab("two-arm") as lab:
            lab.wait_until(lambda: all(s["up"] for v in lab.stats()["services"] for s in v["servers"]), 20, "servers are up")
            recorded = Recorded(lab)
            # Two connections, one of them kept alive; a request with a body.
            lab.exec("client1", "curl", "-sS", "-m", "20", *[f"http://192.168.2.100{path}" for path in PATHS])
            lab.exec("client1", "curl", "-sS", "-m", "20", "--data", "x" * 5000, "http://192.168.2.100/echo")
            capture = recorded.end()
        # Filters know the ladder's requests: the client's leg of the first and the one behind the balancer.
        count = lambda text: int(run("inspect", capture, "--filter", text, "--count").stdout)
        self.assertGreater(count("lab.request == 1 and lab.leg == 1"), 1)
        self.assertGreater(count("lab.request == 1 and lab.leg == 2"), 1)
        self.assertEqual(count("lab.request > 7"), 0)
        with Lab("in-line") as lab:
            lab.wait_until(lambda: all(s["up"] for v in lab.stats()["services"] for s in v["servers"]), 20, "servers are up")
            again = Recorded(lab, "--link", "client1:eth0")
            done = lab.fulcrum("replay", capture, "--into", lab.name, "--requests", "--map", "192.168.2.100=10.1.1.100", "--compare", "--json",
                               check=False)
            seen = again.end()
            told = json.loads(done.stdout)
            self.assertEqual((told["requests"], told["failed"], told["compared"], told["incomplete"]), (7, 0, 7, 0), done.stderr)
            answers = {(one["method"], one["target"]): one for one in told["answers"]}
            for path in PATHS[:-1]:
                one = answers["GET", path]
                self.assertFalse(one["different"], one)
                self.assertEqual(one["recorded"]["body_hash"], one["replayed"]["body_hash"])
                self.assertEqual((one["client"], one["to"]), ("client1", "10.1.1.100:80"))
            self.assertEqual(answers["GET", "/bytes/70000"]["replayed"]["body_bytes"], 70000)
            self.assertEqual(answers["GET", "/status/404"]["replayed"]["status"], 404)
            self.assertEqual(answers["POST", "/echo"]["replayed"]["body_bytes"], 5000)
            # "/" tells what the server saw, and that is another client: the one difference, and it is told.
            self.assertEqual([one["target"] for one in told["answers"] if one["different"]], ["/"])
            self.assertTrue(any(what.startswith("body") for what in answers["GET", "/"]["differences"]))
            self.assertEqual((done.returncode, told["different"]), (1, 1))
            # A witness: the requests on the client's wire, in their order, over two connections.
            line = ["tshark", "-n", "-r", seen, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri", "-e", "tcp.stream", "-e", "http.host"]
            rows = [row.split("\t") for row in subprocess.run(line, capture_output=True, text=True, timeout=60).stdout.splitlines()]
            self.assertEqual([row[0] for row in rows], [*PATHS, "/echo"])
            self.assertEqual(len({row[1] for row in rows}), 2)
            self.assertEqual({row[2] for row in rows}, {"10.1.1.100"})
            # Interrupted, it tells what was answered by then as one document.
            slow = subprocess.Popen(command("fulcrum", "replay", capture, "--into", lab.name, "--requests", "--map", "192.168.2.100=10.1.1.100",
                                            "--speed", "0.00001", "--json"),
                                    env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            established = "6401010A:0050 01"  # with 10.1.1.100:80, as the kernel writes it
            lab.wait_until(lambda: established in lab.exec("client1", "cat", "/proc/net/tcp").stdout, 20, "the first request is sent")
            slow.send_signal(2)
            out, err = slow.communicate(timeout=30)
            told = json.loads(out)
            self.assertEqual((slow.returncode, told["interrupted"], told["requests"]), (1, True, 7), err)
            self.assertIn("interrupted", err)
            self.assertEqual(told["not_sent"], 6)
            # Nobody there: it says so.
            done = lab.fulcrum("replay", capture, "--into", lab.name, "--requests", "--vip", "10.1.1.10:81", "--top-speed", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("refused", done.stderr)
            for wrong in (("--client", "nobody"), ("--vip", "nowhere"), ("--map", "a=b")):
                self.assertEqual(lab.fulcrum("replay", capture, "--into", lab.name, "--requests", *wrong, check=False).returncode, 2, wrong)

    def test_frames_of_64_kb_are_sent_again(self):
        with Lab("star:2") as lab:
            far = next(word for word in lab.exec("client2", "ip", "-4", "-o", "address", "show", "dev", "eth0").stdout.split() if "/" in word)
            server = lab.popen("client2", command("fulcrum-server")[-1], "--name", "client2", "--tcp", "80")
            try:
                url = f"http://{far.split('/')[0]}/bytes/20000000"
                lab.wait_until(lambda: lab.exec("client1", "curl", "-sS", "-m", "5", "-o", "/dev/null", url, check=False).returncode == 0, 20,
                               "the server answers")
                recorded = Recorded(lab, "--link", "client2:eth0")
                lab.exec("client1", "curl", "-sS", "-m", "20", "-o", "/dev/null", url)
                capture = recorded.end()
            finally:
                server.kill()
                server.wait()
            frames = json.loads(run("inspect", capture, "--filter", "frame.len > 60000", "--count", "--json").stdout)["matches"]
            self.assertGreater(frames, 20)
            large_at = lambda seen, end: int(run("inspect", seen, "--filter", f'frame.len > 60000 and frame.interface_name == "{end}"', "--count").stdout)
            again = Recorded(lab)
            told = json.loads(lab.fulcrum("replay", capture, "--into", lab.name, "--json").stdout)
            seen = again.end()
            self.assertEqual((told["refused"], told["interrupted"]), (0, False))
            self.assertGreaterEqual(told["offloaded"], frames)
            # Where they come from, and where they go.
            self.assertEqual((large_at(seen, "client2:eth0"), large_at(seen, "client1:eth0")), (frames, frames))
            # Two of three frames cut by a snaplen (classic pcap: bytes kept, bytes on the wire): short as they are, and told.
            short = capture + ".short.pcap"
            frame = bytes.fromhex("0200000000020200000000010800") + bytes(46)
            with open(short, "wb") as out:
                out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 60, 1))
                for on_the_wire in (60, 1000, 1514):
                    out.write(struct.pack("<IIII", 1, 0, 60, on_the_wire) + frame)
            again = Recorded(lab, "--link", "client2:eth0")
            told = json.loads(lab.fulcrum("replay", short, "--into", lab.name, "--link", "client1:eth0", "--json").stdout)
            words = lab.fulcrum("replay", short, "--into", lab.name, "--link", "client1:eth0").stdout
            seen = again.end()
            self.assertEqual((told["packets"], told["cut"]), (3, 2))
            self.assertIn("2 of them shorter than they were", words)
            self.assertEqual(int(run("inspect", seen, "--filter", "frame.len == 60 and eth.src == 02:00:00:00:00:01", "--count").stdout), 6)
            # A damaged file: what is before the damage is sent, and it is said that this was not all.
            os.truncate(capture, os.path.getsize(capture) // 2 + 2)
            again = Recorded(lab)
            done = lab.fulcrum("replay", capture, "--into", lab.name, "--top-speed", "--json", check=False)
            seen = again.end()
            self.assertEqual(done.returncode, 1)
            self.assertIn("offset", done.stderr)
            # At top speed the sending end's taps are passed by, as the manual says.
            self.assertEqual(large_at(seen, "client2:eth0"), 0)
            self.assertGreater(large_at(seen, "client1:eth0"), 0)
            self.assertGreater(json.loads(done.stdout)["damage"]["offset"], 0)
            self.assertGreater(json.loads(done.stdout)["packets"], 0)


if __name__ == "__main__":
    main()
