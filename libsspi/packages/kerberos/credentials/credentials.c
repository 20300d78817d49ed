/*
 * Credential handles: a logon session's tickets, a name and password that the caller supplied, or
 * what the calling process has of its own (its cache and its keytab).
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <security.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/identity.h"
#include "libsspi/packages/kerberos/acceptors.h"
#include "libsspi/packages/kerberos/logon/others.h"
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

struct kerb_credential *kerb_credential_new(ULONG use)
{
    struct kerb_credential *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    atomic_init(&c->references, 1);
    c->use = use & SECPKG_CRED_BOTH;
    return c;
}

struct kerb_credential *kerb_credential_hold(struct kerb_credential *c)
{
    atomic_fetch_add(&c->references, 1);
    return c;
}

void kerb_credential_release(struct kerb_credential *c)
{
    krb5_context krb;

    if (!c || atomic_fetch_sub(&c->references, 1) > 1)
        return;
    krb = kerb_context_take();
    if (c->service)
        kerb_s4u_release(krb, c);
    if (krb && c->tickets)
        krb5_cc_destroy(krb, c->tickets);
    if (krb && c->keys)
        krb5_kt_close(krb, c->keys);
    kerb_context_give(krb);
    pthread_mutex_destroy(&c->lock);
    free(c->client);
    secret_free(c->password);
    free(c->cache);
    free(c->keytab);
    free(c->client_keytab);
    free(c->accept_as);
    free(c->who);
    free(c->proxy.url);
    free(c);
}

/* ---- where the tickets come from ----------------------------------------------------------------
 */

static SECURITY_STATUS use_identity(krb5_context krb, struct kerb_credential *c,
                                    const struct identity *id)
{
    char *user = utf16_to_utf8(id->user, id->user_units, NULL);
    char *domain = id->domain ? utf16_to_utf8(id->domain, id->domain_units, NULL) : NULL;
    krb5_principal principal = NULL;
    SECURITY_STATUS status = SEC_E_UNKNOWN_CREDENTIALS;

    c->source = KERB_EXPLICIT;
    c->identity_only = id->flags & SEC_WINNT_AUTH_IDENTITY_ONLY;
    if (!user || (id->domain && !domain) || strlen(user) > KERB_TEXT_MAX ||
        kerb_status(krb, kerb_account(krb, user, domain, &principal), KERB_INITIATOR,
                    "the name of an identity"))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c->client = kerb_unparse(krb, principal);
    c->client_type = principal->type;
    if (!c->client)
        goto out;
    if (id->credential) {
        status = kerb_use_given_keytab(krb, c, id->credential, id->credential_size);
        goto out;
    }
    /* Who gives a name and no password, not even an empty one, vouches for the user. That is for
     * a service to do, one that has tickets or keys of its own. */
    if (!id->password && c->use == SECPKG_CRED_OUTBOUND && kerb_in_process()) {
        status = kerb_use_s4u(krb, c);
        if (!status || status == SEC_E_INSUFFICIENT_MEMORY)
            goto out;
        status = SEC_E_INSUFFICIENT_MEMORY;
    }
    c->password = id->password ? utf16_to_utf8_secret(id->password, id->password_units, NULL)
                               : secret_alloc(1);
    status = c->password ? SEC_E_OK : SEC_E_UNKNOWN_CREDENTIALS;
out:
    krb5_free_principal(krb, principal);
    free(user);
    free(domain);
    return status;
}

/* The session asked for, if it is the caller's own or the caller is the system; else the caller's.
 */
