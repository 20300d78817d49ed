/*
 * Reading an application's SEC_WINNT_AUTH_IDENTITY without trusting it: every byte comes through
 * the LSA's CopyFromClientBuffer, every length is bounded before anything is allocated.
 */
#include "libsspi/packages/identity.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/identity_ex2.h"

/* What a UNICODE_STRING can count (bytes in 16 bits), with room for the zero. */
#define UNITS_MAX 32766

/* One string as the client described it. */
struct described {
    const void *address; /* in the client */
    ULONG length;        /* units of UTF-16, or bytes */
};

struct description {
    struct described user, domain, password, packages;
    ULONG flags;
    bool unicode;
};

static NTSTATUS copy_in(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *from, void *to,
                        size_t size)
{
    if (lsa->CopyFromClientBuffer(NULL, (ULONG)size, to, (void *)(uintptr_t)from) < 0)
        return SEC_E_UNKNOWN_CREDENTIALS;
    return SEC_E_OK;
}

/*
 * The plain structure begins with a pointer, the _EX one with its version and length. Both numbers
 * are looked at, so that a pointer whose low half happens to be 0x200 is not taken for a version. A
 * and W forms have one layout.
 */
static NTSTATUS describe(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *client,
                         struct description *d)
{
    struct {
        ULONG version, length;
    } head;
    NTSTATUS status;

    status = copy_in(lsa, client, &head, sizeof(head));
    if (status)
        return status;
    if (head.version == SEC_WINNT_AUTH_IDENTITY_VERSION &&
        head.length >= offsetof(SEC_WINNT_AUTH_IDENTITY_EXW, PackageList) &&
        head.length <= sizeof(SEC_WINNT_AUTH_IDENTITY_EXW)) {
        SEC_WINNT_AUTH_IDENTITY_EXW id = {0};

        status = copy_in(lsa, client, &id, head.length);
        if (status)
            return status;
        d->user = (struct described){id.User, id.UserLength};
        d->domain = (struct described){id.Domain, id.DomainLength};
        d->password = (struct described){id.Password, id.PasswordLength};
        if (head.length == sizeof(id))
            d->packages = (struct described){id.PackageList, id.PackageListLength};
        d->flags = id.Flags;
    } else {
        SEC_WINNT_AUTH_IDENTITY_W id;

        status = copy_in(lsa, client, &id, sizeof(id));
        if (status)
            return status;
        d->user = (struct described){id.User, id.UserLength};
        d->domain = (struct described){id.Domain, id.DomainLength};
        d->password = (struct described){id.Password, id.PasswordLength};
        d->flags = id.Flags;
    }
    if (!(d->flags & (SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_ANSI)))
        return SEC_E_UNKNOWN_CREDENTIALS;
    d->unicode = d->flags & SEC_WINNT_AUTH_IDENTITY_UNICODE;
    return SEC_E_OK;
}

/*
 * An ANSI string is UTF-8 here, as everywhere at the A entry points. `raw` is secret memory: it may
 * be the password.
 */
static NTSTATUS capture_utf8(const LSA_SECPKG_FUNCTION_TABLE *lsa, const struct described *from,
                             bool secret, WCHAR **out, size_t *units)
{
    char *raw = secret_alloc(from->length);
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!raw)
        return status;
    if (from->length) {
        status = copy_in(lsa, from->address, raw, from->length);
        if (status)
            goto out;
    }
    *out = secret ? utf16_from_utf8_secret(raw, from->length, units)
                  : utf16_from_utf8(raw, from->length, units);
    if (*out)
        status = SEC_E_OK;
    else
        status = errno == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_UNKNOWN_CREDENTIALS;
out:
    secret_free(raw);
    return status;
}

static NTSTATUS capture_utf16(const LSA_SECPKG_FUNCTION_TABLE *lsa, const struct described *from,
                              bool secret, WCHAR **out, size_t *units)
{
    size_t size = ((size_t)from->length + 1) * sizeof(WCHAR);
    WCHAR *copy = secret ? secret_alloc(size) : calloc(1, size);
    NTSTATUS status = SEC_E_OK;

    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (from->length)
        status = copy_in(lsa, from->address, copy, size - sizeof(WCHAR));
    if (status) {
        if (secret)
            secret_free(copy);
        else
            free(copy);
        return status;
    }
    *out = copy;
    *units = from->length;
    return SEC_E_OK;
}

static NTSTATUS capture(const LSA_SECPKG_FUNCTION_TABLE *lsa, bool unicode,
                        const struct described *from, bool secret, WCHAR **out, size_t *units)
{
    if (!from->address)
        return from->length ? SEC_E_UNKNOWN_CREDENTIALS : SEC_E_OK;
    if (from->length > UNITS_MAX)
        return SEC_E_UNKNOWN_CREDENTIALS;
    return unicode ? capture_utf16(lsa, from, secret, out, units)
                   : capture_utf8(lsa, from, secret, out, units);
}

static NTSTATUS capture_strings(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *client,
                                struct identity *out)
{
    struct description d = {0};
    NTSTATUS status = describe(lsa, client, &d);

