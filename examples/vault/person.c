/*
 * Becoming a person. Root that opens a file in a person's directory can be led anywhere by a link;
 * a process that is the person cannot do more than they can. The password that the child inherits
 * is theirs; nothing of root's is in it.
 */
#include "person.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_THE_PERSON 126

static int become(const struct passwd *person)
{
    const struct rlimit none = {0, 0};
    uid_t uid, effective, saved;

    if (initgroups(person->pw_name, person->pw_gid) < 0 ||
        setresgid(person->pw_gid, person->pw_gid, person->pw_gid) < 0 ||
        setresuid(person->pw_uid, person->pw_uid, person->pw_uid) < 0)
        return 0;
    if (getresuid(&uid, &effective, &saved) < 0 || uid != person->pw_uid || effective != uid ||
        saved != uid)
        return 0;
    /* Another process of theirs must not read the password out of this one. */
    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

int person_run(const struct passwd *person, int (*work)(const struct passwd *, const void *),
               const void *argument)
{
    int status;
    pid_t parent = getpid(), child = fork();

    if (child < 0)
        return -1;
    if (child == 0) {
        /* The MPR ends a manager that takes too long; its child goes with it. (Becoming somebody
         * else clears this, so it is set afterwards.) */
        if (!become(person) || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
            _exit(EXIT_NOT_THE_PERSON);
        _exit(work(person, argument));
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) == EXIT_NOT_THE_PERSON)
        return -1;
    return WEXITSTATUS(status);
}
