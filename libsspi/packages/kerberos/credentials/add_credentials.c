/*
 * AddCredentials: more accounts for a server that accepts with a password, so that one handle
 * accepts for all of them. A server with a keytab has the keys of all its accounts there.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/identity.h"

/* The account, and under the service's name when the caller tells one: an Active Directory gives
 * tickets for a service the key of its account, with the salt of that. */
static SECURITY_STATUS add_account(krb5_context krb, struct kerb_credential *c,
                                   const struct identity *id, const UNICODE_STRING *service)
{
    char *user = utf16_to_utf8(id->user, id->user_units, NULL);
    char *domain = id->domain ? utf16_to_utf8(id->domain, id->domain_units, NULL) : NULL;
    char *password = utf16_to_utf8_secret(id->password, id->password_units, NULL);
    char *wanted = service ? kerb_utf8(service) : NULL;
    krb5_principal account = NULL, target = NULL;
    krb5_error_code code = KRB5_PARSE_MALFORMED;

    if (!user || (id->domain && !domain) || !password || (service && !wanted) ||
        strlen(user) > KERB_TEXT_MAX)
        goto out;
    code = kerb_account(krb, user, domain, &account);
    if (!code && wanted)
        code = kerb_target(krb, wanted, &target);
    if (!code && target && target->realm.length == 0)
        code = krb5_set_principal_realm(krb, target, account->realm.data);
    if (!code)
        code = kerb_add_keys(krb, c, account, account, password);
    if (!code && target)
        code = kerb_add_keys(krb, c, target, account, password);
out:
    krb5_free_principal(krb, account);
    krb5_free_principal(krb, target);
    free(user);
    free(domain);
    free(wanted);
    secret_free(password);
    return kerb_status(krb, code, KERB_ACCEPTOR, "an account to accept with");
}

/*
 * For SECPKG_CRED_INBOUND alone, and a handle that was given an identity itself; `principal` is the
 * service that the account is for, NULL: one of the account's name. SEC_E_UNSUPPORTED_FUNCTION for
 * other handles: an initiator is one client, and a keytab holds all keys of its server.
 * SEC_E_UNKNOWN_CREDENTIALS: no identity with a password. "SpAddCredentialsFn".
 */
NTSTATUS NTAPI kerb_add_credentials(LSA_SEC_HANDLE handle, PUNICODE_STRING principal,
                                    PUNICODE_STRING package, ULONG use, PVOID identity,
                                    PVOID get_key, PVOID get_key_argument, PTimeStamp expiry)
{
    struct kerb_credential *c = (struct kerb_credential *)handle;
    struct identity id = {0};
    krb5_context krb = NULL;
    NTSTATUS status;

    (void)package, (void)get_key, (void)get_key_argument;
    if (c->source != KERB_EXPLICIT || !(c->use & SECPKG_CRED_INBOUND) ||
        (use & SECPKG_CRED_OUTBOUND))
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!identity)
        return SEC_E_UNKNOWN_CREDENTIALS;
    status = identity_capture(kerb_lsa, identity, &id);
    if (status == SEC_E_OK && (!id.user || !id.password))
        status = SEC_E_UNKNOWN_CREDENTIALS;
    if (status != SEC_E_OK)
        goto out;
    krb = kerb_context_take();
    status = krb ? add_account(krb, c, &id, principal) : SEC_E_INSUFFICIENT_MEMORY;
    if (status == SEC_E_OK)
        expiry->QuadPart = INT64_MAX;
out:
    if (krb)
        kerb_context_give(krb);
    identity_clear(&id);
    return status;
}
