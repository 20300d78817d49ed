"""impacket's DCE/RPC client with a small server on our acceptor: MS-RPCE 3.3.1.5.2, with every level of protection.

serve PORT DOMAIN USER        listens; the password of the account that NTLM verifies is the first line of standard input
call PORT USER DOMAIN HOST PACKAGE/LEVEL…    impacket (PACKAGE: NTLM, NTLM2-session, NTLMv1, Kerberos); the password likewise, or for Kerberos the ticket for host/HOST in $KRB5CCNAME (a
path: impacket's own way to tickets does not suit MIT's KDC)
"""

import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pywin32"))

import sspi  # noqa: E402
import sspicon  # noqa: E402
from pywintypes import error  # noqa: E402

INTERFACE = ("4b324fc8-1670-01d3-1278-5a47bf6ee188", "1.0")  # any will do
REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_RESPONSE, AUTH3 = 0, 2, 3, 11, 12, 13, 14, 15, 16
PACKAGES = {9: "Negotiate", 10: "NTLM", 16: "Kerberos"}
INTEGRITY, PRIVACY = 5, 6
SYNTAX = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")  # NDR, version 2
ACCESS_DENIED = 5
ECHO, WHO = 0, 1  # operations


class Connection:
    def __init__(self, stream, account):
        self.stream = stream
        self.account = account
        self.auth = None
        self.level = 0
        self.whole = False  # the whole of a message is signed

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.stream.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def answer(self, kind, call, body, trailer=b"", token=b""):
        size = 16 + len(body) + len(trailer) + len(token)
        head = struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, size, len(token), call)
        self.stream.sendall(head + body + trailer + token)

    def run(self):
        try:
            while True:
                head = self.read(16)
                _, _, kind, _, _, size, auth_size, call = struct.unpack("<BBBBIHHI", head)
                self.one(kind, call, head + self.read(size - 16), auth_size)
        except EOFError:
            pass
        except error as failed:
            print("refused:", failed, flush=True)
        finally:
            self.stream.close()

    def one(self, kind, call, pdu, auth_size):
        edge = len(pdu) - auth_size - (8 if auth_size else 0)
        body, trailer, token = pdu[16:edge], pdu[edge:len(pdu) - auth_size], pdu[len(pdu) - auth_size:]
        if kind in (BIND, ALTER):
            self.bind(kind, call, body, trailer, token)
        elif kind == AUTH3:
            try:
                self.auth.authorize(token)
            except error as failed:  # there is no answer to this message; the next gets it
                print("refused:", failed, flush=True)
        elif kind == REQUEST:
            self.request(call, pdu[:24], pdu[24:edge], trailer, token)

    def bind(self, kind, call, body, trailer, token):
        contexts = body[8]
        reply = b""
        if token:
            if self.auth is None:
                self.level = trailer[1]
                flags = sspicon.ASC_REQ_INTEGRITY | sspicon.ASC_REQ_CONFIDENTIALITY | sspicon.ASC_REQ_USE_DCE_STYLE
                package = PACKAGES[trailer[0]]
                self.auth = sspi.ServerAuth(package, scflags=flags, datarep=sspicon.SECURITY_NATIVE_DREP,
                                            auth_info=self.account if package == "NTLM" else None)
                ntlm = token.find(b"NTLMSSP\0")  # by itself, or in a token of SPNEGO
                self.whole = ntlm >= 0 and token[ntlm + 14] & 0x08 != 0  # NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY
            _, made = self.auth.authorize(token)
            reply = made[0].Buffer
            trailer = bytes([trailer[0], self.level, 0, 0]) + trailer[4:]
        results = struct.pack("<BBH", contexts, 0, 0) + contexts * (struct.pack("<HH", 0, 0) + SYNTAX)
        self.answer(BIND_ACK if kind == BIND else ALTER_RESPONSE, call,
                    struct.pack("<HHIHxx", 4280, 4280, 1, 0) + results, trailer if token else b"", reply)

    # With extended session security the header and the trailer are signed as well; impacket's Kerberos knows nothing of that.
    def parts(self, head, stub, trailer, token):
        stub_part, token_part = (sspicon.SECBUFFER_DATA, stub), (sspicon.SECBUFFER_TOKEN, token)
        if not self.whole:
            return (stub_part, token_part), 0
        checked = sspicon.SECBUFFER_DATA | sspicon.SECBUFFER_READONLY_WITH_CHECKSUM
        return ((checked, head), stub_part, (checked, trailer), token_part), 1

    def request(self, call, head, stub, trailer, token):
        if not self.auth or not self.auth.authenticated:
            self.answer(FAULT, call, struct.pack("<IHBBII", 0, 0, 0, 0, ACCESS_DENIED, 0))
            return
        if self.level >= INTEGRITY:
            parts, place = self.parts(head, stub, trailer, token)
            stub = self.auth.unprotect("DecryptMessage" if self.level == PRIVACY else "VerifySignature", *parts)[place]
            stub = stub[:len(stub) - trailer[2]]
        operation = struct.unpack_from("<H", head, 22)[0]
        print("received:", stub, flush=True)
        self.reply(call, trailer, self.auth.user_name().encode() if operation == WHO else stub[::-1])

    def reply(self, call, trailer, stub):
        body = struct.pack("<IHBB", len(stub), 0, 0, 0)
        if self.level < INTEGRITY:
            self.answer(RESPONSE, call, body + stub)
            return
        sizes = sspi.Sizes()
        sspi.call("QueryContextAttributesA", sspi.ctypes.byref(self.auth.context), sspicon.SECPKG_ATTR_SIZES,
                  sspi.ctypes.byref(sizes))
        pad = -len(stub) % 16
        room = sizes.trailer if self.level == PRIVACY else sizes.signature
        trailer = bytes([trailer[0], self.level, pad, 0]) + trailer[4:]
        stub += bytes(pad)
        head = struct.pack("<BBBBIHHI", 5, 0, RESPONSE, 3, 0x10, 24 + len(stub) + 8 + room, room, call) + body
        parts, place = self.parts(head, stub, trailer, bytes(room))
        made = self.auth.protect("EncryptMessage" if self.level == PRIVACY else "MakeSignature", *parts)
        assert len(made[-1]) == room, f"the signature has {len(made[-1])} bytes, not {room}"
        self.stream.sendall(head + made[place] + trailer + made[-1])


