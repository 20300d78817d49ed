/*
 * See the header. `lsad --check` says "FILE:LINE: WHAT (REMEDY)", a line each.
 */
#include "tools/credmgr/check_lsa.h"
#include "libsspi/packages/ntlm/verify/accounts.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LSAD CREDMGR_SBINDIR "/lsad"

/* Cuts the line into its parts, in place. */
static void take_line(char *line,
                      void (*tell)(void *, const char *, int, const char *, const char *),
                      void *arg)
{
    char *what = strstr(line, ": "), *colon, *remedy = NULL, *end;
    size_t size = strcspn(line, "\n");
    long number = 0;

    line[size] = 0;
    if (!what)
        return;
    *what = 0;
    what += 2;
    colon = strrchr(line, ':');
    if (colon) {
        number = strtol(colon + 1, &end, 10);
        if (*end || end == colon + 1)
            number = 0;
        else
            *colon = 0;
    }
    size = strlen(what);
    for (char *at = what; size && what[size - 1] == ')' && (at = strstr(at, " (")); at++)
        remedy = at; /* the last one: "lsa.conf(5)" has no blank */
    if (remedy) {
        what[size - 1] = 0;
        *remedy = 0;
        remedy += 2;
    }
    tell(arg, line, (int)number, what, remedy);
}

static void nothing(const struct ntlm_local_account *account, void *arg)
{
    (void)account, (void)arg;
}

/* Only root can read it; with one line of it that is none, nobody in it counts. */
static void check_accounts(void (*tell)(void *, const char *, int, const char *, const char *),
                           void *arg)
{
    char why[NTLM_ACCOUNTS_WHY];

    if (geteuid() == 0 && !ntlm_accounts_each(CREDMGR_ACCOUNTS_PATH, nothing, NULL, why))
        take_line(why, tell, arg);
}

void check_lsa(void (*tell)(void *, const char *, int, const char *, const char *), void *arg)
{
    static char program[] = LSAD, option[] = "--check";
    char *const argv[] = {program, option, NULL}, *const environment[] = {NULL};
    posix_spawn_file_actions_t files;
    char *line = NULL;
    size_t room = 0;
    int ends[2], status, error;
    FILE *in;
    pid_t pid;

    check_accounts(tell, arg);
    if (access(LSAD, X_OK) != 0 || pipe(ends) != 0)
        return;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&files, ends[0]);
    posix_spawn_file_actions_addclose(&files, ends[1]);
    error = posix_spawn(&pid, program, &files, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    in = error ? NULL : fdopen(ends[0], "r");
    while (in && getline(&line, &room, in) > 0)
        take_line(line, tell, arg);
    free(line);
    if (in)
        fclose(in);
    else
        close(ends[0]);
    if (error)
        tell(arg, LSAD, 0, strerror(error), NULL);
    else
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
}
