"""A peer of CredSSP that says what it is told to: [MS-CSSP] versions 2 to 6, and what no version allows. TLS is Python's, the negotiation
inside is python-gssapi's (MIT Kerberos and its SPNEGO, gss-ntlmssp), the TSRequests are made here.

credssp_peer.py connect HOST PORT [options]     the client; the password on standard input
credssp_peer.py accept PORT CERTIFICATE KEY     the server, of one connection after the other
credssp_peer.py relay PORT CERTIFICATE KEY HOST PORT
                                                between the two: ends both TLS channels and passes on what goes through them

What comes of a connection is one line: "delegated DOMAIN USER PASSWORD", "delegated nothing", "delegated type N", "accepted" (a client's),
"error 0x…" (the peer's errorCode), "closed" (it went away), "alert …" (so says its TLS), "refused …" (the mechanism's word), "broken: …". Before
it "version N" is the peer's.

--version N     of our messages (6); N,N,…: of one connection after the other, the last one of all that follow
--mech M        spnego, ntlm or krb5; a client offers it, a server takes any
--user, --domain
--service S     of the target (TERMSRV)
--twist T       what to do that is wrong, see Client and Server; T,T,… likewise, "" for nothing. A client makes as many connections as the longer list
                has entries, and each line then begins with VERSION:TWIST
"""
import argparse
import hashlib
import os
import select
import socket
import ssl
import sys

import gssapi
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from gssapi.raw import acquire_cred_with_password

MECHANISMS = {
    "krb5": gssapi.OID.from_int_seq("1.2.840.113554.1.2.2"),
    "ntlm": gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10"),
    "spnego": gssapi.OID.from_int_seq("1.3.6.1.5.5.2"),
}
TO_SERVER = b"CredSSP Client-To-Server Binding Hash\0"
TO_CLIENT = b"CredSSP Server-To-Client Binding Hash\0"
HYBRID = 2
LOGON_DENIED = 0xC000006D


def say(*words):
    print(say.prefix + " ".join(str(word) for word in words), flush=True)


say.prefix = ""


class Broken(Exception):
    """The peer does what the protocol does not have."""


class PeerError(Exception):
    """The peer has sent an errorCode."""


# ---- DER ------------------------------------------------------------------------------------------------------------------

def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def integer(value):
    value &= 0xFFFFFFFF
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value):
    return der(0x04, value)


def head(data):
    """Where the content of the first value begins, and where it ends."""
    if len(data) < 2:
        raise Broken("half a value")
    size, at = data[1], 2
    if size & 0x80:
        at = 2 + (size & 0x7F)
        size = int.from_bytes(data[2:at], "big")
    return at, at + size


def fields(data):
    """The values of a SEQUENCE { [0] …, [1] … } by their numbers."""
    at, end = head(data)
    if data[0] != 0x30 or end != len(data):
        raise Broken("no SEQUENCE")
    found = {}
    rest = data[at:end]
    while rest:
        at, end = head(rest)
        found[rest[0] - 0xA0] = rest[at:end]
        rest = rest[end:]
    return found


def content(value, tag):
    at, end = head(value)
    if value[0] != tag or end != len(value):
        raise Broken("a value of another type")
    return value[at:end]


# ---- TSRequest ------------------------------------------------------------------------------------------------------------

def request(version, token=None, info=None, key=None, error=None, nonce=None):
    parts = [der(0xA0, integer(version))]
    if token is not None:
        parts.append(der(0xA1, der(0x30, der(0x30, der(0xA0, octets(token))))))
    for number, value in ((2, info), (3, key)):
        if value is not None:
            parts.append(der(0xA0 + number, octets(value)))
    if error is not None:
        parts.append(der(0xA4, integer(error)))
    if nonce is not None:
        parts.append(der(0xA5, octets(nonce)))
    return der(0x30, *parts)


