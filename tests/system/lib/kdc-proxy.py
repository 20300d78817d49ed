#!/usr/bin/python3
"""Serves kdcproxy, a KDC proxy ([MS-KKDCP]), over https: kdc-proxy.py PORT CERTIFICATE KEY LOG. KDCPROXY_CONFIG says where the KDCs are. LOG gets
the path and the realm of each request."""

import io
import ssl
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import kdcproxy
from kdcproxy import codec

port, certificate, key, log = sys.argv[1:]
application = kdcproxy.Application()


def logged(environment, start_response):
    body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
    with open(log, "a", encoding="ascii") as out:
        print(environment["PATH_INFO"], codec.decode(body).realm, len(body), file=out)
    environment["wsgi.input"] = io.BytesIO(body)
    return application(environment, start_response)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server("", int(port), logged, Server, Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
