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


def stream(client_port, port, *said):
    """One connection: each of `said` is (to the server, bytes, sizes of its segments; the last takes the rest)."""
    numbers = [client_port * 1000, client_port * 777]
    def frame(to_server, flags, payload=b""):
        one, other, ports = (CLIENT, VIP, (client_port, port)) if to_server else (VIP, CLIENT, (port, client_port))
        seq, ack = (numbers[0], numbers[1]) if to_server else (numbers[1], numbers[0])
        return ipv4(one, other, 6, tcp(one, other, ports, seq, ack if flags != 2 else 0, flags, payload), number=client_port)
    for to_server, flags in ((True, 2), (False, 0x12)):
        yield frame(to_server, flags)
        numbers[0 if to_server else 1] += 1
    yield frame(True, 0x10)
    for to_server, payload, sizes in said:
        while payload:
            size = sizes.pop(0) if sizes else len(payload)
            yield frame(to_server, 0x18, payload[:size])
            numbers[0 if to_server else 1] += len(payload[:size])
            payload = payload[size:]
    for to_server in (False, True):
        yield frame(to_server, 0x11)
        numbers[0 if to_server else 1] += 1


def hello(name):
    """A TLS record with a client hello that asks for a server of that name."""
    names = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name + struct.pack(">HH", 21, 200) + bytes(200)
    body = b"\3\3" + bytes(range(32)) + b"\0" + struct.pack(">HHH", 4, 0x1301, 0x1302) + b"\1\0" + struct.pack(">H", len(names)) + names
    return b"\x16\3\1" + struct.pack(">H", len(body) + 4) + b"\1" + struct.pack(">I", len(body))[1:] + body


def bgp(kind, body=b""):
    return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), kind) + body


def labels(*numbers):
    return b"".join(struct.pack(">I", number << 12 | (n == len(numbers) - 1) << 8 | 64) for n, number in enumerate(numbers))


def ah(next_header):
    return bytes((next_header, 4, 0, 0)) + struct.pack(">II", 5, 1) + bytes(12)


def streams():
    """(interface, frame): messages over segment borders, and IP under other headers than Ethernet's. Interface 1 is Ethernet, 2 PPP, 3 HDLC."""
    ask = get("/split", extra="X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7, 10.0.0.1\r\n")
    yes = answer("200 OK", b"hello")
    to, back = True, False
    lost = ipv4(CLIENT, VIP, 6, tcp(CLIENT, VIP, (49999, 80), 7, 0, 2))
    yield 1, ethernet(ipv4("172.16.1.1", CLIENT, 1, icmp(3, 1, bytes(4) + lost)))  # quotes a stream that nobody has seen
    long = b"".join(struct.pack(">H", len(dns(n, f"many{n}.example"))) + dns(n, f"many{n}.example") for n in range(4))
    reply = dns(9, "tcp.example", "10.0.0.1")
    reply = struct.pack(">H", len(reply)) + reply
    for n, (port, *said) in enumerate((
            (80, (to, ask, [30]), (back, yes, [7, 60])),
            (80, (to, ask, [1] * len(ask)), (back, yes, [1] * len(yes))),
            (8080, (to, ask, [2, 3]), (back, yes, [4])),
            (80, (to, b"\r\n" + ask, []), (back, yes, []), (to, ask + b"\r\n", []), (back, yes, []), (to, ask, []), (back, yes, [])),
            (80, (to, ask * 3 + ask[:20], []), (to, ask[20:], []), (back, yes * 2 + yes[:9], []), (back, yes[9:] + yes, [])),
            (80, (to, ask, []), (back, b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil ", []), (back, b"the end", [])),
            (80, (to, get("/chat", extra="Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"), []),
             (back, b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: y\r\n\r\n", []),
             (back, b"\x81\x05Hello", []), (to, b"GET / HTTP/1.1\r\nHost: no\r\n\r\n", []), (back, b"HTTP/1.1 200 OK\r\n\r\n", [])),
            (53, (to, long, [1, 1, 20]), (back, reply * 3, [40, 30])),
            (179, (to, bgp(1, b"\4\xff\xdc\0\x5a\1\2\3\4\0"), [10]), (back, bgp(4) * 3, [18, 2]), (to, bgp(4) + bgp(2, bytes(4)) + bgp(4), [])),
            (443, (to, hello(b"split.example.com"), [100, 100]), (back, b"\x15\3\3\0\2\2\x28", [])))):
        for packet in stream(43000 + n, port, *said):
            yield 1, ethernet(packet)
    six = ipv6(bytes(15) + b"\1", bytes(15) + b"\2", 17, udp(CLIENT, VIP, (4400, 53), dns(3, "six.example")))
    wraps = (
        (1, lambda p, kind, protocol: ethernet(labels(16) + p, 0x8847)),
        (1, lambda p, kind, protocol: ethernet(labels(100, 200, 3000) + p, 0x8847)),
        (1, lambda p, kind, protocol: ethernet(b"\xaa\xaa\3\0\0\0" + struct.pack(">H", kind) + p + b"trailer", 8 + len(p))),
        (1, lambda p, kind, protocol: ethernet(struct.pack(">BBHHH", 0x11, 0, 7, 2 + len(p), protocol) + p, 0x8864)),
        (2, lambda p, kind, protocol: b"\xff\3" + struct.pack(">H", protocol) + p),
        (2, lambda p, kind, protocol: bytes((protocol,)) + p),
        (3, lambda p, kind, protocol: b"\x0f\0" + struct.pack(">H", kind) + p),
        (1, lambda p, kind, protocol: ethernet(ipv4(SE, SERVER, 51, ah(4 if kind == 0x0800 else 41) + p))),
        (1, lambda p, kind, protocol: ethernet(ipv4(CLIENT, VIP, 51, ah(6) + p[20:])) if kind == 0x0800 else
            ethernet(ipv6(p[8:24], p[24:40], 51, ah(17) + p[40:]), 0x86DD)))
    for n, (interface, wrap) in enumerate(wraps):
        for packet in stream(44000 + n, 80, (to, ask, []), (back, yes, [])):
            yield interface, wrap(packet, 0x0800, 0x21)
        yield interface, wrap(six, 0x86DD, 0x57)


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

    def interface(self, name, link=1):
        options = self.option(2, name.encode()) + self.option(9, bytes((self.resolution,))) + self.pack("HH", 0, 0)
        self.block(1, self.pack("HHI", link, 0, 262144) + options)

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
    fourth = Writer("<", 6)
    for name, link in (("client1:eth0", 1), ("client1:ppp0", 9), ("router1:hdlc0", 50)):
        fourth.interface(name, link)
    for n, (interface, frame) in enumerate(streams()):
        fourth.packet(interface - 1, begin + n * 1_000_000, frame)
    with open(os.path.join(HERE, "streams.pcapng"), "wb") as out:
        out.write(fourth.out)
    with open(os.path.join(HERE, "big_endian_ns.pcap"), "wb") as out:
        out.write(struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for n, (_, frame) in enumerate(all_frames[:90]):
            out.write(struct.pack(">IIII", 1_700_000_000, n * 10_007, len(frame), len(frame)) + frame)
    print(first.count, "and", second.count + third.count, "packets")


if __name__ == "__main__":
    main()
