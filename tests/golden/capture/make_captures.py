"""Writes made/*.pcap*: what a lab's links carry, in every shape of file, so that the golden tests always have something
to hold against tshark. Always the same bytes; run it again after changing it.

    python3 tests/golden/capture/make_captures.py
"""
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "made")
CLIENT, VIP, SE, SERVER = "172.16.1.10", "10.1.1.100", "10.1.1.2", "10.1.2.10"
NAMES = {1: "client1:eth0", 2: "router1:eth1", 3: "se1:eth0", 4: "server1:eth0"}


def ip4(text):
    return bytes(map(int, text.split(".")))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mac(n):
    return bytes((2, 0, 0, 0, 0, n))


def ethernet(payload, kind=0x0800, source=1, destination=2):
    return mac(destination) + mac(source) + struct.pack(">H", kind) + payload


def vlan(payload, tag, kind=0x0800):
    return mac(2) + mac(1) + struct.pack(">HHH", 0x8100, tag, kind) + payload


def ipv4(source, destination, protocol, payload, ttl=64, number=1, fragment=0):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), number, fragment, ttl, protocol, 0) + ip4(source) + ip4(destination)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(source, destination, next_header, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), next_header, 64) + source + destination + payload


def pseudo(source, destination, protocol, payload):
    return ip4(source) + ip4(destination) + struct.pack(">BBH", 0, protocol, len(payload)) + payload


