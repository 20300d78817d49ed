/*
 * Credential handles: one credential of every package that can be negotiated and has one for this
 * caller. Which packages an identity is for, its list of packages says; the packages are asked when
 * the handle is acquired, and what they answer decides who is offered to the peer.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"

/* Why no package has a credential: the best word for it of all. */
struct refusal {
    SECURITY_STATUS status;
    struct reason reason;
};

/* "There are none of that kind" is the least that can be said of a failure. */
static void refused(struct refusal *r, const struct nego_package *p, SECURITY_STATUS status)
{
    struct reason then = *reason_get();

    if (r->status == SEC_E_OK || r->status == SEC_E_NO_CREDENTIALS)
        r->status = status;
    if (!then.text[0])
        return;
    if (!r->reason.text[0])
        reason_set(then.code, "%s: %s", p->package->name, then.text);
    else
        reason_set(r->reason.code, "%s; %s: %s", r->reason.text, p->package->name, then.text);
    r->reason = *reason_get();
}

void nego_credential_parts(struct nego_credential *c, bool initiator, struct nego_direction *parts)
{
    pthread_mutex_lock(&c->lock);
    *parts = initiator ? c->outbound : c->inbound;
    pthread_mutex_unlock(&c->lock);
}

static void release_direction(struct nego_direction *d)
{
    while (d->count > 0)
        lsa_inner()->release(d->parts[--d->count].credential);
}

