/*
 * The command line of a logon script (lpLogonScript), split into arguments. There is no shell: no
 * variables, wildcards, pipes or comments.
 *
 *   line      = *blank [ argument *( 1*blank argument ) ] *blank
 *   blank     = space / tab
 *   argument  = 1*( plain / quoted )
 *   quoted    = '"' *( plain / blank / '""' ) '"'
 *   plain     = any character but blank, '"' and control characters
 *
 * "" within quotes is a quote. A backslash is a character like any other, unless a quote follows
 * the backslashes: then two of them are one backslash, and a last single one makes the quote a
 * plain character. These are the rules by which Windows programs split what CreateProcess gives
 * them ("Parsing C command-line arguments", Microsoft C++ documentation), so that a credential
 * manager written there gets what it meant; but an unfinished quote is an error here.
 */
#ifndef CREDMGR_NOTIFY_COMMAND_H
#define CREDMGR_NOTIFY_COMMAND_H

#define MPR_COMMAND_ARGUMENTS_MAX 256

/*
 * The arguments of `line` (UTF-8), NULL-terminated, in one piece of memory: free(). NULL with
 * *error, a few words: empty, an unfinished quote, a control character, over
 * MPR_COMMAND_ARGUMENTS_MAX arguments, no memory.
 */
char **mpr_command_split(const char *line, const char **error);

/*
 * The file to run for the first argument, in new memory: an absolute path as it is; a bare name is
 * looked for in /usr/local/bin, /usr/bin and /bin, as the caller may execute it. NULL with *error:
 * a relative path (it would mean another file in each directory), not found, no memory.
 */
char *mpr_command_program(const char *name, const char **error);

#endif
