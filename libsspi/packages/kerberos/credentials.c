/*
 * Credential handles: a logon session's tickets, a name and password that the caller supplied, or
 * what the calling process has of its own (its cache and its keytab); and the tickets that each of
 * them can get.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/identity.h"
#include "libsspi/packages/kerberos/user_mode.h"

static void credential_free(krb5_context krb, struct kerb_credential *c)
{
    krb5_ccache cache;

    if (!c)
        return;
    if (c->source == KERB_EXPLICIT && c->cache && krb && !krb5_cc_resolve(krb, c->cache, &cache))
        krb5_cc_destroy(krb, cache);
    if (c->memory_keytab_handle && krb)
        krb5_kt_close(krb, c->memory_keytab_handle);
    pthread_mutex_destroy(&c->lock);
    free(c->client);
    secret_free(c->password);
    free(c->cache);
    free(c->keytab);
    free(c->accept_as);
    free(c->memory_keytab);
    free(c);
}

/* The principal as new text that free() takes. */
static krb5_error_code unparse(krb5_context krb, krb5_principal principal, char **out)
{
    char *name;
    krb5_error_code code = krb5_unparse_name(krb, principal, &name);

    if (code)
        return code;
    *out = strdup(name);
    krb5_free_unparsed_name(krb, name);
    return *out ? 0 : ENOMEM;
}

static SECURITY_STATUS use_identity(krb5_context krb, struct kerb_credential *c,
                                    const struct identity *id)
{
    char *user = utf16_to_utf8(id->user, id->user_units, NULL);
    char *domain = id->domain ? utf16_to_utf8(id->domain, id->domain_units, NULL) : NULL;
    krb5_principal principal = NULL;
    SECURITY_STATUS status = SEC_E_UNKNOWN_CREDENTIALS;
    krb5_error_code code;

    if (!user || (id->domain && !domain))
        goto out;
    code = kerb_account(krb, user, domain, &principal);
    if (!code)
        code = unparse(krb, principal, &c->client);
    status = kerb_status(krb, code, KERB_LOGON, "the name of an identity");
    if (status)
        goto out;
    c->client_type = principal->type;
    c->password = id->password ? utf16_to_utf8_secret(id->password, id->password_units, NULL)
                               : secret_alloc(1);
    status = c->password ? SEC_E_OK : SEC_E_UNKNOWN_CREDENTIALS;
out:
    krb5_free_principal(krb, principal);
    free(user);
    free(domain);
    return status;
}

/* The process's own default cache, when it has tickets of somebody. */
static SECURITY_STATUS use_process_cache(krb5_context krb, struct kerb_credential *c)
{
    krb5_ccache cache = NULL;
    krb5_principal principal = NULL;
    char *name = NULL;
    krb5_error_code code = krb5_cc_default(krb, &cache);

    if (!code)
        code = krb5_cc_get_principal(krb, cache, &principal);
    if (!code)
        code = krb5_cc_get_full_name(krb, cache, &name);
    if (!code)
        code = unparse(krb, principal, &c->client);
    if (!code && !(c->cache = strdup(name)))
        code = ENOMEM;
    if (name)
        krb5_free_string(krb, name);
    krb5_free_principal(krb, principal);
    if (cache)
        krb5_cc_close(krb, cache);
    return code ? kerb_status(krb, code, KERB_LOGON, "the default credential cache") ==
                          SEC_E_INSUFFICIENT_MEMORY
                      ? SEC_E_INSUFFICIENT_MEMORY
                      : SEC_E_NO_CREDENTIALS
                : SEC_E_OK;
}

