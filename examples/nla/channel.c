/*
 * The handshake and the messages of a stream package: CredSSP here, though nothing in this file
 * would be different for Schannel. It follows "Creating an Schannel Security Context" and "Extra
 * Buffers Returned by Schannel" in Microsoft's documentation.
 */
#include "channel.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <credmgr.h>
#include <schannel.h>

/* ---- sockets --------------------------------------------------------------------------------- */

static int complain_of(const char *what, const char *host, const char *port, const char *why)
{
    fprintf(stderr, "%s %s port %s: %s\n", what, host ? host : "any address", port, why);
    return -1;
}

int socket_connect(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all, *one;
    int error = getaddrinfo(host, port, &hints, &all), fd = -1;

    if (error)
        return complain_of("connect", host, port, gai_strerror(error));
    for (one = all; one && fd < 0; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) != 0) {
            error = errno;
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(all);
    return fd >= 0 ? fd : complain_of("connect", host, port, strerror(error));
}

int socket_listen(const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE,
                             .ai_family = AF_INET6},
                    *any;
    int error = getaddrinfo(NULL, port, &hints, &any), fd, yes = 1, no = 0;

    if (error)
        return complain_of("listen", NULL, port, gai_strerror(error));
    fd = socket(any->ai_family, any->ai_socktype | SOCK_CLOEXEC, any->ai_protocol);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) != 0 || /* and IPv4 */
        bind(fd, any->ai_addr, any->ai_addrlen) != 0 || listen(fd, 16) != 0) {
        complain_of("listen", NULL, port, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(any);
    return fd;
}

bool socket_send(int fd, const void *bytes, size_t size)
{
    for (const BYTE *at = bytes; size;) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

bool socket_receive(int fd, void *bytes, size_t size)
{
    for (BYTE *at = bytes; size;) {
        ssize_t got = recv(fd, at, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

void complain(const char *function, SECURITY_STATUS status)
{
    const char *why = CredmgrLastErrorText(NULL);

    fprintf(stderr, "%s: 0x%08x%s%s\n", function, (unsigned)status, *why ? ": " : "", why);
}

/* ---- what came from the socket --------------------------------------------------------------- */

/* More of it, behind what is held. */
static bool more(struct channel *c)
{
    ssize_t got;

    if (c->held == sizeof(c->in))
        return false; /* nothing that is sent to us is that long */
    do {
        got = recv(c->fd, c->in + c->held, sizeof(c->in) - c->held, 0);
    } while (got < 0 && errno == EINTR);
    c->held += got > 0 ? (size_t)got : 0;
    return got > 0;
}

/* All that is held was consumed but the last `rest` bytes. */
static void keep(struct channel *c, size_t rest)
{
    memmove(c->in, c->in + c->held - rest, rest);
    c->held = rest;
}

/* ---- the handshake ----------------------------------------------------------------------------
 */

/* One call, with what is held as its token. */
static SECURITY_STATUS leg(struct channel *c, bool first, PSecBufferDesc input,
                           PSecBufferDesc output)
{
    CtxtHandle *context = SecIsValidHandle(&c->context) ? &c->context : NULL;
    TimeStamp expiry;

    if (!c->target)
        return AcceptSecurityContext(c->credential, context, input, c->wanted, SECURITY_NATIVE_DREP,
                                     &c->context, output, &c->attributes, &expiry);
    return InitializeSecurityContextA(c->credential, context, (char *)c->target, c->wanted, 0,
                                      SECURITY_NATIVE_DREP, first ? NULL : input, 0, &c->context,
                                      output, &c->attributes, &expiry);
}

static SECURITY_STATUS shake(struct channel *c, bool begins)
{
    bool first = begins, again = false;
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    do {
        SecBuffer in[2] = {{0, SECBUFFER_TOKEN, c->in}, {0, SECBUFFER_EMPTY, NULL}};
        SecBuffer out = {0, SECBUFFER_TOKEN, NULL};
        SecBufferDesc input = {SECBUFFER_VERSION, 2, in}, output = {SECBUFFER_VERSION, 1, &out};

        /* Half a token is not taken: it needs more of it. */
        if (!first && (status == SEC_E_INCOMPLETE_MESSAGE || !c->held) && !more(c)) {
            fputs("the connection was closed\n", stderr);
            return SEC_E_INCOMPLETE_MESSAGE;
        }
        in[0].cbBuffer = (ULONG)c->held;
        status = leg(c, first, &input, &output);
        if (out.cbBuffer) /* should the other side be gone, the next message tells */
            (void)socket_send(c->fd, out.pvBuffer, out.cbBuffer);
        FreeContextBuffer(out.pvBuffer);
        if (status == SEC_I_INCOMPLETE_CREDENTIALS && !again) {
            /* The server would like a certificate of ours; the same again says that there is none.
             */
            again = true;
            continue;
        }
        if (status != SEC_E_INCOMPLETE_MESSAGE && !first)
            keep(c, in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0);
        first = false;
    } while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE ||
             status == SEC_I_INCOMPLETE_CREDENTIALS);
    return status;
}

static SECURITY_STATUS begin(struct channel *c, int fd, CredHandle *credential, const char *target,
                             ULONG wanted)
{
    SECURITY_STATUS status;

    *c = (struct channel){.fd = fd, .credential = credential, .target = target, .wanted = wanted};
    SecInvalidateHandle(&c->context);
    status = shake(c, target != NULL);
    if (status == SEC_E_OK)
        status = QueryContextAttributesA(&c->context, SECPKG_ATTR_STREAM_SIZES, &c->sizes);
    c->made = status == SEC_E_OK;
    return status;
}

SECURITY_STATUS channel_connect(struct channel *c, int fd, CredHandle *credential,
                                const char *target, ULONG wanted)
{
    return begin(c, fd, credential, target, wanted | ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_STREAM);
}

SECURITY_STATUS channel_accept(struct channel *c, int fd, CredHandle *credential, ULONG wanted)
{
    return begin(c, fd, credential, NULL, wanted | ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_STREAM);
}

/* ---- messages -------------------------------------------------------------------------------- */

SECURITY_STATUS channel_send(struct channel *c, const void *bytes, size_t size)
{
    const ULONG head = c->sizes.cbHeader, most = c->sizes.cbMaximumMessage;
    BYTE *record = malloc(head + (size < most ? size : most) + c->sizes.cbTrailer);
    SECURITY_STATUS status = record ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;

    for (const BYTE *at = bytes; status == SEC_E_OK && size;) {
        ULONG part = size < most ? (ULONG)size : most;
        SecBuffer parts[4] = {{head, SECBUFFER_STREAM_HEADER, record},
                              {part, SECBUFFER_DATA, record + head},
                              {c->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, record + head + part},
                              {0, SECBUFFER_EMPTY, NULL}};
        SecBufferDesc desc = {SECBUFFER_VERSION, 4, parts};

        memcpy(record + head, at, part);
        status = EncryptMessage(&c->context, 0, &desc, 0);
        if (status == SEC_E_OK &&
            !socket_send(c->fd, record, parts[0].cbBuffer + parts[1].cbBuffer + parts[2].cbBuffer))
            status = SEC_E_INCOMPLETE_MESSAGE;
        at += part;
        size -= part;
    }
    free(record);
    return status;
}

/* One record out of what is held; its text stands in `in` until it is taken. */
static SECURITY_STATUS open_record(struct channel *c)
{
    SecBuffer parts[4] = {{(ULONG)c->held, SECBUFFER_DATA, c->in}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 4, parts};
    SECURITY_STATUS status = DecryptMessage(&c->context, &desc, 0, NULL);
    size_t rest = 0;

    if (status == SEC_E_INCOMPLETE_MESSAGE)
        return status;
    for (int i = 1; i < 4; i++) {
        if (parts[i].BufferType == SECBUFFER_DATA && status == SEC_E_OK) {
            c->text = parts[i].pvBuffer;
            c->text_size = parts[i].cbBuffer;
        } else if (parts[i].BufferType == SECBUFFER_EXTRA) {
            rest = parts[i].cbBuffer;
        }
    }
    if (status == SEC_I_RENEGOTIATE) { /* a word of TLS for us: a session ticket, a new key */
        keep(c, rest);
        return c->held ? shake(c, false) : SEC_E_OK;
    }
    c->text_ends = c->held - rest;
    return status;
}

SECURITY_STATUS channel_receive(struct channel *c, void *bytes, size_t room, size_t *size)
{
    SECURITY_STATUS status = SEC_E_OK;

    *size = 0;
    if (!c->text_size) {
        status = c->held ? open_record(c) : SEC_E_INCOMPLETE_MESSAGE;
        if (status == SEC_E_INCOMPLETE_MESSAGE)
            return more(c) ? SEC_E_OK : SEC_E_INCOMPLETE_MESSAGE;
    }
    *size = c->text_size < room ? c->text_size : room;
    if (*size)
        memcpy(bytes, c->text, *size);
    c->text += *size;
    c->text_size -= *size;
    if (!c->text_size && c->text_ends) {
        keep(c, c->held - c->text_ends);
        c->text_ends = 0;
    }
    return status;
}

bool channel_waits(const struct channel *c)
{
    /* Of a record that is not whole yet nothing can be had; its first five bytes tell. */
    return c->text_size ||
           (c->held >= 5 && c->held >= 5 + ((size_t)c->in[3] << 8 | (size_t)c->in[4]));
}

void channel_close(struct channel *c)
{
    DWORD word = SCHANNEL_SHUTDOWN;
    SecBuffer control = {sizeof(word), SECBUFFER_TOKEN, &word}, out = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc what = {SECBUFFER_VERSION, 1, &control}, output = {SECBUFFER_VERSION, 1, &out};

    if (c->made && ApplyControlToken(&c->context, &what) == SEC_E_OK) {
        (void)leg(c, true, NULL, &output);
        if (out.cbBuffer)
            (void)socket_send(c->fd, out.pvBuffer, out.cbBuffer);
        FreeContextBuffer(out.pvBuffer);
    }
    if (SecIsValidHandle(&c->context))
        DeleteSecurityContext(&c->context);
    SecInvalidateHandle(&c->context);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    explicit_bzero(c->in, sizeof(c->in));
}
