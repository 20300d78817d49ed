/*
 * See the header. System calls as they are, since the C library's wrappers tell all threads.
 */
#include "base/thread_identity.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where the first numbers of these calls were for 16-bit ids, the others have names of their own.
 */
#ifdef SYS_setresuid32
#define CALL_SETRESUID SYS_setresuid32
#define CALL_SETRESGID SYS_setresgid32
#define CALL_SETGROUPS SYS_setgroups32
#else
#define CALL_SETRESUID SYS_setresuid
#define CALL_SETRESGID SYS_setresgid
#define CALL_SETGROUPS SYS_setgroups
#endif

#define KEEP ((unsigned)-1)

struct identity {
    uid_t effective_uid, saved_uid;
    gid_t effective_gid, saved_gid;
    struct __user_cap_data_struct capabilities[2];
    gid_t *groups; /* heap */
    size_t count;
};

static _Thread_local struct {
    bool changed;
    unsigned suspended;         /* how often; the thread is itself while it is not 0 */
    struct identity own, other; /* valid while `changed` */
} state;

/* ---- one identity -------------------------------------------------------------------------- */

static bool capabilities_get(struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    return syscall(SYS_capget, &header, data) == 0;
}

static bool capabilities_set(const struct __user_cap_data_struct data[2])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

    return syscall(SYS_capset, &header, data) == 0;
}

static void identity_clear(struct identity *id)
{
    free(id->groups);
    memset(id, 0, sizeof(*id));
}

/* A copy of the list, one longer than needed: an empty one is no NULL. */
static bool copy_groups(struct identity *id, const gid_t *groups, size_t count)
{
    id->groups = calloc(count + 1, sizeof(*groups));
    if (!id->groups)
        return false;
    if (count)
        memcpy(id->groups, groups, count * sizeof(*groups));
    id->count = count;
    return true;
}

static bool identity_read(struct identity *id)
{
    uid_t real_uid;
    gid_t real_gid;
    int count = getgroups(0, NULL);

    memset(id, 0, sizeof(*id));
    if (count < 0 || getresuid(&real_uid, &id->effective_uid, &id->saved_uid) != 0 ||
        getresgid(&real_gid, &id->effective_gid, &id->saved_gid) != 0 ||
        !capabilities_get(id->capabilities) || !copy_groups(id, NULL, 0))
        return false;
    free(id->groups);
    id->groups = calloc((size_t)count + 1, sizeof(gid_t));
    if (!id->groups)
        return false;
    count = getgroups(count, id->groups);
    id->count = count < 0 ? 0 : (size_t)count;
    return count >= 0;
}

/* Capabilities last, since a change of uid changes them. What was done when it fails stays done. */
static bool put_on(const struct identity *id)
{
    return syscall(CALL_SETGROUPS, id->count, id->groups) == 0 &&
           syscall(CALL_SETRESGID, KEEP, id->effective_gid, id->saved_gid) == 0 &&
           syscall(CALL_SETRESUID, KEEP, id->effective_uid, id->saved_uid) == 0 &&
           capabilities_set(id->capabilities);
}

/* From any point of put_on() back to the thread's own: the saved uid, or capabilities that are
 * still permitted, allow it. */
static void take_back(const struct identity *own)
{
    if (!capabilities_set(own->capabilities)) /* of root, the uid brings them back */
        errno = 0;
    if (syscall(CALL_SETRESUID, KEEP, own->effective_uid, KEEP) == 0 &&
        capabilities_set(own->capabilities) &&
        syscall(CALL_SETGROUPS, own->count, own->groups) == 0 &&
        syscall(CALL_SETRESGID, KEEP, own->effective_gid, own->saved_gid) == 0 &&
        syscall(CALL_SETRESUID, KEEP, own->effective_uid, own->saved_uid) == 0 &&
        capabilities_set(own->capabilities))
        return;
    perror("credmgr: a thread cannot get its own identity back");
    abort();
}

/* ---- the thread ---------------------------------------------------------------------------- */

/*
 * Whoever may set groups and ids: asked first, so that a refusal leaves nothing half done. Somebody
 * who is not root and would come back from uid 0 loses the capabilities for coming back.
 */
static bool may_change(const struct identity *own, uid_t uid)
{
    const unsigned needed = 1u << CAP_SETUID | 1u << CAP_SETGID;

    if (own->effective_uid != 0 && (uid == 0 || own->saved_uid == 0))
        return false;
    return (own->capabilities[0].effective & needed) == needed;
}

int thread_identity_become(uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
    struct identity own = {0}, other = {0};
    int error = EINVAL;

    if (uid == (uid_t)-1 || gid == (gid_t)-1 || count > NGROUPS_MAX)
        return error;
    if (state.suspended)
        return EBUSY;
    thread_identity_revert();
    error = ENOMEM;
    if (!identity_read(&own) || !copy_groups(&other, groups, count))
        goto out;
    error = EPERM;
    if (!may_change(&own, uid))
        goto out;
    other.effective_uid = uid;
    other.effective_gid = gid;
    other.saved_uid = own.effective_uid;
    other.saved_gid = own.effective_gid;
    memcpy(other.capabilities, own.capabilities, sizeof(other.capabilities));
    other.capabilities[0].effective = other.capabilities[1].effective = 0;
    errno = EPERM;
    /* A user namespace or a filter may forbid this to everybody: then take_back() could not do it,
     * either, and there is nothing to take back. */
    if (syscall(CALL_SETGROUPS, own.count, own.groups) != 0) {
        error = errno;
        goto out;
    }
    if (!put_on(&other)) {
        error = errno;
        take_back(&own);
        goto out;
    }
    state.own = own;
    state.other = other;
    state.changed = true;
    return 0;
out:
    identity_clear(&own);
    identity_clear(&other);
    return error;
}

void thread_identity_revert(void)
{
    if (!state.changed)
        return;
    if (!state.suspended)
        take_back(&state.own);
    identity_clear(&state.own);
    identity_clear(&state.other);
    state.changed = false;
    state.suspended = 0;
}

bool thread_identity_changed(void)
{
    return state.changed;
}

uid_t thread_identity_own_uid(void)
{
    return state.changed ? state.own.effective_uid : geteuid();
}

void thread_identity_suspend(void)
{
    int error = errno;

    if (state.changed && state.suspended++ == 0)
        take_back(&state.own);
    errno = error;
}

void thread_identity_resume(void)
{
    int error = errno;

    if (state.changed && state.suspended && --state.suspended == 0 && !put_on(&state.other)) {
        perror("credmgr: a thread cannot become its client again");
        abort();
    }
    errno = error;
}