def tcp(source, destination, ports, seq, ack, flags, payload=b"", window=64240, options=b""):
    head = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (5 + len(options) // 4) << 4, flags, window, 0, 0) + options
    return head[:16] + struct.pack(">H", checksum(pseudo(source, destination, 6, head + payload))) + head[18:] + payload


def udp(source, destination, ports, payload):
    head = struct.pack(">HHHH", *ports, 8 + len(payload), 0)
    return head[:6] + struct.pack(">H", checksum(pseudo(source, destination, 17, head + payload)) or 0xFFFF) + payload


def arp(operation, source, target):
    return ethernet(struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + mac(1) + ip4(source) + bytes(6) + ip4(target), 0x0806)


def icmp(kind, code, rest):
    head = struct.pack(">BBH", kind, code, 0) + rest
    return head[:2] + struct.pack(">H", checksum(head)) + head[4:]


def dns(number, name, answer=None):
    question = b"".join(bytes((len(part),)) + part.encode() for part in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    head = struct.pack(">HHHHHH", number, 0x8180 if answer else 0x0100, 1, 1 if answer else 0, 0, 0)
    return head + question + (b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + ip4(answer) if answer else b"")


def conversation(client_port, requests, client=CLIENT, server=VIP, wrap=None, again=False):
    """The frames of one connection with HTTP on it."""
    wrap = wrap or (lambda packet: ethernet(packet))
    a, b = client_port * 1000, client_port * 777
    def frame(to_server, seq, ack, flags, payload=b"", options=b""):
        one, other, ports = (client, server, (client_port, 80)) if to_server else (server, client, (80, client_port))
        return wrap(ipv4(one, other, 6, tcp(one, other, ports, seq, ack, flags, payload, options=options), 64 if to_server else 63, client_port))
    mss = struct.pack(">BBHBBBB", 2, 4, 1460, 1, 3, 3, 7)
    yield frame(True, a, 0, 0x02, options=mss)
    yield frame(False, b, a + 1, 0x12, options=mss)
    a, b = a + 1, b + 1
    yield frame(True, a, b, 0x10)
    for n, (request, answer) in enumerate(requests):
        yield frame(True, a, b, 0x18, request)
        if again and n == 0:
            yield frame(True, a, b, 0x18, request)
        a += len(request)
        for at in range(0, len(answer), 1200):
            piece = answer[at:at + 1200]
            yield frame(False, b, a, 0x18, piece)
            b += len(piece)
            yield frame(True, a, b, 0x10)
    yield frame(True, a, b, 0x11)
    yield frame(False, b, a + 1, 0x11)
    yield frame(True, a + 1, b + 1, 0x10)


def get(path, host="shop.example", extra=""):
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: made\r\n{extra}\r\n".encode()


def answer(status, body, server="server1"):
    return f"HTTP/1.1 {status}\r\nServer: {server}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def gre(packet):
    return ethernet(ipv4(SE, SERVER, 47, struct.pack(">HH", 0, 0x0800) + packet))


def ipip(packet):
    return ethernet(ipv4(SE, SERVER, 4, packet))


def vxlan(frame, vni):
    return ethernet(ipv4("192.0.2.1", "192.0.2.2", 17, udp("192.0.2.1", "192.0.2.2", (50000, 4789), struct.pack(">II", 8 << 24, vni << 8) + frame)))


def frames():
    """(interface, frame) of the little-endian section."""
    for n in range(6):
        yield 1, arp(1, CLIENT, f"172.16.1.{n + 1}")
        yield 2, arp(2, f"172.16.1.{n + 1}", CLIENT)
    for n in range(4):
        requests = [(get(f"/a/{n}/{i}", extra="X-Forwarded-For: 203.0.113.9\r\n" if i else ""), answer("200 OK", b"x" * (300 + 900 * i))) for i in range(3)]
        requests.append((get("/none"), answer("404 Not Found", b"no")))
        for frame in conversation(40000 + n, requests, again=n == 1):
            yield 1 + n % 2, frame
    for n, wrap in enumerate((gre, ipip, lambda packet: vlan(packet, 42))):
        for frame in conversation(41000 + n, [(get("/tunnel"), answer("200 OK", b"through"))], wrap=wrap):
            yield 3, frame
    for frame in conversation(42000, [(b"POST /form HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello", answer("503 Service Unavailable", b""))]):
        yield 1, frame
    for n in range(8):
        name = f"host{n}.example"
        yield 1, ethernet(ipv4(CLIENT, "172.16.1.1", 17, udp(CLIENT, "172.16.1.1", (5300 + n, 53), dns(n, name)), number=n))
        yield 1, ethernet(ipv4("172.16.1.1", CLIENT, 17, udp("172.16.1.1", CLIENT, (53, 5300 + n), dns(n, name, "10.0.0.1")), number=n))
    for n in range(6):
        echo = struct.pack(">HH", 7, n) + bytes(range(48))
        yield 1, ethernet(ipv4(CLIENT, VIP, 1, icmp(8, 0, echo), number=n))
        yield 1, ethernet(ipv4(VIP, CLIENT, 1, icmp(0, 0, echo), ttl=62, number=n))
    lost = ipv4(CLIENT, VIP, 17, udp(CLIENT, VIP, (9999, 9), b"lost"), number=77)
    yield 2, ethernet(ipv4(VIP, CLIENT, 1, icmp(3, 4, struct.pack(">HH", 0, 1480) + lost[:28])))
    for n in range(5):
        yield 3, vxlan(ethernet(ipv4("10.9.0.1", "10.9.0.2", 17, udp("10.9.0.1", "10.9.0.2", (7000 + n, 80), b"inside"))), 5000 + n)
    whole = udp(CLIENT, VIP, (6000, 80), bytes(2000))
    yield 1, ethernet(ipv4(CLIENT, VIP, 17, whole[:1480], number=500, fragment=0x2000))
    yield 1, ethernet(ipv4(CLIENT, VIP, 17, whole[1480:], number=500, fragment=185))
    one, other = (bytes.fromhex(f"fd0000000000000000000000000000{n:02x}") for n in (1, 2))
    for n in range(4):
        payload = struct.pack(">HHHH", 1000 + n, 80, 12, 0) + b"six!"
        total = checksum(one + other + struct.pack(">II", len(payload), 17) + payload)
        yield 4, ethernet(ipv6(one, other, 17, payload[:6] + struct.pack(">H", total) + payload[8:]), 0x86DD)
    for n in range(20):
        yield 4, ethernet(ipv4(CLIENT, SERVER, 17, udp(CLIENT, SERVER, (2000 + n % 3, 80), b"datagram %d" % n), number=n))


class Writer:
    """A section of a pcapng file."""

    def __init__(self, order, resolution):
        self.order, self.resolution, self.out, self.count = order, resolution, b"", 0
        self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, 1, 0, -1) + self.option(4, b"made for tests") + self.pack("HH", 0, 0))

    def pack(self, layout, *values):
        return struct.pack(self.order + layout, *values)

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def block(self, kind, body):
        length = self.pack("I", len(body) + 12)
        self.out += self.pack("I", kind) + length + body + length

    def interface(self, name):
        options = self.option(2, name.encode()) + self.option(9, bytes((self.resolution,))) + self.pack("HH", 0, 0)
        self.block(1, self.pack("HHI", 1, 0, 262144) + options)

    def packet(self, interface, time_ns, frame, comment=None, flags=None):
        ticks = time_ns // 10 ** (9 - self.resolution)
        options = (self.option(1, comment.encode()) if comment else b"") + (self.option(2, self.pack("I", flags)) if flags else b"")
        options += self.pack("HH", 0, 0) if options else b""
        self.block(6, self.pack("IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)) + frame + bytes(-len(frame) % 4) + options)
        self.count += 1


def main():
    os.makedirs(HERE, exist_ok=True)
    all_frames = list(frames())
    first = Writer("<", 9)
    for name in NAMES.values():
        first.interface(name)
    begin = 1_700_000_000_000_000_000
    for n, (interface, frame) in enumerate(all_frames):
        first.packet(interface - 1, begin + n * 137_123, frame, comment=f"packet {n}" if n % 29 == 0 else None,
                     flags=2 if interface < 3 else None)
    second = Writer(">", 6)
    second.interface("server1:eth0")
    second.interface("client1:eth0")
    for n, (interface, frame) in enumerate(all_frames[12:72]):
        second.packet(interface % 2, begin + 60_000_000_000 + n * 1_000_000, frame, comment="from the other side" if n == 7 else None)
    with open(os.path.join(HERE, "lab.pcapng"), "wb") as out:
        out.write(first.out)
    third = Writer("<", 9)
    third.interface("server1:eth0")  # as in the other section: this tshark takes the names of the first
    for n, (_, frame) in enumerate(all_frames[80:120]):
        third.packet(0, begin + 120_000_000_000 + n * 1_000_000, frame)
    with open(os.path.join(HERE, "two_sections.pcapng"), "wb") as out:
        out.write(second.out + third.out)
    with open(os.path.join(HERE, "big_endian_ns.pcap"), "wb") as out:
        out.write(struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for n, (_, frame) in enumerate(all_frames[:90]):
            out.write(struct.pack(">IIII", 1_700_000_000, n * 10_007, len(frame), len(frame)) + frame)
    print(first.count, "and", second.count + third.count, "packets")


if __name__ == "__main__":
    main()
