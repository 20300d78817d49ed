/*
 * Both ends of a TLS connection for tests: ours through the public API, and OpenSSL's own over
 * memory BIOs. The test programs link libsspi's own objects and name Schannel as the only package.
 */
#ifndef CREDMGR_TEST_SCHANNEL_SIDES_H
#define CREDMGR_TEST_SCHANNEL_SIDES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/ssl.h>
#include <schannel.h>
#include <security.h>

#include "tests/unit/certificates/authority.h"

/* ---- certificates ---- */

/* An authority, a server "server.test" and a client "Client" below it; one more authority and its
 * client. Made once (setup), freed by the other. */
struct world {
    struct entity root, server, other_server, rsa_server, client, stranger_root, stranger;
    HCERTSTORE roots; /* `root` alone */
};
extern struct world world;
int world_setup(void **state);
int world_teardown(void **state);
/* For paCred; CertFreeCertificateContext(). Asserts. */
PCCERT_CONTEXT certificate_of(const struct entity *entity, bool with_key);

/* ---- bytes on their way ---- */

struct bytes {
    uint8_t *data;
    size_t size;
};
void bytes_add(struct bytes *b, const void *data, size_t size);
/* Drops the first `size` of them. */
void bytes_drop(struct bytes *b, size_t size);
void bytes_free(struct bytes *b);

/* ---- our side ---- */

#define CLIENT_FLAGS                                                                               \
    (ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT | ISC_REQ_CONFIDENTIALITY |                   \
     ISC_REQ_EXTENDED_ERROR | ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_STREAM)
#define SERVER_FLAGS                                                                               \
    (ASC_REQ_SEQUENCE_DETECT | ASC_REQ_REPLAY_DETECT | ASC_REQ_CONFIDENTIALITY |                   \
     ASC_REQ_EXTENDED_ERROR | ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_STREAM)

struct ours {
    CredHandle credential;
    CtxtHandle context;
    bool has_credential, has_context, server;
    const WCHAR *target;
    ULONG flags; /* ISC_REQ_* or ASC_REQ_* */
    const void *protocols;
    ULONG protocols_size;
    /* of the last leg */
    ULONG attributes;
    ULONG rest_type, rest_size; /* the second input buffer */
    uint8_t alert[16];
    ULONG alert_size;
    bool wants_alert;
};
/* A client that trusts `world.root`, and a server with `world.server`; TLS 1.2 and 1.3. */
void ours_client(struct ours *o);
void ours_server(struct ours *o);
/* With a structure of the test's own. */
SECURITY_STATUS ours_acquire(struct ours *o, bool server, void *auth_data);
/* One leg with `in` (NULL: none), whose output is added to `out`; what was read is dropped of it,
 * also when the leg leaves all as it is. */
SECURITY_STATUS ours_leg(struct ours *o, struct bytes *in, struct bytes *out);
/* The same without dropping. */
SECURITY_STATUS ours_raw(struct ours *o, const void *in, size_t in_size, struct bytes *out);
SECURITY_STATUS ours_control(struct ours *o, DWORD type);
void ours_reset(struct ours *o); /* the context */
void ours_end(struct ours *o);
/* EncryptMessage and DecryptMessage; asserts that sealing works. */
void ours_send(struct ours *o, const char *text, struct bytes *out);
SECURITY_STATUS ours_receive(struct ours *o, struct bytes *in, char *text, size_t room);

/* ---- OpenSSL's ---- */

struct theirs {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
};
void theirs_new(struct theirs *t, bool server);
/* A new connection of the same context. */
void theirs_connect(struct theirs *t);
void theirs_end(struct theirs *t);
/* SSL_do_handshake() with what is in `in`, all of which it takes; what it writes is added. True:
 * done. */
bool theirs_step(struct theirs *t, struct bytes *in, struct bytes *out);
void theirs_send(struct theirs *t, const char *text, struct bytes *out);
/* SSL_read: how much, or -1. */
int theirs_receive(struct theirs *t, struct bytes *in, char *text, size_t room);
void theirs_flush(struct theirs *t, struct bytes *out);

/* Until both are done, or ours has failed. The last status of ours. */
SECURITY_STATUS shake(struct ours *o, struct theirs *t);
/* Both ours; *client_status the last one of the client. The server's last one is the answer. */
SECURITY_STATUS shake_ours(struct ours *client, struct ours *server,
                           SECURITY_STATUS *client_status);

#endif