class Channel:
    """TLS, and whole TSRequests through it."""

    def __init__(self, stream, version):
        self.stream, self.version, self.peer_version, self.held = stream, version, None, b""

    def send(self, **what):
        self.stream.sendall(request(self.version, **what))

    def bytes(self):
        while True:
            if len(self.held) >= 6:
                _, end = head(self.held)
                if len(self.held) >= end:
                    data, self.held = self.held[:end], self.held[end:]
                    return data
            piece = self.stream.recv(65536)
            if not piece:
                raise EOFError
            self.held += piece

    def receive(self):
        found = fields(self.bytes())
        version = int.from_bytes(content(found[0], 0x02), "big")
        if self.peer_version is None:
            say("version", version)
        elif self.peer_version != version:
            raise Broken("another version than before")
        self.peer_version = version
        if 4 in found:
            raise PeerError(int.from_bytes(content(found[4], 0x02), "big") & 0xFFFFFFFF)
        if 1 in found:
            found["token"] = content(fields(content(found[1], 0x30))[0], 0x04)
        for number, name in ((2, "info"), (3, "key"), (5, "nonce")):
            if number in found:
                found[name] = content(found[number], 0x04)
        return found

    def both(self):
        return min(self.version, self.peer_version or self.version)


def public_key(certificate):
    key = x509.load_der_x509_certificate(certificate).public_key()
    if hasattr(key, "curve"):
        return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def plus_one(key):
    return bytes([(key[0] + 1) & 0xFF]) + key[1:]


def credentials(domain, user, password):
    texts = [der(0xA0 + number, octets(text.encode("utf-16-le"))) for number, text in enumerate((domain, user, password))]
    return der(0x30, der(0xA0, integer(1)), der(0xA1, octets(der(0x30, *texts))))


def tell_credentials(data):
    found = fields(data)
    kind = int.from_bytes(content(found[0], 0x02), "big")
    if kind != 1:
        return f"delegated type {kind}"
    inner = fields(content(found[1], 0x04))
    texts = [content(inner[number], 0x04).decode("utf-16-le") for number in range(3)]
    return " ".join(["delegated", *texts]) if any(texts) else "delegated nothing"


# ---- X.224 ----------------------------------------------------------------------------------------------------------------

def receive_all(peer, size):
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def packet(peer):
    start = receive_all(peer, 4)
    return receive_all(peer, int.from_bytes(start[2:4], "big") - 4)


def ask_rdp(peer):
    peer.sendall(bytes.fromhex("03000013" "0ee0000000000001000800") + HYBRID.to_bytes(4, "little"))
    answer = packet(peer)
    if answer[1] != 0xD0 or answer[7] != 2 or answer[11] != HYBRID:
        raise Broken("no network level authentication")


def answer_rdp(peer):
    packet(peer)
    peer.sendall(bytes.fromhex("03000013" "0ed0000000000002000800") + HYBRID.to_bytes(4, "little"))


# ---- TLS ------------------------------------------------------------------------------------------------------------------

def tls_client(peer, host):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(peer, server_hostname=host)


