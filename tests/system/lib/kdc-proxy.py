#!/usr/bin/python3
"""A KDC proxy of the tests ([MS-KKDCP] over https): kdc-proxy.py PORT CERTIFICATE KEY KDC LOG. The KDC is asked by TCP."""

import http.server
import socket
import ssl
import sys

port, certificate, key, kdc, log = sys.argv[1:]


def element(data, tag):
    """The contents of the DER element at the front, and what is behind it."""
    if data[0] != tag:
        raise ValueError(f"tag {data[0]:#x} instead of {tag:#x}")
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(data[2:at], "big")
    return data[at:at + size], data[at + size:]


def wrap(tag, data):
    size = len(data)
    head = bytes([size]) if size < 0x80 else bytes([0x82]) + size.to_bytes(2, "big")
    return bytes([tag]) + head + data


def exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError("the KDC hung up")
        data += more
    return data


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message, rest = element(element(body, 0x30)[0], 0xA0)
        request = element(message, 0x04)[0]  # with its length in front, as over TCP
        realm = element(element(rest, 0xA1)[0], 0x1B)[0].decode() if rest else ""
        with socket.create_connection((kdc, 88), 10) as connection:
            connection.sendall(request)
            head = exactly(connection, 4)
            reply = head + exactly(connection, int.from_bytes(head, "big"))
        answer = wrap(0x30, wrap(0xA0, wrap(0x04, reply)))
        with open(log, "a", encoding="ascii") as out:
            print(self.path, realm, len(request), len(reply), file=out)
        self.send_response(200)
        self.send_header("Content-Type", "application/kerberos")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("", int(port)), Proxy)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
