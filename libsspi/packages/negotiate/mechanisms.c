/*
 * Which packages can be negotiated, under which identifier, and in which order: all that say so by
 * SECPKG_FLAG_NEGOTIABLE and have an identifier of GSSAPI, those an application has added, too.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"

#define KNOWN_MAX 64
/* An identifier of this many bytes is nobody's. */
#define OID_MAX 127

static const uint8_t kerberos[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                   0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t kerberos_wrong[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x82,
                                         0xf7, 0x12, 0x01, 0x02, 0x02};
static const uint8_t ntlm[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
                               0x01, 0x82, 0x37, 0x02, 0x02, 0x0a};

/* By the number of the package; NULL: not asked yet. Without a lock, so that a fork finds none
 * held. */
static _Atomic(const struct nego_package *) known[KNOWN_MAX];
static const struct nego_package none;

static bool is(const struct nego_oid *oid, const uint8_t *der, size_t size)
{
    return oid->size == size && memcmp(oid->der, der, size) == 0;
}

static enum nego_kind kind_of(const struct nego_oid *oid)
{
    if (is(oid, kerberos, sizeof(kerberos)) || is(oid, kerberos_wrong, sizeof(kerberos_wrong)))
        return NEGO_KERBEROS;
    return is(oid, ntlm, sizeof(ntlm)) ? NEGO_NTLM : NEGO_OTHER;
}

/* What the package says of itself; *out NULL: it cannot be negotiated. False without memory. */
static bool ask(const struct lsa_package *package, struct nego_package **out)
{
    PSECPKG_EXTENDED_INFORMATION info = NULL;
    NTSTATUS status = package->lsa->GetExtendedInformation(SecpkgGssInfo, &info);
    struct nego_package *made = NULL;
    const UCHAR *der;
    bool known_oid;
    size_t size;

    *out = NULL;
    if (status < 0 || !info)
        return status != SEC_E_INSUFFICIENT_MEMORY && status != STATUS_NO_MEMORY;
    size = info->Info.GssInfo.EncodedIdLength;
    der = (const UCHAR *)info + offsetof(SECPKG_EXTENDED_INFORMATION, Info.GssInfo.EncodedId);
    known_oid = size > 2 && size <= OID_MAX && der[0] == 0x06 && der[1] == size - 2;
    if (known_oid)
        made = malloc(sizeof(*made) + size);
    if (made) {
        made->package = package;
        made->mechanism.oid = (struct nego_oid){memcpy(made + 1, der, size), size};
        made->mechanism.kind = kind_of(&made->mechanism.oid);
    }
    nego_lsa->FreeLsaHeap(info);
    *out = made;
    return made || !known_oid;
}

/* *out NULL: not this one. False without memory: that is nothing to remember. */
static bool of(const struct lsa_package *package, const struct nego_package **out)
{
    const struct nego_package *found;

    *out = NULL;
    if (package->hidden || package->in_process || package->id >= KNOWN_MAX ||
        !(package->info.fCapabilities & SECPKG_FLAG_NEGOTIABLE) ||
        !package->lsa->GetExtendedInformation)
        return true;
    found = atomic_load_explicit(&known[package->id], memory_order_acquire);
    if (!found) {
        const struct nego_package *expected = NULL;
        struct nego_package *made;

        if (!ask(package, &made))
            return false;
        found = made ? made : &none;
        if (!atomic_compare_exchange_strong(&known[package->id], &expected, found)) {
            free(made); /* another thread was first */
            found = expected;
        }
    }
    *out = found == &none ? NULL : found;
    return true;
}

/* Each identifier once: the peer could not tell two packages apart. */
static size_t add(const struct nego_package *list[], size_t count, const struct nego_package *p)
{
    if (!p || count == NEGO_MECHANISMS_MAX)
        return count;
    for (size_t i = 0; i < count; i++)
        if (is(&list[i]->mechanism.oid, p->mechanism.oid.der, p->mechanism.oid.size) ||
            (p->mechanism.kind != NEGO_OTHER && p->mechanism.kind == list[i]->mechanism.kind))
            return count;
    list[count++] = p;
    return count;
}

static bool named(const char *name, size_t size, const struct nego_package **out)
{
    *out = NULL;
    for (size_t i = 0; i < lsa_host_count(); i++) {
        const struct lsa_package *package = lsa_host_package(i);

        if (strlen(package->name) == size && strncasecmp(package->name, name, size) == 0)
            return of(package, out);
    }
    return true;
}

/* Kerberos first: in lsad the order of the host is that of `packages`, which says nothing of what
 * is better. */
static size_t all_packages(const struct nego_package *list[NEGO_MECHANISMS_MAX])
{
    const struct nego_package *next;
    size_t count = 0;

    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < lsa_host_count(); i++) {
            if (!of(lsa_host_package(i), &next))
                return 0;
            if (next && (next->mechanism.kind == NEGO_KERBEROS) == first)
                count = add(list, count, next);
        }
    return count;
}

/* The order of preference is that of the host, unless lsa.conf has another. Without memory there is
 * none: one that is left out would make the weaker ones be spoken. */
size_t nego_packages(const struct nego_package *list[NEGO_MECHANISMS_MAX])
{
    static const char blanks[] = " \t,";
    const char *order = lsa_setting("negotiate", "packages", "");
    const struct nego_package *next;
    size_t count = 0, size;

    order += strspn(order, blanks);
    if (!*order)
        return all_packages(list);
    for (; *order; order += size + strspn(order + size, blanks)) {
        size = strcspn(order, blanks);
        if (!named(order, size, &next))
            return 0;
        count = add(list, count, next);
    }
    return count;
}

const struct nego_package *nego_package_named(const UNICODE_STRING *name)
{
    const struct nego_package *list[NEGO_MECHANISMS_MAX];
    size_t count = nego_packages(list);

    for (size_t i = 0; i < count; i++) {
        const WCHAR *other = list[i]->package->info.Name;
        size_t units = utf16_length(other);
        WCHAR copy[64];

        if (name->Length != units * sizeof(WCHAR) || units >= ARRAYSIZE(copy))
            continue;
        memcpy(copy, name->Buffer, name->Length);
        copy[units] = 0;
        if (utf16_equal_nocase(copy, other))
            return list[i];
    }
    return NULL;
}
