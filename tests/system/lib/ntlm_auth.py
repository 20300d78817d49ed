"""Samba's ntlm_auth at the other end of one of our contexts, by its helper protocols: lines with tokens in base64.

  ntlm_auth.py accept   PROTOCOL [options]   our acceptor, ntlm_auth is the client
  ntlm_auth.py initiate PROTOCOL [options]   our initiator, ntlm_auth is the server

Passwords come from standard input, ours in the first line, ntlm_auth's in the second. It succeeds when both sides are
content and hold the same session key.
"""

import argparse
import base64
import hmac
import subprocess
import sys

import sides


class Refused(Exception):
    """ntlm_auth does not want to go on."""


class Helper:
    def __init__(self, protocol, arguments):
        self.process = subprocess.Popen(["ntlm_auth", "--helper-protocol=" + protocol, *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, command, data=None):
        """The word of the answer, and what follows it."""
        line = command + (" " + base64.b64encode(data).decode() if data is not None else "") + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode()
        if not answer:
            raise Refused("ntlm_auth ended")
        word, _, rest = answer.rstrip("\n").partition(" ")
        return word, rest

    def token(self, command, data, *expected):
        word, rest = self.ask(command, data)
        if word not in expected:
            raise Refused(f"ntlm_auth: {word} {rest}")
        return word, rest

    def key(self):
        return base64.b64decode(self.token("GK", None, "GK")[1])

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def first(text):
    return text.split()[0] if text.split() else ""


def as_server(helper, context):
    """ntlm_auth answers our initiator; it ends with AF and the name of the client."""
    helper.token("SF NTLMSSP_FEATURE_SESSION_KEY", None, "OK")
    token = context.step()
    command = "YR"
    while True:
        word, rest = helper.token(command, token, "TT", "AF")
        command = "KK"
        # "gss-spnego" puts a last token, or "*", before the name; "squid-2.5-ntlmssp" has the name alone.
        if word == "AF":
            parts = rest.split(" ", 1)
            if len(parts) == 2 and not context.established:
                context.step(base64.b64decode(parts[0]) if parts[0] != "*" else b"")
            return parts[-1]
        token = context.step(base64.b64decode(first(rest)))


def as_client(helper, context, password):
    """ntlm_auth speaks to our acceptor. Its last token comes with AF (ntlmssp-client-1, gss-spnego-client)."""
    if password is not None:
        helper.token("PW", password.encode(), "OK")
    helper.token("SF NTLMSSP_FEATURE_SESSION_KEY", None, "OK")
    word, rest = helper.token("YR", None, "YR", "KK", "AF")
    while True:
        token = base64.b64decode(first(rest)) if first(rest) not in ("", "*") else None
        if token is None:
            break
        answer = context.step(token)
        if not answer:
            break
        word, rest = helper.token("TT", answer, "KK", "AF")
    if not context.established:
        raise Refused("ntlm_auth has finished and we have not")
    return context.user_name()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("role", choices=["accept", "initiate"])
    options.add_argument("protocol")
    options.add_argument("--package", default="NTLM")
    options.add_argument("--user")
    options.add_argument("--domain", default="")
    options.add_argument("--target", default="cifs/box")
    options.add_argument("--wants", default="integrity,confidentiality")
    options.add_argument("--helper", action="append", default=[], help="an argument for ntlm_auth")
    o = options.parse_args()
    passwords = sys.stdin.read().splitlines()
    accept = o.role == "accept"
    identity = (o.user, o.domain, passwords[0]) if o.user else None
    wants = o.wants.split(",")
    helper = Helper(o.protocol, o.helper)
    try:
        context = sides.server(o.package, wants, identity) if accept else sides.client(o.package, o.target, wants, identity)
        if accept:
            who = as_client(helper, context, passwords[-1] if passwords else None)
        else:
            who = as_server(helper, context)
        if not context.established:
            raise Refused("ntlm_auth is content before we are")
        if not hmac.compare_digest(helper.key(), context.session_key()):
            raise Refused("the two sides hold different session keys")
        print(f"package: {context.package()}")
        print(f"client: {who}")
        print(f"attributes: 0x{context.attributes.value:x}")
        print("both sides hold the same session key")
    except (Refused, sides.Failure) as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        helper.close()
    return 0


sys.exit(main())
