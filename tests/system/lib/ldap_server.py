"""A directory of one entry, behind our acceptor: as much of LDAP (RFC 4511) as ldapsearch needs, with the security layer of SASL.

  ldap_server.py PORT [options]

The mechanism is GSS-SPNEGO, whose layer is what the context can do. Takes one connection after the other and says of each who
came, and with which layer. The password of the account that NTLM verifies is read from standard input when there is a user.
"""

import argparse
import socket
import struct
import sys

import sides

SEQUENCE, INTEGER, STRING, ENUMERATED, SET = 0x30, 0x02, 0x04, 0x0A, 0x31
BIND, BIND_ANSWER, UNBIND, SEARCH, ENTRY, DONE = 0x60, 0x61, 0x42, 0x63, 0x64, 0x65
SASL_CHOICE, SASL_CREDENTIALS = 0xA3, 0x87
SUCCESS, SASL_IN_PROGRESS, INVALID_CREDENTIALS, STRONG_AUTH_REQUIRED = 0, 14, 49, 8


def tlv(tag, *parts):
    data = b"".join(parts)
    size = len(data)
    head = bytes([size]) if size < 128 else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + data


def number(tag, value):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def take(data):
    """The first element: its tag, its content, and what follows; None when it is not whole."""
    if len(data) < 2:
        return None
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7F
        if len(data) < at:
            return None
        size = int.from_bytes(data[2:at], "big")
    if len(data) < at + size:
        return None
    return data[0], data[at:at + size], data[at + size:]


def elements(data):
    found = []
    while data:
        tag, content, data = take(data)
        found.append((tag, content))
    return found


class Connection:
    def __init__(self, connection, context):
        self.connection = connection
        self.context = context
        self.layer = False
        self.data = b""

    def more(self):
        data = self.connection.recv(65536)
        if not data:
            raise EOFError
        return data

    def exactly(self, data, count):
        while len(data) < count:
            data += self.more()
        return data

    def receive(self):
        """One message of LDAP, from under the layer."""
        while True:
            whole = take(self.data)
            if whole:
                self.data = whole[2]
                return elements(whole[1])
            if not self.layer:
                self.data += self.more()
                continue
            sealed = self.exactly(b"", 4)
            size = struct.unpack(">I", sealed[:4])[0]
            sealed = self.exactly(sealed, 4 + size)
            while sealed:
                size = struct.unpack(">I", sealed[:4])[0]
                sealed = self.exactly(sealed, 4 + size)
                self.data += self.context.unwrap(sealed[4:4 + size])[0]
                sealed = sealed[4 + size:]
                if sealed:
                    sealed = self.exactly(sealed, 4)

    def send(self, ident, *operation):
        data = tlv(SEQUENCE, tlv(INTEGER, ident), *operation)
        if self.layer:
            # With NTLM both Active Directory and gss-ntlmssp seal even where it is agreed to sign.
            data = self.context.wrap(data, self.confidential() or self.context.package() == "NTLM")
            data = struct.pack(">I", len(data)) + data
        self.connection.sendall(data)

    def confidential(self):
        return bool(self.context.attributes.value & 0x10)

    def bind(self, ident, content):
        _, _, (tag, choice) = elements(content)
        if tag != SASL_CHOICE:
            self.send(ident, self.result(BIND_ANSWER, STRONG_AUTH_REQUIRED))
            return
        parts = elements(choice)
        try:
            if parts[0][1] != b"GSS-SPNEGO":
                raise sides.Failure(-1, "bind", f"mechanism {parts[0][1]}")
            token = self.context.step(parts[1][1] if len(parts) > 1 else b"")
        except sides.Failure as why:
            print(f"refused: {why}", flush=True)
            self.send(ident, self.result(BIND_ANSWER, INVALID_CREDENTIALS))
            return
        done = self.context.established
        self.send(ident, self.result(BIND_ANSWER, SUCCESS if done else SASL_IN_PROGRESS, tlv(SASL_CREDENTIALS, token)))
        if done:
            attributes = self.context.attributes.value
            self.layer = bool(attributes & (0x20000 | 0x10))
            print(f"bind: {self.context.package()}, {self.context.user_name()}, layer: "
                  f"{'confidentiality' if self.confidential() else 'integrity' if self.layer else 'none'}", flush=True)

    @staticmethod
    def result(tag, code, more=b""):
        return tlv(tag, number(ENUMERATED, code), tlv(STRING), tlv(STRING), more)

    def search(self, ident):
        if not self.context.established:
            self.send(ident, self.result(DONE, STRONG_AUTH_REQUIRED))
            return
        values = {"description": [b"an entry behind our acceptor"], "member": [b"cn=%d" % i for i in range(4000)]}
        attributes = [tlv(SEQUENCE, tlv(STRING, name.encode()), tlv(SET, *[tlv(STRING, value) for value in values[name]]))
                      for name in values]
        self.send(ident, tlv(ENTRY, tlv(STRING, b"cn=entry"), tlv(SEQUENCE, *attributes)))
        self.send(ident, self.result(DONE, SUCCESS))

    def serve(self):
        while True:
            (_, ident), (tag, content), *_ = self.receive()
            if tag == BIND:
                self.bind(ident, content)
            elif tag == SEARCH:
                self.search(ident)
            elif tag == UNBIND:
                return


def main():
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("--user")
    options.add_argument("--domain", default="")
    o = options.parse_args()
    identity = (o.user, o.domain, sys.stdin.readline().rstrip("\n")) if o.user is not None else None
    listener = socket.create_server(("", o.port))
    while True:
        connection, _ = listener.accept()
        connection.settimeout(30)
        try:
            Connection(connection, sides.server("Negotiate", [], identity)).serve()
        except EOFError:
            pass
        except (sides.Failure, OSError, ValueError, TypeError) as why:
            print(f"ended: {why}", flush=True)
        finally:
            connection.close()


main()
