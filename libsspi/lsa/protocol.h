/*
 * What client and server of lsa.proto share: the frame around a message, its bounds, and an
 * allocator for unpacked messages that is bounded and wiped, since passwords and session keys
 * travel in them.
 */
#ifndef CREDMGR_LSA_PROTOCOL_H
#define CREDMGR_LSA_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>
#include <windows.h>
#include "lsa.pb-c.h"

#define LSA_PROTOCOL_VERSION 1u
#define LSA_FRAME_HEADER     4u         /* bytes before each message: its size, u32 big endian */
#define LSA_FRAME_MAX        (1u << 20) /* bytes in one message */
#define LSA_TEXT_MAX                                                                               \
    1024u /* bytes in a user, domain, service, tty or host name, and in a password */
#define LSA_NAME16_MAX  4096u /* bytes in a package, principal or target name */
#define LSA_LEG_BUFFERS 16u   /* input buffers in one leg */
#define LSA_STRUCTURE_MAX                                                                          \
    65536u /* bytes in an attribute's structure, and in what a pointer of it leads to */
#define LSA_PIECES    4u      /* pointers in one */
#define LSA_CALL_ROOM 262144u /* bytes a client reserves for the reply of a package call */
#define LSA_HELLO_ID  1u      /* id of the hello; other requests count from 2 */

#define LSA_SOCKET_PATH CREDMGR_RUNDIR "/lsa.sock"

/*
 * Memory for one unpacked message: taken in one piece from secret memory, handed out from front to
 * back, wiped and released in one piece. When the piece is used up, unpacking fails: a message
 * cannot cost more than four times its size.
 */
struct lsa_arena {
    uint8_t *memory;
    size_t size, used;
    ProtobufCAllocator allocator; /* for *__unpack(); its free does nothing */
};
/* For unpacking a message of `message_size` bytes. false: no memory. */
bool lsa_arena_open(struct lsa_arena *arena, size_t message_size);
void lsa_arena_close(struct lsa_arena *arena);

/*
 * The size in a frame header (4 bytes). false when it is 0 or over LSA_FRAME_MAX: the peer does not
 * speak this protocol, and where the next frame begins is not known any more.
 */
bool lsa_frame_size(const uint8_t *header, size_t *message_size);
/*
 * `message` with its header, in secret memory (secret_free), *size bytes, behind `before` bytes
 * that are left free for the caller. NULL with errno ENOMEM or EMSGSIZE.
 */
uint8_t *lsa_frame_pack(const ProtobufCMessage *message, size_t before, size_t *size);

/* LUID and FILETIME as the messages carry them. */
uint64_t lsa_luid_number(const LUID *luid);
LUID lsa_luid_from_number(uint64_t number);
/* A payload of the key lsa:logon; 0 when it is not a LUID. */
uint64_t lsa_luid_parse(const char *text, size_t size);

/* A zero-terminated WCHAR string, borrowed, as a bytes field; NULL gives an empty one. */
ProtobufCBinaryData lsa_wide(const WCHAR *s);
/* A bytes field as a new zero-terminated WCHAR string; NULL with errno EILSEQ (odd size, a zero
 * inside, too long) or ENOMEM. */
WCHAR *lsa_wide_dup(const ProtobufCBinaryData *field);

#endif