void nego_credential_release(struct nego_credential *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    release_direction(&c->outbound);
    release_direction(&c->inbound);
    free(c->principal);
    free(c->packages);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- AcquireCredentialsHandle -----------------------------------------------------------------
 */

/* An identity that names nobody, but packages perhaps, is for the credentials that the caller has
 * anyway; one of three empty strings is nobody. */
static bool is_empty(const struct identity *id)
{
    return !id->user_units && !id->domain_units && !id->password_units && !id->credential;
}

static bool is_nobody(const struct identity *id)
{
    return is_empty(id) && id->user && id->domain && id->password;
}

static TimeStamp earlier(TimeStamp a, TimeStamp b)
{
    return a.QuadPart < b.QuadPart ? a : b;
}

bool nego_is_stranger(const struct nego_request *r, ULONG use, SECURITY_STATUS status)
{
    return r->principal && !r->identity && use & SECPKG_CRED_OUTBOUND &&
           status == SEC_E_UNKNOWN_CREDENTIALS;
}

/*
 * One direction, from every package. A package without a credential is left out; that there is no
 * memory is no matter of one package.
 */
static SECURITY_STATUS fill(struct nego_direction *d, const struct nego_request *r, ULONG use,
                            struct refusal *why, PTimeStamp expiry)
{
    const struct nego_package *list[NEGO_MECHANISMS_MAX];
    size_t count = nego_packages(list);

    for (size_t i = 0; i < count; i++) {
        struct lsa_inner_credential *credential = NULL;
        TimeStamp until = {.QuadPart = INT64_MAX};
        SECURITY_STATUS status;

        if (!identity_allows(&r->id, list[i]->package->info.Name))
            continue;
        /* NTLM alone can be nobody; others would be whom the caller has tickets of. */
        if (r->identity && is_nobody(&r->id) && list[i]->mechanism.kind != NEGO_NTLM)
            continue;
        reason_clear();
        status = lsa_inner()->acquire(list[i]->package, r->principal, use, r->luid, r->identity,
                                      r->get_key, r->get_key_argument, &credential, &until);
        if (status == SEC_E_INSUFFICIENT_MEMORY)
            return status;
        if (status < 0)
            refused(why, list[i], status);
        if (nego_is_stranger(r, use, status)) {
            release_direction(d);
            break;
        }
        if (status < 0)
            continue;
        d->parts[d->count].package = list[i];
        d->parts[d->count++].credential = credential;
        *expiry = earlier(*expiry, until);
    }
    return SEC_E_OK;
}

static SECURITY_STATUS fill_both(struct nego_credential *c, const struct nego_request *r,
                                 PTimeStamp expiry)
{
    struct refusal why = {.status = SEC_E_OK};
    ULONG other = c->use & ~(ULONG)SECPKG_CRED_BOTH;
    SECURITY_STATUS status = SEC_E_OK;

    if (c->use & SECPKG_CRED_OUTBOUND)
        status = fill(&c->outbound, r, other | SECPKG_CRED_OUTBOUND, &why, expiry);
    if (status == SEC_E_OK && (c->use & SECPKG_CRED_INBOUND))
        status = fill(&c->inbound, r, other | SECPKG_CRED_INBOUND, &why, expiry);
    if (status != SEC_E_OK)
        return status;
    /* Of SECPKG_CRED_BOTH one direction is enough. */
    if (c->outbound.count + c->inbound.count > 0) {
        reason_clear();
        return SEC_E_OK;
    }
    reason_set(why.reason.code, "%s", why.reason.text);
    if (why.status != SEC_E_OK)
        return why.status;
    reason_set(0, "no security package that can be negotiated may be used");
    return SEC_E_NO_CREDENTIALS;
}

/*
 * SEC_E_OK when one package at least has a credential. Else what the preferred one says:
 * SEC_E_NO_CREDENTIALS, SEC_E_UNKNOWN_CREDENTIALS for an identity that is none, SEC_E_NOT_OWNER,
 * SEC_E_INSUFFICIENT_MEMORY.
 */
NTSTATUS NTAPI nego_acquire_credentials(PUNICODE_STRING principal, ULONG use, PLUID luid,
                                        PVOID identity, PVOID get_key, PVOID get_key_argument,
                                        PLSA_SEC_HANDLE handle, PTimeStamp expiry)
{
    struct nego_request r = {.principal = principal && principal->Length ? principal : NULL,
                             .luid = luid,
                             .identity = identity,
                             .get_key = get_key,
                             .get_key_argument = get_key_argument};
    TimeStamp until = {.QuadPart = INT64_MAX};
    struct nego_credential *c = NULL;
    NTSTATUS status = SEC_E_OK;

    if (identity)
        status = identity_capture(nego_lsa, identity, &r.id);
    if (status != SEC_E_OK)
        goto out;
    if (is_empty(&r.id) && !(is_nobody(&r.id) && use & SECPKG_CRED_OUTBOUND))
        r.identity = NULL;
    status = SEC_E_INSUFFICIENT_MEMORY;
    c = calloc(1, sizeof(*c));
    if (!c)
        goto out;
    atomic_init(&c->references, 1);
    pthread_mutex_init(&c->lock, NULL);
    c->use = use;
    if (!nego_credential_remember(c, &r))
        goto out;
    status = fill_both(c, &r, &until);
    if (status != SEC_E_OK)
        goto out;
    if (expiry)
        *expiry = until;
    *handle = (LSA_SEC_HANDLE)c;
    c = NULL;
out:
    identity_clear(&r.id);
    nego_credential_release(c);
    return status;
}

NTSTATUS NTAPI nego_free_credentials(LSA_SEC_HANDLE handle)
{
    nego_credential_release((struct nego_credential *)handle);
    return SEC_E_OK;
}

/* ---- attributes -------------------------------------------------------------------------------
 */

/* The first of the packages that can answer, as the caller would be known to most peers. */
NTSTATUS NTAPI nego_query_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer)
{
    struct nego_credential *c = (struct nego_credential *)handle;
    struct nego_direction parts;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION, answer;

    for (int initiator = 1; initiator >= 0; initiator--) {
        nego_credential_parts(c, initiator, &parts);
        for (size_t i = 0; i < parts.count; i++) {
            answer = lsa_inner()->query_credential(parts.parts[i].credential, attribute, buffer);
            if (answer == SEC_E_OK)
                return answer;
            if (status == SEC_E_UNSUPPORTED_FUNCTION)
                status = answer;
        }
    }
    return status;
}

/* For every package that the attribute means something to; one that refuses it ends this. */
NTSTATUS NTAPI nego_set_credentials(LSA_SEC_HANDLE handle, ULONG attribute, PVOID buffer,
                                    ULONG size)
{
    struct nego_credential *c = (struct nego_credential *)handle;
    struct nego_direction parts;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION, answer;

    for (int initiator = 1; initiator >= 0; initiator--) {
        nego_credential_parts(c, initiator, &parts);
        for (size_t i = 0; i < parts.count; i++) {
            answer =
                lsa_inner()->set_credential(parts.parts[i].credential, attribute, buffer, size);
            if (answer == SEC_E_OK)
                status = answer;
            else if (answer != SEC_E_UNSUPPORTED_FUNCTION)
                return answer;
        }
    }
    return status;
}
