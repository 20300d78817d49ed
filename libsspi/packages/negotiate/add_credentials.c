/*
 * More credentials for a handle: those that an application adds, and those that a package did not
 * have yet when the handle was acquired.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/utf16.h"

/* ---- AddCredentials ---------------------------------------------------------------------------
 */

static struct nego_part *part_of(struct nego_direction *d, const struct nego_package *p)
{
    for (size_t i = 0; i < d->count; i++)
        if (d->parts[i].package == p)
            return &d->parts[i];
    return NULL;
}

/* Keeps the order of preference. */
static bool insert(struct nego_direction *d, const struct nego_part *part)
{
    const struct nego_package *list[NEGO_MECHANISMS_MAX];
    size_t count = nego_packages(list), at = 0;

    if (d->count == NEGO_MECHANISMS_MAX || part_of(d, part->package))
        return false;
    for (size_t i = 0; i < count && list[i] != part->package; i++)
        if (at < d->count && d->parts[at].package == list[i])
            at++;
    memmove(&d->parts[at + 1], &d->parts[at], (d->count - at) * sizeof(d->parts[0]));
    d->parts[at] = *part;
    d->count++;
    return true;
}

/* To the credential of that package when the handle has one; else it is the package's first. */
static SECURITY_STATUS add_to(struct nego_credential *c, const struct nego_package *p, ULONG use,
                              const struct nego_request *r, PTimeStamp expiry)
{
    bool initiator = use == SECPKG_CRED_OUTBOUND, inserted;
    struct nego_part *known, fresh = {.package = p};
    struct nego_direction parts;
    SECURITY_STATUS status;

    nego_credential_parts(c, initiator, &parts);
    known = part_of(&parts, p);
    if (known)
        return lsa_inner()->add_credentials(known->credential, r->principal, use, r->identity,
                                            r->get_key, r->get_key_argument, expiry);
    status = lsa_inner()->acquire(p->package, r->principal, use, r->luid, r->identity, r->get_key,
                                  r->get_key_argument, &fresh.credential, expiry);
    if (status != SEC_E_OK)
        return status;
    pthread_mutex_lock(&c->lock);
    inserted = insert(initiator ? &c->outbound : &c->inbound, &fresh);
    pthread_mutex_unlock(&c->lock);
    if (!inserted)
        lsa_inner()->release(fresh.credential);
    return inserted ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

/* Neither the list that the handle was acquired with leaves it out nor that of the identity. */
static bool may_take(const struct nego_credential *c, const struct nego_request *r,
                     const struct nego_package *p)
{
    const struct identity handle = {.packages = c->packages,
                                    .package_units = c->packages ? utf16_length(c->packages) : 0};

    return identity_allows(&handle, p->package->info.Name) &&
           identity_allows(&r->id, p->package->info.Name);
}

/*
 * `package` names the one they are for; NULL, or Negotiate itself: the first that takes them, of
 * those that the lists of packages allow.
 * SEC_E_SECPKG_NOT_FOUND for one that cannot be negotiated, or what the package answers.
 * "AddCredentials function (sspi.h)".
 */
NTSTATUS NTAPI nego_add_credentials(LSA_SEC_HANDLE handle, PUNICODE_STRING principal,
                                    PUNICODE_STRING package, ULONG use, PVOID identity,
                                    PVOID get_key, PVOID get_key_argument, PTimeStamp expiry)
{
    static const ULONG uses[] = {SECPKG_CRED_OUTBOUND, SECPKG_CRED_INBOUND};
    static const UNICODE_STRING own = {18, 20, (WCHAR *)u"Negotiate"};
    struct nego_credential *c = (struct nego_credential *)handle;
    const struct nego_package *list[NEGO_MECHANISMS_MAX];
    struct nego_request r = {.principal = principal && principal->Length ? principal : NULL,
                             .identity = identity,
                             .get_key = get_key,
                             .get_key_argument = get_key_argument};
    size_t count = 1;
    bool any = !package || !package->Length ||
               (package->Length == own.Length && !memcmp(package->Buffer, own.Buffer, own.Length));
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    if (any)
        count = nego_packages(list);
    else
        list[0] = nego_package_named(package);
    if (!any && !list[0])
        return SEC_E_SECPKG_NOT_FOUND;
    if (any && identity) {
        status = identity_capture(nego_lsa, identity, &r.id);
        if (status != SEC_E_OK)
            return status;
        status = SEC_E_UNSUPPORTED_FUNCTION;
    }
    for (size_t u = 0; u < ARRAYSIZE(uses); u++) {
        if (!(use & uses[u]))
            continue;
        status = SEC_E_UNSUPPORTED_FUNCTION;
        for (size_t i = 0; i < count && status == SEC_E_UNSUPPORTED_FUNCTION; i++)
            if (!any || may_take(c, &r, list[i]))
                status = add_to(c, list[i], uses[u], &r, expiry);
        if (status != SEC_E_OK)
            break;
    }
    identity_clear(&r.id);
    return status;
}

/* ---- what comes later -------------------------------------------------------------------------
 */

/* A service may be older than its keytab, or than lsad. */
#define TRY_AGAIN_S 10

static WCHAR *copy_of(const WCHAR *text, size_t units)
{
    WCHAR *copy = calloc(units + 1, sizeof(*copy));

    if (copy && units)
        memcpy(copy, text, units * sizeof(*copy));
    return copy;
}

/*
 * What is acquired later must be what would have been acquired then: the process's own, and not
 * those of a client whom a thread impersonates. False without memory.
 */
bool nego_credential_remember(struct nego_credential *c, const struct nego_request *r)
{
    SECPKG_CLIENT_INFO client;

    if (r->id.packages)
        c->packages = copy_of(r->id.packages, r->id.package_units);
    if (r->id.packages && !c->packages)
        return false;
    if (r->identity || (r->luid && (r->luid->LowPart || r->luid->HighPart)) ||
        nego_lsa->GetClientInfo(&client) < 0 || client.LogonId.LowPart || client.LogonId.HighPart)
        return true;
    c->next_try = (time_t)(nego_milliseconds() / 1000) + TRY_AGAIN_S;
    if (r->principal)
        c->principal = copy_of(r->principal->Buffer, r->principal->Length / sizeof(WCHAR));
    c->grows = true;
    return !r->principal || c->principal;
}

/* True for one thread, when it is time. */
static bool is_time(struct nego_credential *c)
{
    time_t now = (time_t)(nego_milliseconds() / 1000);
    bool due;

    pthread_mutex_lock(&c->lock);
    due = c->grows && now >= c->next_try;
    if (due)
        c->next_try = now + TRY_AGAIN_S;
    pthread_mutex_unlock(&c->lock);
    return due;
}

static void grow(struct nego_credential *c, const struct nego_request *r, ULONG use)
{
    const struct nego_package *list[NEGO_MECHANISMS_MAX];
    bool initiator = use == SECPKG_CRED_OUTBOUND;
    size_t count = nego_packages(list);
    struct nego_direction parts;
    TimeStamp expiry;

    nego_credential_parts(c, initiator, &parts);
    for (size_t i = 0; i < count; i++)
        if (!part_of(&parts, list[i]) && identity_allows(&r->id, list[i]->package->info.Name) &&
            nego_is_stranger(r, use, add_to(c, list[i], use, r, &expiry)))
            return;
}

void nego_credential_grow(struct nego_credential *c)
{
    UNICODE_STRING principal = {.Buffer = c->principal};
    struct nego_request r = {.principal = c->principal ? &principal : NULL};
    SECPKG_CLIENT_INFO client;

    if (!c->grows || nego_lsa->GetClientInfo(&client) < 0 || client.LogonId.LowPart ||
        client.LogonId.HighPart || !is_time(c))
        return;
    principal.Length = (USHORT)(c->principal ? utf16_length(c->principal) * sizeof(WCHAR) : 0);
    principal.MaximumLength = principal.Length;
    r.id.packages = c->packages;
    r.id.package_units = c->packages ? utf16_length(c->packages) : 0;
    if (c->use & SECPKG_CRED_OUTBOUND)
        grow(c, &r, SECPKG_CRED_OUTBOUND);
    if (c->use & SECPKG_CRED_INBOUND)
        grow(c, &r, SECPKG_CRED_INBOUND);
    reason_clear();
}
