/*
 * One side of a handshake through the public API, so that a test says only what it is about. The
 * test programs link libsspi's own objects and name Kerberos as the only package; no lsad is asked.
 */
#ifndef CREDMGR_TEST_KERBEROS_HARNESS_H
#define CREDMGR_TEST_KERBEROS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <security.h>

#define TOKEN_ROOM   65536
#define MESSAGE_ROOM 65536

struct token {
    uint8_t data[TOKEN_ROOM];
    ULONG size;
};

struct side {
    CredHandle credential;
    CtxtHandle context;
    bool has_credential, has_context, client;
    const WCHAR *target;  /* client */
    const void *bindings; /* SEC_CHANNEL_BINDINGS and what follows it */
    ULONG bindings_size;
    ULONG attributes; /* of the last leg */
};

/* What nearly every application asks for. */
#define ISC_USUAL                                                                                  \
    (ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |                       \
     ISC_REQ_CONFIDENTIALITY | ISC_REQ_INTEGRITY)

/* Default credentials: the process's own cache or keytab. */
SECURITY_STATUS side_default(struct side *s, bool client);
/* An explicit identity; NULL strings stay NULL. */
SECURITY_STATUS side_explicit(struct side *s, bool client, const char *user, const char *domain,
                              const char *password);
/* One leg: `in` may be NULL; `out` gets the answer (size 0 for none), after a failure, too. */
SECURITY_STATUS side_step(struct side *s, ULONG requirements, const struct token *in,
                          struct token *out);
void side_reset(struct side *s); /* deletes the context */
void side_end(struct side *s);   /* and frees the credential */

/* Both messages between two sides that have credentials; the status that ended it. */
SECURITY_STATUS shake(struct side *client, ULONG client_wants, struct side *server,
                      ULONG server_wants);

/* A message in one piece as it travels: SECBUFFER_TOKEN and SECBUFFER_DATA behind each other. False
 * when it fails. */
struct wire_message {
    uint8_t bytes[MESSAGE_ROOM];
    ULONG size, token; /* token: where the data begin */
};
SECURITY_STATUS side_wrap(struct side *s, ULONG qop, const void *data, size_t size,
                          struct wire_message *m);
/* Through SECBUFFER_STREAM; data and size point into `m`. */
SECURITY_STATUS side_unwrap(struct side *s, struct wire_message *m, void **data, ULONG *size,
                            ULONG *qop);
SECURITY_STATUS side_sign(struct side *s, const void *data, size_t size,
                          struct wire_message *signature);
SECURITY_STATUS side_verify(struct side *s, const void *data, size_t size,
                            struct wire_message *signature);

/* A string attribute of a context equals this UTF-8 text. */
void assert_names(struct side *s, const char *expected);

#endif
