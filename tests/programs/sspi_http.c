/*
 * sspi-http: both ends of "Authorization: Negotiate" (RFC 4559) and "Authorization: NTLM" through
 * libsspi: a client for Apache's mod_auth_gssapi, and a server small enough to be read for curl and
 * clients on MIT's GSSAPI. With the package Kerberos the tokens of Negotiate are Kerberos' own,
 * without SPNEGO around them.
 */
#include <getopt.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/programs/sspi_http.h"
#include "tests/programs/wire.h"

static const char usage[] =
    "usage: sspi-http --target SPN --host HOST --port PORT PATH     asks for PATH and prints it\n"
    "       sspi-http --serve [--principal NAME] --port PORT        says to clients who they are\n"
    "  --package NAME       Kerberos (default), Negotiate or NTLM\n"
    "  --scheme NAME        of HTTP (NTLM for the package NTLM, else Negotiate)\n"
    "  --user NAME --domain NAME --password-file PATH\n"
    "                       the client, or the account that the server verifies\n"
    "  --certificate PATH --key PATH    server: over TLS\n"
    "  --trust PATH                     client: over TLS\n"
    "  --no-bindings        do not bind the context to the TLS channel\n"
    "  --allow-missing      server: clients that know no channel bindings are served, too\n"
    "  --unproved           client: the server need not prove who it is\n"
    "  --count N            client: ask N times over the one connection (1)\n";

static bool parse(int argc, char **argv, struct http_options *o)
{
    static const struct option names[] = {
        {"target", 1, NULL, 't'},        {"principal", 1, NULL, 'r'},
        {"host", 1, NULL, 'h'},          {"port", 1, NULL, 'p'},
        {"serve", 0, NULL, 's'},         {"package", 1, NULL, 'P'},
        {"scheme", 1, NULL, 'S'},        {"user", 1, NULL, 'u'},
        {"domain", 1, NULL, 'd'},        {"certificate", 1, NULL, 'C'},
        {"key", 1, NULL, 'K'},           {"trust", 1, NULL, 'T'},
        {"count", 1, NULL, 'c'},         {"no-bindings", 0, NULL, 'n'},
        {"allow-missing", 0, NULL, 'm'}, {"unproved", 0, NULL, 'U'},
        {"password-file", 1, NULL, 'w'}, {NULL, 0, NULL, 0}};
    int c;

    *o = (struct http_options){
        .package = "Kerberos", .host = "127.0.0.1", .port = "8080", .count = 1};
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case 't':
            o->target = optarg;
            break;
        case 'r':
            o->principal = optarg;
            break;
        case 'h':
            o->host = optarg;
            break;
        case 'p':
            o->port = optarg;
            break;
        case 's':
            o->serve = true;
            break;
        case 'P':
            o->package = optarg;
            break;
        case 'S':
            o->scheme = optarg;
            break;
        case 'u':
            o->identity.user = optarg;
            break;
        case 'd':
            o->identity.domain = optarg;
            break;
        case 'w':
            o->password_file = optarg;
            break;
        case 'C':
            o->certificate = optarg;
            break;
        case 'K':
            o->key = optarg;
            break;
        case 'T':
            o->trusted = optarg;
            break;
        case 'c':
            o->count = atoi(optarg);
            break;
        case 'n':
            o->no_bindings = true;
            break;
        case 'm':
            o->allow_missing = true;
            break;
        case 'U':
            o->mutual_missing = true;
            break;
        default:
            return false;
        }
    }
    if (!o->scheme)
        o->scheme = strcasecmp(o->package, NTLMSP_NAME_A) == 0 ? "NTLM" : "Negotiate";
    o->path = argv[optind];
    return (o->serve ? optind == argc : o->target && optind + 1 == argc && o->count > 0) &&
           (!o->certificate || o->key) && (!o->identity.user || o->password_file);
}

int main(int argc, char **argv)
{
    struct http_options o;
    struct sspi_peer peer = {0};
    bool good = false;

    program = "sspi-http";
    if (!parse(argc, argv, &o)) {
        fputs(usage, stderr);
        return 2;
    }
    peer.package = o.package;
    if (o.password_file) {
        o.identity.password = read_secret_file(o.password_file);
        if (!o.identity.password)
            return 1;
    }
    if (sspi_acquire(&peer, o.serve ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, o.principal,
                     &o.identity))
        good = o.serve ? http_server(&peer, &o) : http_client(&peer, &o);
    sspi_close(&peer);
    secret_free(o.identity.password);
    return good ? 0 : 1;
}
