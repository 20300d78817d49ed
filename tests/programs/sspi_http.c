/*
 * sspi-http: both ends of "Authorization: Negotiate" (RFC 4559) and "Authorization: NTLM" through
 * libsspi: a client for Apache's mod_auth_gssapi, and a server small enough to be read for curl and
 * clients on MIT's GSSAPI. With the package Kerberos the tokens of Negotiate are Kerberos' own,
 * without SPNEGO around them.
 */
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/programs/options.h"
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
    const char *user = NULL, *domain = NULL;
    int rest;
    const struct program_option table[] = {{"target", .text = &o->target},
                                           {"principal", .text = &o->principal},
                                           {"host", .text = &o->host},
                                           {"port", .text = &o->port},
                                           {"serve", .set = &o->serve},
                                           {"package", .text = &o->package},
                                           {"scheme", .text = &o->scheme},
                                           {"user", .text = &user},
                                           {"domain", .text = &domain},
                                           {"password-file", .text = &o->password_file},
                                           {"certificate", .text = &o->certificate},
                                           {"key", .text = &o->key},
                                           {"trust", .text = &o->trusted},
                                           {"no-bindings", .set = &o->no_bindings},
                                           {"allow-missing", .set = &o->allow_missing},
                                           {"unproved", .set = &o->unproved},
                                           {"count", .number = &o->count},
                                           {.name = NULL}};

    *o = (struct http_options){
        .package = "Kerberos", .host = "127.0.0.1", .port = "8080", .count = 1};
    if (!options_parse(argc, argv, table, &rest))
        return false;
    if (!o->scheme)
        o->scheme = strcasecmp(o->package, NTLMSP_NAME_A) == 0 ? "NTLM" : "Negotiate";
    o->identity = (struct sspi_identity){.user = (char *)(uintptr_t)user,
                                         .domain = (char *)(uintptr_t)domain};
    o->path = argv[rest];
    return (o->serve ? rest == argc : o->target && rest + 1 == argc && o->count > 0) &&
           (!o->certificate || o->key) && (!user || o->password_file);
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
