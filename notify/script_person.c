/*
 * How the process that runs logon scripts stops being root: everything that came along from the
 * logon program and from mpnotify is put away, then the person's own is put on.
 */
#include "notify/script_person.h"
#include "libsspi/lsa/client.h"
#include "notify/request.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <keyutils.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LUID_DIGITS 16
/* The person's processes may look, and no more; as pam_credmgr.so makes it. */
#define LUID_KEY_PERM (KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH)

/* ---- the session keyring ------------------------------------------------------------------- */

/* Does the session keyring that came along name this logon session? Then it is the one that
 * pam_credmgr.so put the key into. */
static bool names_session(const char *digits)
{
    char payload[LUID_DIGITS];
    long key = keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", LSA_LOGON_KEY, 0);

    return key > 0 && keyctl_read((key_serial_t)key, payload, sizeof(payload)) == LUID_DIGITS &&
           memcmp(payload, digits, LUID_DIGITS) == 0;
}

/*
 * Any other keyring is somebody else's, like that of the daemon that logs people on. A new one is
 * the person's, since this process is by now.
 */
static bool own_keyring(uint64_t luid)
{
    char digits[LUID_DIGITS + 1];
    key_serial_t key;

    snprintf(digits, sizeof(digits), "%016" PRIx64, luid);
    if (luid && names_session(digits))
        return true;
    if (keyctl_join_session_keyring(NULL) < 0)
        return false;
    if (!luid)
        return true;
    key = add_key("user", LSA_LOGON_KEY, digits, LUID_DIGITS, KEY_SPEC_SESSION_KEYRING);
    return key >= 0 && keyctl_setperm(key, LUID_KEY_PERM) >= 0;
}

/* ---- the person ---------------------------------------------------------------------------- */

/*
 * mpnotify ignores some, posix_spawn(3) two more that are the C library's own, and a disposition
 * that ignores goes through execve(2). The library's functions refuse those two, so the kernel is
 * asked itself; a structure of zeros is SIG_DFL with every layout it has.
 */
static void own_signals(void)
{
    static const uint64_t usual[4];
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        (void)syscall(SYS_rt_sigaction, s, usual, NULL, NSIG / 8);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool own_descriptors(void)
{
    int null = open("/dev/null", O_RDWR);

    if (null < 0)
        return false;
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (dup2(null, fd) < 0)
            return false;
    return close_range(STDERR_FILENO + 1, ~0u, 0) == 0;
}

#define GROUPS_SECONDS 60 /* for a directory service that hangs: nobody would see this process */

/* Nobody may come back from it: kernel capabilities go with the uid, unless somebody asked them to
 * stay. */
static bool own_ids(const struct passwd *person)
{
    if (prctl(PR_SET_KEEPCAPS, 0) != 0 || initgroups(person->pw_name, person->pw_gid) != 0 ||
        setresgid(person->pw_gid, person->pw_gid, person->pw_gid) != 0 ||
        setresuid(person->pw_uid, person->pw_uid, person->pw_uid) != 0)
        return false;
    /* The kernel forgets that with the uid, where fs.suid_dumpable allows it. */
    if (prctl(PR_SET_DUMPABLE, 0) != 0)
        return false;
    errno = EPERM;
    return person->pw_uid == 0 || setresuid(0, 0, 0) != 0;
}

bool script_become(const struct passwd *person, uint64_t luid)
{
    own_signals();
    alarm(GROUPS_SECONDS);
    if (!own_descriptors() || !own_ids(person) || !own_keyring(luid))
        return false;
    alarm(0);
    umask(022);
    /* A home that is not there (yet), as sshd has it too. */
    return chdir(person->pw_dir) == 0 || chdir("/") == 0;
}

/* ---- the environment ----------------------------------------------------------------------- */

static bool is_named(const char *variable, const char *name)
{
    size_t length = strlen(name);

    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static bool put(char **list, size_t *count, const char *name, const char *value)
{
    return asprintf(&list[*count], "%s=%s", name, value) >= 0 && ++*count;
}

char **script_environment(const struct passwd *person, char *const *given)
{
    static const char *const ours[] = {"HOME", "USER", "LOGNAME", "SHELL", MPR_STAGED_VARIABLE};
    const char *shell = *person->pw_shell ? person->pw_shell : "/bin/sh";
    size_t count = 0, at = 0;
    bool path = false;
    char **list;

    while (given && given[count])
        count++;
    list = calloc(count + 6, sizeof(*list));
    if (!list || !put(list, &at, "HOME", person->pw_dir) ||
        !put(list, &at, "USER", person->pw_name) || !put(list, &at, "LOGNAME", person->pw_name) ||
        !put(list, &at, "SHELL", shell))
        return NULL;
    for (; given && *given; given++) {
        bool skip = !strchr(*given, '=') || **given == '=';

        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
            skip = skip || is_named(*given, ours[i]);
        path = path || is_named(*given, "PATH");
        if (!skip)
            list[at++] = *given;
    }
    if (!path && !put(list, &at, "PATH", "/usr/local/bin:/usr/bin:/bin"))
        return NULL;
    return list;
}
