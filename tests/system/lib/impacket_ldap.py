"""impacket's LDAP client with a small server on our acceptor: MS-ADTS 5.1.1.1.3, "sicily" (NTLM without SASL), and GSS-SPNEGO with Kerberos.

serve USER DOMAIN PACKAGE             binds only, at port 389; PACKAGE is whose acceptor GSS-SPNEGO gets; the password of the
                                      account that NTLM verifies is the first line of standard input
bind sicily|kerberos USER DOMAIN HOST    impacket; the password likewise, or for Kerberos the ticket for ldap/HOST in $KRB5CCNAME
"""

import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pywin32"))

from impacket.ldap import ldap, ldapasn1  # noqa: E402
from pyasn1.codec.ber import decoder, encoder  # noqa: E402
from pyasn1.error import SubstrateUnderrunError  # noqa: E402

SUCCESS, IN_PROGRESS, INVALID_CREDENTIALS = "success", "saslBindInProgress", "invalidCredentials"


def requests(stream):
    """The messages of one client, decoded."""
    data = b""
    while True:
        try:
            message, data = decoder.decode(data, asn1Spec=ldapasn1.LDAPMessage())
        except SubstrateUnderrunError:
            more = stream.recv(65536)
            if not more:
                return
            data += more
        else:
            yield message


def bind_one(auth, choice):
    """The result, and the answer's token: in the place of a name with sicily, as credentials with SASL."""
    from pywintypes import error
    kind = choice.getName()
    token = bytes(choice["sasl"]["credentials"] if kind == "sasl" else choice[kind])
    try:
        _, made = auth.authorize(token)
    except error as failed:
        print("refused:", failed, flush=True)
        return INVALID_CREDENTIALS, b"", b""
    if auth.authenticated:
        print(f"{kind}: {auth.package()}: {auth.user_name()}", flush=True)
    result = SUCCESS if auth.authenticated or kind == "sicilyNegotiate" else IN_PROGRESS
    return result, made[0].Buffer if kind != "sasl" else b"", made[0].Buffer if kind == "sasl" else b""


def converse(stream, package, account):
    import sspi
    auth = None
    for message in requests(stream):
        request = message["protocolOp"]["bindRequest"]
        choice = request["authentication"]
        if auth is None:
            use = package if choice.getName() == "sasl" else "NTLM"
            auth = sspi.ServerAuth(use, auth_info=account if use == "NTLM" else None)
        result, name, credentials = bind_one(auth, choice)
        response = ldapasn1.BindResponse()
        response["resultCode"] = result
        response["matchedDN"] = name
        response["diagnosticMessage"] = ""
        if credentials:
            response["serverSaslCreds"] = credentials
        answer = ldapasn1.LDAPMessage()
        answer["messageID"] = message["messageID"]
        answer["protocolOp"].setComponentByType(response.getTagSet(), response)
        stream.sendall(encoder.encode(answer))
    stream.close()


def serve(user, domain, package):
    account = (user, domain, sys.stdin.readline().rstrip("\n"))
    listener = socket.create_server(("127.0.0.2", 389))
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=converse, args=(stream, package, account), daemon=True).start()


def bind(how, user, domain, host):
    password = sys.stdin.readline().rstrip("\n")
    connection = ldap.LDAPConnection("ldap://" + host)
    try:
        if how == "kerberos":
            connection.kerberosLogin(user, "", domain)
        else:
            connection.login(user, password, domain)
    except ldap.LDAPSessionError as failed:
        raise SystemExit(str(failed))
    print("bound")


{"serve": serve, "bind": bind}[sys.argv[1]](*sys.argv[2:])
