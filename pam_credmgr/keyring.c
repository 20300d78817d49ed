/*
 * The key that tells a person's processes which logon session is theirs. It is no secret and no
 * proof: lsad believes the number only from a process of the session's own uid.
 *
 * keyrings(7), session-keyring(7)
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <keyutils.h>
#include "pam_credmgr/module.h"

/*
 * The person's processes possess the key through their session keyring: they may look, and no more.
 */
#define LUID_KEY_PERM (KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH)

/*
 * Whether the present session keyring is one that only the session about to begin will use. It is
 * not when
 *  - it is somebody else's: `su dave` must not put dave's LUID where carla's processes look;
 *  - it is root's: a daemon's keyring, shared by all it starts, looks like a root login's own;
 *  - it is the user session keyring (_uid_ses.N), shared by all processes without another;
 *  - it names a logon session already: in `su alice` by alice, the outer one goes on afterwards.
 */
static bool is_for_this_session(uid_t uid)
{
    char description[256];
    unsigned owner = 0;
    int name = 0;
    long size = keyctl_describe(KEY_SPEC_SESSION_KEYRING, description, sizeof description);

    if (size < 0 || (size_t)size > sizeof description)
        return false;
    if (sscanf(description, "keyring;%u;%*d;%*x;%n", &owner, &name) != 1 || name == 0)
        return false;
    if (owner != uid || uid == 0 || strncmp(description + name, "_uid", 4) == 0)
        return false;
    return keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", LUID_KEY, 0) < 0 && errno == ENOKEY;
}

/*
 * The kernel gives a new session keyring to the caller's real uid, which is root's here or, in su,
 * the uid of who runs it; the effective and the file system uid do not matter to it. Rather than
 * change the real uid of a process that is not ours, even for a moment in which that user could
 * send it signals, the keyring is given away afterwards. Where that is refused (the person's key
 * quota is used up) it stays as it is: possessing it is what their processes need.
 */
static bool join_new(uid_t uid, gid_t gid)
{
    key_serial_t keyring = keyctl_join_session_keyring(NULL);

    if (keyring < 0)
        return false;
    (void)keyctl_chown(keyring, uid, gid);
    return true;
}

int32_t luid_key_put(uid_t uid, gid_t gid, uint64_t luid)
{
    char payload[LUID_KEY_SIZE + 1];
    key_serial_t key;

    if (!is_for_this_session(uid) && !join_new(uid, gid))
        return -1;
    snprintf(payload, sizeof payload, "%016" PRIx64, luid);
    key = add_key("user", LUID_KEY, payload, LUID_KEY_SIZE, KEY_SPEC_SESSION_KEYRING);
    if (key < 0)
        return -1;
    if (keyctl_setperm(key, LUID_KEY_PERM) < 0) {
        int error = errno;

        (void)keyctl_unlink(key, KEY_SPEC_SESSION_KEYRING);
        errno = error;
        return -1;
    }
    return key;
}

bool luid_key_names(uint64_t luid)
{
    char digits[LUID_KEY_SIZE + 1], payload[LUID_KEY_SIZE];
    long key = keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", LUID_KEY, 0);

    snprintf(digits, sizeof digits, "%016" PRIx64, luid);
    return key >= 0 && keyctl_read((key_serial_t)key, payload, sizeof payload) == LUID_KEY_SIZE &&
           memcmp(payload, digits, sizeof payload) == 0;
}

void luid_key_remove(int32_t key)
{
    int error = errno;

    (void)keyctl_invalidate(
        key); /* pam_keyinit may have revoked the keyring it is in: then nobody can see it anyway */
    errno = error;
}
