#!/usr/bin/env python3
"""Writes the hand-made part of the corpus: one file per shape of message. Run it after changing a shape."""
import pathlib

here = pathlib.Path(__file__).resolve().parent / "corpus"
host = b"Host: a\r\n"
end = b"\r\n"

requests = {
    "get": b"GET / HTTP/1.1\r\n" + host + end,
    "pipelined": (b"GET /1 HTTP/1.1\r\n" + host + end) * 2 + b"POST /2 HTTP/1.1\r\n" + host + b"Content-Length: 3\r\n\r\nabc",
    "chunked": b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\nGET / HTTP/1.1\r\n" + host + end,
    "absolute": b"GET http://a:80/p?q HTTP/1.1\r\nHost: a:80\r\n\r\n",
    "six": b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    "old": b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /x HTTP/1.0\r\n\r\n",
    "hop": b"GET / HTTP/1.1\r\n" + host + b"Connection: close, X-Y, TE\r\nX-Y: 1\r\nTE: trailers\r\nKeep-Alive: 1\r\nProxy-X: 2\r\n\r\n",
    "upgrade": b"GET / HTTP/1.1\r\n" + host + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello",
    "h2c": b"GET / HTTP/1.1\r\n" + host + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n",
    "expect": b"POST / HTTP/1.1\r\n" + host + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "cookie": b"GET / HTTP/1.1\r\n" + host + b"Cookie: a=1; FULCRUM=0123456789abcdef; b=2\r\n\r\n",
    "forwarded": b"GET / HTTP/1.1\r\n" + host + b"X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https\r\n\r\n",
    "redirect": b"GET /r HTTP/1.1\r\nHost: w.example.org\r\n\r\n" * 2,
    "options": b"OPTIONS * HTTP/1.1\r\n" + host + end,
    "connect": b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    "cl_te": b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    "te_te": b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n\r\n0\r\n\r\n",
    "cl_cl": b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "fold": b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n Content-Length: 3\r\n\r\n",
    "space_colon": b"POST / HTTP/1.1\r\n" + host + b"Content-Length : 3\r\n\r\nabc",
    # found by fuzzing
    "empty_line_at_end": b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n\r\n",
    "look_alike": b"POST / HTTP/1.1\r\n" + host + b"Content_Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "bare_lf": b"GET / HTTP/1.1\nHost: a\n\n",
    "bare_cr": b"GET / HTTP/1.1\r\n" + host + b"X: a\rContent-Length: 5\r\n\r\n",
}
responses = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: v\r\n\r\n",
    "until_close": b"HTTP/1.1 200 OK\r\n\r\nok",
    "old": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    "no_body": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "empty": b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "upgrade": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n\x81\x02hi",
    "close": b"HTTP/1.1 200 OK\r\nConnection: close, X\r\nX: 1\r\nContent-Length: 0\r\n\r\n",
    "excess": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "both": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "empty_extension": b"HTTP/1.1 220 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;\r\nok\r\n0\r\n\r\n",  # found by fuzzing
    "garbage": b"hello\r\n\r\n",
}
signature = b"\r\n\r\n\0\r\nQUIT\n"
four = bytes([192, 0, 2, 1, 198, 51, 100, 7]) + b"\xdc\x04\x01\xbb"
proxy = {
    "v1": b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\nGET /",
    "v1_six": b"PROXY TCP6 2001:db8::1 ::1 1 65535\r\n",
    "v1_unknown": b"PROXY UNKNOWN x\r\n",
    "v2": signature + b"\x21\x11\x00\x0c" + four + b"rest",
    "v2_six": signature + b"\x21\x21\x00\x24" + bytes(range(32)) + b"\x01\x02\x03\x04",
    "v2_tlv": signature + b"\x21\x11\x00\x14" + four + b"\x01\x00\x05hello",
    "v2_local": signature + b"\x20\x00\x00\x00",
    "v2_mixed": signature + b"\x21\x21\x00\x24" + b"\0" * 10 + b"\xff\xff\x01\x02\x03\x04" + bytes(range(16)) + b"\x01\x02\x03\x04",  # found by fuzzing
    "v2_short": signature + b"\x21\x11\x00\x0b" + four,
}

def write(folder, name, content):
    path = here / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(content)

for name, text in requests.items():
    for bits in (0, 9):
        write("request", f"{name}_{bits}", bytes([bits]) + text)
for name, text in responses.items():
    for choice in (0, 1, 2, 129, 135, 130, 131, 132, 133):
        write("response", f"{name}_{choice}", bytes([choice]) + text)
for name, text in proxy.items():
    write("proxy_protocol", name, text)
