/*
 * The commands of credmgr(1): each fills a report from one source, and says on standard error what
 * it could not learn.
 */
#ifndef CREDMGR_TOOLS_COMMANDS_H
#define CREDMGR_TOOLS_COMMANDS_H

#include <stdbool.h>
#include <ntsecpkg.h>
#include "tools/credmgr/report.h"

#define COMMAND_OPERANDS 3

/* What the command line asked for besides the command. */
struct command_options {
    bool json;
    const char *socket;                         /* NULL: the default */
    const char *config;                         /* credmgr.conf; NULL: the default */
    LUID luid;                                  /* a logon session; 0: none was named */
    const char *operands[COMMAND_OPERANDS + 1]; /* behind the command, ended by NULL */
    int password_fd;                            /* -1: at the terminal */
    const char *user;                           /* whose password is saved; NULL: one's own */
    bool list, remove;                          /* of what is saved */
};

/*
 * Each returns the exit status: EXIT_SUCCESS, or EXIT_FAILURE after a message that says what to do.
 * *report is NULL when there is nothing to print; otherwise it is printed in both cases, since what
 * was learnt may be of use.
 */
int command_status(const struct command_options *options, struct report **report);
int command_sessions(const struct command_options *options, struct report **report);
int command_tickets(const struct command_options *options, struct report **report);
int command_purge(const struct command_options *options, struct report **report);
int command_packages(const struct command_options *options, struct report **report);
int command_providers(const struct command_options *options, struct report **report);
int command_save(const struct command_options *options, struct report **report);
int command_account(const struct command_options *options, struct report **report);
/* Without --json it prints the problems itself, a line each, and gives no report. */
int command_check(const struct command_options *options, struct report **report);

/* One line to standard error, with "credmgr: " before it. EXIT_FAILURE. */
int command_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * The same for what lsad answered, or that it did not: `what` as in "cannot list the logon
 * sessions".
 */
int command_fail_status(const struct command_options *options, const char *what, NTSTATUS status);

/* "0123456789abcdef", as the key lsa:logon has it. */
enum { LUID_TEXT_SIZE = 17 };
void luid_text(const LUID *luid, char text[LUID_TEXT_SIZE]);
/* The reverse; false: it is no such text, or 0. */
bool luid_read(const char *text, LUID *luid);
/*
 * Words of the flags that are set, in new memory (free()), separated by blanks; NULL without
 * memory.
 */
struct flag_name {
    ULONG flag;
    const char *name;
};
char *flag_words(ULONG flags, const struct flag_name *names, size_t count);
/*
 * A UTF-16 string in UTF-8, in new memory; what is no UTF-16 becomes U+FFFD. NULL without memory.
 */
char *text_of_utf16(const WCHAR *s, size_t units);

#endif
