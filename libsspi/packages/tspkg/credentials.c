/*
 * Credential handles: Negotiate's, to authenticate with, and the account that may be delegated. Of
 * a logon session the password is not in it: it is read from the store when it is sent.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"

struct ts_credential *ts_credential_hold(struct ts_credential *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

void ts_credential_release(struct ts_credential *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    lsa_inner()->release(c->negotiate);
    ts_account_free(c->account);
    secret_free(c->card);
    free(c);
}

static const struct lsa_package *negotiate(void)
{
    const struct lsa_package *package = lsa_host_find(u"Negotiate");

    if (!package)
        reason_set(0, "the security package Negotiate is not loaded");
    return package;
}

/*
 * alice@REALM as NTLM's servers know her, too: alice of that domain. Any other suffix stays with
 * the name, since only the KDC can tell what realm that is (RFC 6806 5).
 */
static bool is_in_realm(const struct ts_account *account, const WCHAR **realm)
{
    const WCHAR *at = account->principal + utf16_length(account->user);
    bool dot = false;

    if (utf16_length(account->principal) <= utf16_length(account->user) || *at != '@' ||
        memcmp(account->principal, account->user, utf16_length(account->user) * sizeof(WCHAR)) != 0)
        return false;
    for (const WCHAR *c = ++at; *c; c++) {
        if ((*c >= 'a' && *c <= 'z') || *c == '@')
            return false;
        dot = dot || *c == '.';
    }
    if (dot)
        *realm = at;
    return dot;
}

SECURITY_STATUS ts_negotiate_as(const struct ts_account *account,
                                struct lsa_inner_credential **credential)
{
    const struct lsa_package *package = negotiate();
    const WCHAR *user = account->user, *domain = account->domain;
    SEC_WINNT_AUTH_IDENTITY_W identity = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    TimeStamp expiry;

    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    if (account->principal[0] && !is_in_realm(account, &domain)) {
        user = account->principal;
        domain = u"";
    }
    identity.User = (unsigned short *)(uintptr_t)user;
    identity.UserLength = (ULONG)utf16_length(user);
    identity.Domain = (unsigned short *)(uintptr_t)domain;
    identity.DomainLength = (ULONG)utf16_length(domain);
    identity.Password = (unsigned short *)account->password;
    identity.PasswordLength = (ULONG)utf16_length(account->password);
    return lsa_inner()->acquire(package, NULL, SECPKG_CRED_OUTBOUND, NULL, &identity, NULL, NULL,
                                credential, &expiry);
}

/* Who has no user name means the credentials that the process has anyway. */
static SECURITY_STATUS capture(PVOID identity, struct ts_credential *c)
{
    struct identity id = {0};
    SECURITY_STATUS status = identity ? identity_capture(ts_lsa, identity, &id) : SEC_E_OK;

    if (status != SEC_E_OK || !id.user_units)
        goto out;
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (utf16_length(id.user) != id.user_units ||
        (id.domain && utf16_length(id.domain) != id.domain_units))
        goto out;
    c->account = ts_account_new(id.user, id.user_units, id.domain, id.domain_units, id.password,
                                id.password_units);
    status = c->account ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
out:
    identity_clear(&id);
    return status;
}

/* In lsad: the session asked for, if the caller may have it, else the caller's own. */
static SECURITY_STATUS choose_session(const LUID *asked, struct ts_credential *c)
{
    SECPKG_CLIENT_INFO client;

    if (!lsa_host_is_lsad())
        return SEC_E_OK;
    if (c->use & SECPKG_CRED_INBOUND || !NT_SUCCESS(ts_lsa->GetClientInfo(&client)))
        return SEC_E_NO_CREDENTIALS; /* what clients delegate is for the program that accepts */
    c->luid = client.LogonId;
    if (asked && !SecIsZeroLuid(asked) && !SecEqualLuid(asked, &client.LogonId)) {
        if (!client.HasTcbPrivilege)
            return SEC_E_NOT_OWNER;
        c->luid = *asked;
    }
    return SEC_E_OK;
}

/*
 * SEC_E_OK; SEC_E_UNKNOWN_CREDENTIALS for an identity that is none, SEC_E_NO_CREDENTIALS when
 * Negotiate has none (and in lsad for every acceptor), SEC_E_NOT_OWNER for the session of another,
 * SEC_E_UNSUPPORTED_FUNCTION for a use that is neither inbound nor outbound,
 * SEC_E_SECPKG_NOT_FOUND without Negotiate, SEC_E_INSUFFICIENT_MEMORY.
 */
NTSTATUS NTAPI ts_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID luid,
                                      PVOID identity, PVOID get_key, PVOID get_key_argument,
                                      PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    const struct lsa_package *package = negotiate();
    SECURITY_STATUS status = SEC_E_SECPKG_NOT_FOUND;
    struct ts_credential *c = NULL;
    TimeStamp until = {.QuadPart = INT64_MAX};

    if (!package)
        goto out;
    status = SEC_E_UNSUPPORTED_FUNCTION;
    if (!(use & SECPKG_CRED_BOTH))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = calloc(1, sizeof(*c));
    if (!c)
        goto out;
    atomic_init(&c->references, 1);
    c->use = use;
    status = choose_session(luid, c);
    /* With a card nobody is authenticated here: that is done with what the process has anyway. */
    if (status == SEC_E_OK && ts_is_smart_card(identity)) {
        status = ts_smart_card(identity, &c->card, &c->card_size);
        identity = NULL;
    } else if (status == SEC_E_OK) {
        status = capture(identity, c);
    }
    if (status != SEC_E_OK)
        goto out;
    status = lsa_inner()->acquire(package, principal && principal->Length ? principal : NULL, use,
                                  lsa_host_is_lsad() ? &c->luid : luid, identity, get_key,
                                  get_key_argument, &c->negotiate, &until);
    if (status != SEC_E_OK)
        goto out;
    *handle = (LSA_SEC_HANDLE)c;
    if (expiry)
        *expiry = until;
    c = NULL;
out:
    ts_credential_release(c);
    return status;
}

NTSTATUS NTAPI ts_free_credentials(LSA_SEC_HANDLE handle)
{
    ts_credential_release((struct ts_credential *)handle);
    return SEC_E_OK;
}

NTSTATUS NTAPI ts_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct ts_credential *c = (struct ts_credential *)handle;

    return lsa_inner()->query_credential(c->negotiate, attribute, buffer);
}
