/*
 * What a logon or a changed password brings: the account becomes a principal, and its ticket is
 * fetched.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

/* Only what names a realm is a Kerberos account: a UPN, or a DNS domain. A short name could be this
 * machine's. */
static krb5_error_code logon_principal(krb5_context krb, const SECPKG_PRIMARY_CRED *primary,
                                       krb5_principal *out)
{
    char *upn = kerb_utf8(&primary->Upn), *user = kerb_utf8(&primary->DownlevelName);
    char *realm = kerb_utf8(&primary->DnsDomainName);
    krb5_error_code code = KRB5_CONFIG_NODEFREALM;

    if (upn)
        code = kerb_account(krb, upn, NULL, out);
    else if (user && realm)
        code = kerb_account(krb, user, realm, out);
    free(upn);
    free(user);
    free(realm);
    return code;
}

krb5_error_code kerb_stored_account(krb5_context krb, const LUID *luid, krb5_principal *out)
{
    void *data = NULL;
    size_t size;
    char *name;
    krb5_error_code code = KRB5_CC_NOTFOUND;

    *out = NULL;
    if (!NT_SUCCESS(kerb_store_get(luid, KERB_KEY_ACCOUNT, &data, &size)))
        return code;
    name = strndup(data, size);
    code = name ? krb5_parse_name(krb, name, out) : ENOMEM;
    /* A name with an '@' in it is a user principal name that the KDC knows better (RFC 6806 5). */
    if (!code && (*out)->length == 1 && memchr((*out)->data[0].data, '@', (*out)->data[0].length))
        (*out)->type = KRB5_NT_ENTERPRISE_PRINCIPAL;
    free(name);
    secret_free(data);
    return code;
}

static bool is_in_realm(krb5_context krb, krb5_const_principal account, krb5_const_principal named)
{
    char *realm = NULL;
    bool same;

    if (named)
        return krb5_realm_compare(krb, account, named);
    if (krb5_get_default_realm(krb, &realm))
        return false;
    same = strlen(realm) == account->realm.length &&
           memcmp(realm, account->realm.data, account->realm.length) == 0;
    krb5_free_default_realm(krb, realm);
    return same;
}

krb5_error_code kerb_password_account(krb5_context krb, const LUID *luid, krb5_principal *named)
{
    krb5_principal stored = NULL;
    krb5_error_code code = kerb_stored_account(krb, luid, &stored);

    if (code == KRB5_CC_NOTFOUND)
        return *named ? 0 : code;
    if (!code && !is_in_realm(krb, stored, *named))
        code = KRB5_CONFIG_NODEFREALM;
    krb5_free_principal(krb, *named);
    *named = stored;
    if (code) {
        krb5_free_principal(krb, stored);
        *named = NULL;
    }
    return code;
}

static krb5_error_code accepted_principal(krb5_context krb, const SECPKG_PRIMARY_CRED *primary,
                                          krb5_principal *out)
{
    krb5_error_code named = logon_principal(krb, primary, out), code = KRB5_CC_NOTFOUND;

    if (primary->Flags & PRIMARY_CRED_UPDATE && named != ENOMEM)
        code = kerb_password_account(krb, &primary->LogonId, out);
    return code == KRB5_CC_NOTFOUND ? named : code;
}

NTSTATUS NTAPI kerb_accept_credentials(SECURITY_LOGON_TYPE type, PUNICODE_STRING account,
                                       PSECPKG_PRIMARY_CRED primary,
                                       PSECPKG_SUPPLEMENTAL_CRED supplemental)
{
    krb5_principal client = NULL;
    krb5_context krb;
    char *password = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    krb5_error_code code;

    (void)type, (void)account, (void)supplemental;
    if (!primary)
        return STATUS_INVALID_PARAMETER;
    /* A logon without a password (public key) brings nothing for us. */
    if (!primary->Password.Buffer || !primary->Password.Length)
        return STATUS_SUCCESS;
    krb = kerb_context_take();
    if (!krb)
        return STATUS_NO_MEMORY;
    code = accepted_principal(krb, primary, &client);
    if (code == KRB5_CONFIG_NODEFREALM)
        goto out; /* an account of this machine */
    status = STATUS_NO_MEMORY;
    if (code == ENOMEM)
        goto out;
    status = STATUS_INVALID_ACCOUNT_NAME;
    if (code)
        goto out;
    password = utf16_to_utf8_secret(primary->Password.Buffer,
                                    primary->Password.Length / sizeof(WCHAR), NULL);
    status = STATUS_INVALID_PARAMETER;
    if (password)
        status = kerb_session_logon(&primary->LogonId, krb, client, password,
                                    !(primary->Flags & PRIMARY_CRED_UPDATE));
out:
    secret_free(password);
    krb5_free_principal(krb, client);
    kerb_context_give(krb);
    return status;
}

VOID NTAPI kerb_logon_terminated(PLUID luid)
{
    kerb_session_end(luid);
}

/* Puts `text` behind the structure and counts it. */
static WCHAR *append(SECURITY_STRING *out, WCHAR *at, const WCHAR *text, size_t units)
{
    memcpy(at, text, units * sizeof(WCHAR));
    out->Buffer = at;
    out->Length = out->MaximumLength = (USHORT)(units * sizeof(WCHAR));
    return at + units;
}

/* Name and realm of a logon session that has credentials here, in one block of LSA heap. */
NTSTATUS NTAPI kerb_get_user_info(PLUID luid, ULONG flags, PSecurityUserData *data)
{
    void *account = NULL;
    WCHAR *name = NULL, *at;
    size_t size = 0, units = 0, user;
    NTSTATUS status = STATUS_NO_SUCH_LOGON_SESSION;

    (void)flags;
    *data = NULL;
    if (kerb_store_get(luid, KERB_KEY_ACCOUNT, &account, &size) != STATUS_SUCCESS)
        goto out;
    /* A new lsad learns here that there is a ticket to be renewed. */
    kerb_session_touch(luid);
    status = STATUS_NO_MEMORY;
    name = utf16_from_utf8(account, size, &units);
    if (!name || units > UINT16_MAX / sizeof(WCHAR))
        goto out;
    *data = kerb_lsa->AllocateLsaHeap((ULONG)(sizeof(**data) + units * sizeof(WCHAR)));
    if (!*data)
        goto out;
    user = kerb_name_units(name);
    at = append(&(*data)->UserName, (WCHAR *)(*data + 1), name, user);
    if (units > user)
        append(&(*data)->LogonDomainName, at, name + user + 1, units - user - 1);
    status = STATUS_SUCCESS;
out:
    secret_free(account);
    free(name);
    return status;
}