def tls_server(peer, options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    return context.wrap_socket(peer, server_side=True)


# ---- the two sides --------------------------------------------------------------------------------------------------------

class Client:
    """Twists: key (the hash of another public key), reflected (the server's own hash), no-nonce, short-nonce, changed-version (in the
    second message), garbage, truncated, oversized (for the first message), early (credentials beside the public key), twice (the
    credentials again), nothing, smartcard, bad-credentials."""

    def __init__(self, options, password, version, twist):
        self.options, self.password, self.version, self.twist = options, password, version, twist

    def context(self):
        mechanism = MECHANISMS[self.options.mech]
        user = self.options.user
        if self.options.mech == "krb5":
            name = gssapi.Name(user, gssapi.NameType.user)
        else:
            name = gssapi.Name(f"{self.options.domain}\\{user}" if self.options.domain else user, gssapi.NameType.user)
        creds = acquire_cred_with_password(name, self.password.encode(), mechs=[mechanism], usage="initiate").creds
        flag = gssapi.RequirementFlag
        return gssapi.SecurityContext(
            name=gssapi.Name(f"{self.options.service}@{self.options.host}", gssapi.NameType.hostbased_service), mech=mechanism,
            creds=gssapi.Credentials(creds), usage="initiate",
            flags=flag.mutual_authentication | flag.confidentiality | flag.integrity | flag.replay_detection
            | flag.out_of_sequence_detection)

    def misbehave(self, channel, token):
        first = request(channel.version, token=token)
        wrong = {"garbage": b"\x30\x05hello", "truncated": first[:-5], "oversized": b"\x30\x84\x7f\xff\xff\xff" + first[4:]}
        if self.twist not in wrong:
            return False
        channel.stream.sendall(wrong[self.twist])
        if self.twist == "truncated":
            # The socket's own: that of ssl.SSLSocket ends TLS for both directions.
            socket.socket.shutdown(channel.stream, socket.SHUT_WR)
        channel.receive()
        raise Broken("the server goes on after that")

    def negotiate(self, channel, context):
        token = context.step()
        if not self.misbehave(channel, token):
            channel.send(token=token)
        if self.twist == "changed-version":
            channel.version -= 1
        while True:
            # A last token of ours goes beside the public key.
            found = channel.receive()
            token = context.step(found["token"]) if "token" in found else None
            if context.complete:
                return token
            channel.send(token=token)

    def run(self, peer):
        ask_rdp(peer)
        with tls_client(peer, self.options.host) as stream:
            channel = Channel(stream, self.version)
            key = public_key(stream.getpeercert(True))
            context = self.context()
            token = self.negotiate(channel, context)
            self.prove(channel, context, key, token)
            self.delegate(channel, context)

    def prove(self, channel, context, key, token):
        nonce = os.urandom(32)
        shown = key if self.twist != "key" else key[:-1] + bytes([key[-1] ^ 1])
        if channel.both() >= 5:
            magic = TO_CLIENT if self.twist == "reflected" else TO_SERVER
            message = hashlib.sha256(magic + nonce + shown).digest()
            sent = {"no-nonce": None, "short-nonce": nonce[:31]}.get(self.twist, nonce)
        else:
            message, sent = shown, None
        info = context.wrap(credentials("", "", ""), True).message if self.twist == "early" else None
        channel.send(token=token, key=context.wrap(message, True).message, nonce=sent, info=info)
        found = channel.receive()
        wanted = hashlib.sha256(TO_CLIENT + nonce + key).digest() if channel.both() >= 5 else plus_one(key)
        if "key" not in found:
            raise Broken("no public key")
        if context.unwrap(found["key"]).message != wanted:
            raise Broken("another public key")

    def delegate(self, channel, context):
        data = credentials(self.options.domain, self.options.user, self.password)
        if self.twist == "nothing":
            data = credentials("", "", "")
        elif self.twist == "lines":
            data = credentials(self.options.domain, self.options.user + "\nPAM: yes\x1b[2J", self.password)
        elif self.twist == "smartcard":
            card = der(0x30, der(0xA0, octets(b"1\x002\x00")), der(0xA1, der(0x30, der(0xA0, integer(1)))))
            data = der(0x30, der(0xA0, integer(2)), der(0xA1, octets(card)))
        elif self.twist == "bad-credentials":
            data = data[:-3]
        channel.send(info=context.wrap(data, True).message)
        if self.twist == "twice":
            channel.send(info=context.wrap(data, True).message)
        # A server that is content waits for what comes after NLA; the one of examples/nla sends a line back.
        channel.stream.sendall(b"hello\n")
        answer = channel.stream.recv(64)
        if answer[:1] == b"\x30":
            channel.held = answer
            channel.receive()
        if answer != b"hello\n":
            raise EOFError
        say("accepted")


class Server:
    """Twists: key (the hash of another public key), reflected (the client's own back), error (instead of the public key: a logon
    failure), changed-version (in the second message), garbage, oversized (for the first message), no-key, late-token (beside the
    public key)."""

    def __init__(self, options, version, twist):
        self.options, self.version, self.twist = options, version, twist

    def run(self, peer):
        answer_rdp(peer)
        with tls_server(peer, self.options) as stream:
            channel = Channel(stream, self.version)
            with open(self.options.certificate, "rb") as file:
                key = public_key(x509.load_pem_x509_certificate(file.read()).public_bytes(serialization.Encoding.DER))
            context, found = self.negotiate(channel)
            self.prove(channel, context, key, found)
            found = channel.receive()
            say(tell_credentials(context.unwrap(found["info"]).message))

    def misbehave(self, channel):
        wrong = {"garbage": b"\x30\x05hello", "oversized": b"\x30\x84\x7f\xff\xff\xff\xa0\x03\x02\x01\x06"}
        if self.twist in wrong:
            channel.stream.sendall(wrong[self.twist])
            channel.receive()
            raise Broken("the client goes on after that")

    def negotiate(self, channel):
        context = gssapi.SecurityContext(usage="accept")
        while True:
            found = channel.receive()
            if "token" not in found:
                return context, found
            if context.complete:
                raise Broken("a token too many")
            token = context.step(found["token"])
            self.misbehave(channel)
            if context.complete and "key" in found:
                return context, found
            channel.send(token=token or b"")
            if self.twist == "changed-version":
                channel.version -= 1

    def prove(self, channel, context, key, found):
        message = context.unwrap(found["key"]).message
        if channel.both() >= 5:
            if "nonce" not in found or len(found["nonce"]) != 32:
                raise Broken("no nonce")
            wanted, answer = (hashlib.sha256(magic + found["nonce"] + key).digest() for magic in (TO_SERVER, TO_CLIENT))
        else:
            wanted, answer = key, plus_one(key)
        if message != wanted:
            raise Broken("another public key")
        if self.twist == "error":
            channel.send(error=LOGON_DENIED)
        elif self.twist == "no-key":
            channel.send()
        else:
            answer = {"key": answer[:-1] + bytes([answer[-1] ^ 1]), "reflected": message}.get(self.twist, answer)
            channel.send(key=context.wrap(answer, True).message, token=b"late" if self.twist == "late-token" else None)


def relay(options, client):
    """Ends TLS on both sides. Neither can see that from the tokens, which are passed on as they are."""
    server = socket.create_connection((options.host, options.to))
    server.sendall(b"\x03\x00\x00\x13" + asked(client))
    client.sendall(b"\x03\x00\x00\x13" + packet(server))
    near, far = tls_server(client, options), tls_client(server, options.host)

    other = {near: far, far: near}
    ended = False
    while not ended:
        for end in [e for e in other if e.pending()] or select.select(list(other), [], [], 30)[0]:
            # Not everything that can be read is for us: a session ticket is not.
            end.settimeout(0)
            try:
                data = end.recv(65536)
            except ssl.SSLWantReadError:
                continue
            except OSError:
                data = b""
            ended = ended or not data
            if data:
                other[end].settimeout(30)
                other[end].sendall(data)
    near.close()
    far.close()
    say("relayed")


def asked(peer):
    """What a client asks for, without its cookie."""
    data = packet(peer)
    return b"\x0e" + data[1:7] + data[-8:]


# ---- the command line -----------------------------------------------------------------------------------------------------

def attempt(side, peer):
    try:
        peer.settimeout(30)
        side(peer)
        return True
    except PeerError as error:
        say(f"error 0x{error.args[0]:08x}")
    except (EOFError, ConnectionError, ssl.SSLError, socket.timeout, OSError) as error:
        if isinstance(error, ssl.SSLError) and "ALERT" in str(error):
            say("alert", error.reason)
        else:
            say("closed", type(error).__name__, error)
    except gssapi.exceptions.GSSError as error:
        say("refused", str(error).replace("\n", " "))
    except (Broken, KeyError) as error:
        say("broken:", error)
    finally:
        peer.close()
    return False


def parse():
    parser = argparse.ArgumentParser()
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--version", type=lambda text: [int(one) for one in text.split(",")], default=[6])
    common.add_argument("--twist", type=lambda text: text.split(","), default=[""])
    roles = parser.add_subparsers(dest="role", required=True)
    client = roles.add_parser("connect", parents=[common])
    client.add_argument("host")
    client.add_argument("port", type=int)
    client.add_argument("--mech", default="spnego")
    client.add_argument("--user", required=True)
    client.add_argument("--domain", default="")
    client.add_argument("--service", default="TERMSRV")
    server = roles.add_parser("accept", parents=[common])
    between = roles.add_parser("relay", parents=[common])
    for role in (server, between):
        role.add_argument("port", type=int)
        role.add_argument("certificate")
        role.add_argument("key")
    between.add_argument("host")
    between.add_argument("to", type=int)
    return parser.parse_args()


def of(values, number):
    return values[min(number, len(values) - 1)]


def connect(options):
    password = sys.stdin.readline().rstrip("\n")
    count = max(len(options.version), len(options.twist))
    good = True
    for number in range(count):
        version, twist = of(options.version, number), of(options.twist, number)
        if count > 1:
            say.prefix = f"{version}:{twist} "
        peer = socket.create_connection((options.host, options.port))
        good = attempt(Client(options, password, version, twist).run, peer) and good
    return good


def serve(options):
    listening = socket.create_server(("", options.port))
    number = 0
    while True:
        peer, _ = listening.accept()
        if options.role == "relay":
            attempt(lambda client: relay(options, client), peer)
        else:
            attempt(Server(options, of(options.version, number), of(options.twist, number)).run, peer)
        number += 1


def main():
    options = parse()
    if options.role == "connect":
        sys.exit(not connect(options))
    serve(options)


main()
