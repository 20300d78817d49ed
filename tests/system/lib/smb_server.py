"""A share with one file, behind our acceptor: an SMB server as small as smbclient puts up with. Every packet of a session is signed.

  smb_server.py PORT [options]

Takes one connection after the other, and says of each who came. The password of the account that NTLM verifies is read
from standard input when there is a user.
"""

import argparse
import socket
import struct
import sys

import sides
from smb2 import (ANSWER, CLOSE, CREATE, DIALECTS, END_OF_FILE, IOCTL, LOGOFF, LOGON_FAILURE, MORE_PROCESSING, NEGOTIATE,
                  NO_SUCH_FILE, NOT_SUPPORTED, OK, QUERY_INFO, READ, SESSION_SETUP, TREE_CONNECT, TREE_DISCONNECT, Failure,
                  Message, Signer, Stream, Transcript, build, pad, preauth_context)

CONTENT = b"a file behind our acceptor\n"
GUID = b"credmgr's server"
VALIDATE_NEGOTIATE_INFO = 0x00140204
FILE_ALL_INFORMATION = 18
SESSION, TREE, FILE = 0x1000000001, 7, b"\1" * 16
DIRECTORY = 0x10


class Connection:
    def __init__(self, connection, options, password):
        self.stream = Stream(connection)
        self.options = options
        self.transcript = Transcript()
        self.signer = None
        self.context = sides.server(options.package, options.wants.split(","),
                                    (options.user, options.domain, password) if options.user else None)
        self.dialect = 0

    # Each gives the status and the body of its answer.

    def negotiate(self, ask):
        count, = struct.unpack_from("<H", ask.body, 2)
        offered = struct.unpack_from(f"<{count}H", ask.body, 36)
        self.dialect = max((d for d in offered if d in DIALECTS.values()), default=0)
        if not self.dialect:
            return NOT_SUPPORTED, None
        # Who speaks first: what SPNEGO has to say here; NTLM has nothing.
        blob = self.context.step() if self.options.package == "Negotiate" else b""
        contexts = preauth_context() if self.dialect == 0x0311 else b""
        at = 64 + len(pad(bytes(64) + blob)) if contexts else 0
        body = struct.pack("<HHHH16sIIIIQQHHI", 65, 3, self.dialect, 1 if contexts else 0, GUID, 0, 65536, 65536, 65536, 0, 0,
                           128, len(blob), at) + blob
        return OK, (pad(body) if contexts else body) + contexts

    def set_up(self, ask):
        offset, size = struct.unpack_from("<HH", ask.body, 12)
        try:
            token = self.context.step(ask.data[offset:offset + size])
        except sides.Failure as why:
            print(f"refused: {why}", flush=True)
            return LOGON_FAILURE, None
        if self.context.established:
            self.signer = Signer(self.dialect, self.context.session_key(), self.transcript.value)
            print(f"session: {self.context.package()}, {self.context.user_name()}", flush=True)
        return (OK if self.context.established else MORE_PROCESSING,
                struct.pack("<HHHH", 9, 0, 72, len(token)) + token)

    def create(self, ask):
        offset, size = struct.unpack_from("<HH", ask.body, 44)
        name = ask.data[offset:offset + size].decode("utf-16-le").strip("\\")
        if name not in ("", "file"):
            return NO_SUCH_FILE, None
        size, attributes = (len(CONTENT), 0x80) if name else (0, DIRECTORY)
        return OK, struct.pack("<HBBI32xQQII16sII", 89, 0, 0, 1, size, size, attributes, 0, FILE, 0, 0) + b"\0"

    def read(self, ask):
        count, offset = struct.unpack_from("<IQ", ask.body, 4)
        data = CONTENT[offset:offset + count]
        if not data:
            return END_OF_FILE, None
        return OK, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data

    def query(self, ask):
        kind, what = struct.unpack_from("<BB", ask.body, 2)
        if (kind, what) != (1, FILE_ALL_INFORMATION):
            return NOT_SUPPORTED, None
        name = "\\file".encode("utf-16-le")
        data = struct.pack("<32xII", 0x80, 0) + struct.pack("<QQIBBH", len(CONTENT), len(CONTENT), 1, 0, 0, 0)
        data += struct.pack("<QIIQIII", 1, 0, 0x00120089, 0, 0, 0, len(name)) + name
        return OK, struct.pack("<HHI", 9, 72, len(data)) + data

    def control(self, ask):
        code, = struct.unpack_from("<I", ask.body, 4)
        if code != VALIDATE_NEGOTIATE_INFO:
            return NOT_SUPPORTED, None
        data = struct.pack("<I16sHH", 0, GUID, 3, self.dialect)
        return OK, struct.pack("<HHI16sIIIIII", 49, 0, code, b"\xff" * 16, 112, 0, 112, len(data), 0, 0) + data

    def answer(self, ask):
        if ask.command in (NEGOTIATE, SESSION_SETUP):
            return self.negotiate(ask) if ask.command == NEGOTIATE else self.set_up(ask)
        if not self.signer:
            raise Failure("a command before there is a session")
        self.signer.check(ask)
        others = {CREATE: self.create, READ: self.read, QUERY_INFO: self.query, IOCTL: self.control}
        if ask.command in others:
            return others[ask.command](ask)
        fixed = {TREE_CONNECT: struct.pack("<HBBIII", 16, 1, 0, 0, 0, 0x001F01FF), TREE_DISCONNECT: struct.pack("<HH", 4, 0),
                 CLOSE: struct.pack("<HHI52x", 60, 0, 0), LOGOFF: struct.pack("<HH", 4, 0)}
        return (OK, fixed[ask.command]) if ask.command in fixed else (NOT_SUPPORTED, None)

    def serve(self):
        ended = False
        while not ended:
            ask = Message(self.stream.receive())
            if ask.command in (NEGOTIATE, SESSION_SETUP):
                self.transcript.add(ask.data)
            status, body = self.answer(ask)
            if body is None:
                body = struct.pack("<HBBI", 9, 0, 0, 0) + b"\0"
            data = build(ask.command, body, ask.id, SESSION if ask.command != NEGOTIATE else 0,
                         TREE if ask.command == TREE_CONNECT else ask.tree, status, ANSWER)
            if ask.command in (NEGOTIATE, SESSION_SETUP) and not self.signer:
                self.transcript.add(data)
            if self.signer:
                data = self.signer.sign(data)
            self.stream.send(data)
            ended = ask.command == LOGOFF


def main():
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("--package", default="Negotiate")
    options.add_argument("--user")
    options.add_argument("--domain", default="")
    options.add_argument("--wants", default="integrity")
    o = options.parse_args()
    password = sys.stdin.readline().rstrip("\n") if o.user is not None else None
    listener = socket.create_server(("", o.port))
    while True:
        connection, _ = listener.accept()
        connection.settimeout(30)
        try:
            Connection(connection, o, password).serve()
        except EOFError:
            pass
        except (Failure, sides.Failure, OSError, struct.error) as why:
            print(f"ended: {why}", flush=True)
        finally:
            connection.close()


main()
