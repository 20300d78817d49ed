"""Samba's DCE/RPC client at the small server of impacket_rpc.py, which is on our acceptor.

  rpc_samba.py HOST PORT OPTIONS USER DOMAIN KERBEROS FOLDER

OPTIONS are those of a binding string ("seal,spnego"); KERBEROS is yes or no, FOLDER the domain's (addc.sh). The password is the
first line of standard input.
"""

import sys

from samba.credentials import DONT_USE_KERBEROS, MUST_USE_KERBEROS, Credentials
from samba.dcerpc import srvsvc
from samba.param import LoadParm

ECHO, WHO = 0, 1

host, port, options, user, domain, kerberos, folder = sys.argv[1:]
lp = LoadParm()
lp.load(folder + "/etc/smb.conf")
credentials = Credentials()
credentials.guess(lp)
credentials.set_username(user)
credentials.set_domain(domain)
credentials.set_password(sys.stdin.readline().rstrip("\n"))
if kerberos == "yes":
    credentials.set_realm(domain)
credentials.set_kerberos_state(MUST_USE_KERBEROS if kerberos == "yes" else DONT_USE_KERBEROS)
connection = srvsvc.srvsvc(f"ncacn_ip_tcp:{host}[{port},{options}]", lp, credentials)
for text in (b"a message from Samba", b"another one, of another length", bytes(range(256)) * 8):
    echo = connection.request(ECHO, text)
    # Behind each request stands Samba's verification trailer ([MS-RPCE] 2.2.2.13).
    if not echo.endswith(text[::-1]):
        sys.exit(f"the answer is {echo}")
print("the server says:", connection.request(WHO, b"who?").decode())
