/*
 * Tickets are fetched with the passwords of logon sessions, in threads of their own: a login waits
 * for no KDC.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/kerberos/logon/session.h"

#define FETCHERS_MAX 32 /* a KDC that never answers holds each for half a minute */

static krb5_error_code fetch_once(krb5_context krb, const LUID *luid, krb5_creds *tgt)
{
    void *password = NULL;
    char *word = NULL;
    size_t size;
    krb5_principal client = NULL;
    krb5_error_code code = KRB5_CC_NOTFOUND;

    if (!NT_SUCCESS(kerb_store_get(luid, KERB_KEY_PASSWORD, &password, &size)))
        goto out;
    code = ENOMEM;
    word = secret_alloc(size + 1);
    if (!word)
        goto out;
    memcpy(word, password, size);
    code = kerb_stored_account(krb, luid, &client);
    if (!code)
        code = kerb_get_tgt(krb, client, word, tgt);
out:
    krb5_free_principal(krb, client);
    secret_free(word);
    secret_free(password);
    return code;
}

/* Nobody waits for the ticket of a login: the LSA is told that there is none, and why. */
void kerb_tell_failure(const LUID *session, SECURITY_STATUS outcome)
{
    TOKEN_SOURCE source = {.SourceName = {'K', 'e', 'r', 'b', 'e', 'r', 'o', 's'}};
    UNICODE_STRING account = {0, 0, NULL};
    LUID luid = *session;
    void *name = NULL;
    size_t size = 0, units = 0;

    if (NT_SUCCESS(kerb_store_get(&luid, KERB_KEY_ACCOUNT, &name, &size)) && size <= KERB_TEXT_MAX)
        account.Buffer = utf16_from_utf8(name, size, &units);
    account.Length = account.MaximumLength = (USHORT)(units * sizeof(WCHAR));
    kerb_lsa->AuditLogon(outcome, STATUS_SUCCESS, &account, NULL, NULL, NULL, Interactive, &source,
                         &luid);
    free(account.Buffer);
    secret_free(name);
}

/*
 * Stores what a fetch brought, unless another password came in meanwhile: false, then the fetch is
 * for nothing. The lock of all sessions is not held: under a storm of logins everybody would wait
 * for whoever the scheduler stopped inside it.
 */
static bool keep_fetched(struct kerb_session *s, unsigned generation, krb5_context krb,
                         krb5_error_code code, krb5_creds *tgt)
{
    SECURITY_STATUS outcome = kerb_status(krb, code, KERB_LOGON, "the ticket of a logon session");
    bool current;

    pthread_mutex_lock(&s->store);
    pthread_mutex_lock(&kerb_sessions.lock);
    current = generation == s->generation;
    if (current) {
        s->outcome = outcome;
        s->why = *reason_get();
    }
    pthread_mutex_unlock(&kerb_sessions.lock);
    if (current && outcome)
        kerb_tell_failure(&s->luid, outcome);
    if (current) {
        if (!code)
            code = kerb_ticket_put(krb, &s->luid, KERB_KEY_TGT, tgt);
        if (!code)
            kerb_renew_soon(krb, tgt);
        if (!code)
            kerb_store_each(&s->luid, kerb_forget_service_ticket, &s->luid);
        if (kerb_password_refused(code) || (!code && !kerb_keeps_password()))
            kerb_store_remove(&s->luid, KERB_KEY_PASSWORD);
    }
    pthread_mutex_unlock(&s->store);
    return current;
}

/* Returns the generation of the password that was fetched with. */
static unsigned fetch_for(struct kerb_session *s, krb5_context krb)
{
    krb5_creds tgt;
    krb5_error_code code;
    unsigned generation;
    bool kept = false;

    do {
        pthread_mutex_lock(&kerb_sessions.lock);
        generation = s->generation;
        kept = s->ended || kerb_sessions.stopping || !krb;
        pthread_mutex_unlock(&kerb_sessions.lock);
        if (kept)
            break;
        memset(&tgt, 0, sizeof(tgt));
        code = fetch_once(krb, &s->luid, &tgt);
        kept = keep_fetched(s, generation, krb, code, &tgt);
        krb5_free_cred_contents(krb, &tgt);
    } while (!kept);
    return generation;
}

/* With the lock held: the session that has waited longest for its turn. */
static struct kerb_session *take_queued(void)
{
    struct kerb_session *oldest = NULL;

    for (struct kerb_session *s = kerb_sessions.list; s; s = s->next)
        if (s->queued)
            oldest = s; /* new ones come to the front of the list */
    if (oldest)
        oldest->queued = false;
    return oldest;
}

/* Fetches for one session, and then for whoever waits. */
static DWORD NTAPI fetch_thread(PVOID arg)
{
    krb5_context krb = kerb_context_take();
    unsigned generation;

    for (struct kerb_session *s = arg; s;) {
        generation = fetch_for(s, krb);
        pthread_mutex_lock(&kerb_sessions.lock);
        if (!krb)
            s->outcome = SEC_E_INSUFFICIENT_MEMORY;
        s->fetching = false;
        /* A password that came in since is fetched for again. */
        if (generation != s->generation && !s->ended)
            kerb_fetch_start(s);
        s = take_queued();
        if (!s) {
            kerb_context_give(krb);
            kerb_sessions.threads--;
        }
        kerb_sessions_sweep();
        pthread_cond_broadcast(&kerb_sessions.changed);
        pthread_mutex_unlock(&kerb_sessions.lock);
    }
    return 0;
}

/* With the lock held. */
void kerb_fetch_start(struct kerb_session *s)
{
    if (s->fetching || kerb_sessions.stopping)
        return;
    s->fetching = true;
    s->outcome = SEC_E_OK;
    s->queued = kerb_sessions.threads >= FETCHERS_MAX;
    if (s->queued)
        return;
    kerb_sessions.threads++;
    if (!kerb_lsa->CreateThread(NULL, 0, fetch_thread, s, 0, NULL)) {
        s->fetching = false;
        s->outcome = SEC_E_INSUFFICIENT_MEMORY;
        kerb_sessions.threads--;
    }
}

/* With the lock held: waits until no fetch is under way; false when that takes too long. */
bool kerb_fetch_wait(struct kerb_session *s, unsigned seconds)
{
    struct timespec until;
    int error = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    s->waiting++;
    while (s->fetching && !s->ended && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&kerb_sessions.changed, &kerb_sessions.lock, &until);
    s->waiting--;
    return !s->fetching && !s->ended;
}