    out->flags = d.flags;
    if (!status)
        status = capture(lsa, d.unicode, &d.user, false, &out->user, &out->user_units);
    if (!status)
        status = capture(lsa, d.unicode, &d.domain, false, &out->domain, &out->domain_units);
    if (!status)
        status = capture(lsa, d.unicode, &d.password, true, &out->password, &out->password_units);
    if (!status)
        status = capture(lsa, d.unicode, &d.packages, false, &out->packages, &out->package_units);
    return status;
}

/* ---- SEC_WINNT_AUTH_IDENTITY_EX2 ----------------------------------------------------------- */

static NTSTATUS text_of(struct identity_area area, bool unicode, WCHAR **out, size_t *units)
{
    if (!area.data)
        return SEC_E_OK;
    if (area.size > UNITS_MAX * (unicode ? sizeof(WCHAR) : 1))
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (!unicode) {
        *out = utf16_from_utf8((const char *)area.data, area.size, units);
        if (!*out)
            return errno == ENOMEM ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_UNKNOWN_CREDENTIALS;
        return SEC_E_OK;
    }
    *out = calloc(1, area.size + sizeof(WCHAR));
    if (!*out)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(*out, area.data, area.size);
    *units = area.size / sizeof(WCHAR);
    return SEC_E_OK;
}

/* A password is put where every package looks for it; what else there is stays as it is. */
static NTSTATUS unpack(struct identity_area packed, struct identity *out)
{
    struct identity_area data, password;

    if (!packed.data)
        return SEC_E_OK;
    if (!identity_packed_read(packed, &out->type, &data))
        return SEC_E_UNKNOWN_CREDENTIALS;
    if (!identity_same_type(&out->type, &SEC_WINNT_AUTH_DATA_TYPE_PASSWORD)) {
        out->credential = secret_alloc(data.size);
        if (!out->credential)
            return SEC_E_INSUFFICIENT_MEMORY;
        if (data.size)
            memcpy(out->credential, data.data, data.size);
        out->credential_size = data.size;
        return SEC_E_OK;
    }
    if (!identity_password_read(data, &password))
        return SEC_E_UNKNOWN_CREDENTIALS;
    out->password = secret_alloc(password.size + sizeof(WCHAR));
    if (!out->password)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (password.size)
        memcpy(out->password, password.data, password.size);
    out->password_units = password.size / sizeof(WCHAR);
    return SEC_E_OK;
}

static NTSTATUS capture_block(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *client,
                              size_t length, struct identity *out)
{
    void *block = secret_alloc(length);
    struct identity_ex2 ex2;
    bool unicode;
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!block)
        return status;
    status = copy_in(lsa, client, block, length);
    if (status)
        goto out;
    /* Its length is read once more: the client may have changed it meanwhile. */
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (!identity_ex2_read(block, length, &ex2) || ex2.flags & IDENTITY_ENCRYPTED)
        goto out;
    unicode = ex2.flags & SEC_WINNT_AUTH_IDENTITY_UNICODE;
    out->flags = ex2.flags;
    status = text_of(ex2.user, unicode, &out->user, &out->user_units);
    if (!status)
        status = text_of(ex2.domain, unicode, &out->domain, &out->domain_units);
    if (!status)
        status = text_of(ex2.packages, unicode, &out->packages, &out->package_units);
    if (!status)
        status = unpack(ex2.packed, out);
out:
    secret_free(block);
    return status;
}

NTSTATUS identity_capture(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *client_auth_data,
                          struct identity *out)
{
    uint8_t head[12]; /* up to cbStructureLength; every form is longer */
    size_t length;
    NTSTATUS status;

    memset(out, 0, sizeof(*out));
    if (!client_auth_data)
        return SEC_E_UNKNOWN_CREDENTIALS;
    status = copy_in(lsa, client_auth_data, head, sizeof(head));
    if (!status && identity_ex2_head(head, sizeof(head), &length))
        status = capture_block(lsa, client_auth_data, length, out);
    else if (!status)
        status = capture_strings(lsa, client_auth_data, out);
    if (status)
        identity_clear(out);
    return status;
}

void identity_clear(struct identity *id)
{
    free(id->user);
    free(id->domain);
    free(id->packages);
    secret_free(id->password);
    secret_free(id->credential);
    memset(id, 0, sizeof(*id));
}

/* ---- the list of packages ---------------------------------------------------------------------
 */

static bool is_blank(WCHAR c)
{
    return c == u' ' || c == u'\t';
}

/* One entry of the list, from `at` to before `end`, against a name. */
static bool names(const WCHAR *at, const WCHAR *end, const WCHAR *package)
{
    WCHAR name[64];
    size_t units;

    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    units = (size_t)(end - at);
    if (!units || units >= ARRAYSIZE(name))
        return false;
    memcpy(name, at, units * sizeof(WCHAR));
    name[units] = 0;
    return utf16_equal_nocase(name, package);
}

bool identity_allows(const struct identity *id, const WCHAR *package)
{
    const WCHAR *at = id->packages, *end = at ? at + id->package_units : NULL, *comma;
    bool only = false, named = false;

    for (; at && at < end; at = comma + 1) {
        comma = at;
        while (comma < end && *comma != u',')
            comma++;
        while (at < comma && is_blank(*at))
            at++;
        if (at == comma)
            continue;
        if (*at == u'!') {
            if (names(at + 1, comma, package))
                return false;
            continue;
        }
        only = true;
        named |= names(at, comma, package);
    }
    return named || !only;
}
