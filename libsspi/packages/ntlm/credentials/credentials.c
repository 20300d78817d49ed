/*
 * Credentials of the LSA-mode half: what a logon leaves in the store, and the handles that
 * applications acquire.
 */
#include "libsspi/packages/ntlm/lsa_half.h"

#include <ntstatus.h>
#include <security.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/identity.h"
#include "libsspi/packages/ntlm/verify/chain.h"

/* Account and domain names have some 256 characters, a UPN up to 1024. */
#define NAME_MAX_UNITS 1024

/* The one credential of a logon session. */
static char key_name[] = "primary";

static LSA_STRING key(void)
{
    return (LSA_STRING){
        .Length = sizeof(key_name) - 1, .MaximumLength = sizeof(key_name), .Buffer = key_name};
}

/* ---- what the store keeps ----------------------------------------------------------- */

/* The whole entry in LSA heap: release() it. */
static bool fetch(LUID luid, LSA_STRING *stored)
{
    LSA_STRING key_value = key();
    ULONG query = 0, key_length = key_value.Length;

    *stored = (LSA_STRING){0};
    return NT_SUCCESS(ntlm_lsa.table->GetCredentials(&luid, ntlm_lsa.package_id, &query, FALSE,
                                                     &key_value, &key_length, stored));
}

static void release(LSA_STRING *stored)
{
    if (!stored->Buffer)
        return;
    secret_wipe(stored->Buffer, stored->Length);
    ntlm_lsa.table->FreeLsaHeap(stored->Buffer);
}

SECURITY_STATUS ntlm_read_stored(const LUID *luid, struct ntlm_account *account)
{
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;
    LSA_STRING stored;

    if (fetch(*luid, &stored) && ntlm_stored_read(stored.Buffer, stored.Length, account))
        status = SEC_E_OK;
    release(&stored);
    return status;
}

/* ---- what a logon brings ------------------------------------------------------------ */

static bool set_counted(struct ntlm_text *text, const UNICODE_STRING *string)
{
    return ntlm_text_set(text, string->Buffer, string->Buffer ? string->Length / sizeof(WCHAR) : 0);
}

/*
 * Somebody whose user principal name is of another domain than the one people log on to here
 * (alice@child.example.com) is an account of that one.
 */
static bool set_domain(struct ntlm_text *domain, const SECPKG_PRIMARY_CRED *primary)
{
    const WCHAR *upn = primary->Upn.Buffer;
    size_t units = upn ? primary->Upn.Length / sizeof(WCHAR) : 0, at = units;
    struct ntlm_text suffix = {0}, realm = {0};
    bool set =
        set_counted(domain, &primary->DomainName) && set_counted(&realm, &primary->DnsDomainName);

    while (at && upn[at - 1] != u'@')
        at--;
    if (set && at > 1 && at < units)
        set = ntlm_text_set(&suffix, upn + at, units - at);
    if (set && suffix.units && !ntlm_text_same(&suffix, &realm)) {
        ntlm_text_free(domain);
        *domain = suffix;
        suffix = (struct ntlm_text){0};
    }
    ntlm_text_free(&suffix);
    ntlm_text_free(&realm);
    return set;
}

static bool logon_account(const UNICODE_STRING *name, const SECPKG_PRIMARY_CRED *primary,
                          struct ntlm_account *account)
{
    const struct ntlm_text *fixed = &ntlm_lsa.default_domain;

    if (!set_counted(&account->user, name && name->Length ? name : &primary->DownlevelName))
        return false;
    if (fixed->units ? !ntlm_text_set(&account->domain, fixed->string, fixed->units)
                     : !set_domain(&account->domain, primary))
        return false;
    /*
     * peers compare domains without regard to case but hash them as they are: one spelling, that of
     * NetBIOS
     */
    utf16_upcase(account->domain.string, account->domain.units);
    return ntlm_account_password(account, primary->Password.Buffer,
                                 primary->Password.Length / sizeof(WCHAR), ntlm_lsa.policy.level);
}

static bool is_stored(LUID luid, const LSA_STRING *credential)
{
    LSA_STRING stored;
    bool same = fetch(luid, &stored) && stored.Length == credential->Length &&
                secret_equal(stored.Buffer, credential->Buffer, stored.Length);

    release(&stored);
    return same;
}

/*
 * A logon, or a changed password: from the password comes the hash, which replaces what the session
 * had; at an update with the password that it has already, nothing is touched. A logon without a
 * password (public key) leaves the session as it is: without NTLM, or, at a refresh, with what it
 * has.
 */
NTSTATUS NTAPI ntlm_accept_credentials(SECURITY_LOGON_TYPE logon_type, PUNICODE_STRING name,
                                       PSECPKG_PRIMARY_CRED primary,
                                       PSECPKG_SUPPLEMENTAL_CRED supplemental)
{
    struct wire_writer w = wire_writer_grow(UINT16_MAX);
    struct ntlm_account account = {0};
    LSA_STRING credential, key_value = key();
    NTSTATUS status = STATUS_SUCCESS;

    (void)logon_type, (void)supplemental;
    if (!primary || primary->Flags & PRIMARY_CRED_OWF_PASSWORD || !primary->Password.Buffer ||
        !primary->Password.Length)
        goto out;
    status = STATUS_NO_MEMORY;
    if (!logon_account(name, primary, &account))
        goto out;
    ntlm_stored_write(&w, &account);
    if (!wire_write_ok(&w))
        goto out;
    credential.Buffer = (char *)w.data;
    credential.Length = credential.MaximumLength = (USHORT)w.offset;
    status = STATUS_SUCCESS;
    if (primary->Flags & PRIMARY_CRED_UPDATE && is_stored(primary->LogonId, &credential))
        goto out;
    status = ntlm_lsa.table->AddCredential(&primary->LogonId, ntlm_lsa.package_id, &key_value,
                                           &credential);
out:
    ntlm_account_clear(&account);
    wire_writer_free(&w);
    return status;
}