static SECURITY_STATUS use_session(krb5_context krb, struct kerb_credential *c, const LUID *asked)
{
    SECPKG_CLIENT_INFO client;

    c->source = KERB_SESSION;
    if (!NT_SUCCESS(kerb_lsa->GetClientInfo(&client)))
        return SEC_E_NO_CREDENTIALS;
    c->luid = client.LogonId;
    if (asked && !SecIsZeroLuid(asked) && !SecEqualLuid(asked, &client.LogonId)) {
        if (!client.HasTcbPrivilege)
            return SEC_E_NOT_OWNER;
        c->luid = *asked;
    }
    /* What accepts needs a key, and a session has tickets only: see acceptors.c. */
    if (c->use == SECPKG_CRED_INBOUND) {
        c->source = KERB_MACHINE;
        return SEC_E_OK;
    }
    if (c->use & SECPKG_CRED_INBOUND)
        return SEC_E_NO_CREDENTIALS;
    if (!kerb_session_exists(&c->luid)) {
        kerb_session_tell_why(&c->luid);
        return kerb_use_evidence(krb, c);
    }
    kerb_session_touch(&c->luid);
    return SEC_E_OK;
}

/* ---- handles ------------------------------------------------------------------------------- */

/* A session's ticket is renewed again and again: what is known now. */
static void credential_expiry(krb5_context krb, const struct kerb_credential *c, PTimeStamp expiry)
{
    krb5_creds *tgt;

    expiry->QuadPart = INT64_MAX;
    if (c->source == KERB_SESSION && !kerb_ticket_get(krb, &c->luid, KERB_KEY_TGT, &tgt)) {
        *expiry = kerb_timestamp((int64_t)(uint32_t)tgt->times.endtime);
        krb5_free_creds(krb, tgt);
    }
}

/* Of the principals of a session, the one that the caller names. */
static SECURITY_STATUS use_principal(krb5_context krb, struct kerb_credential *c,
                                     const UNICODE_STRING *name)
{
    char *wanted = kerb_utf8(name), *text = NULL;
    krb5_principal principal = NULL;
    SECURITY_STATUS status = SEC_E_UNKNOWN_CREDENTIALS;

    /* "user", "user@REALM" or "REALM\\user"; a user without a realm is of any. */
    if (wanted && !strpbrk(wanted, "@\\"))
        status = kerb_choose_other(&c->luid, wanted, &c->who);
    else if (wanted && !kerb_account(krb, wanted, NULL, &principal) &&
             !krb5_unparse_name_flags(krb, principal,
                                      principal->type == KRB5_NT_ENTERPRISE_PRINCIPAL
                                          ? KRB5_PRINCIPAL_UNPARSE_DISPLAY |
                                                KRB5_PRINCIPAL_UNPARSE_NO_REALM
                                          : 0,
                                      &text))
        status = kerb_choose_other(&c->luid, text, &c->who);
    krb5_free_unparsed_name(krb, text);
    krb5_free_principal(krb, principal);
    free(wanted);
    return status;
}

/* The one service that a server wants to accept for. */
static SECURITY_STATUS restrict_to(krb5_context krb, struct kerb_credential *c,
                                   const UNICODE_STRING *name)
{
    char *wanted = kerb_utf8(name), *realm = NULL;
    krb5_principal service = NULL;
    SECURITY_STATUS status = SEC_E_UNKNOWN_CREDENTIALS;
    krb5_error_code code = wanted ? kerb_target(krb, wanted, &service) : KRB5_PARSE_MALFORMED;

    /* A keytab knows no referrals. */
    if (!code && service->realm.length == 0) {
        code = krb5_get_default_realm(krb, &realm);
        if (!code)
            code = krb5_set_principal_realm(krb, service, realm);
        krb5_free_default_realm(krb, realm);
    }
    if (kerb_status(krb, code, KERB_ACCEPTOR, "the name to accept as"))
        goto out;
    c->accept_as = kerb_unparse(krb, service);
    status = c->accept_as ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
out:
    krb5_free_principal(krb, service);
    free(wanted);
    return status;
}

/*
 * As on Windows nothing is asked of a KDC here. SEC_E_NO_CREDENTIALS when there are no tickets or
 * keys to be had, SEC_E_UNKNOWN_CREDENTIALS for an identity that is none, SEC_E_NOT_OWNER for the
 * session of another.
 */