def serve(port, domain, user):
    account = (user, domain, sys.stdin.readline().rstrip("\n"))
    listener = socket.create_server(("127.0.0.2", int(port)))
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=Connection(stream, account).run, daemon=True).start()


def conversation(rpc):
    """Two messages there and back, and what the server takes us for."""
    from impacket.uuid import uuidtup_to_bin
    rpc.connect()
    rpc.bind(uuidtup_to_bin(INTERFACE))
    for text in (b"a message from impacket", b"another one, of another length"):
        rpc.call(ECHO, text)
        echo = rpc.recv()
        if echo != text[::-1]:
            raise ValueError(f"the answer is {echo}")
    rpc.call(WHO, b"who?")
    return rpc.recv().decode()


def connection(port, package, level, account, host):
    from impacket import ntlm
    from impacket.dcerpc.v5 import rpcrt, transport
    user, domain, password = account
    way = transport.DCERPCTransportFactory(f"ncacn_ip_tcp:{host}[{port}]")
    way.set_credentials(user, password, domain)
    if package == "Kerberos":
        way.set_kerberos(True)
    ntlm.USE_NTLMv2 = package == "NTLM"
    rpc = way.get_dce_rpc()
    if package == "Kerberos":
        rpc.set_auth_type(rpcrt.RPC_C_AUTHN_GSS_NEGOTIATE)
    rpc.set_auth_level({"connect": rpcrt.RPC_C_AUTHN_LEVEL_CONNECT, "integrity": rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY,
                        "privacy": rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY}[level])
    return rpc


def call(port, user, domain, host, *ways):
    from impacket import ntlm
    account = (user, domain, sys.stdin.readline().rstrip("\n"))
    first, without = ntlm.getNTLMSSPType1, ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY

    def plain(*args, **kwargs):
        message = first(*args, **kwargs)
        message["flags"] &= ~without
        return message

    for way in ways:
        package, level = way.split("/")
        ntlm.getNTLMSSPType1 = plain if package == "NTLMv1" else first
        try:
            print(f"{way}: the server says: {conversation(connection(port, package, level, account, host))}")
        except Exception as failed:  # impacket has many, and a closed connection is one of struct's
            print(f"{way}: failed: {failed!r}")


{"serve": serve, "call": call}[sys.argv[1]](*sys.argv[2:])
