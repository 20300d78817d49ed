/*
 * Credential handles: one of Schannel for the channel and one of TSPkg for who is delegated or who
 * is let in, from the two members of CREDSSP_CRED.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <ntstatus.h>
#include <stdlib.h>

#include "base/reason.h"

/* CREDSSP_CRED in either form, taken apart; the pointers are the application's. */
struct supplied {
    PVOID schannel, spnego; /* what the two packages take */
    SEC_WINNT_AUTH_IDENTITY_W identity;
    bool redirect;
};

static bool fetch(void *out, size_t size, const void *client)
{
    return NT_SUCCESS(
        credssp_lsa->CopyFromClientBuffer(NULL, (ULONG)size, out, (PVOID)(uintptr_t)client));
}

static SECURITY_STATUS unknown(const char *what)
{
    reason_set(0, "%s", what);
    return SEC_E_UNKNOWN_CREDENTIALS;
}

static SECURITY_STATUS capture(const void *auth_data, struct supplied *s)
{
    CREDSSP_CRED cred;
    CREDSSP_CRED_EX ex;

    *s = (struct supplied){.schannel = NULL};
    if (!auth_data)
        return SEC_E_OK;
    if (!fetch(&cred, sizeof(cred), auth_data))
        return unknown("CREDSSP_CRED cannot be read");
    if (cred.Type == CredsspCredEx) {
        if (!fetch(&ex, sizeof(ex), auth_data))
            return unknown("CREDSSP_CRED_EX cannot be read");
        if (ex.Version != CREDSSP_CRED_EX_VERSION)
            return unknown("CREDSSP_CRED_EX has a version that is not known");
        if (ex.Flags & ~(ULONG)CREDSSP_FLAG_REDIRECT)
            return unknown("CREDSSP_CRED_EX has flags that are not known");
        s->redirect = ex.Flags & CREDSSP_FLAG_REDIRECT;
        cred = ex.Cred;
    }
    s->schannel = cred.pSchannelCred;
    switch (cred.Type) {
    case CredsspSchannelCreds:
        return SEC_E_OK;
    case CredsspPasswordCreds:
        s->spnego = cred.pSpnegoCred;
        return SEC_E_OK;
    case CredsspCertificateCreds:
        s->spnego = cred.pSpnegoCred;
        if (s->spnego && !credssp_submit_is_card(s->spnego))
            return unknown("CREDSSP_CRED has no KERB_CERTIFICATE_LOGON");
        return SEC_E_OK;
    case CredsspSubmitBufferBoth:
    case CredsspSubmitBufferBothOld:
        s->spnego = cred.pSpnegoCred;
        if (!s->spnego || credssp_submit_is_card(s->spnego))
            return SEC_E_OK;
        s->spnego = &s->identity;
        return credssp_submit_identity(cred.pSpnegoCred, &s->identity);
    default:
        return unknown("CREDSSP_CRED has a type that is not known");
    }
}

/* ---- Schannel's -------------------------------------------------------------------------------
 */

/* The members of either structure that matter here, too. What is no structure of Schannel's, it
 * says itself. */
struct channel_wish {
    DWORD version, certificates, flags;
    HCERTSTORE roots;
    SCHANNEL_CRED old;
    SCH_CREDENTIALS current;
};

static void look_at(const void *schannel, struct channel_wish *w)
{
    *w = (struct channel_wish){.version = SCH_CREDENTIALS_VERSION};
    w->current.dwVersion = SCH_CREDENTIALS_VERSION;
    if (!schannel)
        return;
    if (!fetch(&w->version, sizeof(w->version), schannel)) {
        w->version = 0;
    } else if (w->version == SCHANNEL_CRED_VERSION && fetch(&w->old, sizeof(w->old), schannel)) {
        w->certificates = w->old.cCreds;
        w->flags = w->old.dwFlags;
        w->roots = w->old.hRootStore;
    } else if (w->version == SCH_CREDENTIALS_VERSION &&
               fetch(&w->current, sizeof(w->current), schannel)) {
        w->certificates = w->current.cCreds;
        w->flags = w->current.dwFlags;
        w->roots = w->current.hRootStore;
    } else {
        w->version = 0;
    }
}

/*
 * A server without a certificate would never get through a handshake; and since the certificate is
 * bound to who the server has proven to be, one that nobody has signed will do ([MS-CSSP] 3.1.5).
 */
static PVOID with_certificate(struct channel_wish *w, PVOID schannel, PCCERT_CONTEXT *own)
{
    if (w->certificates > 0 || w->version == 0)
        return schannel;
    *own = credssp_own_certificate();
    if (!*own)
        return schannel;
    if (w->version == SCHANNEL_CRED_VERSION) {
        w->old.cCreds = 1;
        w->old.paCred = own;
        w->old.dwCredFormat = SCH_CRED_FORMAT_CERT_CONTEXT;
        return &w->old;
    }
    w->current.cCreds = 1;
    w->current.paCred = own;
    w->current.dwCredFormat = SCH_CRED_FORMAT_CERT_CONTEXT;
    return &w->current;
}

/* ---- both -------------------------------------------------------------------------------------
 */

/* The package, by its name; they come and go with the process only. */
static const struct lsa_package *package_of(const WCHAR *name)
{
    const struct lsa_package *package = lsa_host_find(name);

    if (!package)
        reason_set(0, "CredSSP lives on the packages Schannel and TSSSP, and one is missing");
    return package;
}

