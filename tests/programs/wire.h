/*
 * How the peers of these programs talk: the framing of MIT's gss-client and gss-server (a byte of
 * flags, a 32-bit big-endian length, the token), observed on the wire, and plain TCP on loopback.
 */
#ifndef CREDMGR_TEST_PROGRAMS_WIRE_H
#define CREDMGR_TEST_PROGRAMS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_NOOP                                                                                 \
    0x01 /* nothing inside; ends a conversation, and answers a message that wants no MIC */
#define FRAME_CONTEXT      0x02 /* a token of the handshake */
#define FRAME_DATA         0x04
#define FRAME_MIC          0x08 /* the signature of the message just received */
#define FRAME_CONTEXT_NEXT 0x10 /* with NOOP, first of all: a handshake follows */
#define FRAME_WRAPPED      0x20
#define FRAME_ENCRYPTED    0x40
#define FRAME_SEND_MIC     0x80

#define FRAME_MAX (1u << 20) /* bytes in one token; more is refused */

struct frame {
    unsigned flags;
    uint8_t *data; /* free(); one byte longer than size, and zero there */
    size_t size;
};

/* Both return false with a line on standard error; an end between frames is one, too. */
bool frame_send(int fd, unsigned flags, const void *data, size_t size);
bool frame_receive(int fd, struct frame *frame);
void frame_free(struct frame *frame);

/* Connected socket, or -1 with a line on standard error. */
int wire_connect(const char *host, const char *port);
/* Listens on host:port (port 0: any) and prints "listening on PORT"; -1 with a line on standard
 * error. */
int wire_listen(const char *host, const char *port);
int wire_accept(int listener);

/* The program's name before every line of trouble. */
extern const char *program;
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line from a descriptor, without its end, in secret memory (secret_free); NULL with a line on
 * standard error. */
char *read_secret(int fd);
/* A whole small file, the same way. */
char *read_secret_file(const char *path);

#endif
