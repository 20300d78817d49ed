"""DCE/RPC with our initiator, at the endpoint mapper that every domain controller has ([MS-RPCE] 3.3.1.5.2).

  rpc_client.py HOST PACKAGE LEVEL [--user NAME --domain NAME]

LEVEL is integrity or privacy; the password is read from standard input when there is a user. Prints which package was
negotiated and how many entries the mapper told, in messages protected both ways.
"""

import argparse
import socket
import struct
import sys

import sides
import sspi
import sspicon

REQUEST, RESPONSE, BIND, BIND_ACK, ALTER, ALTER_RESPONSE, AUTH3 = 0, 2, 11, 12, 14, 15, 16
WHOLE, HEADER_SIGNING = 3, 4
TYPES = {"Negotiate": 9, "NTLM": 10, "Kerberos": 16}
LEVELS = {"integrity": 5, "privacy": 6}
MAPPER = bytes.fromhex("0883afe11f5dc91191a408002b14a0fa") + struct.pack("<HH", 3, 0)
NDR = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
LOOKUP = 2


class Failure(Exception):
    """What the server answers to something else, or refuses."""


class Client:
    def __init__(self, host, package, level, identity):
        self.stream = socket.create_connection((host, 135), 20)
        self.trailer = bytes([TYPES[package], LEVELS[level], 0, 0]) + bytes(4)
        self.level = level
        self.call = 0
        wants = ["integrity", "mutual", "dce"] + (["confidentiality"] if level == "privacy" else [])
        self.context = sides.client(package, f"host/{host}", wants, identity)

    def head(self, kind, size, auth_size):
        return struct.pack("<BBBBIHHI", 5, 0, kind, WHOLE | (HEADER_SIGNING if kind == BIND else 0), 0x10, size, auth_size, self.call)

    def exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.stream.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self, kind):
        """A message: head and body, trailer, token."""
        head = self.exactly(16)
        size, auth_size = struct.unpack_from("<HH", head, 8)
        message = head + self.exactly(size - 16)
        if head[2] != kind:
            raise Failure(f"message {head[2]} in place of {kind}: {message[16:32].hex()}")
        edge = size - auth_size - 8
        return message[:edge], message[edge:edge + 8], message[edge + 8:]

    def hand_over(self, kind, token):
        """A message of the handshake."""
        if kind == AUTH3:
            body = bytes(4)
        else:
            body = struct.pack("<HHIB3xHBx", 5840, 5840, 0, 1, 0, 1) + MAPPER + NDR
        self.stream.sendall(self.head(kind, 16 + len(body) + 8 + len(token), len(token)) + body + self.trailer + token)

    def bind(self):
        self.call += 1
        self.hand_over(BIND, self.context.step())
        message, _, token = self.receive(BIND_ACK)
        self.signs_headers = bool(message[3] & HEADER_SIGNING)
        while True:
            token = self.context.step(token)
            if self.context.established:
                if token:
                    self.hand_over(AUTH3, token)
                return
            self.hand_over(ALTER, token)
            token = self.receive(ALTER_RESPONSE)[2]
            # The server's last word.
            if not token:
                return

    def parts(self, head, stub, trailer, token):
        checked = sspicon.SECBUFFER_DATA | sspicon.SECBUFFER_READONLY_WITH_CHECKSUM
        whole = [(sspicon.SECBUFFER_DATA, stub), (sspicon.SECBUFFER_TOKEN, token)]
        if self.signs_headers:
            whole[1:1] = [(checked, trailer)]
            whole[:0] = [(checked, head)]
        return whole, 1 if self.signs_headers else 0

    def ask(self, operation, stub):
        self.call += 1
        alloc = struct.pack("<IHH", len(stub), 0, operation)
        pad = -len(stub) % 16
        trailer = self.trailer[:2] + bytes([pad]) + self.trailer[3:]
        sizes = sspi.Sizes()
        sspi.call("QueryContextAttributesA", sspi.ctypes.byref(self.context.context), sspicon.SECPKG_ATTR_SIZES,
                  sspi.ctypes.byref(sizes))
        room = sizes.trailer if self.level == "privacy" else sizes.signature
        stub += bytes(pad)
        head = self.head(REQUEST, 24 + len(stub) + 8 + room, room) + alloc
        parts, place = self.parts(head, stub, trailer, bytes(room))
        made = self.context.protect("EncryptMessage" if self.level == "privacy" else "MakeSignature", *parts)
        if len(made[-1]) != room:
            raise Failure(f"a signature of {len(made[-1])} bytes, not {room}")
        self.stream.sendall(head + made[place] + trailer + made[-1])
        message, trailer, token = self.receive(RESPONSE)
        parts, place = self.parts(message[:24], message[24:], trailer, token)
        stub = self.context.unprotect("DecryptMessage" if self.level == "privacy" else "VerifySignature", *parts)[place]
        return stub[:len(stub) - trailer[2]]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("host")
    options.add_argument("package", choices=TYPES)
    options.add_argument("level", choices=LEVELS)
    options.add_argument("--user")
    options.add_argument("--domain", default="")
    o = options.parse_args()
    identity = (o.user, o.domain, sys.stdin.readline().rstrip("\n")) if o.user is not None else None
    try:
        client = Client(o.host, o.package, o.level, identity)
        client.bind()
        print(f"context: {client.context.package()}{', headers signed' if client.signs_headers else ''}")
        for _ in range(3):
            answer = client.ask(LOOKUP, struct.pack("<IIII20xI", 0, 0, 0, 1, 5))
            count, = struct.unpack_from("<I", answer, 20)
            print(f"entries: {count}")
    except (Failure, sides.Failure, EOFError, OSError) as why:
        print(repr(why), file=sys.stderr)
        return 1
    return 0


sys.exit(main())
