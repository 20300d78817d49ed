/*
 * Tickets of logon sessions are renewed while they can be, when half of their life is over.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdlib.h>

#include "libsspi/packages/kerberos/session.h"

bool kerb_ticket_due(krb5_context krb, const krb5_creds *creds)
{
    int64_t begin = (int64_t)(uint32_t)(creds->times.starttime ? creds->times.starttime
                                                               : creds->times.authtime);

    return kerb_ticket_left(krb, creds) < ((int64_t)(uint32_t)creds->times.endtime - begin) / 2;
}

static void renew_one(krb5_context krb, const LUID *luid)
{
    krb5_creds *tgt, renewed;
    krb5_error_code code;

    if (kerb_ticket_get(krb, luid, KERB_KEY_TGT, &tgt))
        return;
    if (kerb_ticket_left(krb, tgt) > 0 && kerb_ticket_due(krb, tgt) &&
        (tgt->ticket_flags & TKT_FLG_RENEWABLE) &&
        (uint32_t)tgt->times.renew_till > (uint32_t)tgt->times.endtime) {
        code = kerb_renew_tgt(krb, tgt, &renewed);
        if (!code)
            code = kerb_ticket_put(krb, luid, KERB_KEY_TGT, &renewed);
        (void)kerb_status(krb, code, KERB_LOGON, "the renewal of a ticket");
        krb5_free_cred_contents(krb, &renewed);
    }
    krb5_free_creds(krb, tgt);
}

DWORD NTAPI kerb_renew_all(PVOID arg)
{
    krb5_context krb;
    LUID *luids = NULL;
    size_t count = 0, i = 0;

    (void)arg;
    pthread_mutex_lock(&kerb_sessions.lock);
    for (struct kerb_session *s = kerb_sessions.list; s; s = s->next)
        count++;
    luids = calloc(count ? count : 1, sizeof(*luids));
    count = 0;
    for (struct kerb_session *s = kerb_sessions.list; s && luids; s = s->next)
        if (!s->ended && !s->fetching)
            luids[count++] = s->luid;
    pthread_mutex_unlock(&kerb_sessions.lock);
    krb = count ? kerb_context_take() : NULL;
    for (i = 0; krb && i < count && !kerb_sessions.stopping; i++) {
        if (!kerb_session_exists(&luids[i]))
            kerb_session_end(&luids[i]);
        else
            renew_one(krb, &luids[i]);
    }
    if (krb)
        kerb_context_give(krb);
    free(luids);
    return 0;
}
