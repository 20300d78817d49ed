/*
 * What a credential gives to a handshake: tickets for services, and the TGT to forward. The keys to
 * accept with are in keys.c.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/kerberos/logon/others.h"

static krb5_error_code get_ticket(krb5_context krb, krb5_ccache cache, krb5_principal client,
                                  krb5_principal service, krb5_creds **ticket)
{
    krb5_creds wanted = {.client = client, .server = service};

    return krb5_get_credentials(krb, 0, cache, &wanted, ticket);
}

/* ---- of a logon session: from the store, or from the KDC and into the store ---------------- */

/* By the name as it was asked for: the KDC may have answered for another one. */
static char *ticket_key(krb5_context krb, const char *who, krb5_principal service)
{
    char *name, *key = NULL, *full = NULL;

    if (krb5_unparse_name(krb, service, &name))
        return NULL;
    if (asprintf(&key, KERB_KEY_TICKET "%s", name) < 0)
        key = NULL;
    krb5_free_unparsed_name(krb, name);
    full = key ? kerb_key_name(who, key) : NULL;
    free(key);
    return full;
}

/* Which principal of the session serves: the one asked for, or that of the service's realm; free().
 * NULL: its own account. */
static char *who_serves(const struct kerb_credential *c, krb5_const_principal service)
{
    return c->who ? strdup(c->who) : kerb_other_for(&c->luid, service);
}

/* One that is still good; one that is not is forgotten. */
static bool stored_ticket(krb5_context krb, const LUID *luid, const char *key, krb5_creds **ticket)
{
    if (kerb_ticket_get(krb, luid, key, ticket))
        return false;
    if (kerb_ticket_left(krb, *ticket) > 0)
        return true;
    krb5_free_creds(krb, *ticket);
    *ticket = NULL;
    kerb_store_remove(luid, key);
    return false;
}

/* A service whose realm the KDC was to tell: a ticket that was submitted has it in its name. The
 * realm of the person is as good a guess as any. */
static bool submitted_ticket(krb5_context krb, const LUID *luid, krb5_const_principal service,
                             const char *key, krb5_creds **ticket)
{
    void *account = NULL;
    const char *at;
    char *full = NULL;
    size_t size;
    bool found = false;

    if (service->realm.length ||
        !NT_SUCCESS(kerb_store_get(luid, KERB_KEY_ACCOUNT, &account, &size)))
        return false;
    at = memrchr(account, '@', size);
    if (at && asprintf(&full, "%s%.*s", key, (int)((char *)account + size - at - 1), at + 1) < 0)
        full = NULL;
    found = full && stored_ticket(krb, luid, full, ticket);
    free(full);
    secret_free(account);
    return found;
}

static SECURITY_STATUS session_ticket(krb5_context krb, struct kerb_credential *c,
                                      krb5_principal service, krb5_creds **ticket)
{
    char *who = who_serves(c, service), *key = ticket_key(krb, who, service);
    krb5_creds *tgt = NULL;
    krb5_ccache cache = NULL;
    krb5_error_code code;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!key)
        goto out;
    status = SEC_E_OK;
    if (stored_ticket(krb, &c->luid, key, ticket) ||
        (!who && submitted_ticket(krb, &c->luid, service, key, ticket)))
        goto out;
    status = who ? kerb_other_tgt(krb, &c->luid, who, &tgt) : kerb_session_tgt(krb, &c->luid, &tgt);
    if (status)
        goto out;
    code = kerb_cache_with(krb, tgt, &cache);
    if (!code)
        code = get_ticket(krb, cache, tgt->client, service, ticket);
    status = kerb_status(krb, code, KERB_INITIATOR, "a service ticket");
    if (!status) /* a ticket that cannot be kept is still good for this once */
        kerb_status(krb, kerb_ticket_put(krb, &c->luid, key, *ticket), KERB_INITIATOR,
                    "keeping a ticket");
out:
    if (cache)
        krb5_cc_destroy(krb, cache);
    krb5_free_creds(krb, tgt);
    free(key);
    free(who);
    return status;
}

