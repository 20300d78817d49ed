/*
 * One side of a handshake through the public API, so that a test says only what it is about. The
 * test programs link libsspi's own objects and name NTLM as the only package.
 */
#ifndef CREDMGR_TEST_NTLM_HARNESS_H
#define CREDMGR_TEST_NTLM_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <security.h>

#define TOKEN_ROOM 4096

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

/* AcquireCredentialsHandle with a SEC_WINNT_AUTH_IDENTITY in UTF-16; NULL strings stay NULL. */
SECURITY_STATUS side_acquire(struct side *s, bool client, const char *user, const char *domain,
                             const char *password);
/* One leg: `in` may be NULL; `out` gets the answer (size 0 for none). */
SECURITY_STATUS side_step(struct side *s, ULONG requirements, const struct token *in,
                          struct token *out);
/* Deletes the context; side_end also frees the credential. */
void side_reset(struct side *s);
void side_end(struct side *s);

/*
 * All three messages between two sides that have credentials. Gives the status that ended it:
 * SEC_E_OK when both are established. `tamper`, when not NULL, may change each message (1, 2, 3) on
 * its way.
 */
SECURITY_STATUS shake(struct side *client, ULONG client_wants, struct side *server,
                      ULONG server_wants, void (*tamper)(int message, struct token *t));

/*
 * Seals `text` at one side and opens it at the other; SEC_E_OK when it came out again. For any
 * thread.
 */
SECURITY_STATUS send_sealed(struct side *from, struct side *to, const char *text);
SECURITY_STATUS send_signed(struct side *from, struct side *to, const char *text);
/* The single steps of it: data and a signature of 16 bytes. */
SECURITY_STATUS side_protect(struct side *s, bool seal, void *data, size_t size,
                             uint8_t signature[16]);
SECURITY_STATUS side_unprotect(struct side *s, bool seal, void *data, size_t size,
                               uint8_t signature[16]);

/* A string attribute of a context equals this UTF-8 text. */
void assert_names(struct side *s, const char *expected);

#endif
