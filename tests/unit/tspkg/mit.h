/*
 * A server of CredSSP whose negotiation is MIT's (SPNEGO of libgssapi_krb5) and whose TSRequests
 * are our acceptor's: the other end of an initiator in lsad. Link with -lgssapi_krb5.
 */
#ifndef CREDMGR_TESTS_TSPKG_MIT_H
#define CREDMGR_TESTS_TSPKG_MIT_H

#include <gssapi/gssapi.h>

#include "libsspi/packages/tspkg/handshake.h"

struct mit {
    gss_ctx_id_t context;
    struct ts_handshake *handshake;
};
void mit_begin(struct mit *m, const char *public_key);
void mit_end(struct mit *m);

#endif