static SECURITY_STATUS use_process_keytab(krb5_context krb, struct kerb_credential *c)
{
    krb5_keytab keytab = NULL;
    char name[1024];
    krb5_error_code code = krb5_kt_default(krb, &keytab);

    if (!code)
        code = krb5_kt_have_content(krb, keytab);
    if (!code)
        code = krb5_kt_get_name(krb, keytab, name, sizeof(name));
    if (keytab)
        krb5_kt_close(krb, keytab);
    if (kerb_status(krb, code, KERB_ACCEPTOR, "the default keytab"))
        return SEC_E_NO_CREDENTIALS;
    c->keytab = strdup(name);
    return c->keytab ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS use_process(krb5_context krb, struct kerb_credential *c, ULONG use)
{
    SECURITY_STATUS status = SEC_E_OK;

    if (use & SECPKG_CRED_OUTBOUND)
        status = use_process_cache(krb, c);
    if (!status && (use & SECPKG_CRED_INBOUND))
        status = use_process_keytab(krb, c);
    return status;
}

static SECURITY_STATUS use_session(struct kerb_credential *c, const LUID *luid)
{
    SECPKG_CLIENT_INFO client;
    NTSTATUS status;

    if (luid && (luid->LowPart || luid->HighPart)) {
        c->luid = *luid;
    } else {
        status = kerb_lsa->GetClientInfo(&client);
        if (!NT_SUCCESS(status))
            return SEC_E_NO_CREDENTIALS;
        c->luid = client.LogonId;
    }
    /* What accepts needs a key, and a session has tickets only. */
    if ((c->use & SECPKG_CRED_INBOUND) || !kerb_session_exists(&c->luid))
        return SEC_E_NO_CREDENTIALS;
    kerb_session_touch(&c->luid);
    return SEC_E_OK;
}

/* When the credential ends, for the application to see; a session's is renewed, so it says what is
 * known now. */
static void credential_expiry(krb5_context krb, const struct kerb_credential *c, PTimeStamp expiry)
{
    krb5_creds *tgt;

    expiry->QuadPart = INT64_MAX;
    if (c->source == KERB_SESSION && !kerb_ticket_get(krb, &c->luid, KERB_KEY_TGT, &tgt)) {
        *expiry = kerb_timestamp((int64_t)(uint32_t)tgt->times.endtime);
        krb5_free_creds(krb, tgt);
    }
}

NTSTATUS NTAPI kerb_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID luid,
                                        PVOID identity, PVOID get_key, PVOID get_key_argument,
                                        PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct kerb_credential *c = calloc(1, sizeof(*c));
    struct identity id = {0};
    krb5_context krb = NULL;
    char *wanted = NULL;
    TimeStamp ignored;
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    (void)get_key, (void)get_key_argument; /* documented as unused */
    if (!c)
        return status;
    pthread_mutex_init(&c->lock, NULL);
    c->use = use & SECPKG_CRED_BOTH;
    krb = kerb_context_take();
    if (!krb)
        goto out;
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (!c->use)
        goto out;
    if (identity) {
        status = identity_capture(kerb_lsa, identity, &id);
        if (status)
            goto out;
    }
    if (id.user_units) {
        c->source = KERB_EXPLICIT;
        status = use_identity(krb, c, &id);
    } else if (kerb_in_process()) {
        c->source = KERB_PROCESS;
        status = use_process(krb, c, c->use);
    } else {
        c->source = KERB_SESSION;
        status = use_session(c, luid);
    }
    if (status)
        goto out;
    if (principal && principal->Length && (c->use & SECPKG_CRED_INBOUND)) {
        krb5_principal service = NULL;

        wanted = kerb_utf8(principal);
        status = wanted ? kerb_status(krb, kerb_target(krb, wanted, &service), KERB_ACCEPTOR,
                                      "the name to accept as")
                        : SEC_E_UNKNOWN_CREDENTIALS;
        if (!status)
            status = unparse(krb, service, &c->accept_as) ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_OK;
        krb5_free_principal(krb, service);
        if (status)
            goto out;
    }
    credential_expiry(krb, c, expiry ? expiry : &ignored);
    atomic_init(&c->references, 1);
    *handle = (LSA_SEC_HANDLE)c;
    c = NULL;
    status = SEC_E_OK;
out:
    free(wanted);
    identity_clear(&id);
    credential_free(krb, c);
    if (krb)
        kerb_context_give(krb);
    return status;
}

struct kerb_credential *kerb_credential_hold(struct kerb_credential *c)
{
    atomic_fetch_add(&c->references, 1);
    return c;
}

void kerb_credential_release(krb5_context krb, struct kerb_credential *c)
{
    if (c && atomic_fetch_sub(&c->references, 1) == 1)
        credential_free(krb, c);
}

NTSTATUS NTAPI kerb_free_credentials(LSA_SEC_HANDLE handle)
{
    krb5_context krb = kerb_context_take();

    kerb_credential_release(krb, (struct kerb_credential *)handle);
    if (krb)
        kerb_context_give(krb);
    return SEC_E_OK;
}

/* SECPKG_CRED_ATTR_NAMES alone: REALM\user, in LSA heap. */
NTSTATUS NTAPI kerb_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct kerb_credential *c = (struct kerb_credential *)handle;
    PSecPkgCredentials_NamesW names = buffer;
    void *account = NULL;
    size_t size = 0;
    WCHAR *wide = NULL;
    NTSTATUS status = SEC_E_NO_CREDENTIALS;

    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (c->source == KERB_SESSION) {
        if (!NT_SUCCESS(kerb_store_get(&c->luid, KERB_KEY_ACCOUNT, &account, &size)))
            return status;
        wide = utf16_from_utf8(account, size, NULL);
    } else if (c->client || c->accept_as) {
        const char *name = c->client ? c->client : c->accept_as;

        wide = utf16_from_utf8(name, strlen(name), NULL);
    } else {
        return status;
    }
    names->sUserName = wide ? kerb_windows_name(wide, kerb_lsa->AllocateLsaHeap) : NULL;
    status = names->sUserName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    free(wide);
    secret_free(account);
    return status;
}

