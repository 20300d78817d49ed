/*
 * What sspi-tls-client and sspi-tls-server share: a TLS connection over a socket made through
 * libsspi, and the things that either does with it, one after the other.
 */
#ifndef CREDMGR_TEST_PROGRAMS_SSPI_TLS_H
#define CREDMGR_TEST_PROGRAMS_SSPI_TLS_H

#include <schannel.h>
#include <security.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_INPUT_MAX (1u << 20)

/* What the command line says of the credential and the handshake. */
struct tls_options {
    const char *protocol;          /* "1.2", "1.3"; NULL: both */
    const char *certificate, *key; /* paths or pkcs11: URIs */
    const char *late_certificate;  /* clients: when the server asks for one */
    const char *late_key;
    const char *password; /* of either */
    const char *target;   /* clients: the name in the certificate; NULL: the host */
    const char *alpn;     /* "a,b" */
    const char *package;
    bool manual;        /* the application validates: whatever comes is good */
    bool mutual;        /* servers: a client's certificate is asked for */
    bool no_default;    /* clients: SCH_CRED_NO_DEFAULT_CREDS */
    bool schannel_cred; /* SCHANNEL_CRED in the place of SCH_CREDENTIALS */
    uint32_t piece;     /* read so many bytes at a time; 0: as many as there are */
};

struct tls_end {
    const struct tls_options *options;
    bool server;
    CredHandle credential;
    CtxtHandle context;
    bool have_credential, have_context;
    ULONG requirements, attributes;
    int fd;
    uint8_t *input; /* TLS_INPUT_MAX: read, and not used yet */
    size_t input_size;
    SecPkgContext_StreamSizes sizes;
    bool peer_closed; /* its close_notify */
    bool read_end;    /* the connection's */
};

/* All of these return false after a line on standard error. */
bool tls_acquire(struct tls_end *e, bool server, const struct tls_options *options);
/* To the end of a handshake, the first or another one; with `fd` connected. */
bool tls_shake(struct tls_end *e);
/* One record, or more when it is long. */
bool tls_send(struct tls_end *e, const void *data, size_t size);
/*
 * What comes next: *size bytes at *data, good until the next call; 0: the end, by a close_notify
 * (peer_closed) or not. Handshakes on the way are done.
 */
bool tls_receive(struct tls_end *e, uint8_t **data, size_t *size);
/* ApplyControlToken, and the leg that follows it: SCHANNEL_SHUTDOWN, SCHANNEL_RENEGOTIATE. */
bool tls_control(struct tls_end *e, DWORD type);
/* Forgets the connection; the credential stays. */
void tls_disconnect(struct tls_end *e);
void tls_release(struct tls_end *e);

/* sspi_tls_describe.c: "  name: value" lines about the connection. */
void tls_describe(struct tls_end *e);

/*
 * sspi_tls_actions.c: what is done with a connection, in this order:
 * send=TEXT (a line), receive (one piece), echo (until the end), big=N and sink=N (N bytes of a
 * pattern), renegotiate, shutdown, wait (for the end), describe.
 */
bool tls_act(struct tls_end *e, int count, char **actions);
extern const char tls_actions_usage[];

/* Both programs' options, for options_parse(). */
#define TLS_OPTIONS(o)                                                                             \
    {"protocol", .text = &(o).protocol}, {"certificate", .text = &(o).certificate},                \
        {"key", .text = &(o).key}, {"late-certificate", .text = &(o).late_certificate},            \
        {"late-key", .text = &(o).late_key}, {"password", .text = &(o).password},                  \
        {"target", .text = &(o).target}, {"alpn", .text = &(o).alpn},                              \
        {"package", .text = &(o).package}, {"manual", .set = &(o).manual},                         \
        {"mutual", .set = &(o).mutual}, {"no-default", .set = &(o).no_default},                    \
        {"schannel-cred", .set = &(o).schannel_cred},                                              \
    {                                                                                              \
        "piece", .number = (int *)&(o).piece                                                       \
    }

#endif
