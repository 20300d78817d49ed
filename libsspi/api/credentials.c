/*
 * AcquireCredentialsHandle and FreeCredentialsHandle. This is where the
 * way of a credential is chosen: what the caller supplies is served by the packages of this
 * process, what the logon session holds by lsad.
 */
#include "libsspi/api/credentials.h"
#include "libsspi/api/auth_identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/api/reason.h"
#include "libsspi/lsa/host_token.h"

void api_credential_reference(struct api_credential *credential)
{
    atomic_fetch_add_explicit(&credential->references, 1, memory_order_relaxed);
}

static void free_local(const struct lsa_package *package, LSA_SEC_HANDLE handle)
{
    struct lsa_call call;

    if (!package->lsa->FreeCredentialsHandle)
        return;
    api_call_begin(&call, 0);
    package->lsa->FreeCredentialsHandle(handle);
    lsa_call_end();
}

static void free_half(const struct lsa_package *package, struct api_half *half)
{
    if (half->remote)
        lsa_client_release(half->remote);
    else if (half->present)
        free_local(package, half->local);
    half->present = false;
}

bool api_one_credential(const struct api_credential *credential)
{
    return credential->inbound.present && !credential->inbound.remote &&
           credential->outbound.present && !credential->outbound.remote &&
           credential->inbound.local == credential->outbound.local;
}

void api_credential_release(struct api_credential *credential)
{
    if (atomic_fetch_sub_explicit(&credential->references, 1, memory_order_acq_rel) != 1)
        return;
    if (api_one_credential(credential))
        credential->inbound.present = false;
    free_half(credential->package, &credential->outbound);
    free_half(credential->package, &credential->inbound);
    lsa_logon_put(credential->logon);
    free(credential);
}

static void destroy_credential(void *object)
{
    api_credential_release(object);
}

static SECURITY_STATUS acquire_local(const struct api_acquire *r, ULONG use, struct api_half *half,
                                     PTimeStamp expiry)
{
    struct lsa_call call;
    UNICODE_STRING name;
    /* To a package an identity without a user is none: of a thread that impersonates it means the
     * client's, and never what the process has of its own. */
    bool session =
        r->auth_data ? (use & SECPKG_CRED_OUTBOUND) != 0 : use == SECPKG_CRED_OUTBOUND && r->logon;
    LUID luid = session ? r->luid : (LUID){0, 0};
    NTSTATUS status;

    if (!r->package->lsa->AcquireCredentialsHandle)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!api_counted(r->principal, &name))
        return SEC_E_UNKNOWN_CREDENTIALS;
    api_call_begin(&call, r->call_attributes);
    call.client.LogonId = luid;
    status = r->package->lsa->AcquireCredentialsHandle(r->principal ? &name : NULL, use, &luid,
                                                       r->auth_data, (PVOID)(uintptr_t)r->get_key,
                                                       r->get_key_argument, &half->local, expiry);
    lsa_call_end();
    half->present = NT_SUCCESS(status);
    return api_status(status);
}

/* What lsad says when it has nothing for this caller, or is not there: then this process may have
 * something of its own. */
static bool has_nothing(SECURITY_STATUS status)
{
    return status == LSA_CLIENT_UNREACHABLE || status == SEC_E_NO_CREDENTIALS ||
           status == SEC_E_SECPKG_NOT_FOUND || status == STATUS_NO_SUCH_LOGON_SESSION;
}

/*
 * Who has no key but a ticket-granting ticket is somebody from user to user
 * (ASC_REQ_USE_SESSION_KEY); but never the service that it names.
 */
static SECURITY_STATUS acquire_ticket_holder(const struct api_acquire *r, struct api_half *half,
                                             PTimeStamp expiry)
{
    struct reason first = *reason_get();
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;

    if (r->principal || r->keys_only)
        return status;
    status = lsa_client_acquire(r->package->info.Name, NULL, SECPKG_CRED_OUTBOUND, &half->remote,
                                expiry);
    half->present = status == SEC_E_OK;
    if (half->present)
        return status;
    half->remote = NULL;
    status = acquire_local(r, SECPKG_CRED_OUTBOUND, half, expiry);
    if (status != SEC_E_OK) /* that there is no key is more to the point */
        reason_set(first.code, "%s", first.text);
    return status == SEC_E_OK ? status : SEC_E_NO_CREDENTIALS;
}

/* Of another logon session than the process's own: what a client delegated, to this process or in
 * lsad; nothing else will do instead. */
static SECURITY_STATUS acquire_session(const struct api_acquire *r, ULONG use,
                                       struct api_half *half, PTimeStamp expiry)
{
    SECURITY_STATUS status;

