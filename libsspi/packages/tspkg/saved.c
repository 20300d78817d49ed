/*
 * Asks the credential store of the LSA for saved credentials: see libsspi/lsa/saved.h for the key's
 * name and what stands under it.
 */
#include "libsspi/packages/tspkg/saved.h"
#include "libsspi/lsa/saved.h"
#include "base/secret.h"
#include "base/utf16.h"

#include <errno.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE (sizeof(LSA_SAVED_KEY) + LSA_SAVED_TARGET_MAX)

/* The key's name; false: nothing can be saved for such a target. */
static bool key_of(const WCHAR *target, char key[KEY_SIZE], LSA_STRING *name)
{
    char *text = utf16_to_utf8(target, utf16_length(target), NULL);
    int size = text ? snprintf(key, KEY_SIZE, LSA_SAVED_KEY "%s", text) : -1;

    free(text);
    name->Buffer = key;
    name->Length = name->MaximumLength = (USHORT)(size < 0 ? 0 : size);
    return size > 0 && (size_t)size < KEY_SIZE;
}

/* [from, to) as a new string. */
static WCHAR *wide(const char *from, const char *to)
{
    return utf16_from_utf8_secret(from, (size_t)(to - from), NULL);
}

/* "target\0user\0password". */
static NTSTATUS read_value(const char *value, size_t size, struct ts_saved *saved)
{
    const char *end = value + size, *user = memchr(value, 0, size);
    const char *password = user ? memchr(user + 1, 0, (size_t)(end - user - 1)) : NULL;
    const char *slash;

    if (!password)
        return STATUS_NOT_FOUND;
    user++;
    slash = memchr(user, '\\', (size_t)(password - user));
    saved->domain = wide(user, slash ? slash : user);
    saved->user = wide(slash ? slash + 1 : user, password);
    saved->password = wide(password + 1, end);
    if (saved->domain && saved->user && saved->password)
        return STATUS_SUCCESS;
    ts_saved_free(saved);
    return STATUS_NO_MEMORY;
}

NTSTATUS ts_saved_find(const LSA_SECPKG_FUNCTION_TABLE *lsa, ULONG_PTR package, const LUID *luid,
                       const WCHAR *target, struct ts_saved *saved)
{
    LSA_STRING name, value = {.Buffer = NULL};
    ULONG position = 0, length = 0;
    LUID who = *luid;
    char key[KEY_SIZE];
    NTSTATUS status;

    memset(saved, 0, sizeof(*saved));
    if (!key_of(target, key, &name))
        return STATUS_NOT_FOUND;
    status = lsa->GetCredentials(&who, (ULONG)package, &position, FALSE, &name, &length, &value);
    if (NT_SUCCESS(status))
        status = read_value(value.Buffer, value.Length, saved);
    else if (status == STATUS_INVALID_PARAMETER) /* no name that could have been saved */
        status = STATUS_NOT_FOUND;
    lsa->FreeLsaHeap(value.Buffer);
    return status;
}

void ts_saved_free(struct ts_saved *saved)
{
    secret_free(saved->domain);
    secret_free(saved->user);
    secret_free(saved->password);
    memset(saved, 0, sizeof(*saved));
}
