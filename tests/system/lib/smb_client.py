"""A file of an SMB server, read over a session that our initiator has set up and whose key signs each packet.

  smb_client.py HOST SHARE FILE [options]

The password is read from standard input when there is a user.
"""

import argparse
import socket
import struct
import sys

import sides
from smb2 import (ANSWER, CLOSE, CREATE, DIALECTS, LOGOFF, MORE_PROCESSING, NEGOTIATE, OK, PENDING, READ, SESSION_SETUP,
                  TREE_CONNECT, Failure, Message, Signer, Stream, Transcript, build, pad, preauth_context)


GUEST, ANONYMOUS = 1, 2
NULL_SESSION = 0x40000  # ISC_RET_NULL_SESSION


class Client:
    def __init__(self, host, port, dialect):
        self.stream = Stream(socket.create_connection((host, port), 20))
        self.dialect = dialect
        self.transcript = Transcript()
        self.session = self.tree = self.next = 0
        self.signer = None

    def ask(self, command, body, good=(OK,)):
        """One packet and its answer, both signed once there is a key."""
        data = build(command, body, self.next, self.session, self.tree)
        if self.signer:
            data = self.signer.sign(data)
        self.next += 1
        self.stream.send(data)
        answer = Message(self.stream.receive())
        while answer.status == PENDING:  # the answer proper comes later; this one has no signature
            answer = Message(self.stream.receive())
        if command in (NEGOTIATE, SESSION_SETUP):
            self.transcript.add(data)
            if answer.status != OK or command == NEGOTIATE:
                self.transcript.add(answer.data)
        if not answer.flags & ANSWER or answer.command != command:
            raise Failure("an answer to something else")
        if self.signer:
            self.signer.check(answer)
        if answer.status not in good:
            raise Failure(f"command {command}: status 0x{answer.status:08X}")
        return answer

    def negotiate(self):
        """What the server says of its mechanisms, before the client has said anything."""
        dialects = struct.pack("<H", self.dialect)
        at, count, contexts = 0, 0, b""
        if self.dialect == 0x0311:
            at, count, contexts = 64 + len(pad(bytes(36) + dialects)), 1, preauth_context()
        body = struct.pack("<HHHHI16sIHH", 36, 1, 3, 0, 0, b"credmgr tests...", at, count, 0) + dialects
        answer = self.ask(NEGOTIATE, (pad(body) if contexts else body) + contexts)
        if struct.unpack_from("<H", answer.body, 4)[0] != self.dialect:
            raise Failure("another dialect")
        offset, size = struct.unpack_from("<HH", answer.body, 56)
        return answer.data[offset:offset + size]

    def set_up(self, context, hints):
        token = context.step(hints)
        while True:
            body = struct.pack("<HBBIIHHQ", 25, 0, 3, 0, 0, 64 + 24, len(token), 0) + token
            answer = self.ask(SESSION_SETUP, body, (OK, MORE_PROCESSING))
            self.session = answer.session
            offset, size = struct.unpack_from("<HH", answer.body, 4)
            token = b""
            if not context.established:
                token = context.step(answer.data[offset:offset + size])
            if answer.status == OK:
                break
        if not context.established or token:
            raise Failure("the server is content before we are")
        flags = struct.unpack_from("<H", answer.body, 2)[0]
        if context.attributes.value & NULL_SESSION:
            flags |= ANONYMOUS  # Samba does not say so
        if not flags & (GUEST | ANONYMOUS):
            self.signer = Signer(self.dialect, context.session_key(), self.transcript.value)
            # The last answer has the first signature.
            self.signer.check(answer)
        return flags

    def connect(self, host, share):
        path = f"\\\\{host}\\{share}".encode("utf-16-le")
        self.tree = self.ask(TREE_CONNECT, struct.pack("<HHHH", 9, 0, 72, len(path)) + path).tree

    def read(self, name):
        name = name.encode("utf-16-le")
        body = struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x00120089, 0, 7, 1, 0x40, 120, len(name), 0, 0) + name
        opened = self.ask(CREATE, body)
        size = struct.unpack_from("<Q", opened.body, 48)[0]
        file = opened.body[64:80]
        got = self.ask(READ, struct.pack("<HBBIQ16sIIIHHB", 49, 80, 0, min(size, 65536), 0, file, 0, 0, 0, 0, 0, 0))
        offset, count = struct.unpack_from("<BxI", got.body, 2)
        self.ask(CLOSE, struct.pack("<HHI16s", 24, 0, 0, file))
        return got.data[offset:offset + count]

    def log_off(self):
        self.ask(LOGOFF, struct.pack("<HH", 4, 0))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("host")
    options.add_argument("share")
    options.add_argument("file", help="empty: the share is enough")
    options.add_argument("--port", type=int, default=445)
    options.add_argument("--package", default="NTLM")
    options.add_argument("--target", help="(cifs/HOST)")
    options.add_argument("--user")
    options.add_argument("--domain", default="")
    options.add_argument("--dialect", choices=DIALECTS, default="3.1.1")
    options.add_argument("--hints", action="store_true", help="give our initiator what the server says of its mechanisms")
    options.add_argument("--wants", default="integrity,mutual")
    o = options.parse_args()
    identity = (o.user, o.domain, sys.stdin.readline().rstrip("\n")) if o.user is not None else None
    try:
        context = sides.client(o.package, o.target or f"cifs/{o.host}", o.wants.split(","), identity)
        client = Client(o.host, o.port, DIALECTS[o.dialect])
        hints = client.negotiate()
        flags = client.set_up(context, hints if o.hints else b"")
        print(f"session: {context.package()}, {'anonymous' if flags & ANONYMOUS else 'guest' if flags & GUEST else 'signed'}")
        client.connect(o.host, o.share)
        if o.file:
            print(f"file: {client.read(o.file).decode()}", end="")
        client.log_off()
    except (Failure, sides.Failure, EOFError) as why:
        print(f"{why!r}" if isinstance(why, EOFError) else why, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
