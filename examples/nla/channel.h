/*
 * A socket and the security context over it: the handshake, token after token, and then messages.
 * TLS is a stream, so that what comes from the socket may be half a token or a token and a half;
 * this is where the halves wait.
 */
#ifndef NLA_CHANNEL_H
#define NLA_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <security.h>

/* ---- sockets --------------------------------------------------------------------------------- */

/* A connected socket, or -1 after a message on standard error. */
int socket_connect(const char *host, const char *port);
/* One that listens at `port`, on every address of this machine. */
int socket_listen(const char *port);
bool socket_send(int fd, const void *bytes, size_t size);
/* All of them. */
bool socket_receive(int fd, void *bytes, size_t size);

/* "function: 0x80090308" on standard error, and why, when more than the number is known. */
void complain(const char *function, SECURITY_STATUS status);

/* ---- channels -------------------------------------------------------------------------------- */

#define CHANNEL_ROOM 65536 /* bytes that may wait to be consumed: some records, or one token */

struct channel {
    int fd;
    bool made; /* `context` is one */
    CtxtHandle context;
    ULONG attributes; /* ISC_RET_* or ASC_RET_* */
    SecPkgContext_StreamSizes sizes;
    /* For the client, whom TLS may ask to go on with the handshake at any time. */
    CredHandle *credential;
    const char *target;
    ULONG wanted;
    size_t held; /* bytes of `in` that came from the socket and were not looked at */
    BYTE in[CHANNEL_ROOM];
    const BYTE
        *text; /* what a record said and nobody has taken yet; in `in`, before what is held */
    size_t text_size, text_ends;
};

/* The client's and the server's handshake over the connected socket `fd`. Both answer SEC_E_OK, or
 * what the package answered; what it has to tell the other side was then sent. */
SECURITY_STATUS channel_connect(struct channel *c, int fd, CredHandle *credential,
                                const char *target, ULONG wanted);
SECURITY_STATUS channel_accept(struct channel *c, int fd, CredHandle *credential, ULONG wanted);

SECURITY_STATUS channel_send(struct channel *c, const void *bytes, size_t size);
/*
 * At most `room` bytes. SEC_E_OK with *size = 0: nothing that is said to the application has come
 * with this piece. SEC_I_CONTEXT_EXPIRED: the other side has ended it properly;
 * SEC_E_INCOMPLETE_MESSAGE: the connection broke.
 */
SECURITY_STATUS channel_receive(struct channel *c, void *bytes, size_t room, size_t *size);
/* There is something to be received without waiting for the socket. */
bool channel_waits(const struct channel *c);
/* Ends it, with a word to the other side when the handshake was done; closes the socket. */
void channel_close(struct channel *c);

#endif
