"""Makes a capture of any size: web connections between many clients and servers, interleaved as a load balancer sees
them, with handshakes, requests, answers, acknowledgements, some repeated segments, and correct lengths. Always the same
bytes for the same count."""
import struct
import sys

PACKETS_PER_CONNECTION = 25
AT_ONCE = 64  # connections whose packets alternate


def checksum(header):
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def tcp_frame(to_server, client, server, client_port, seq, ack, flags, payload, number):
    source, destination = (client, server) if to_server else (server, client)
    ports = (client_port, 80) if to_server else (80, client_port)
    macs = b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02" if to_server else b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01"
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40 + len(payload), number & 0xFFFF, 0x4000, 64, 6, 0, source, destination)
    ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
    tcp = struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 64240, 0, 0)
    return macs + b"\x08\0" + ip + tcp + payload


def connection(n):
    """The frames of one connection."""
    client, server = 0x0A000000 + n % 50021 + 1, 0xAC100A65 + n % 3
    port = 1024 + n * 7919 % 60000
    a, b = n * 2654435761 & 0xFFFFFFFF, n * 40503 * 65537 & 0xFFFFFFFF
    frame = lambda *rest: tcp_frame(rest[0], client, server, port, *rest[1:], number=n)
    yield frame(True, a, 0, 0x02, b"")
    yield frame(False, b, a + 1, 0x12, b"")
    a, b = a + 1, b + 1
    yield frame(True, a, b, 0x10, b"")
    sent = 3
    for request in range(3):
        payload = b"GET /object/%d/%d HTTP/1.1\r\nHost: service%d.example\r\nUser-Agent: made\r\nAccept: */*\r\n\r\n" % (n, request, n % 7)
        yield frame(True, a, b, 0x18, payload)
        a += len(payload)
        body = b"HTTP/1.1 200 OK\r\nServer: server%d\r\nContent-Length: 2600\r\nContent-Type: text/plain\r\n\r\n" % (n % 3) + b"x" * 2600
        for at in range(0, len(body), 1448):
            piece = body[at:at + 1448]
            yield frame(False, b + at, a, 0x18, piece)
            yield frame(True, a, b + at + len(piece), 0x10, b"")
            sent += 2
            if (n + request) % 50 == 0 and at == 0:  # lost on the way to somebody: sent again, spuriously here
                yield frame(False, b + at, a, 0x18, piece)
                sent += 1
        b += len(body)
        sent += 1
    while sent < PACKETS_PER_CONNECTION - 3:
        yield frame(True, a, b, 0x18, b"ping %d" % sent)
        a += len(b"ping %d" % sent)
        sent += 1
    yield frame(True, a, b, 0x11, b"")
    yield frame(False, b, a + 1, 0x11, b"")
    yield frame(True, a + 1, b + 1, 0x10, b"")


def write(path, packets):
    """Writes a pcap with `packets` packets; returns its bytes."""
    size = 24
    with open(path, "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        running, started, done, time_us = [], 0, 0, 0
        while done < packets:
            while len(running) < AT_ONCE:
                running.append(connection(started))
                started += 1
            at = 0
            while at < len(running) and done < packets:
                frame = next(running[at], None)
                if frame is None:
                    running[at] = connection(started)
                    started += 1
                    continue
                time_us += 17
                out.write(struct.pack("<IIII", 1_700_000_000 + time_us // 1_000_000, time_us % 1_000_000, len(frame), len(frame)))
                out.write(frame)
                size += 16 + len(frame)
                done += 1
                at += 1
    return size


if __name__ == "__main__":
    print(write(sys.argv[1], int(sys.argv[2])), "bytes")
