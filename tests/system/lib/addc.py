#!/usr/bin/python3
"""Puts the accounts of the tests into a newly provisioned domain, and their keys into keytabs: addc.py FOLDER HOST."""

import os
import sys

import ldb
import samba.dckeytab  # noqa: F401: gives Net its export_keytab
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dsdb import (UF_DONT_EXPIRE_PASSWD, UF_NORMAL_ACCOUNT, UF_NOT_DELEGATED, UF_TRUSTED_FOR_DELEGATION,
                        UF_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION)
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

folder, host = sys.argv[1:]
short = host.split(".")[0]
lp = LoadParm()
lp.load(folder + "/etc/smb.conf")
db = SamDB(url=folder + "/private/sam.ldb", session_info=system_session(), lp=lp)


def password(name):
    return f"Pw-of-{name}-in-AD"


def change(name, **attributes):
    """Sets attributes of the account."""
    found = db.search(scope=ldb.SCOPE_SUBTREE, expression=f"(sAMAccountName={name})", attrs=["userAccountControl"])[0]
    message = ldb.Message(found.dn)
    for key, value in attributes.items():
        key = {"delegate_to": "msDS-AllowedToDelegateTo", "flags": "userAccountControl", "spns": "servicePrincipalName",
               "etypes": "msDS-SupportedEncryptionTypes"}.get(key, key)
        if key == "userAccountControl":
            value = str(int(found["userAccountControl"][0]) | value)
        message[key] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, key)
    db.modify(message)


def account(name, flags=0, **attributes):
    db.newuser(name, password(name), mailaddress=f"{name}@ad.credmgr.test", givenname=name.capitalize(), surname="Tester")
    change(name, flags=UF_NORMAL_ACCOUNT | UF_DONT_EXPIRE_PASSWD | flags, etypes="28", **attributes)


# The tests change passwords at once, and again.
root = ldb.Message(ldb.Dn(db, db.domain_dn()))
root["minPwdAge"] = ldb.MessageElement("0", ldb.FLAG_MOD_REPLACE, "minPwdAge")
root["pwdHistoryLength"] = ldb.MessageElement("0", ldb.FLAG_MOD_REPLACE, "pwdHistoryLength")
db.modify(root)

for person in ("alice", "bob", "carla"):
    account(person)
account("dora", UF_NOT_DELEGATED)
db.newuser("expired", password("expired"), force_password_change_at_next_login_req=True)
db.newgroup("staff")
db.add_remove_group_members("staff", ["alice"], add_members_operation=True)

target = f"sample/{host}"
account("sample", spns=[target, f"sample/{short}"])
account("web", UF_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION, spns=[f"web/{host}"], delegate_to=[target])
account("front", spns=[f"front/{host}"], delegate_to=[target])
account("plain", spns=[f"plain/{host}"])
db.newcomputer(short)
# The machine may have the tickets of its clients forwarded.
change(f"{short}$", flags=UF_TRUSTED_FOR_DELEGATION, etypes="28",
       spns=[f"{kind}/{name}" for kind in ("host", "cifs", "ldap") for name in (host, short)])
db.setpassword(f"(sAMAccountName={short}$)", password(f"{short}$"))

# What samba_spnupdate would do some time after the start.
realm = "ad.credmgr.test"
change("DC$", spns=["host/dc", "ldap/dc"] + [f"{kind}/dc.{realm}{more}" for kind in ("host", "ldap") for more in ("", f"/{realm}", "/ADTEST")])

creds = Credentials()
creds.set_kerberos_state(0)
net = Net(creds, lp)
os.umask(0o077)
for name, principals in {"host": [f"{short}$", f"host/{host}", f"cifs/{host}", f"ldap/{host}"], "sample": ["sample", target],
                         "web": ["web", f"web/{host}"], "front": ["front", f"front/{host}"],
                         "plain": ["plain", f"plain/{host}"], "alice": ["alice"]}.items():
    for principal in principals:
        net.export_keytab(keytab=f"{folder}/keytabs/{name}.keytab", principal=principal)
