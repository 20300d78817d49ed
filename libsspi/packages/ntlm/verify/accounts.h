/*
 * The accounts of this machine that NTLM knows without anybody being logged on: the file that
 * `credmgr account` edits, a line each:
 *
 *     name:NT hash in 32 hexadecimal digits:changed:expires:flags
 *
 * Times are seconds since 1970 (0: unknown, never). Flags: D disabled; K kept from a password
 * change (keep_local_accounts), so that it counts only as long as there is a user of that name.
 * Lines that begin with # are comments. Names are compared without regard to case.
 *
 * Whoever could write the file could be anybody: only a file of root's that nobody else can read or
 * write is believed, and even that is parsed as if it were not.
 */
#ifndef CREDMGR_NTLM_ACCOUNTS_H
#define CREDMGR_NTLM_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/ntlm/crypto.h"

#define CREDMGR_ACCOUNTS_PATH  CREDMGR_ACCOUNTS_FOLDER "/sam"
#define NTLM_ACCOUNTS_SIZE_MAX (4u << 20) /* bytes of the file */
#define NTLM_ACCOUNT_NAME_MAX  256u       /* bytes of UTF-8 */
#define NTLM_ACCOUNTS_WHY      256u       /* bytes of a message */

struct ntlm_local_account {
    char name[NTLM_ACCOUNT_NAME_MAX + 1];
    uint8_t nt_hash[NTLM_KEY_SIZE];
    int64_t changed, expires;
    bool disabled, kept;
};

/* UTF-8, not empty, no control character, none that Windows has no account with, no @. */
bool ntlm_accounts_name_is_good(const char *name);
bool ntlm_accounts_same_name(const char *a, const char *b);

/*
 * Calls visit for each account of the text. False when a line is malformed, where it ends, or when
 * two lines have the same name; *line is the number of that line. What was visited does not count
 * then.
 */
bool ntlm_accounts_read(const char *text, size_t size, unsigned *line,
                        void (*visit)(const struct ntlm_local_account *account, void *arg),
                        void *arg);

/* The same from the file. A file that is not there has no accounts. False with `why` (of
 * NTLM_ACCOUNTS_WHY bytes): "/var/lib/credmgr/sam:3: no account (…)". */
bool ntlm_accounts_each(const char *path,
                        void (*visit)(const struct ntlm_local_account *account, void *arg),
                        void *arg, char *why);

enum ntlm_accounts_change {
    NTLM_ACCOUNTS_ADD,
    NTLM_ACCOUNTS_PASSWORD, /* it is then the administrator's: no longer kept */
    NTLM_ACCOUNTS_REMOVE,
    NTLM_ACCOUNTS_ENABLE,
    NTLM_ACCOUNTS_DISABLE,
    NTLM_ACCOUNTS_EXPIRE,
    NTLM_ACCOUNTS_KEEP,   /* after a password change: makes it, or changes one that is kept */
    NTLM_ACCOUNTS_UPDATE, /* the same, but makes none */
    NTLM_ACCOUNTS_FORGET  /* of no name: those that are gone */
};

struct ntlm_accounts_edit {
    enum ntlm_accounts_change change;
    const char *name;
    const uint8_t *nt_hash; /* ADD, PASSWORD, KEEP */
    int64_t expires;        /* EXPIRE */
    /* Kept accounts for which it says true are left out of the new file; may be NULL. */
    bool (*is_gone)(const char *name);
};

enum ntlm_accounts_result {
    NTLM_ACCOUNTS_DONE,
    NTLM_ACCOUNTS_EXISTS,  /* ADD */
    NTLM_ACCOUNTS_MISSING, /* all but ADD and KEEP; FORGET: nobody is gone, nothing was written */
    NTLM_ACCOUNTS_OTHERS,  /* KEEP: it is the administrator's, and stays as it is */
    NTLM_ACCOUNTS_FAILED   /* `why` says it */
};

/*
 * Writes the file anew, as a whole or not at all; waits for others that do so. Its folder is made
 * when it is not there.
 */
enum ntlm_accounts_result ntlm_accounts_edit(const char *path,
                                             const struct ntlm_accounts_edit *edit, char *why);

/* accounts_text.c, for both: a line of its own. */
struct wire_writer;
void ntlm_accounts_write(struct wire_writer *w, const struct ntlm_local_account *account);
/* accounts_file.c: the file in secret memory (secret_free()); *text NULL: it is not there. */
bool ntlm_accounts_load(const char *path, char **text, size_t *size, char *why);

#endif