/* ---- tickets
 * ------------------------------------------------------------------------------------- */

static krb5_error_code get_ticket(krb5_context krb, krb5_ccache cache, krb5_principal client,
                                  krb5_principal service, krb5_creds **ticket)
{
    krb5_creds wanted = {.client = client, .server = service};

    return krb5_get_credentials(krb, 0, cache, &wanted, ticket);
}

static char *ticket_key(krb5_context krb, krb5_principal service)
{
    char *name, *key = NULL;

    if (krb5_unparse_name(krb, service, &name))
        return NULL;
    if (asprintf(&key, KERB_KEY_TICKET "%s", name) < 0)
        key = NULL;
    krb5_free_unparsed_name(krb, name);
    return key;
}

static SECURITY_STATUS session_ticket(krb5_context krb, struct kerb_credential *c,
                                      krb5_principal service, krb5_creds **ticket)
{
    char *key = ticket_key(krb, service);
    krb5_creds *tgt = NULL;
    krb5_ccache cache = NULL;
    krb5_error_code code;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!key)
        return status;
    if (!kerb_ticket_get(krb, &c->luid, key, ticket)) {
        if (kerb_ticket_left(krb, *ticket) > 0) {
            status = SEC_E_OK;
            goto out;
        }
        krb5_free_creds(krb, *ticket);
        *ticket = NULL;
        kerb_store_remove(&c->luid, key);
    }
    status = kerb_session_tgt(krb, &c->luid, &tgt);
    if (status)
        goto out;
    code = kerb_cache_with(krb, tgt, &cache);
    if (!code)
        code = get_ticket(krb, cache, tgt->client, service, ticket);
    status = kerb_status(krb, code, KERB_INITIATOR, "a service ticket");
    if (!code)
        (void)kerb_status(krb, kerb_ticket_put(krb, &c->luid, key, *ticket), KERB_INITIATOR,
                          "keeping a ticket");
out:
    if (cache)
        krb5_cc_destroy(krb, cache);
    krb5_free_creds(krb, tgt);
    free(key);
    return status;
}

