"""Paramiko's code for Windows, _SSH_SSPI, here: as a client of sshd (client HOST PORT USER), and as a server (server HOST PORT)."""

import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "pywin32"))
sys.modules["gssapi"] = None  # it would be preferred

import paramiko  # noqa: E402
from paramiko import auth_handler, ssh_gss  # noqa: E402

assert ssh_gss._API == "SSPI"


class Acceptor(ssh_gss._SSH_SSPI):
    """Paramiko's server gives this method of it no host name, and the rest in another order; and the method loses the last token."""

    host = None

    def ssh_accept_sec_context(self, hostname, recv_token, username):
        self._username = username
        self._gss_srv_ctxt = ssh_gss.sspi.ServerAuth("Kerberos", spn="host/" + self.host)
        status, token = self._gss_srv_ctxt.authorize(recv_token)
        self._gss_srv_ctxt_status = status == 0
        return token[0].Buffer or None

    def ssh_check_mic(self, mic_token, session_id, username=None):
        super().ssh_check_mic(mic_token, session_id, username)
        name = self._gss_srv_ctxt.user_name()
        print(f"signed by {name} for {username}", flush=True)
        if name.split("\\")[-1] != username:
            raise paramiko.AuthenticationException("somebody else")


class Server(paramiko.ServerInterface):
    def __init__(self):
        self.command = threading.Event()

    def get_allowed_auths(self, username):
        return "gssapi-with-mic"

    def enable_auth_gssapi(self):
        return True

    def check_auth_gssapi_with_mic(self, username, gss_authenticated=paramiko.AUTH_FAILED, cc_file=None):
        return gss_authenticated

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel, command):
        self.text = command
        self.command.set()
        return True


def client(host, port, user, delegate):
    auth_handler.GSSAuth = ssh_gss._SSH_SSPI
    ssh = paramiko.SSHClient()
    ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    ssh.connect(host, port=int(port), username=user, gss_auth=True, gss_host=host, gss_trust_dns=False,
                gss_deleg_creds=delegate == "delegate", allow_agent=False, look_for_keys=False)
    print("authenticated by", ssh.get_transport().auth_handler.auth_method)
    _, out, err = ssh.exec_command("id -un; klist 2>/dev/null")
    print(out.read().decode(), err.read().decode())
    ssh.close()


def serve(connection, key):
    transport = paramiko.Transport(connection)
    transport.add_server_key(key)
    server = Server()
    transport.start_server(server=server)
    channel = transport.accept(30)
    if channel and server.command.wait(30):
        channel.sendall(b"paramiko ran: " + server.text + b"\n")
        channel.send_exit_status(0)
        channel.close()
    transport.join(30)


def main(host, port):
    Acceptor.host = host
    auth_handler.GSSAuth = lambda method, deleg=True: Acceptor(method, deleg)
    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server((host, int(port)))
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, key), daemon=True).start()


if sys.argv[1] == "client":
    client(*sys.argv[2:])
else:
    main(*sys.argv[2:])
