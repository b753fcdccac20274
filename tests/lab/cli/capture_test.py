"""P1: capture of any links at once, read by tshark and capinfos."""
import os
import signal
import subprocess
import time
import unittest

from fulcrum_lab import Lab, LabTest, command, environment, main, scratch

VIP = "10.1.1.100"
ENDS = ["client1:eth0", "router1:eth0", "router1:eth1", "se1:eth0", "se2:eth0", "server1:eth0", "server2:eth0", "server3:eth0"]


class Capturing:
    def __init__(self, lab, *arguments):
        home = environment()["HOME"] if os.getuid() == 0 else scratch()
        self.path = os.path.join(home, f"{lab.name}-{time.monotonic_ns()}.pcapng")
        self.process = subprocess.Popen(command("fulcrum", "capture", lab.name, "-o", self.path, *arguments),
                                        env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        assert line.startswith("capturing on"), line

    def end(self, signal_number=signal.SIGINT):
        time.sleep(0.3)
        if signal_number is not None:
            self.process.send_signal(signal_number)
        out, err = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, err
        return out

    def rows(self, *fields, display_filter=""):
        line = ["tshark", "-r", self.path, "-T", "fields", *(["-Y", display_filter] if display_filter else [])]
        for field in fields:
            line += ["-e", field]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        return [tuple(row.split("\t")) for row in done.stdout.splitlines()]


class Capture(LabTest):
    def test_all_links_one_file_named_interfaces_in_time_order(self):
        with Lab("in-line") as lab:
            capture = Capturing(lab, "--filter", "tcp port 80")
            chosen = lab.get("client1", f"http://{VIP}/")["server"]
            told = capture.end()
            rows = capture.rows("frame.interface_name", "frame.time_epoch", "tcp.flags.syn", "tcp.flags.ack", "frame.packet_flags_direction")
            self.assertEqual([row[1] for row in rows], sorted(row[1] for row in rows))
            # Where the SYN of the one connection was seen, and that each link shows both of its ends.
            seen = {row[0] for row in rows if row[2] in ("1", "True")}
            self.assertLessEqual({"client1:eth0", "router1:eth0", "router1:eth1", "se1:eth0", f"{chosen}:eth0"}, seen)
            infos = subprocess.run(["capinfos", "-M", capture.path], capture_output=True, text=True).stdout
            for end in ENDS:
                self.assertIn(f"Name = {end}", infos)
                self.assertIn(end, told)
            self.assertIn("Time precision = nanoseconds (9)", infos)
            directions = {row[4] for row in rows if row[0] == "client1:eth0"}
            self.assertEqual(len(directions), 2)

    def test_the_reply_in_dsr_is_not_on_the_ses_link(self):
        """M3, by our own capture: the SE's link end holds no frame from the VIP's port."""
        with Lab("l2-dsr") as lab:
            capture = Capturing(lab, "--link", "se1:eth0", "--link", "client1:eth0")
            lab.get("client1", f"http://{VIP}/")
            capture.end()
            self.assertGreater(len(capture.rows("frame.number", display_filter=f'frame.interface_name == "client1:eth0" && ip.src == {VIP}')), 3)
            self.assertEqual(capture.rows("frame.number", display_filter=f'frame.interface_name == "se1:eth0" && ip.src == {VIP} && tcp.srcport == 80'), [])

    def test_whole_segments(self):
        with Lab("in-line") as lab:
            capture = Capturing(lab, "--link", "se1:eth0", "--filter", "tcp port 80 and greater 60000")
            lab.exec("client1", "curl", "-s", "-o", "/dev/null", "--max-time", "20", f"http://{VIP}/bytes/50000000", timeout=40)
            capture.end()
            sizes = [tuple(map(int, row)) for row in capture.rows("frame.len", "frame.cap_len")]
            self.assertGreater(max(size for size, _ in sizes), 60_000)
            self.assertTrue(all(size == captured for size, captured in sizes))
            capture = Capturing(lab, "--link", "se1:eth0", "--snaplen", "128")
            lab.exec("client1", "curl", "-s", "-o", "/dev/null", "-m", "10", f"http://{VIP}/bytes/1000")
            capture.end()
            sizes = [tuple(map(int, row)) for row in capture.rows("frame.len", "frame.cap_len")]
            self.assertGreater(max(size for size, _ in sizes), 1000)
            self.assertTrue(all(captured == min(size, 128) for size, captured in sizes))

    def test_seconds_end_it(self):
        with Lab("in-line") as lab:
            begun = time.monotonic()
            capture = Capturing(lab, "--seconds", "0.5")
            capture.end(None)
            self.assertLess(time.monotonic() - begun, 8)

    def test_a_ring_keeps_the_newest_files(self):
        with Lab("in-line") as lab:
            home = environment()["HOME"] if os.getuid() == 0 else scratch()
            capture = Capturing(lab, "--ring", "100kx3", "--link", "client1:eth0")
            for _ in range(6):
                lab.exec("client1", "curl", "-s", "-o", "/dev/null", "-m", "10", f"http://{VIP}/bytes/100000")
            told = capture.end()
            base = os.path.basename(capture.path).removesuffix(".pcapng")
            kept = sorted(name for name in os.listdir(home) if name.startswith(base))
            self.assertEqual(len(kept), 3)
            self.assertFalse(os.path.exists(capture.path))
            numbers = [int(name.rsplit("-", 1)[1].removesuffix(".pcapng")) for name in kept]
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 3)))
            self.assertGreater(numbers[0], 2)
            self.assertIn(f"{numbers[0] - 1} older files were removed", told)
            for name in kept: # each whole, with its interface; sizes as asked, but for the frame that fills it
                infos = subprocess.run(["capinfos", "-M", os.path.join(home, name)], capture_output=True, text=True)
                self.assertEqual(infos.returncode, 0, infos.stderr)
                self.assertIn("Name = client1:eth0", infos.stdout)
                self.assertLess(os.path.getsize(os.path.join(home, name)), 100 * 1024 + 70_000)
            for wrong in ("1k", "100kx1", "100Mx", "x4", "9999999999G"):
                done = lab.fulcrum("capture", lab.name, "-o", "ring.pcapng", "--ring", wrong, check=False)
                self.assertEqual((done.returncode, wrong in done.stderr), (2, True))

    def test_a_capture_is_followed_through_its_ring_while_it_is_written(self):
        with Lab("in-line") as lab:
            capture = Capturing(lab, "--ring", "100kx50", "--link", "client1:eth0")
            first = capture.path.replace(".pcapng", "-00001.pcapng")
            following = subprocess.Popen(command("fulcrum", "inspect", "--follow", first, "--filter", "tcp.flags.syn == 1 and tcp.flags.ack == 0"),
                                         env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(6):
                lab.exec("client1", "curl", "-s", "-o", "/dev/null", "-m", "10", f"http://{VIP}/bytes/100000")
                self.assertIn("[SYN]", following.stdout.readline())  # while the capture goes on
            self.assertIsNone(following.poll())
            capture.end()
            out, told = following.communicate(timeout=60)
            self.assertEqual((following.returncode, out), (0, ""))
            self.assertGreater(told.count("the capture goes on in"), 3)

    def test_the_labs_end_ends_it(self):
        """The taps keep namespaces alive: a capture must not outlive its lab."""
        with Lab("in-line") as lab:
            capture = Capturing(lab)
            lab.get("client1", f"http://{VIP}/")
            time.sleep(0.3)
            lab.fulcrum("down", lab.name)
            capture.end(None)
            self.assertGreater(len(capture.rows("frame.number", display_filter="tcp.port == 80")), 10)

    def test_a_link_that_is_impaired_is_listened_to_further(self):
        """Impairing takes the link apart: the end that is made anew has the same name and number."""
        with Lab("in-line") as lab:
            ends = ("client1:eth0", "router1:eth0")
            capture = Capturing(lab, "--link", ends[0], "--link", ends[1], "--filter", "icmp[icmptype] == icmp-echo")
            for _ in range(2):
                lab.exec("client1", "ping", "-c2", "-i0.1", "-w20", "172.16.1.1")
                lab.fulcrum("link", lab.name, "client1:eth0", "set", "--delay", "1ms")
            capture.end()
            counts = [len(capture.rows("frame.number", display_filter=f'frame.interface_name == "{end}"')) for end in ends]
            self.assertEqual(counts, [4, 4])

    def test_a_link_that_is_cut_does_not_end_it(self):
        with Lab("in-line") as lab:
            capture = Capturing(lab, "--link", "client1:eth0", "--filter", "tcp port 80")
            lab.fulcrum("link", lab.name, "client1:eth0", "down")
            lab.fulcrum("link", lab.name, "client1:eth0", "up")
            lab.get("client1", f"http://{VIP}/")
            capture.end()
            self.assertGreater(len(capture.rows("frame.number")), 6)

    def test_wrong_use_is_refused_before_the_file_is_made(self):
        with Lab("in-line") as lab:
            for arguments, says in ((("--filter", "tcp porrt 80"), "porrt"), (("--link", "se1:eth7"), "se1:eth0")):
                done = lab.fulcrum("capture", lab.name, "-o", "none.pcapng", *arguments, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(says, done.stderr)
            self.assertFalse(os.path.exists(os.path.join(scratch(), "none.pcapng")))

    def test_standard_output_is_the_file(self):
        with Lab("in-line") as lab:
            done = lab.fulcrum("capture", lab.name, "-o", "-", "--seconds", "0.3", binary=True)
            self.assertEqual(done.stdout[:4], b"\x0a\x0d\x0d\x0a")


if __name__ == "__main__":
    main()
