/*
 * Tickets that another PAM module, or sshd, got for the person who logs on: for the manager lsa.
 */
#ifndef CREDMGR_NOTIFY_MANAGERS_TICKETS_H
#define CREDMGR_NOTIFY_MANAGERS_TICKETS_H

#include <ntsecpkg.h>
#include <stddef.h>

enum tickets_result {
    TICKETS_TAKEN,   /* the logon session has them */
    TICKETS_NONE,    /* there are none */
    TICKETS_REFUSED, /* … or none that are good for this person: `why` says in words */
};

#define TICKETS_WHY_MAX 128 /* bytes of `why` */

/*
 * Reads the credential cache `ccache` (a name that anybody may have chosen; any length) with the
 * rights of the person whose logon session `luid` is, and submits what is in it to the Kerberos
 * package of the LSA. Takes five seconds at most, whatever the cache is.
 */
enum tickets_result tickets_import(const LUID *luid, const char *ccache, char *why);

#endif
