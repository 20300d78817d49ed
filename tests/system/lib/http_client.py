"""A client of HTTP's Negotiate or NTLM on python-gssapi, bound to the TLS channel as RFC 5929 has it.

http_client.py MECHANISM HOST PORT PATH [--ca FILE [--bindings none|other]] [--user NAME]

The password of a user is read from standard input. Prints the status of each answer, and what the server said.
"""
import argparse
import base64
import hashlib
import http.client
import ssl
import sys

import gssapi
from gssapi.raw import ChannelBindings, acquire_cred_with_password

MECHANISMS = {
    "krb5": gssapi.OID.from_int_seq("1.2.840.113554.1.2.2"),
    "ntlm": gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10"),
    "spnego": gssapi.OID.from_int_seq("1.3.6.1.5.5.2"),
}


def connect(options):
    if not options.ca:
        connection = http.client.HTTPConnection(options.host, options.port)
        connection.connect()
        return connection, None
    context = ssl.create_default_context(cafile=options.ca)
    connection = http.client.HTTPSConnection(options.host, options.port, context=context)
    connection.connect()
    certificate = connection.sock.getpeercert(binary_form=True)
    if options.bindings == "none":
        return connection, None
    if options.bindings == "other":
        certificate += b"another"
    data = b"tls-server-end-point:" + hashlib.sha256(certificate).digest()
    return connection, ChannelBindings(application_data=data)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mechanism", choices=MECHANISMS)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("--ca")
    parser.add_argument("--bindings", default="own", choices=("own", "none", "other"))
    parser.add_argument("--scheme", default="Negotiate")
    parser.add_argument("--user")
    options = parser.parse_args()
    mechanism = MECHANISMS[options.mechanism]
    credentials = None
    if options.user:
        credentials = acquire_cred_with_password(
            gssapi.Name(options.user, gssapi.NameType.user), sys.stdin.readline().rstrip("\n").encode(),
            mechs=[mechanism], usage="initiate").creds
    connection, bindings = connect(options)
    context = gssapi.SecurityContext(
        name=gssapi.Name("HTTP@" + options.host, gssapi.NameType.hostbased_service), mech=mechanism, usage="initiate",
        creds=gssapi.Credentials(credentials) if credentials else None, channel_bindings=bindings,
        flags=[gssapi.RequirementFlag.mutual_authentication])
    token = context.step()
    while True:
        value = options.scheme + " " + base64.b64encode(token).decode()
        connection.request("GET", options.path, headers={"Authorization": value})
        answer = connection.getresponse()
        body = answer.read().decode()
        print(answer.status, body.strip())
        words = (answer.getheader("WWW-Authenticate") or "").split()
        token = context.step(base64.b64decode(words[1])) if len(words) == 2 and not context.complete else None
        if not token:
            break
    print("complete", context.complete)
    return 0 if answer.status == 200 and context.complete else 1


sys.exit(main())
