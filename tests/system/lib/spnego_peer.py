"""Peers of SPNEGO that do what none of the real ones does by itself. The mechanism inside is a real one (python-gssapi); the
tokens around it are made here. They speak the framing of MIT's gss-client and gss-server.

spnego_peer.py initiate CASE PORT SERVICE   wrong-oid: offers Kerberos under Microsoft's wrong identifier first, as Windows does
                                            negoex: offers NEGOEX first, with a token for it
                                            late: no optimistic token at all
                                            unoffered: offers what nobody has
spnego_peer.py accept CASE PORT             request-mic: wants the MIC of the list although it took the first mechanism
                                            wrong-oid: answers with Microsoft's identifier
                                            bad-mic: answers with a MIC that is none
spnego_peer.py between CASE PORT TO         strip: takes Kerberos out of what the initiator offers
                                            swap: turns the offer round, so that the last one becomes the first
"""
import os
import socket
import struct
import sys

import gssapi

NOOP, CONTEXT, DATA, MIC, NEXT, WRAPPED, ENCRYPTED, SEND_MIC = (1 << i for i in range(8))
SPNEGO = bytes.fromhex("06062b0601050502")
KERBEROS = bytes.fromhex("06092a864886f712010202")
MICROSOFT = bytes.fromhex("06092a864882f712010202")
NEGOEX = bytes.fromhex("060a2b06010401823702021e")
NOBODYS = bytes.fromhex("06092a864886f712010207")
COMPLETED, INCOMPLETE, REJECT, REQUEST_MIC = range(4)


# ---- frames -----------------------------------------------------------------------------------------

def receive_all(peer, size):
    data = b""
    while len(data) < size:
        piece = peer.recv(size - len(data))
        if not piece:
            raise EOFError("the peer closed the connection")
        data += piece
    return data


def receive(peer):
    flags, size = struct.unpack(">BI", receive_all(peer, 5))
    return flags, receive_all(peer, size)


def send(peer, flags, data=b""):
    peer.sendall(struct.pack(">BI", flags, len(data)) + data)


# ---- DER --------------------------------------------------------------------------------------------

def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def values(data):
    """(tag, content, whole) of each value."""
    while data:
        size, at = data[1], 2
        if size & 0x80:
            at = 2 + (size & 0x7F)
            size = int.from_bytes(data[2:at], "big")
        yield data[0], data[at:at + size], data[:at + size]
        data = data[at + size:]


def first(data):
    return next(values(data))[1]


def make_init(mechanisms, token=None, rest=b""):
    fields = [der(0xA0, der(0x30, *mechanisms))]
    if token is not None:
        fields.append(der(0xA2, der(0x04, token)))
    return der(0x60, SPNEGO, der(0xA0, der(0x30, *fields, rest)))


def read_init(data):
    """The whole list, its members, and all fields by tag."""
    body = list(values(first(data)))
    assert body[0][2] == SPNEGO, "no SPNEGO"
    fields = {tag: content for tag, content, _ in values(first(body[1][1]))}
    return fields[0xA0], [whole for _, _, whole in values(first(fields[0xA0]))], fields


def make_answer(state=None, mechanism=None, token=None, mic=None):
    fields = []
    if state is not None:
        fields.append(der(0xA0, der(0x0A, bytes([state]))))
    if mechanism:
        fields.append(der(0xA1, mechanism))
    if token:
        fields.append(der(0xA2, der(0x04, token)))
    if mic:
        fields.append(der(0xA3, der(0x04, mic)))
    return der(0xA1, der(0x30, *fields))


def read_answer(data):
    """state, mechanism, token, mic"""
    fields = {tag: content for tag, content, _ in values(first(first(data)))}
    return (first(fields[0xA0])[0] if 0xA0 in fields else None, fields.get(0xA1),
            first(fields[0xA2]) if 0xA2 in fields else None, first(fields[0xA3]) if 0xA3 in fields else None)


# ---- the peers ---------------------------------------------------------------------------------------

