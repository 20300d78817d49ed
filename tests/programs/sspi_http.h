/*
 * What both halves of sspi-http share.
 */
#ifndef CREDMGR_TEST_PROGRAMS_SSPI_HTTP_H
#define CREDMGR_TEST_PROGRAMS_SSPI_HTTP_H

#include <stdbool.h>

#include "tests/programs/http.h"
#include "tests/programs/sspi.h"

struct http_options {
    const char *package, *scheme, *target, *principal, *host, *port, *path;
    const char *certificate, *key, *trusted, *password_file;
    struct sspi_identity identity;
    bool serve, no_bindings, allow_missing, unproved;
    int count;
};

/* Both use the credential of `peer`. false: it did not work, with a line on standard error. */
bool http_client(struct sspi_peer *peer, const struct http_options *o);
bool http_server(struct sspi_peer *peer, const struct http_options *o);

#endif
