"""As much of SMB 2 and 3 ([MS-SMB2]) as it takes to set up a session, sign by its key, and read a file. Test-side, both roles."""

import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

(NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT, TREE_DISCONNECT, CREATE, CLOSE, READ, IOCTL, QUERY_INFO) = (
    0, 1, 2, 3, 4, 5, 6, 8, 11, 16)
ANSWER, SIGNED = 0x1, 0x8
OK, PENDING, MORE_PROCESSING, LOGON_FAILURE, NOT_SUPPORTED = 0, 0x103, 0xC0000016, 0xC000006D, 0xC00000BB
NO_SUCH_FILE, END_OF_FILE = 0xC0000034, 0xC0000011
DIALECTS = {"2.1": 0x0210, "3.0.2": 0x0302, "3.1.1": 0x0311}

HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")


class Failure(Exception):
    """The other side does not keep to the protocol, or does not want us."""


class Message:
    """One packet: the fields of the header and what follows it."""

    def __init__(self, data):
        (magic, size, self.charge, self.status, self.command, self.credits, self.flags, following, self.id, _, self.tree,
         self.session, self.signature) = HEADER.unpack_from(data)
        if magic != b"\xfeSMB" or size != 64:
            raise Failure("no packet of SMB 2")
        # Compounded ones are not sent to who does not say that it can.
        if following:
            raise Failure("a compounded packet")
        self.data = data
        self.body = data[64:]


def build(command, body, ident, session=0, tree=0, status=0, flags=0):
    return HEADER.pack(b"\xfeSMB", 64, 1, status, command, 31, flags, 0, ident, 0xFEFF, tree, session, bytes(16)) + body


def derive(key, label, context):
    """SP800-108, counter mode, 128 bits of HMAC-SHA256: 3.1.4.2."""
    return hmac.new(key, struct.pack(">I", 1) + label + b"\0" + context + struct.pack(">I", 128), hashlib.sha256).digest()[:16]


class Signer:
    """The signatures of a session, by the key that SSPI or GSSAPI gives: 3.1.4.1, 3.2.5.3.1."""

    def __init__(self, dialect, session_key, transcript):
        key = session_key[:16].ljust(16, b"\0")
        self.cmac = dialect >= 0x0300
        if dialect == 0x0311:
            key = derive(key, b"SMBSigningKey\0", transcript)
        elif self.cmac:
            key = derive(key, b"SMB2AESCMAC\0", b"SmbSign\0")
        self.key = key

    def signature(self, data):
        data = data[:48] + bytes(16) + data[64:]
        if not self.cmac:
            return hmac.new(self.key, data, hashlib.sha256).digest()[:16]
        mac = CMAC(AES(self.key))
        mac.update(data)
        return mac.finalize()

    def sign(self, data):
        flags = struct.unpack_from("<I", data, 16)[0] | SIGNED
        data = data[:16] + struct.pack("<I", flags) + data[20:]
        return data[:48] + self.signature(data) + data[64:]

    def check(self, message):
        if not message.flags & SIGNED or not hmac.compare_digest(self.signature(message.data), message.signature):
            raise Failure(f"command {message.command}: the signature is missing or wrong")


class Transcript:
    """What both sides of 3.1.1 have said until the session is there: 3.1.4.4.1."""

    def __init__(self):
        self.value = bytes(64)

    def add(self, data):
        self.value = hashlib.sha512(self.value + data).digest()


def preauth_context():
    """SHA-512 with a salt, the one that there is: 2.2.3.1.1."""
    salt = os.urandom(32)
    data = struct.pack("<HHH", 1, len(salt), 1) + salt
    return struct.pack("<HHI", 1, len(data), 0) + data


def pad(data, to=8):
    return data + bytes(-len(data) % to)


class Stream:
    """Packets over TCP: four bytes of length before each."""

    def __init__(self, connection):
        self.connection = connection

    def send(self, data):
        self.connection.sendall(struct.pack(">I", len(data)) + data)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.connection.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        size = struct.unpack(">I", self.exactly(4))[0]
        if size > 1 << 20:
            raise Failure("a packet of more than a megabyte")
        return self.exactly(size)
