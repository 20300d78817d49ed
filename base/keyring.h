/*
 * Kernel keys whose possession grants nothing. A key with the kernel's default permissions below
 * root's user keyring can be read by whoever inherits root's session (su from a root login). Here
 * every key and keyring is made in the calling thread's own thread keyring, gets the permissions
 * 0x003f0000 (possessor nothing, owner everything) and only then is moved below its parent. The
 * owner is the caller's fsuid. Thin over libkeyutils; safe to call from many threads.
 *
 * All functions return a value >= 0, or -1 with errno (EDQUOT: key quota used up, ENOKEY,
 * EKEYEXPIRED, EACCES, …). The -1 of one may be given to the next in place of a keyring: EINVAL.
 */
#ifndef CREDMGR_BASE_KEYRING_H
#define CREDMGR_BASE_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef int32_t keyring_serial;

#define KEYRING_PERM_OWNER_ONLY 0x003f0000u
#define KEYRING_PAYLOAD_MAX     32767 /* bytes in one "user" key */

/* Gives this thread a new, anonymous session keyring, so that keys can be made in it and nobody
 * else sees them. */
int keyring_own_session(void);
/* The keyring `name` below the user keyring @u of the caller's real uid (so: while still root);
 * made when missing. */
keyring_serial keyring_anchor(const char *name);
/*
 * The keyring `name` in `parent`; -1 with ENOKEY when it is not there. The kernel searches nested
 * keyrings too (4 µs among 5,000): below one anchor no two keyrings may have one name.
 */
keyring_serial keyring_find(keyring_serial parent, const char *name);
/* The keyring `name` linked in `parent` itself; made when missing. Of several who make it at once,
 * all get the same. */
keyring_serial keyring_make(keyring_serial parent, const char *name);
/*
 * Adds (or replaces) the "user" key `name` in `parent`. A payload over KEYRING_PAYLOAD_MAX (or an
 * empty one) lies in pieces "name#GENERATION.1", … beside the key, which then holds their head;
 * keyring_get puts it together again. Readers see the old value or the new one. A name like that of
 * a piece, or with '#' and a number at its end, is refused (EINVAL), as is a payload over 16 MiB
 * (EFBIG). `timeout` seconds, 0 for none. What is replaced or removed is wiped, and leaves the
 * quota, at once.
 */
keyring_serial keyring_put(keyring_serial parent, const char *name, const void *data, size_t size,
                           unsigned timeout);
/*
 * The payload, in secret memory (secret_free), with a zero byte behind it that *size does not
 * count. ENOKEY: not linked in `parent` itself; EKEYEXPIRED: its timeout has passed.
 */
int keyring_get(keyring_serial parent, const char *name, void **data, size_t *size);
/* Revokes and unlinks the key and all its pieces; 0 also when it is not there. */
int keyring_remove(keyring_serial parent, const char *name);
/* Reads and removes: of several callers at once one gets it, the others ENOKEY. */
int keyring_take(keyring_serial parent, const char *name, void **data, size_t *size);
/* Calls `visit` with each key's type ("user", "keyring"), description and serial until it returns
 * false. Pieces are not shown. */
int keyring_each(keyring_serial parent,
                 bool (*visit)(const char *type, const char *name, keyring_serial, void *),
                 void *arg);
/* Takes the keyring out of `parent`, revokes everything in it and invalidates it. */
int keyring_destroy(keyring_serial parent, keyring_serial keyring);
/*
 * True when `bytes` more leave a quarter of root's key quota to others. True also when the kernel
 * does not tell how much is used.
 */
bool keyring_has_room(size_t bytes);
/* uid that owns a key; used to tell whose session keyring we stand in. */
int keyring_owner(keyring_serial key, uid_t *uid);

#endif
