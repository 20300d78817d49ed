/*
 * What keyring.c (finding, making, walking) and keyring_payload.c (contents) share.
 */
#ifndef CREDMGR_BASE_KEYRING_INTERNAL_H
#define CREDMGR_BASE_KEYRING_INTERNAL_H

#include "base/keyring.h"
#include <inttypes.h>

#define KEYRING_NAME_SIZE 4096 /* the kernel's bound on a description, with its zero */

/* The name of a piece: the name of its head, the head's generation, the number of the piece from 1.
 */
#define KEYRING_PIECE_FORMAT "%s#%016" PRIx64 ".%u"
#define KEYRING_PIECE_SUFFIX 32 /* at most that many bytes longer than the name */
/* True for the name of a piece, which nobody else may use. */
bool keyring_is_piece(const char *name);
/* False with EINVAL for a name that is empty, too long, or a piece's. */
bool keyring_valid_name(const char *name);
/* The key of that type and name; with `direct` only if it is linked in `parent` itself. -1: ENOKEY,
 * EKEYEXPIRED, … */
keyring_serial keyring_look_up(keyring_serial parent, const char *type, const char *name,
                               bool direct);
/*
 * A new key or keyring with our permissions, below `parent`, in the place of one of the same type
 * and name; with `exclusive` -1 and EEXIST when there is one.
 */
keyring_serial keyring_add(keyring_serial parent, const char *type, const char *name,
                           const void *data, size_t size, unsigned timeout, bool exclusive);
/* Where the kernel tells of the quota; another file for tests. */
extern const char *keyring_users_file;
/* Wipes a user key that is not (or about to be not) linked any more. errno is kept. */
void keyring_drop(keyring_serial key);

#endif
