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

/* What a UNICODE_STRING can count (bytes in 16 bits), with room for the zero. */
#define UNITS_MAX 32766

/* One string as the client described it. */
struct described {
    const void *address; /* in the client */
    ULONG length;        /* units of UTF-16, or bytes */
};

struct description {
    struct described user, domain, password;
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
    ULONG flags;
    NTSTATUS status;

    if (!client)
        return SEC_E_UNKNOWN_CREDENTIALS;
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
        flags = id.Flags;
    } else {
        SEC_WINNT_AUTH_IDENTITY_W id;

        status = copy_in(lsa, client, &id, sizeof(id));
        if (status)
            return status;
        d->user = (struct described){id.User, id.UserLength};
        d->domain = (struct described){id.Domain, id.DomainLength};
        d->password = (struct described){id.Password, id.PasswordLength};
        flags = id.Flags;
    }
    if (!(flags & (SEC_WINNT_AUTH_IDENTITY_UNICODE | SEC_WINNT_AUTH_IDENTITY_ANSI)))
        return SEC_E_UNKNOWN_CREDENTIALS;
    d->unicode = flags & SEC_WINNT_AUTH_IDENTITY_UNICODE;
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

NTSTATUS identity_capture(const LSA_SECPKG_FUNCTION_TABLE *lsa, const void *client_auth_data,
                          struct identity *out)
{
    struct description d = {0};
    NTSTATUS status;

    memset(out, 0, sizeof(*out));
    status = describe(lsa, client_auth_data, &d);
    if (!status)
        status = capture(lsa, d.unicode, &d.user, false, &out->user, &out->user_units);
    if (!status)
        status = capture(lsa, d.unicode, &d.domain, false, &out->domain, &out->domain_units);
    if (!status)
        status = capture(lsa, d.unicode, &d.password, true, &out->password, &out->password_units);
    if (status)
        identity_clear(out);
    return status;
}

void identity_clear(struct identity *id)
{
    free(id->user);
    free(id->domain);
    secret_free(id->password);
    memset(id, 0, sizeof(*id));
}