    if (r->logon && !r->logon->remote)
        return acquire_local(r, use, half, expiry);
    status = lsa_client_acquire_session(r->package->info.Name, r->principal, use, &r->luid,
                                        &half->remote, expiry);
    half->present = status == SEC_E_OK;
    if (status != SEC_E_OK)
        half->remote = NULL;
    if (status == SEC_E_NOT_OWNER && r->impersonates) { /* lsad does not know of such a session */
        reason_clear();
        status = SEC_E_NO_CREDENTIALS;
    }
    return api_status(status);
}

static SECURITY_STATUS acquire_default(const struct api_acquire *r, ULONG use,
                                       struct api_half *half, PTimeStamp expiry)
{
    bool keytab_first = use == SECPKG_CRED_INBOUND &&
                        utf16_equal_nocase(r->package->info.Name, MICROSOFT_KERBEROS_NAME_W);
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS, own = SEC_E_NO_CREDENTIALS;
    struct reason first;

    if ((r->luid.LowPart || r->luid.HighPart) && use == SECPKG_CRED_OUTBOUND)
        return acquire_session(r, use, half, expiry);
    /*
     * A Kerberos acceptor that can read a keytab accepts with that: the kernel has checked its
     * right to it. For others lsad has [acceptors] in lsa.conf.
     */
    if (keytab_first)
        own = acquire_local(r, use, half, expiry);
    if (own != SEC_E_NO_CREDENTIALS)
        return own;
    status = lsa_client_acquire(r->package->info.Name, r->principal, use, &half->remote, expiry);
    if (status == SEC_E_OK) {
        half->present = true;
        return SEC_E_OK;
    }
    half->remote = NULL;
    if (keytab_first)
        return acquire_ticket_holder(r, half, expiry);
    if (!has_nothing(status))
        return api_status(status);
    first = *reason_get();
    reason_clear();
    status = acquire_local(r, use, half, expiry);
    if (status < 0)
        api_reason_join(&first);
    return status;
}

/* The earlier of two times; a direction that is missing does not count. */
static TimeStamp earlier(const struct api_credential *c, TimeStamp out, TimeStamp in)
{
    if (!c->inbound.present)
        return out;
    if (!c->outbound.present)
        return in;
    return out.QuadPart < in.QuadPart ? out : in;
}

/* A package that opens others: which session it is for, it says to them again. */
static SECURITY_STATUS acquire_in_process(const struct api_acquire *r, struct api_credential *c,
                                          PTimeStamp expiry)
{
    struct api_half made = {.present = false};
    struct lsa_call call;
    UNICODE_STRING name;
    LUID luid = r->named ? r->luid : (LUID){0, 0};
    NTSTATUS status;

    if (!api_counted(r->principal, &name))
        return SEC_E_UNKNOWN_CREDENTIALS;
    api_call_begin(&call, r->call_attributes);
    status = r->package->lsa->AcquireCredentialsHandle(r->principal ? &name : NULL, r->use, &luid,
                                                       r->auth_data, (PVOID)(uintptr_t)r->get_key,
                                                       r->get_key_argument, &made.local, expiry);
    lsa_call_end();
    made.present = NT_SUCCESS(status);
    if (r->use & SECPKG_CRED_OUTBOUND)
        c->outbound = made;
    if (r->use & SECPKG_CRED_INBOUND)
        c->inbound = made;
    return api_status(status);
}

static SECURITY_STATUS acquire(const struct api_acquire *r, struct api_credential *c,
                               PTimeStamp expiry)
{
    TimeStamp out = {.QuadPart = 0}, in = {.QuadPart = 0};
    SECURITY_STATUS status = SEC_E_OK, second;

    if (r->package->in_process)
        return acquire_in_process(r, c, expiry);
    if (r->auth_data) {
        struct api_half *half = r->use & SECPKG_CRED_OUTBOUND ? &c->outbound : &c->inbound;

        status = acquire_local(r, r->use, half, &out);
        if (status == SEC_E_OK && (r->use & SECPKG_CRED_BOTH) == SECPKG_CRED_BOTH)
            c->inbound = c->outbound;
        *expiry = out;
        return status;
    }
    if (r->use & SECPKG_CRED_OUTBOUND)
        status = acquire_default(r, (r->use & ~(ULONG)SECPKG_CRED_BOTH) | SECPKG_CRED_OUTBOUND,
                                 &c->outbound, &out);
    if (r->use & SECPKG_CRED_INBOUND) {
        second = acquire_default(r, (r->use & ~(ULONG)SECPKG_CRED_BOTH) | SECPKG_CRED_INBOUND,
                                 &c->inbound, &in);
        /* Of SECPKG_CRED_BOTH one direction is enough: a server with a keytab and nobody logged in
         * may still accept. */
        if (!c->outbound.present || second == SEC_E_OK)
            status = second;
    }
    *expiry = earlier(c, out, in);
    return status;
}

/*
 * The session that the caller names, or that of the client whom the thread impersonates. Other
 * sessions have nothing to accept with, and what the caller supplies is of none that it names.
 */
