"""impacket's SMB server with our initiator: session setup, a signed answer to every request, a tree and a file (MS-SMB2 3.2.4.2.3); and its
SMB client, with whatever server.

serve PORT FOLDER USER              listens; the password of the only account is the first line of standard input
get PORT PACKAGE USER DOMAIN FILE   reads the file through a session of ours; the password likewise, or no line for default credentials
fetch PORT USER DOMAIN SHARE FILE   impacket's client, by its NTLM; the password likewise, or no line for the ticket for cifs/HOST in
                                    $KRB5CCNAME
"""

import hashlib
import hmac
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pywin32"))


def serve(port, folder, user):
    from impacket import ntlm, smbserver
    password = sys.stdin.readline().rstrip("\n")
    server = smbserver.SimpleSMBServer("127.0.0.2", int(port))
    server.setSMB2Support(True)
    server.addShare("files", folder)
    server.addCredential(user, 0, ntlm.compute_lmhash(password), ntlm.compute_nthash(password))
    server.start()


def get(port, package, user, domain, name):
    import sspi
    from impacket import smb3, smb3structs as smb2, nt_errors
    password = sys.stdin.readline().rstrip("\n")
    auth = sspi.ClientAuth(package, auth_info=(user, domain, password) if password else None,
                           targetspn="cifs/" + os.uname().nodename)

    class Session(smb3.SMB3):
        """With a login that is ours, and an eye on the server's signatures."""

        def login_with(self, auth):
            status, made = auth.authorize(None)
            while True:
                setup = smb2.SMB2SessionSetup()
                setup["SecurityMode"] = smb2.SMB2_NEGOTIATE_SIGNING_ENABLED
                setup["Flags"] = 0
                setup["SecurityBufferLength"] = len(made[0].Buffer)
                setup["Buffer"] = made[0].Buffer
                packet = self.SMB_PACKET()
                packet["Command"] = smb2.SMB2_SESSION_SETUP
                packet["Data"] = setup
                answer = self.recvSMB(self.sendSMB(packet))
                self._Session["SessionID"] = answer["SessionID"]
                token = smb2.SMB2SessionSetup_Response(answer["Data"])["Buffer"]
                if answer["Status"] == nt_errors.STATUS_SUCCESS:
                    if not auth.authenticated:
                        auth.authorize(token)
                    break
                if answer["Status"] != nt_errors.STATUS_MORE_PROCESSING_REQUIRED:
                    raise SystemExit(f"the server refuses: {answer['Status']:08X}")
                status, made = auth.authorize(token)
            self._Session["SessionKey"] = auth.session_key()
            self._Session["SigningRequired"] = self._Session["SigningActivated"] = True

        def recvSMB(self, packet_id=None):
            packet = super().recvSMB(packet_id)
            if self._Session["SigningActivated"]:
                data = packet.rawData
                expected = hmac.new(self._Session["SessionKey"], data[:48] + bytes(16) + data[64:], hashlib.sha256)
                if not hmac.compare_digest(expected.digest()[:16], data[48:64]):
                    raise SystemExit("an answer has a wrong signature")
            return packet

    session = Session(os.uname().nodename, "127.0.0.2", sess_port=int(port), preferredDialect=smb2.SMB2_DIALECT_002)
    session.login_with(auth)
    print("signed in:", auth.package())
    tree = session.connectTree("files")
    file = session.create(tree, name, smb2.FILE_READ_DATA, smb2.FILE_SHARE_READ, smb2.FILE_NON_DIRECTORY_FILE,
                          smb2.FILE_OPEN, 0)
    print("read:", session.read(tree, file, 0, 4096).decode().rstrip("\n"))
    session.close(tree, file)
    session.disconnectTree(tree)


def fetch(port, user, domain, share, name):
    from impacket import smb3structs as smb2, smbconnection
    password = sys.stdin.readline().rstrip("\n")
    host = os.uname().nodename
    connection = smbconnection.SMBConnection(host, host, sess_port=int(port), preferredDialect=smb2.SMB2_DIALECT_21)
    if password:
        connection.login(user, password, domain)
    else:
        connection.kerberosLogin(user, "", domain)
    tree = connection.connectTree(share)
    file = connection.openFile(tree, name, desiredAccess=smb2.FILE_READ_DATA)
    print("read:", connection.readFile(tree, file, bytesToRead=100).decode().rstrip("\n"))
    connection.closeFile(tree, file)
    connection.logoff()


{"serve": serve, "get": get, "fetch": fetch}[sys.argv[1]](*sys.argv[2:])