/* ---- of an identity: a cache in memory that lives as long as the credential ---------------- */

/* The AS exchange; the lock is held. */
static krb5_error_code explicit_logon(krb5_context krb, struct kerb_credential *c)
{
    krb5_principal client = NULL;
    krb5_creds tgt = {0};
    char *name = NULL;
    krb5_error_code code = krb5_parse_name(krb, c->client, &client);

    if (code)
        return code;
    client->type = c->client_type;
    code = c->source == KERB_KEYTAB ? kerb_get_tgt_keytab(krb, client, c->client_keytab, &tgt)
           : c->identity_only       ? kerb_get_tgt_without_pac(krb, client, c->password, &tgt)
                                    : kerb_get_tgt(krb, client, c->password, &tgt);
    if (!code && c->tickets) {
        code = krb5_cc_initialize(krb, c->tickets, tgt.client);
        if (!code)
            code = krb5_cc_store_cred(krb, c->tickets, &tgt);
    } else if (!code) {
        code = kerb_cache_with(krb, &tgt, &c->tickets);
        if (!code)
            code = krb5_cc_get_full_name(krb, c->tickets, &name);
        c->cache = name ? strdup(name) : NULL;
        if (!code && !c->cache)
            code = ENOMEM;
    }
    if (!code)
        c->logon_until = (int64_t)(uint32_t)tgt.times.endtime;
    krb5_free_string(krb, name);
    krb5_free_cred_contents(krb, &tgt);
    krb5_free_principal(krb, client);
    return code;
}

static krb5_error_code cache_ticket(krb5_context krb, struct kerb_credential *c,
                                    krb5_principal service, krb5_creds **ticket)
{
    krb5_ccache cache = NULL;
    krb5_principal client = NULL;
    krb5_error_code code = krb5_cc_resolve(krb, c->cache, &cache);

    if (!code)
        code = krb5_cc_get_principal(krb, cache, &client);
    if (!code)
        code = get_ticket(krb, cache, client, service, ticket);
    krb5_free_principal(krb, client);
    if (cache)
        krb5_cc_close(krb, cache);
    return code;
}

/* The TGT in the cache is still good; the lock is held. */
static bool logged_on(krb5_context krb, const struct kerb_credential *c)
{
    krb5_timestamp now;

    return c->cache && !krb5_timeofday(krb, &now) && c->logon_until > (int64_t)(uint32_t)now;
}

static krb5_error_code log_on(krb5_context krb, struct kerb_credential *c)
{
    krb5_error_code code = 0;

    pthread_mutex_lock(&c->lock);
    if (!logged_on(krb, c))
        code = explicit_logon(krb, c);
    pthread_mutex_unlock(&c->lock);
    return code;
}

static SECURITY_STATUS explicit_ticket(krb5_context krb, struct kerb_credential *c,
                                       krb5_principal service, krb5_creds **ticket)
{
    SECURITY_STATUS status =
        kerb_status(krb, log_on(krb, c), KERB_LOGON, "the logon of an identity");

    if (status)
        return status;
    return kerb_status(krb, cache_ticket(krb, c, service, ticket), KERB_INITIATOR,
                       "a service ticket");
}

/* ---- tickets ------------------------------------------------------------------------------- */

static SECURITY_STATUS get_by_source(krb5_context krb, struct kerb_credential *c,
                                     krb5_principal service, krb5_creds **ticket)
{
    krb5_error_code code;

    switch (c->source) {
    case KERB_SESSION:
        return session_ticket(krb, c, service, ticket);
    case KERB_S4U:
        return kerb_s4u_ticket(krb, c, service, ticket);
    case KERB_EXPLICIT:
    case KERB_KEYTAB:
        return explicit_ticket(krb, c, service, ticket);
    default:
        code = cache_ticket(krb, c, service, ticket);
        /* The TGT in the process's cache has expired: that is like having none. */
        if (code == KRB5KRB_AP_ERR_TKT_EXPIRED)
            code = KRB5_CC_NOTFOUND;
        return kerb_status(krb, code, KERB_INITIATOR, "a service ticket");
    }
}

