/*
 * Opens a credential cache whose name anybody may have chosen.
 */
#ifndef CREDMGR_NOTIFY_MANAGERS_CCACHE_OPEN_H
#define CREDMGR_NOTIFY_MANAGERS_CCACHE_OPEN_H

#include <krb5.h>
#include <stdbool.h>
#include <stddef.h>

#define CCACHE_NAME_MAX 1024          /* bytes of a name */
#define CCACHE_FILE_MAX (1024 * 1024) /* bytes of a file; one with 60 large tickets has 300,000 */

enum ccache_result {
    CCACHE_GOOD,
    CCACHE_NOTHING, /* there is no such cache, or it has no tickets that are good now */
    CCACHE_REFUSED, /* it cannot be used, `why` says in words */
};

/*
 * `name` as in KRB5CCNAME: FILE:, DIR:, KEYRING: and KCM:, or the path of a file alone. A file is
 * read once, as far as CCACHE_FILE_MAX, into memory, and only if it is a regular file of the
 * caller's effective uid: so nothing waits for a pipe, and nobody can exchange what was looked at.
 * *cache: krb5_cc_close.
 */
enum ccache_result ccache_open(krb5_context krb, const char *name, krb5_ccache *cache, char *why,
                               size_t room);

#endif