NTSTATUS NTAPI kerb_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID luid,
                                        PVOID identity, PVOID get_key, PVOID get_key_argument,
                                        PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct kerb_credential *c = kerb_credential_new(use);
    krb5_context krb = kerb_context_take();
    struct identity id = {0};
    char *name = principal && principal->Length ? kerb_utf8(principal) : NULL;
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    (void)get_key, (void)get_key_argument; /* documented as unused */
    if (!c || !krb)
        goto out;
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (principal && principal->Length && !name)
        goto out;
    status = identity ? identity_capture(kerb_lsa, identity, &id) : SEC_E_OK;
    if (!status && !identity_allows(&id, MICROSOFT_KERBEROS_NAME_W))
        status = SEC_E_NO_CREDENTIALS;
    else if (!status && id.credential && /* neither a password nor keys */
             memcmp(&id.type, &SEC_WINNT_AUTH_DATA_TYPE_KEYTAB, sizeof(id.type)) != 0)
        status = SEC_E_UNKNOWN_CREDENTIALS;
    if (status)
        goto out;
    /* An identity with no user is no identity: the caller means its own. */
    if (!c->use)
        status = SEC_E_INVALID_PARAMETER;
    else if (id.user_units)
        status = use_identity(krb, c, &id);
    else if (id.credential)
        status = kerb_use_given_keytab(krb, c, id.credential, id.credential_size);
    else
        status = kerb_in_process() && (!luid || SecIsZeroLuid(luid))
                     ? kerb_use_process(krb, c, c->use & SECPKG_CRED_INBOUND ? NULL : name)
                     : use_session(krb, c, luid);
    if (!status && principal && principal->Length && (c->use & SECPKG_CRED_INBOUND))
        status = restrict_to(krb, c, principal);
    if (!status && principal && principal->Length && c->source == KERB_SESSION)
        status = use_principal(krb, c, principal);
    if (!status && c->source == KERB_MACHINE)
        status = kerb_acceptor_keys(krb, c);
    if (!status && c->use == SECPKG_CRED_INBOUND)
        c->keeps_evidence = c->source == KERB_PROCESS
                                ? kerb_keeps_evidence() || kerb_process_is_client(krb, c->keytab)
                                : c->source == KERB_MACHINE && kerb_keeps_evidence();
    if (status)
        goto out;
    if (expiry)
        credential_expiry(krb, c, expiry);
    *handle = (LSA_SEC_HANDLE)c;
    c = NULL;
out:
    identity_clear(&id);
    free(name);
    kerb_context_give(krb);
    kerb_credential_release(c);
    return status;
}

NTSTATUS NTAPI kerb_free_credentials(LSA_SEC_HANDLE handle)
{
    kerb_credential_release((struct kerb_credential *)handle);
    return SEC_E_OK;
}

/* SECPKG_CRED_ATTR_NAMES alone: REALM\user, in LSA heap. */
NTSTATUS NTAPI kerb_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct kerb_credential *c = (struct kerb_credential *)handle;
    const char *name = c->client ? c->client : c->accept_as;
    PSecPkgCredentials_NamesW names = buffer;
    void *account = NULL;
    size_t size = name ? strlen(name) : 0;
    WCHAR *wide = NULL;
    NTSTATUS status = SEC_E_NO_CREDENTIALS;

    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (c->source == KERB_SESSION && c->who)
        name = c->who, size = strlen(name);
    else if (c->source == KERB_SESSION &&
             NT_SUCCESS(kerb_store_get(&c->luid, KERB_KEY_ACCOUNT, &account, &size)))
        name = account;
    if (!name)
        goto out;
    wide = utf16_from_utf8(name, size, NULL);
    names->sUserName = wide ? kerb_windows_name(wide, kerb_lsa->AllocateLsaHeap) : NULL;
    status = names->sUserName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
out:
    free(wide);
    secret_free(account);
    return status;
}
