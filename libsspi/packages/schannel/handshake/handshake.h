/*
 * The handshake, and whatever else of TLS is no message: what its files share. context.c has the
 * legs as the LSA calls them, leg.c one of them over OpenSSL; the rest is what OpenSSL asks for on
 * the way.
 */
#ifndef CREDMGR_SCHANNEL_HANDSHAKE_H
#define CREDMGR_SCHANNEL_HANDSHAKE_H

#include <ntsecpkg.h>

#include "libsspi/packages/schannel/connection.h"
#include "libsspi/packages/schannel/handshake/input.h"
#include "libsspi/packages/schannel/handshake/traffic.h"

/* What the caller has said with the legs so far, and what OpenSSL's callbacks have found. */
struct tls_handshake {
    ULONG requirements; /* ISC_REQ_* or ASC_REQ_*, of the leg that is under way */
    /* Why a callback has refused; SEC_E_OK: none has. */
    SECURITY_STATUS refused;
    /* A client: the server asks for a certificate that the credential has not got. */
    bool credential_wanted, credential_told, credential_answered;
    /* What SEC_I_INCOMPLETE_CREDENTIALS has read: the caller may give it again. */
    uint8_t *read;
    size_t read_size;
    uint8_t *protocols; /* ALPN, as on the wire */
    size_t protocols_size;
    bool began;         /* a byte has been read or written */
    bool renegotiate;   /* ApplyControlToken: the next leg begins anew */
    bool renegotiating; /* on an established connection, begun by this side */
    uint8_t alert[2];   /* SCHANNEL_ALERT, level and number; level 0: none is due */
    struct tls_traffic traffic;
    unsigned done; /* handshakes that came to their end */
};
struct tls_handshake *tls_handshake_new(void);
void tls_handshake_free(struct tls_handshake *handshake);

/* One call of InitializeSecurityContext or AcceptSecurityContext. */
struct tls_leg {
    PSecBufferDesc input;
    ULONG requirements;
    void *token; /* answers: lsa_host_allocate() */
    size_t token_size;
};
/* What SSL_do_handshake() or its like has come to; SEC_E_OK also when it is only done for now. */
SECURITY_STATUS tls_leg_outcome(struct tls_connection *c, int result);
/* SEC_I_INCOMPLETE_CREDENTIALS, after `used` bytes of the input: the application may give those
 * again with the next leg, which then skips them. */
SECURITY_STATUS tls_leg_ask(struct tls_connection *c, const struct tls_input *in, size_t used);
void tls_leg_skip(struct tls_connection *c, struct tls_input *in);
/* leg.c. The connection is locked. SEC_E_OK, SEC_I_CONTINUE_NEEDED, SEC_I_INCOMPLETE_CREDENTIALS,
 * SEC_E_INCOMPLETE_MESSAGE, or why it failed; then the token may hold an alert. */
SECURITY_STATUS tls_leg_run(struct tls_connection *c, struct tls_leg *leg);

/* Of an established server that goes on with another credential: whom that one lets in. */
void tls_leg_changed(struct tls_connection *c);

/* established.c: a leg of a connection that stands: a new handshake, an answer, the shutdown. */
SECURITY_STATUS tls_leg_established(struct tls_connection *c, struct tls_leg *leg);

/* context.c: ISC_RET_* or ASC_RET_* of what there is so far; the connection is locked. */
ULONG tls_context_flags(const struct tls_connection *c);

/* callbacks.c, for the SSL_CTX of a credential. */
int tls_verify_peer(X509_STORE_CTX *store, void *unused);
int tls_choose_client_certificate(SSL *ssl, void *unused);
int tls_choose_server_certificate(SSL *ssl, void *unused);
int tls_remember_certificate(SSL *ssl, void *unused);
int tls_look_at_hello(SSL *ssl, int *alert, void *unused);
SSL_TICKET_RETURN tls_judge_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                   size_t name_size, SSL_TICKET_STATUS status, void *unused);
int tls_choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                        const unsigned char *in, unsigned in_size, void *unused);
/* The info callback: alerts either way, and handshakes that are done. */
void tls_note(const SSL *ssl, int where, int value);

/* alerts.c. */
SECURITY_STATUS tls_status_of_alert(uint8_t number);
/* The X509_V_ERR_* whose alert is the one for it. */
int tls_verify_error(SECURITY_STATUS status);

/* ---- the table of the LSA-mode half (context.c, control.c) ---- */

NTSTATUS NTAPI tls_init_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                PUNICODE_STRING target, ULONG requirements,
                                ULONG data_representation, PSecBufferDesc input,
                                PLSA_SEC_HANDLE new_context, PSecBufferDesc output,
                                PULONG attributes, PTimeStamp expiry, PBOOLEAN mapped,
                                PSecBuffer packed);
NTSTATUS NTAPI tls_accept_context(LSA_SEC_HANDLE credential, LSA_SEC_HANDLE context,
                                  PSecBufferDesc input, ULONG requirements,
                                  ULONG data_representation, PLSA_SEC_HANDLE new_context,
                                  PSecBufferDesc output, PULONG attributes, PTimeStamp expiry,
                                  PBOOLEAN mapped, PSecBuffer packed);
NTSTATUS NTAPI tls_delete_context(LSA_SEC_HANDLE context);
NTSTATUS NTAPI tls_apply_control(LSA_SEC_HANDLE context, PSecBufferDesc input);

#endif
