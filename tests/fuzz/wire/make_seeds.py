#!/usr/bin/env python3
"""Writes the first corpus of the wire fuzz targets: one small legal frame of each kind, and short series of frames for
the stack. Run it again after adding a kind; what fuzzing itself has found is kept beside these under its own name."""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent / "corpus"
FRONT, ROUTER, ALL = bytes([2, 0, 0, 0, 0, 1]), bytes([2, 0, 0, 0, 0, 9]), b"\xff" * 6
CLIENT, VIP, OWN, SERVER, GATEWAY = (bytes(map(int, a.split("."))) for a in
                                     ("172.16.1.10", "10.1.1.100", "10.1.1.2", "10.1.2.10", "10.1.1.254"))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(payload, kind=0x0800, to=FRONT, sender=ROUTER):
    return to + sender + struct.pack("!H", kind) + payload


def ipv4(payload, protocol, source=CLIENT, destination=VIP, ttl=64, flags=0, options=b"", ident=1):
    header = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), ident, flags, ttl,
                         protocol, 0) + source + destination + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def l4(segment, at, protocol, source=CLIENT, destination=VIP):
    pseudo = source + destination + struct.pack("!BBH", 0, protocol, len(segment))
    return segment[:at] + struct.pack("!H", checksum(pseudo + segment)) + segment[at + 2:]


def tcp(flags, options=b"", payload=b"", **where):
    header = struct.pack("!HHIIBBHHH", 40000, 80, 1000, 2000, (20 + len(options)) // 4 << 4, flags, 500, 0, 0)
    return l4(header + options + payload, 16, 6, **where)


def udp(payload, **where):
    return l4(struct.pack("!HHHH", 5000, 80, 8 + len(payload), 0) + payload, 6, 17, **where)


def icmp(kind, code=0, rest=0, payload=b"abcdefgh"):
    message = struct.pack("!BBHI", kind, code, 0, rest) + payload
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def arp(operation, sender_ip, target_ip, sender=ROUTER, target=b"\0" * 6):
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + sender + sender_ip + target + target_ip


SYN_OPTIONS = bytes.fromhex("020405b4" "0402" "080a0000000100000000" "01" "030307")  # MSS, SACK, time stamps, scale
FRAMES = {
    "arp-request": ethernet(arp(1, GATEWAY, OWN), 0x0806, ALL),
    "arp-reply": ethernet(arp(2, GATEWAY, OWN, target=FRONT), 0x0806),
    "arp-announcement": ethernet(arp(1, GATEWAY, GATEWAY), 0x0806, ALL),
    "tcp-syn": ethernet(ipv4(tcp(2, SYN_OPTIONS), 6)),
    "tcp-sack": ethernet(ipv4(tcp(0x10, bytes([1, 1, 5, 18]) + bytes(range(16))), 6)),
    "tcp-data": ethernet(ipv4(tcp(0x18, payload=b"GET / HTTP/1.1\r\n\r\n"), 6)),
    "tcp-transit": ethernet(ipv4(tcp(0x10, destination=SERVER), 6, destination=SERVER)),
    "udp": ethernet(ipv4(udp(b"hello"), 17)),
    "udp-no-checksum": ethernet(ipv4(struct.pack("!HHHH", 1, 2, 9, 0) + b"x", 17)),
    "ping": ethernet(ipv4(icmp(8, rest=0x12340001), 1)),
    "pong": ethernet(ipv4(icmp(0, rest=0x12340001), 1, destination=OWN)),
    "unreachable": ethernet(ipv4(icmp(3, 4, 1400, ipv4(udp(b""), 17)), 1)),
    "ttl-1": ethernet(ipv4(udp(b"late", destination=SERVER), 17, destination=SERVER, ttl=1)),
    "options": ethernet(ipv4(udp(b"x"), 17, options=bytes([7, 7, 4, 0, 0, 0, 0, 1]))),
    "fragment-first": ethernet(ipv4(udp(b"a" * 16)[:16], 17, flags=0x2000, ident=7)),
    "fragment-last": ethernet(ipv4(udp(b"a" * 16)[16:], 17, flags=2, ident=7)),
    "fragment-overlap": ethernet(ipv4(b"b" * 16, 17, flags=0x2001, ident=7)),
    "large": ethernet(ipv4(udp(bytes(1400), destination=SERVER), 17, destination=SERVER)),
    "vlan": ethernet(struct.pack("!HH", 42, 0x0800) + ipv4(udp(b"x"), 17), 0x8100),
    "ipv6": ethernet(struct.pack("!IHBB", 6 << 28, 4, 59, 64) + bytes(32) + b"abcd", 0x86DD),
}
SERIES = {
    "arp": ["arp-request", "arp-announcement", "arp-reply"],
    "ping": ["ping", "pong", "unreachable"],
    "fragments": ["fragment-last", "fragment-first"],
    "overlap": ["fragment-first", "fragment-overlap", "fragment-last"],
    "forward": ["tcp-transit", "large", "ttl-1"],
    "service": ["tcp-syn", "tcp-data", "udp"],
}

if __name__ == "__main__":
    for name, frame in FRAMES.items():
        (HERE / "parse" / name).write_bytes(frame)
    for name, frames in SERIES.items():
        for control in (0x00, 0x82, 0x8A, 0xFC):
            series = b"".join(bytes([control]) + struct.pack("!H", len(FRAMES[f])) + FRAMES[f] for f in frames)
            (HERE / "stack" / f"{name}-{control:02x}").write_bytes(series)