struct asked {
    const UNICODE_STRING *principal;
    const LUID *luid;
    struct supplied supplied;
};

static TimeStamp earlier(TimeStamp a, TimeStamp b)
{
    return a.QuadPart < b.QuadPart ? a : b;
}

static SECURITY_STATUS acquire_direction(const struct asked *a, ULONG use, struct channel_wish wish,
                                         struct credssp_direction *d, PTimeStamp expiry)
{
    const struct lsa_package *tls = package_of(SCHANNEL_NAME_W), *ts = package_of(TS_SSP_NAME);
    TimeStamp tls_until = {.QuadPart = INT64_MAX}, ts_until = {.QuadPart = INT64_MAX};
    PVOID schannel = a->supplied.schannel;
    PCCERT_CONTEXT own = NULL;
    SECURITY_STATUS status = SEC_E_SECPKG_NOT_FOUND;

    if (!tls || !ts)
        return status;
    if (use & SECPKG_CRED_INBOUND)
        schannel = with_certificate(&wish, schannel, &own);
    status = lsa_inner()->acquire(tls, NULL, use, NULL, schannel, NULL, NULL, &d->tls, &tls_until);
    if (status >= 0)
        status = lsa_inner()->acquire(ts, a->principal, use, a->luid, a->supplied.spnego, NULL,
                                      NULL, &d->ts, &ts_until);
    if (own)
        CertFreeCertificateContext(own);
    if (status >= 0)
        *expiry = earlier(*expiry, earlier(tls_until, ts_until));
    return status >= 0 ? SEC_E_OK : status;
}

static void release_direction(struct credssp_direction *d)
{
    lsa_inner()->release(d->ts);
    lsa_inner()->release(d->tls);
    *d = (struct credssp_direction){NULL, NULL};
}

struct credssp_credential *credssp_credential_hold(struct credssp_credential *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

void credssp_credential_release(struct credssp_credential *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    release_direction(&c->outbound);
    release_direction(&c->inbound);
    if (c->roots)
        CertCloseStore(c->roots, 0);
    free(c);
}

SECURITY_STATUS credssp_credential_new(const UNICODE_STRING *principal, ULONG use, const LUID *luid,
                                       const void *auth_data, struct credssp_credential **out,
                                       PTimeStamp expiry)
{
    struct asked a = {.principal = principal, .luid = luid};
    ULONG other = use & ~(ULONG)SECPKG_CRED_BOTH;
    struct credssp_credential *c = NULL;
    struct channel_wish wish;
    SECURITY_STATUS status = capture(auth_data, &a.supplied);

    *out = NULL;
    expiry->QuadPart = INT64_MAX;
    if (status != SEC_E_OK)
        return status;
    look_at(a.supplied.schannel, &wish);
    c = calloc(1, sizeof(*c));
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    atomic_init(&c->references, 1);
    c->redirect = a.supplied.redirect;
    c->supplied = a.supplied.spnego != NULL;
    c->flags = wish.flags;
    if (wish.roots)
        c->roots = CertDuplicateStore(wish.roots);
    if (use & SECPKG_CRED_OUTBOUND)
        status = acquire_direction(&a, other | SECPKG_CRED_OUTBOUND, wish, &c->outbound, expiry);
    if (status == SEC_E_OK && use & SECPKG_CRED_INBOUND)
        status = acquire_direction(&a, other | SECPKG_CRED_INBOUND, wish, &c->inbound, expiry);
    if (status == SEC_E_OK)
        *out = c;
    else
        credssp_credential_release(c);
    return status;
}

NTSTATUS NTAPI credssp_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID luid,
                                           PVOID auth_data, PVOID get_key, PVOID get_key_argument,
                                           PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct credssp_credential *c;
    TimeStamp until;
    SECURITY_STATUS status;

    (void)get_key, (void)get_key_argument; /* reserved */
    status = credssp_credential_new(principal && principal->Length ? principal : NULL, use, luid,
                                    auth_data, &c, &until);
    if (status != SEC_E_OK)
        return status;
    if (expiry)
        *expiry = until;
    *handle = (LSA_SEC_HANDLE)c;
    return SEC_E_OK;
}

NTSTATUS NTAPI credssp_free_credentials(LSA_SEC_HANDLE handle)
{
    credssp_credential_release((struct credssp_credential *)handle);
    return SEC_E_OK;
}

/* ---- attributes -------------------------------------------------------------------------------
 */

static const struct credssp_direction *any_direction(LSA_SEC_HANDLE handle)
{
    const struct credssp_credential *c = (const struct credssp_credential *)handle;

    return c->outbound.tls ? &c->outbound : &c->inbound;
}

/* TSPkg's (whose they are), else Schannel's (what the channel can). */
NTSTATUS NTAPI credssp_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    const struct credssp_direction *d = any_direction(handle);
    SECURITY_STATUS status = lsa_inner()->query_credential(d->ts, attribute, buffer);

    if (status == SEC_E_UNSUPPORTED_FUNCTION)
        status = lsa_inner()->query_credential(d->tls, attribute, buffer);
    return status;
}

NTSTATUS NTAPI credssp_set_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer,
                                       ULONG size)
{
    const struct credssp_direction *d = any_direction(handle);
    SECURITY_STATUS status = lsa_inner()->set_credential(d->ts, attribute, buffer, size);

    if (status == SEC_E_UNSUPPORTED_FUNCTION)
        status = lsa_inner()->set_credential(d->tls, attribute, buffer, size);
    return status;
}
