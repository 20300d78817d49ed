/*
 * Sockets and messages: see the header.
 */
#include "link.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <credmgr.h>

static int complain_of(const char *what, const char *host, const char *port, const char *why)
{
    fprintf(stderr, "%s %s port %s: %s\n", what, host ? host : "any address", port, why);
    return -1;
}

int link_connect(const char *host, const char *port)
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

int link_listen(const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE,
                             .ai_family = AF_INET6},
                    *any;
    int error = getaddrinfo(NULL, port, &hints, &any), fd = -1, yes = 1, no = 0;

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

static bool send_all(int fd, const BYTE *bytes, size_t size)
{
    while (size) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, BYTE *bytes, size_t size)
{
    while (size) {
        ssize_t got = recv(fd, bytes, size, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        size -= (size_t)got;
    }
    return true;
}

bool link_send(int fd, const void *bytes, DWORD size)
{
    BYTE head[4] = {(BYTE)size, (BYTE)(size >> 8), (BYTE)(size >> 16), (BYTE)(size >> 24)};

    return size <= LINK_MESSAGE_MAX && send_all(fd, head, sizeof(head)) &&
           send_all(fd, bytes, size);
}

bool link_receive(int fd, BYTE **bytes, DWORD *size)
{
    BYTE head[4];

    *bytes = NULL;
    if (!receive_all(fd, head, sizeof(head)))
        return false;
    *size = (DWORD)head[0] | (DWORD)head[1] << 8 | (DWORD)head[2] << 16 | (DWORD)head[3] << 24;
    if (*size > LINK_MESSAGE_MAX)
        return false;
    *bytes = calloc(1, (size_t)*size + 1);
    if (*bytes && receive_all(fd, *bytes, *size))
        return true;
    free(*bytes);
    *bytes = NULL;
    return false;
}

void complain(const char *function, SECURITY_STATUS status)
{
    const char *why = CredmgrLastErrorText(NULL);

    fprintf(stderr, "%s: 0x%08x%s%s\n", function, (unsigned)status, *why ? ": " : "", why);
}