/* ---- handles ------------------------------------------------------------------------ */

/*
 * An identity with no user is no identity: the caller means its own. One whose strings are all
 * there and all empty is nobody, who can authenticate (without a proof) but verify nobody.
 */
static SECURITY_STATUS capture(PVOID authorization, struct ntlm_credential *c)
{
    struct identity id = {0};
    SECURITY_STATUS status = SEC_E_OK;

    if (authorization)
        status = identity_capture(ntlm_lsa.table, authorization, &id);
    if (!status && !identity_allows(&id, NTLMSP_NAME))
        status = SEC_E_NO_CREDENTIALS;
    else if (!status && id.credential) /* a certificate, say */
        status = SEC_E_UNKNOWN_CREDENTIALS;
    if (status || (!id.user_units && !id.password_units && !id.domain_units)) {
        c->supplied = c->anonymous =
            !status && id.user && id.password && id.domain && !(c->use & SECPKG_CRED_INBOUND);
        goto out;
    }
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (!id.user_units || id.user_units > NAME_MAX_UNITS || id.domain_units > NAME_MAX_UNITS ||
        utf16_length(id.user) != id.user_units ||
        (id.domain && utf16_length(id.domain) != id.domain_units))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!ntlm_text_set(&c->account.user, id.user, id.user_units) ||
        !ntlm_text_set(&c->account.domain, id.domain, id.domain_units) ||
        !ntlm_account_password(&c->account, id.password, id.password_units, ntlm_lsa.policy.level))
        goto out;
    c->supplied = true;
    status = SEC_E_OK;
out:
    identity_clear(&id);
    return status;
}

/*
 * Whose logon session: the one asked for, if it is the caller's own or the caller is the system,
 * else the caller's.
 */
static SECURITY_STATUS choose_session(const LUID *asked, struct ntlm_credential *c)
{
    SECPKG_CLIENT_INFO client;
    struct ntlm_account account = {0};
    SECURITY_STATUS status;

    if (!NT_SUCCESS(ntlm_lsa.table->GetClientInfo(&client)))
        return SEC_E_NO_CREDENTIALS;
    c->luid = client.LogonId;
    if (asked && !SecIsZeroLuid(asked) && !SecEqualLuid(asked, &client.LogonId)) {
        if (!client.HasTcbPrivilege)
            return SEC_E_NOT_OWNER;
        c->luid = *asked;
    }
    status = ntlm_read_stored(&c->luid, &account);
    ntlm_account_clear(&account);
    if (c->use & SECPKG_CRED_INBOUND) {
        c->self_only = !ntlm_chain_is_acceptor();
        if (!c->self_only && !(c->use & SECPKG_CRED_OUTBOUND))
            status = SEC_E_OK; /* who verifies others need not be anybody */
    }
    return status;
}

/*
 * SEC_E_OK; SEC_E_UNKNOWN_CREDENTIALS for an identity that is none, SEC_E_NO_CREDENTIALS when the
 * logon session has no password (and, inbound, no rule of [acceptors] lets the caller verify
 * others), SEC_E_NOT_OWNER for the session of another, SEC_E_UNSUPPORTED_FUNCTION for a use that is
 * neither inbound nor outbound.
 */
NTSTATUS NTAPI ntlm_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID luid,
                                        PVOID authorization, PVOID get_key, PVOID get_key_argument,
                                        PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct ntlm_credential *c = NULL;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    (void)principal, (void)get_key, (void)get_key_argument;
    if (!(use & SECPKG_CRED_BOTH))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = secret_alloc(sizeof(*c));
    if (!c)
        goto out;
    atomic_init(&c->references, 1);
    c->use = use & SECPKG_CRED_BOTH;
    status = capture(authorization, c);
    if (!status && !c->supplied)
        status = choose_session(luid, c);
    if (status)
        goto out;
    *handle = (LSA_SEC_HANDLE)c;
    if (expiry)
        expiry->QuadPart = INT64_MAX;
    c = NULL;
out:
    ntlm_credential_release(c);
    return status;
}

void ntlm_credential_release(struct ntlm_credential *c)
{
    if (!c || atomic_fetch_sub(&c->references, 1) > 1)
        return;
    ntlm_account_clear(&c->account);
    secret_free(c);
}

NTSTATUS NTAPI ntlm_free_credentials(LSA_SEC_HANDLE handle)
{
    ntlm_credential_release((struct ntlm_credential *)handle);
    return SEC_E_OK;
}

SECURITY_STATUS ntlm_credential_account(const struct ntlm_credential *c, struct ntlm_account *copy,
                                        const struct ntlm_account **account)
{
    *account = c->supplied ? &c->account : copy;
    return c->supplied ? SEC_E_OK : ntlm_read_stored(&c->luid, copy);
}

/* SECPKG_CRED_ATTR_NAMES alone: DOMAIN\user, in LSA heap. */
NTSTATUS NTAPI ntlm_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct ntlm_credential *c = (const struct ntlm_credential *)handle;
    const struct ntlm_account *account;
    struct ntlm_account copy = {0};
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (attribute != SECPKG_CRED_ATTR_NAMES)
        return status;
    status = ntlm_credential_account(c, &copy, &account);
    if (!status) {
        WCHAR *name =
            ntlm_qualified_name(&account->user, &account->domain, ntlm_lsa.table->AllocateLsaHeap);

        ((PSecPkgCredentials_NamesW)buffer)->sUserName = name;
        status = name ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    ntlm_account_clear(&copy);
    return status;
}
