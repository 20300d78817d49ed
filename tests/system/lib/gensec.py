"""Samba's GENSEC in this process at the other end of our contexts, with every setting that it has.

  gensec.py FOLDER

FOLDER is a domain (addc.sh); its account alice is who comes to Samba, and who comes to us with Kerberos. Each line of standard input is a context to make:

  NAME | client or server (what Samba is) | mechanism | package | what both want | Samba's settings | what comes of it

Wanted are words of integrity, confidentiality, key, nobody (the client says no name) and null (the server lets such a one in); a setting is NAME=VALUE, several are separated by commas. It comes of it:
"good", both sides hold the same session key and understand each other's messages; or a text that one side's refusal
contains. Prints "yes NAME", or "no NAME: WHY".
"""

import hmac
import os
import sys

import sides
from samba import NTSTATUSError, auth, gensec
from samba.credentials import DONT_USE_KERBEROS, MUST_USE_KERBEROS, Credentials
from samba.param import LoadParm

ACCOUNTS = {"server": ("alice", "ADTEST", "Pw-of-alice-in-AD"),
            "client": ("bob", "BOX", "Short of Bob")}  # short enough for an LM hash
# With Kerberos it is alice always, and these are the services.
REALM = "AD.CREDMGR.TEST"
OURS, SAMBAS = "box.credmgr.test", "dc.ad.credmgr.test"
WANTS = {"integrity": gensec.FEATURE_SIGN, "confidentiality": gensec.FEATURE_SIGN | gensec.FEATURE_SEAL, "key": 0,
         "null": 0, "nobody": 0}
MESSAGES = [b"", b"a message", bytes(range(256)) * 40]


class Wrong(Exception):
    """Not what was expected."""


def loaded(folder, settings):
    lp = LoadParm()
    lp.load(folder + "/etc/smb.conf")
    for name, value in settings:
        lp.set(name, value)
    return lp


def theirs(role, mechanism, package, wants, lp):
    credentials = Credentials()
    credentials.guess(lp)
    if role == "client":
        side = gensec.Security.start_client({"lp_ctx": lp, "target_hostname": OURS})
        side.set_target_service("host")
        user, domain, password = ACCOUNTS["server" if package == "Kerberos" else role]
        credentials.set_username(user)
        credentials.set_domain(domain)
        credentials.set_password(password)
        if package == "Kerberos":
            credentials.set_realm(REALM)
        if "nobody" in wants:
            credentials.set_anonymous()
        credentials.set_kerberos_state(DONT_USE_KERBEROS if package == "NTLM" else MUST_USE_KERBEROS)
    else:
        side = gensec.Security.start_server({"lp_ctx": lp, "target_hostname": SAMBAS}, auth.AuthContext(lp_ctx=lp))
        credentials.set_machine_account(lp)
    side.set_credentials(credentials)
    for want in wants:
        side.want_feature(WANTS[want] | gensec.FEATURE_SESSION_KEY)
    side.start_mech_by_name(mechanism)
    return side


def our_side(role, mechanism, package, wants):
    """Samba has the other role."""
    ask = [want for want in wants if want in sides.WANTS]
    name = "Negotiate" if mechanism == "spnego" else package
    user, domain, password = ACCOUNTS["server"]
    if package == "Kerberos" and role == "client":
        return sides.server(name, ask)  # the machine's keytab
    if role == "client":
        return sides.server(name, ask, ACCOUNTS["client"])
    if package == "Kerberos":
        return sides.client(name, f"host/{SAMBAS}", ask, (user, REALM, password))
    return sides.client(name, "cifs/box", ask, ("", "", "") if "nobody" in wants else ACCOUNTS["server"])


def converse(ours, samba, samba_first):
    """The legs, whoever begins."""
    done, token = False, b""
    if samba_first:
        done, token = samba.update(b"")
    begun = False
    while not (done and ours.established):
        if begun and not token:
            raise Wrong("one side waits for the other")
        if not ours.established:
            token = ours.step(token)
        if not done:
            done, token = samba.update(token)
        begun = True


def messages(ours, samba, wants):
    sealed = "confidentiality" in wants
    for data in MESSAGES:
        signature = ours.sign(data)
        samba.check_packet(data, data, signature)
        signature = samba.sign_packet(data, data)
        ours.verify(data, signature)
        if samba.unwrap(ours.wrap(data, sealed)) != data:
            raise Wrong("Samba opens another message than we have wrapped")
        if ours.unwrap(samba.wrap(data)) != (data, sealed):
            raise Wrong("we open another message than Samba has wrapped")
    changed = bytearray(samba.sign_packet(b"a", b"a"))
    changed[9] ^= 1  # of the checksum, whatever kind of signature it is
    try:
        ours.verify(b"a", bytes(changed))
    except sides.Failure:
        return
    raise Wrong("a changed signature is taken")


def context(folder, role, mechanism, package, wants, settings):
    lp = loaded(folder, settings)
    samba = theirs(role, mechanism, package, wants, lp)
    ours = our_side(role, mechanism, package, wants)
    converse(ours, samba, role == "client")
    if not hmac.compare_digest(samba.session_key(), ours.session_key()):
        raise Wrong("the two sides hold different session keys")
    if ours.package() != package:
        raise Wrong(f"it is {ours.package()}")
    who = f"{REALM}\\alice" if package == "Kerberos" else "BOX\\bob"
    if "nobody" in wants:
        who = "NT AUTHORITY\\ANONYMOUS LOGON"
    if role == "client" and ours.user_name().lower() != who.lower():
        raise Wrong(f"the client is {ours.user_name()}")
    if "integrity" in wants or "confidentiality" in wants:
        messages(ours, samba, wants)


def row(folder, line):
    name, role, mechanism, package, wants, settings, expected = [part.strip() for part in line.split("|")]
    settings = [part.split("=", 1) for part in settings.split(",") if part]
    try:
        context(folder, role, mechanism, package, wants.split(), settings)
        came = "good"
    except (Wrong, sides.Failure, NTSTATUSError, RuntimeError) as why:
        came = f"{why}"
    print(f"yes {name}" if (came == "good" if expected == "good" else expected in came) else f"no {name}: {came}", flush=True)


def main(folder):
    for line in sys.stdin:
        # Samba's settings are the process's, so each row has one of its own.
        child = os.fork()
        if child == 0:
            try:
                row(folder, line)
            finally:
                os._exit(0)
        os.waitpid(child, 0)


main(sys.argv[1])