static bool choose_session(struct api_acquire *r, const LUID *luid)
{
    const struct lsa_token *client = lsa_thread_token();

    if (luid && (luid->LowPart || luid->HighPart)) {
        r->luid = *luid;
        r->named = true;
        return !r->auth_data && (r->use & SECPKG_CRED_BOTH) == SECPKG_CRED_OUTBOUND;
    }
    r->impersonates = client != NULL;
    if (client)
        r->luid = client->luid;
    return true;
}

SECURITY_STATUS api_credential_make(struct api_acquire *r, const LUID *luid,
                                    struct api_credential **out, PTimeStamp expiry)
{
    struct api_credential *c;
    SECURITY_STATUS status;

    *out = NULL;
    if ((r->use & SECPKG_CRED_BOTH) == 0)
        return SEC_E_INVALID_PARAMETER;
    if (!choose_session(r, luid))
        return SEC_E_NOT_OWNER;
    c = calloc(1, sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    atomic_init(&c->references, 1);
    c->package = r->package;
    c->logon = r->logon = lsa_logon_find(&r->luid);
    status = acquire(r, c, expiry);
    if (status == SEC_E_OK)
        *out = c;
    else
        api_credential_release(c);
    return status;
}

static SECURITY_STATUS open_handle(struct api_acquire *r, const WCHAR *package, const LUID *luid,
                                   PCredHandle handle, PTimeStamp expiry)
{
    struct api_credential *c = NULL;
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE plain = NULL;
    TimeStamp until = {.QuadPart = 0};
    SECURITY_STATUS status;

    if (!handle)
        return SEC_E_INVALID_HANDLE;
    if (!api_start())
        return SEC_E_INTERNAL_ERROR;
    r->package = lsa_host_find(package);
    if (!r->package)
        return SEC_E_SECPKG_NOT_FOUND;
    /* What SspiEncryptAuthIdentity made unreadable, a package could not read either. What a package
     * of the application's own takes may be no identity at all. */
    status = r->package->library || r->package->own_auth_data
                 ? SEC_E_OK
                 : api_identity_decrypted(r->auth_data, &plain);
    if (plain)
        r->auth_data = plain;
    if (status == SEC_E_OK)
        status = api_credential_make(r, luid, &c, &until);
    SspiFreeAuthIdentity(plain);
    if (status == SEC_E_OK && !handle_open(HANDLE_CREDENTIAL, c, destroy_credential, handle)) {
        api_credential_release(c);
        status = SEC_E_INSUFFICIENT_MEMORY;
    }
    if (status == SEC_E_OK && expiry)
        *expiry = until;
    return status;
}

static SECURITY_STATUS acquire_handle(struct api_acquire *r, const WCHAR *package, const LUID *luid,
                                      PCredHandle handle, PTimeStamp expiry)
{
    api_reason_begin();
    return api_reason_end(open_handle(r, package, luid, handle, expiry));
}

SECURITY_STATUS WINAPI AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
                                                 ULONG fCredentialUse, void *pvLogonId,
                                                 void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                                 void *pvGetKeyArgument, PCredHandle phCredential,
                                                 PTimeStamp ptsExpiry)
{
    struct api_acquire r = {.principal = pszPrincipal,
                            .use = fCredentialUse,
                            .auth_data = pAuthData,
                            .get_key = pGetKeyFn,
                            .get_key_argument = pvGetKeyArgument};

    return acquire_handle(&r, pszPackage, pvLogonId, phCredential, ptsExpiry);
}

/* pAuthData is not converted: its Flags alone say how it is written, and FreeRDP gives UTF-16 to
 * this function, too. */
SECURITY_STATUS WINAPI AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage,
                                                 ULONG fCredentialUse, void *pvLogonId,
                                                 void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                                 void *pvGetKeyArgument, PCredHandle phCredential,
                                                 PTimeStamp ptsExpiry)
{
    bool failed = false, unknown = false;
    WCHAR *package = api_wide(pszPackage, &unknown), *principal = api_wide(pszPrincipal, &failed);
    struct api_acquire r = {.principal = principal,
                            .use = fCredentialUse,
                            .auth_data = pAuthData,
                            .get_key = pGetKeyFn,
                            .get_key_argument = pvGetKeyArgument,
                            .call_attributes = SECPKG_CALL_ANSI};
    SECURITY_STATUS status = SEC_E_UNKNOWN_CREDENTIALS;

    if (unknown)
        status = SEC_E_SECPKG_NOT_FOUND;
    else if (!failed)
        status = acquire_handle(&r, package, pvLogonId, phCredential, ptsExpiry);
    free(package);
    free(principal);
    return status;
}

SECURITY_STATUS WINAPI FreeCredentialsHandle(PCredHandle phCredential)
{
    return phCredential && handle_close(HANDLE_CREDENTIAL, phCredential) ? SEC_E_OK
                                                                         : SEC_E_INVALID_HANDLE;
}
