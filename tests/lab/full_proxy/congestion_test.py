"""M1 over bad links with each congestion control that real ends may have: what arrives is what was sent, both ways.

An end sets its own (TCP_CONGESTION): the default of a node's network cannot be one that the machine keeps for itself.
"""
import errno
import json
import os
import socket
import unittest

from fulcrum_lab import LabTest, main
from proxied_lab import SERVERS, VIP, ProxiedLab, by_id

FAULTS = ("--loss", "1%", "--duplicate", "0.5%", "--reorder", "1%", "--delay", "5ms", "--seed", "7")  # on each leg
SIZES = (1, 1_447, 65_536, 1_500_000)

# Takes a connection, reads to the end while it sends its own bytes, then says what it has read.
END = """
import hashlib, json, os, socket, sys, threading
role, algorithm, address, port, size = sys.argv[1], sys.argv[2].encode(), sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
def carry(s):
    assert s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\\0") == algorithm
    sent = os.urandom(size)
    def send():
        s.sendall(sent)
        s.shutdown(socket.SHUT_WR)
    sender = threading.Thread(target=send)
    sender.start()
    read = hashlib.sha256()
    while block := s.recv(65536):
        read.update(block)
    sender.join()
    print(json.dumps({"sent": hashlib.sha256(sent).hexdigest(), "read": read.hexdigest()}), flush=True)
s = socket.socket()
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, algorithm)
if role == "server":
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.listen()
    print("ready", flush=True)
    s = s.accept()[0]
else:
    s.connect((address, port))
s.settimeout(90)
carry(s)
"""


def refused(algorithm):
    """None, or why sockets of this machine cannot have it."""
    with socket.socket() as s:
        try:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, algorithm.encode())
        except OSError as error:
            return None if error.errno == errno.EPERM else os.strerror(error.errno)  # a node's own root may
    return None


class CongestionControls(LabTest):
    def transfers(self, algorithm):
        if reason := refused(algorithm):
            self.skipTest(f"{algorithm}: {reason}")

        def change(drawing):
            by_id(drawing, "pools", "pool1").update(members=[{"server": "server1"}], health=[{"kind": "ping"}])
        with ProxiedLab(change) as lab:
            lab.take_port_80("server1")
            lab.until_up()
            for end in ("se1:eth0", "se1:eth1"):
                lab.fulcrum("link", lab.name, end, "set", *FAULTS)
            for size in SIZES:
                server = lab.start_python("server1", END, "server", algorithm, SERVERS["server1"], 80, size)
                client = lab.python("client1", END, "client", algorithm, VIP, 80, size, timeout=120)
                with server:
                    at_server, at_client = json.loads(server.stdout.readline()), json.loads(client.stdout)
                self.assertEqual(at_client["read"], at_server["sent"], f"{size} bytes to the client")
                self.assertEqual(at_server["read"], at_client["sent"], f"{size} bytes to the server")
            self.assertGreater(lab.proxy()["retransmitted_bytes"], 0)

    def test_cubic(self):
        self.transfers("cubic")

    def test_bbr(self):
        self.transfers("bbr")


if __name__ == "__main__":
    main()