/* The AS exchange of an explicit identity, with the lock held. */
static krb5_error_code explicit_logon(krb5_context krb, struct kerb_credential *c)
{
    krb5_principal client = NULL;
    krb5_creds tgt;
    krb5_ccache cache = NULL;
    char *name = NULL;
    krb5_error_code code = krb5_parse_name(krb, c->client, &client);

    if (code)
        return code;
    client->type = c->client_type;
    code = kerb_get_tgt(krb, client, c->password, &tgt);
    if (!code) {
        code = kerb_cache_with(krb, &tgt, &cache);
        krb5_free_cred_contents(krb, &tgt);
    }
    if (!code)
        code = krb5_cc_get_full_name(krb, cache, &name);
    if (!code) {
        free(c->cache);
        c->cache = strdup(name);
        code = c->cache ? 0 : ENOMEM;
    }
    if (name)
        krb5_free_string(krb, name);
    if (cache)
        code ? krb5_cc_destroy(krb, cache) : krb5_cc_close(krb, cache);
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

static SECURITY_STATUS explicit_ticket(krb5_context krb, struct kerb_credential *c,
                                       krb5_principal service, krb5_creds **ticket)
{
    krb5_error_code code = 0;
    krb5_ccache old;

    pthread_mutex_lock(&c->lock);
    if (!c->cache)
        code = explicit_logon(krb, c);
    pthread_mutex_unlock(&c->lock);
    if (code)
        return kerb_status(krb, code, KERB_LOGON, "the logon of an explicit identity");
    code = cache_ticket(krb, c, service, ticket);
    if (code == KRB5KRB_AP_ERR_TKT_EXPIRED) {
        pthread_mutex_lock(&c->lock);
        if (!krb5_cc_resolve(krb, c->cache, &old))
            krb5_cc_destroy(krb, old);
        code = explicit_logon(krb, c);
        pthread_mutex_unlock(&c->lock);
        if (!code)
            code = cache_ticket(krb, c, service, ticket);
    }
    return kerb_status(krb, code, KERB_INITIATOR, "a service ticket");
}

SECURITY_STATUS kerb_service_ticket(krb5_context krb, struct kerb_credential *c,
                                    krb5_principal service, krb5_creds **ticket)
{
    *ticket = NULL;
    if (!(c->use & SECPKG_CRED_OUTBOUND))
        return SEC_E_NO_CREDENTIALS;
    switch (c->source) {
    case KERB_SESSION:
        return session_ticket(krb, c, service, ticket);
    case KERB_EXPLICIT:
        return explicit_ticket(krb, c, service, ticket);
    default:
        return kerb_status(krb, cache_ticket(krb, c, service, ticket), KERB_INITIATOR,
                           "a service ticket");
    }
}

void kerb_forget_ticket(krb5_context krb, struct kerb_credential *c, krb5_principal service)
{
    char *key;
    krb5_ccache cache;
    krb5_creds match = {.server = service};

    if (c->source == KERB_SESSION) {
        key = ticket_key(krb, service);
        if (key)
            kerb_store_remove(&c->luid, key);
        free(key);
    } else if (c->source == KERB_EXPLICIT && c->cache && !krb5_cc_resolve(krb, c->cache, &cache)) {
        (void)krb5_cc_remove_cred(krb, cache, 0, &match);
        krb5_cc_close(krb, cache);
    }
}

krb5_error_code kerb_open_cache(krb5_context krb, struct kerb_credential *c, krb5_ccache *cache)
{
    krb5_creds *tgt;
    krb5_error_code code;

    *cache = NULL;
    if (c->source != KERB_SESSION)
        return c->cache ? krb5_cc_resolve(krb, c->cache, cache) : KRB5_CC_NOTFOUND;
    if (kerb_session_tgt(krb, &c->luid, &tgt))
        return KRB5_CC_NOTFOUND;
    code = kerb_cache_with(krb, tgt, cache);
    krb5_free_creds(krb, tgt);
    return code;
}

void kerb_close_cache(krb5_context krb, struct kerb_credential *c, krb5_ccache cache)
{
    if (c->source == KERB_SESSION)
        krb5_cc_destroy(krb, cache);
    else
        krb5_cc_close(krb, cache);
}

/* ---- keys to accept with
 * ------------------------------------------------------------------------- */

/* The keys that the KDC derives from this password with the default salt; version 0 stands for any.
 */
static krb5_error_code fill_keytab(krb5_context krb, struct kerb_credential *c, krb5_keytab keytab)
{
    krb5_principal principal = NULL;
    krb5_enctype *types = NULL;
    krb5_data salt = {0}, word = {.data = c->password, .length = (unsigned)strlen(c->password)};
    krb5_error_code code = krb5_parse_name(krb, c->client, &principal);

    if (!code)
        code = krb5_get_permitted_enctypes(krb, &types);
    if (!code)
        code = krb5_principal2salt(krb, principal, &salt);
    for (size_t i = 0; !code && types[i]; i++) {
        krb5_keytab_entry entry = {.principal = principal};

        if (krb5_c_string_to_key(krb, types[i], &word, &salt, &entry.key))
            continue; /* a type that this library does not do */
        code = krb5_kt_add_entry(krb, keytab, &entry);
        krb5_free_keyblock_contents(krb, &entry.key);
    }
    krb5_free_data_contents(krb, &salt);
    if (types)
        krb5_free_enctypes(krb, types);
    krb5_free_principal(krb, principal);
    return code;
}

SECURITY_STATUS kerb_open_keytab(krb5_context krb, struct kerb_credential *c, krb5_keytab *keytab)
{
    krb5_error_code code = 0;
    krb5_keytab made;

    *keytab = NULL;
    if (!(c->use & SECPKG_CRED_INBOUND))
        return SEC_E_NO_CREDENTIALS;
    if (c->source == KERB_EXPLICIT) {
        pthread_mutex_lock(&c->lock);
        if (!c->memory_keytab) {
            if (asprintf(&c->memory_keytab, "MEMORY:credmgr-%p", (void *)c) < 0)
                c->memory_keytab = NULL;
            code = c->memory_keytab ? krb5_kt_resolve(krb, c->memory_keytab, &made) : ENOMEM;
            if (!code) {
                c->memory_keytab_handle = made;
                code = fill_keytab(krb, c, made);
            }
        }
        pthread_mutex_unlock(&c->lock);
        if (!code)
            code = krb5_kt_resolve(krb, c->memory_keytab, keytab);
    } else {
        code = c->keytab ? krb5_kt_resolve(krb, c->keytab, keytab) : KRB5_KT_NOTFOUND;
    }
    return kerb_status(krb, code, KERB_ACCEPTOR, "the keys to accept with");
}