def initiate(case, port, service):
    name = gssapi.Name(service, gssapi.NameType.hostbased_service)
    inside = gssapi.SecurityContext(name=name, mech=gssapi.MechType.kerberos, usage="initiate")
    token = inside.step()
    offers = {"wrong-oid": ([MICROSOFT, KERBEROS], token), "negoex": ([NEGOEX, KERBEROS], b"NEGOEXTS" + bytes(32)),
              "late": ([KERBEROS], None), "unoffered": ([NOBODYS], None)}
    offered, optimistic = offers[case]
    peer = socket.create_connection(("127.0.0.1", port), 20)
    send(peer, NOOP | NEXT)
    send(peer, CONTEXT, make_init(offered, optimistic))
    sent = optimistic == token
    listing = der(0x30, *offered)
    while True:
        state, mechanism, answer, mic = read_answer(receive(peer)[1])
        print("state", state, "mechanism", mechanism and mechanism.hex(), "mic", bool(mic))
        if state == REJECT:
            return 1
        reply = None
        if not sent:
            sent, reply = True, token
        elif answer:
            reply = inside.step(answer)
        if mic:
            inside.verify_signature(listing, mic)
            print("the MIC is good")
        if state == COMPLETED:
            break
        own = inside.get_signature(listing) if inside.complete else None
        send(peer, CONTEXT, make_answer(COMPLETED if mic else None, token=reply, mic=own))
        if mic:
            break
    send(peer, DATA | WRAPPED | ENCRYPTED | SEND_MIC, inside.wrap(b"from a crafted peer", True).message)
    inside.verify_signature(b"from a crafted peer", receive(peer)[1])
    print("reply: the acceptor's signature is good")
    send(peer, NOOP)
    return 0


def accept(case, port):
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        peer, _ = listener.accept()
        try:
            accept_one(case, peer)
        except (EOFError, OSError, gssapi.exceptions.GSSError) as trouble:
            print("trouble:", trouble)
        sys.stdout.flush()
        peer.close()


def accept_one(case, peer):
    receive(peer)
    listing, offered, fields = read_init(receive(peer)[1])
    print("offered", " ".join(oid.hex() for oid in offered))
    inside = gssapi.SecurityContext(usage="accept")
    token = inside.step(first(fields[0xA2]))
    mechanism = MICROSOFT if case == "wrong-oid" else KERBEROS
    if case == "wrong-oid":
        send(peer, CONTEXT, make_answer(COMPLETED, mechanism, token))
    else:
        send(peer, CONTEXT, make_answer(REQUEST_MIC, mechanism, token))
        mic = read_answer(receive(peer)[1])[3]
        inside.verify_signature(listing, mic)
        print("the MIC is good")
        own = inside.get_signature(listing if case == "request-mic" else listing + b"x")
        send(peer, CONTEXT, make_answer(COMPLETED, mic=own))
    while True:
        flags, data = receive(peer)
        if flags & NOOP:
            break
        message = inside.unwrap(data).message
        print("received:", message.decode())
        send(peer, MIC, inside.get_signature(message))


def between(case, port, to):
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        peer, _ = listener.accept()
        other = socket.create_connection(("127.0.0.1", to))
        if os.fork() == 0:
            copy(other, peer)
            os._exit(0)
        changed = False
        try:
            while True:
                flags, data = receive(peer)
                if flags & CONTEXT and data and not changed:
                    changed, data = True, change(case, data)
                send(other, flags, data)
        except (EOFError, OSError):
            pass
        other.shutdown(socket.SHUT_RDWR)
        os.wait()
        peer.close()
        other.close()


def copy(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def change(case, data):
    _, offered, _ = read_init(data)
    if case == "strip":
        offered = [oid for oid in offered if oid not in (KERBEROS, MICROSOFT)]
    else:
        offered.reverse()
    return make_init(offered)


def main():
    role, case, *rest = sys.argv[1:]
    if role == "initiate":
        return initiate(case, int(rest[0]), rest[1])
    return {"accept": accept, "between": between}[role](case, *map(int, rest))


sys.exit(main())
