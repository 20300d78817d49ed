/*
 * Which logon session a client belongs to. Its uid comes from the kernel and is the boundary; the
 * LUID only selects among the sessions of that uid, so it may come from the client.
 */
#include "libsspi/lsa/session.h"
#include "lsad/calls.h"

/*
 * A program started by a login carries the key lsa:logon, and its LUID is taken or nothing is: no
 * second guess. One without the key (cron's, a systemd user service's, one that was given another
 * session keyring) is found by the kernel's audit session, which follows a login through su and
 * setsid; the login uid must be the client's own, or a process that root's administrator runs as
 * somebody else would get that person's credentials. Root has no fallback: its daemons belong to
 * nobody's login.
 */
bool client_session(struct lsad_client *client, LUID *luid)
{
    uint32_t audit_session, audit_uid;
    uint64_t hint;

    pthread_mutex_lock(&client->lock);
    hint = client->luid_hint;
    pthread_mutex_unlock(&client->lock);
    if (hint) {
        *luid = lsa_luid_from_number(hint);
        return lsa_session_belongs(luid, client->uid);
    }
    if (client->uid == 0)
        return false;
    lsa_leader_audit(client->pid, &audit_session, &audit_uid);
    if (audit_uid != client->uid)
        return false;
    return lsa_session_by_audit(client->uid, audit_session, audit_uid, luid);
}
