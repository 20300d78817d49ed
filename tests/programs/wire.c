/*
 * Frames, sockets and passwords for the test programs.
 */
#include "tests/programs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/wire.h"

#define HEADER     5
#define SECRET_MAX 4096

const char *program = "program";

void complain(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "%s: ", program);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL); /* a peer that is gone is no SIGPIPE */

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            complain("cannot send: %s", strerror(errno));
            return false;
        }
        data += n;
        size -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t n = read(fd, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            complain("cannot receive: %s",
                     n == 0 ? "the peer closed the connection" : strerror(errno));
            return false;
        }
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool frame_send(int fd, unsigned flags, const void *data, size_t size)
{
    uint8_t *whole = malloc(HEADER + size);
    struct wire_writer w = wire_writer(whole, HEADER + size);
    bool sent = false;

    if (!whole || size > FRAME_MAX) {
        complain("a token of %zu bytes cannot be sent", size);
        goto out;
    }
    wire_put_u8(&w, (uint8_t)flags);
    wire_put_u32be(&w, (uint32_t)size);
    wire_put_bytes(&w, data, size);
    sent = wire_write_ok(&w) && write_all(fd, whole, HEADER + size);
out:
    free(whole);
    return sent;
}

bool frame_receive(int fd, struct frame *frame)
{
    uint8_t header[HEADER];
    struct wire_reader r;

    memset(frame, 0, sizeof(*frame));
    if (!read_all(fd, header, sizeof(header)))
        return false;
    r = wire_reader(header, sizeof(header));
    frame->flags = wire_u8(&r);
    frame->size = wire_u32be(&r);
    if (frame->size > FRAME_MAX) {
        complain("the peer announces a token of %zu bytes; at most %u are taken", frame->size,
                 FRAME_MAX);
        return false;
    }
    frame->data = calloc(1, frame->size + 1);
    if (!frame->data || !read_all(fd, frame->data, frame->size)) {
        frame_free(frame);
        return false;
    }
    return true;
}

void frame_free(struct frame *frame)
{
    free(frame->data);
    memset(frame, 0, sizeof(*frame));
}

static struct addrinfo *resolve(const char *host, const char *port, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *list = NULL;
    int error = getaddrinfo(host, port, &hints, &list);

    if (error) {
        complain("%s:%s: %s", host, port, gai_strerror(error));
        return NULL;
    }
    return list;
}

int wire_connect(const char *host, const char *port)
{
    struct addrinfo *list = resolve(host, port, 0), *a;
    int fd = -1;

    for (a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    if (list && fd < 0)
        complain("cannot connect to %s:%s: %s", host, port, strerror(errno));
    if (list)
        freeaddrinfo(list);
    return fd;
}

int wire_listen(const char *host, const char *port)
{
    struct addrinfo *list = resolve(host, port, AI_PASSIVE);
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    char bound[16];
    int fd = -1, on = 1;

    if (!list)
        return -1;
    fd = socket(list->ai_family, list->ai_socktype | SOCK_CLOEXEC, list->ai_protocol);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, list->ai_addr, list->ai_addrlen) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
        getnameinfo((struct sockaddr *)&address, size, NULL, 0, bound, sizeof(bound),
                    NI_NUMERICSERV) != 0) {
        complain("cannot listen on %s:%s: %s", host, port, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    } else {
        printf("listening on %s\n", bound);
        fflush(stdout);
    }
    freeaddrinfo(list);
    return fd;
}

int wire_accept(int listener)
{
    int fd;

    do
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        complain("cannot accept a connection: %s", strerror(errno));
    return fd;
}

char *read_secret(int fd)
{
    char *secret = secret_alloc(SECRET_MAX);
    size_t length = 0;
    ssize_t n = 0;

    /* Byte by byte: what follows the line on the same descriptor belongs to somebody else. */
    while (secret && length < SECRET_MAX - 1) {
        n = read(fd, secret + length, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || secret[length] == '\n')
            break;
        length++;
    }
    if (!secret || n < 0 || length == SECRET_MAX - 1) {
        complain("no password could be read from descriptor %d: %s", fd,
                 n < 0 ? strerror(errno) : "the line is too long");
        secret_free(secret);
        return NULL;
    }
    secret[length] = '\0';
    return secret;
}

char *read_secret_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *secret;

    if (fd < 0) {
        complain("%s: %s", path, strerror(errno));
        return NULL;
    }
    secret = read_secret(fd);
    close(fd);
    return secret;
}