SECURITY_STATUS kerb_service_ticket(krb5_context krb, struct kerb_credential *c,
                                    krb5_principal service, krb5_creds **ticket)
{
    struct kerb_way way;
    SECURITY_STATUS status;

    *ticket = NULL;
    if (!(c->use & SECPKG_CRED_OUTBOUND))
        return SEC_E_NO_CREDENTIALS;
    /* A user's tickets come the way of the service's that asks for them. */
    status = kerb_status(krb, kerb_proxy_open(krb, c->service ? c->service : c, service, &way),
                         KERB_INITIATOR, "the way to a KDC proxy");
    if (!status)
        status = get_by_source(way.krb, c, service, ticket);
    kerb_proxy_close(krb, &way);
    return status;
}

void kerb_forget_ticket(krb5_context krb, struct kerb_credential *c, krb5_principal service)
{
    krb5_creds match = {.server = service};
    krb5_ccache cache = NULL;
    char *key, *who;

    if (c->source == KERB_SESSION) {
        who = who_serves(c, service);
        key = ticket_key(krb, who, service);
        if (key)
            kerb_store_remove(&c->luid, key);
        free(key);
        free(who);
    } else if (c->source == KERB_S4U) {
        pthread_mutex_lock(&c->lock);
        if (c->tickets)
            krb5_cc_remove_cred(krb, c->tickets, 0, &match);
        pthread_mutex_unlock(&c->lock);
    } else if ((c->source == KERB_EXPLICIT || c->source == KERB_KEYTAB) &&
               !krb5_cc_resolve(krb, c->cache, &cache)) {
        krb5_cc_remove_cred(krb, cache, 0, &match);
        krb5_cc_close(krb, cache);
    } /* a process's own cache is the process's business */
}

/* The TGT of one of the session's principals. */
static krb5_error_code session_cache(krb5_context krb, const struct kerb_credential *c,
                                     const char *who, krb5_ccache *cache)
{
    krb5_creds *tgt;
    krb5_error_code code;

    if (who ? kerb_other_tgt(krb, &c->luid, who, &tgt) : kerb_session_tgt(krb, &c->luid, &tgt))
        return KRB5_CC_NOTFOUND;
    code = kerb_cache_with(krb, tgt, cache);
    krb5_free_creds(krb, tgt);
    return code;
}

krb5_error_code kerb_open_cache_of(krb5_context krb, struct kerb_credential *c,
                                   krb5_const_principal client, krb5_ccache *cache)
{
    char *name = NULL, *who = NULL;
    krb5_error_code code;

    if (c->source != KERB_SESSION || c->who)
        return kerb_open_cache(krb, c, cache);
    *cache = NULL;
    code = krb5_unparse_name(krb, client, &name);
    if (code)
        return code;
    (void)kerb_choose_other(&c->luid, name, &who); /* not to be found: the account, under a name
                                                      that the KDC has given it */
    krb5_free_unparsed_name(krb, name);
    code = session_cache(krb, c, who, cache);
    free(who);
    return code;
}

krb5_error_code kerb_open_cache(krb5_context krb, struct kerb_credential *c, krb5_ccache *cache)
{
    struct kerb_way way;
    krb5_error_code code = 0;

    *cache = NULL;
    if (c->source == KERB_EXPLICIT || c->source == KERB_KEYTAB) {
        code = kerb_proxy_open(krb, c, NULL, &way);
        if (!code)
            code = log_on(way.krb, c);
        kerb_proxy_close(krb, &way);
    }
    if (code)
        return code;
    if (c->source != KERB_SESSION)
        return c->cache ? krb5_cc_resolve(krb, c->cache, cache) : KRB5_CC_NOTFOUND;
    return session_cache(krb, c, c->who, cache);
}

void kerb_close_cache(krb5_context krb, struct kerb_credential *c, krb5_ccache cache)
{
    if (c->source == KERB_SESSION)
        krb5_cc_destroy(krb, cache);
    else
        krb5_cc_close(krb, cache);
}
