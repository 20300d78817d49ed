/*
 * What sspi-client, sspi-server and ntlm-auth-accept share: a context made through libsspi,
 * messages in the form the peer's GSSAPI gives them, and failures told so that a person can act on
 * them.
 */
#ifndef CREDMGR_TEST_PROGRAMS_SSPI_H
#define CREDMGR_TEST_PROGRAMS_SSPI_H

#include <stdbool.h>
#include <stddef.h>
#include <security.h>

struct sspi_bytes {
    unsigned char *data; /* free() */
    size_t size;
};

struct sspi_peer {
    const char *package;
    CredHandle credential;
    CtxtHandle context;
    bool acceptor, have_credential, have_context;
    const char *forward_to;    /* acceptor: make a token of the client's for that service, too */
    bool by_session;           /* that is, with the LUID of its session in place of impersonation */
    SecPkgContext_Sizes sizes; /* of the established context */
    bool is_ntlm;              /* also where NTLM was negotiated */
    ULONG attributes;          /* ISC_RET_* or ASC_RET_* */
};

struct sspi_identity {
    char *user, *domain, *password; /* password: secret memory; NULL: none was given */
};

/* "SEC_E_NO_CREDENTIALS"; "unknown status" for one without a name. */
const char *sspi_status_name(SECURITY_STATUS status);
/* One line: what failed, the status, its number, the cause and the remedy. */
void sspi_complain(const char *function, const struct sspi_peer *peer, SECURITY_STATUS status);

/* AcquireCredentialsHandle; default credentials when identity has no user. */
bool sspi_acquire(struct sspi_peer *peer, ULONG use, const char *principal,
                  const struct sspi_identity *identity);
/* What to do when the handshake is done: reads the sizes. */
bool sspi_established(struct sspi_peer *peer);
/* A SECBUFFER_CHANNEL_BINDINGS with this text as the application's data (free() pvBuffer); empty
 * for NULL. */
SecBuffer sspi_bindings(const char *text);
/* Prints "  name: value" lines about the context. */
void sspi_describe(struct sspi_peer *peer);
void sspi_close(struct sspi_peer *peer);

/* The GSSAPI forms of messages (RFC 2743 GSS_Wrap, GSS_GetMIC), through EncryptMessage and
 * MakeSignature. */
bool sspi_wrap(struct sspi_peer *peer, bool encrypt, const void *message, size_t size,
               struct sspi_bytes *token);
bool sspi_unwrap(struct sspi_peer *peer, const void *token, size_t size, struct sspi_bytes *message,
                 bool *encrypted);
bool sspi_sign(struct sspi_peer *peer, const void *message, size_t size, struct sspi_bytes *token);
bool sspi_verify(struct sspi_peer *peer, const void *message, size_t size, const void *token,
                 size_t token_size);

/* Milliseconds on a clock that only goes forward. */
double now_ms(void);

#endif
