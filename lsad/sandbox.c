/*
 * Who the working process is: see the header.
 */
#include "lsad/sandbox.h"
#include "base/keyring.h"
#include "base/log.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef MCL_ONFAULT
#define MCL_ONFAULT 4
#endif

/*
 * MCL_FUTURE under a limit would make later allocations fail, so all memory is locked only when the
 * limit can be lifted; else the arenas of base/secret are what is locked.
 */
static bool lock_memory(void)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

    if (setrlimit(RLIMIT_MEMLOCK, &all) != 0) {
        log_info("memory is locked for secrets only: RLIMIT_MEMLOCK cannot be raised "
                 "(LimitMEMLOCK=infinity)");
        return false;
    }
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) {
        log_info("memory is locked for secrets only: %m");
        return false;
    }
    return true;
}

/* As many as wanted, else as many as the hard limit lets us have. */
static void raise_descriptors(unsigned wanted)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
        return;
    struct rlimit more = {.rlim_cur = wanted,
                          .rlim_max = files.rlim_max > wanted ? files.rlim_max : wanted};
    if (setrlimit(RLIMIT_NOFILE, &more) == 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    log_info("%llu descriptors at most (LimitNOFILE=%u would serve all clients)",
             (unsigned long long)files.rlim_max, wanted);
}

bool sandbox_limits(struct lsad_sandbox *sandbox, unsigned descriptors)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) != 0) {
        log_error("core files cannot be forbidden: %m");
        return false;
    }
    raise_descriptors(descriptors);
    if (keyring_own_session() <
        0) { /* else keys of whoever started us could be searched through ours */
        log_error("no session keyring of our own: %m");
        return false;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_error("new privileges cannot be forbidden: %m");
        return false;
    }
    sandbox->locked = lock_memory();
    return true;
}

/* The kernel gives the old value and no error; asking for an impossible uid changes nothing. */
static bool fsuid_is(uid_t uid)
{
    return (uid_t)setfsuid((uid_t)-1) == uid;
}

bool sandbox_identity(uid_t uid, gid_t gid)
{
    /* Changing uids must neither take the capabilities away halfway nor give any back later. */
    const unsigned long bits = SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                               SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                               SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED | SECBIT_KEEP_CAPS_LOCKED;
    uid_t real, effective, saved;

    if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) != 0) {
        log_error("securebits cannot be set: %m (CAP_SETPCAP is needed)");
        return false;
    }
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) {
        log_error("cannot become uid %u: %m (CAP_SETUID and CAP_SETGID are needed)", (unsigned)uid);
        return false;
    }
    (void)setfsuid(0);
    capng_clear(CAPNG_SELECT_ALL);
    if (capng_apply(CAPNG_SELECT_ALL) != 0) {
        log_error("capabilities cannot be dropped: %m");
        return false;
    }
    if (!fsuid_is(0) || getresuid(&real, &effective, &saved) != 0 || real != uid ||
        effective != uid || saved != uid || capng_get_caps_process() != 0 ||
        capng_have_capabilities(CAPNG_SELECT_ALL) != CAPNG_NONE) {
        log_error("the kernel did not make this process uid %u with fsuid 0 and no capability",
                  (unsigned)uid);
        return false;
    }
    if (setresuid(0, 0, 0) == 0) {
        log_error("this process could become root again");
        return false;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        log_error("dumping cannot be forbidden: %m");
        return false;
    }
    return true;
}
