/*
 * AddCredential, GetCredentials and DeleteCredential: the documented face of the credential store.
 * A package reaches its own credentials only; it is known by the id that SpInitialize gave it.
 */
#include "libsspi/lsa/host_internal.h"

#include <stdlib.h>
#include <string.h>

#include <ntstatus.h>
#include "base/secret.h"

/* Whoever called the package learns of it: lsa_call_created(). */
NTSTATUS NTAPI lsa_create_logon_session(PLUID luid)
{
    NTSTATUS status;

    if (!luid)
        return STATUS_INVALID_PARAMETER;
    if (!lsa_host.store || !lsa_host.store->create_session)
        return STATUS_NOT_SUPPORTED;
    status = lsa_host.store->create_session(luid);
    if (status == STATUS_SUCCESS)
        lsa_call_note_created(luid);
    return status;
}

NTSTATUS NTAPI lsa_delete_logon_session(PLUID luid)
{
    if (!luid)
        return STATUS_INVALID_PARAMETER;
    return lsa_host.store && lsa_host.store->delete_session ? lsa_host.store->delete_session(luid)
                                                            : STATUS_NO_SUCH_LOGON_SESSION;
}

static const char *package_name(ULONG id)
{
    return id < lsa_host.count ? lsa_host.packages[id]->name : NULL;
}

/* The counted primary key as a C string (free()); NULL for one that is empty or holds a NUL, which
 * no key name may. */
static char *key_name(const LSA_STRING *key)
{
    if (!key || !key->Buffer || key->Length == 0 || memchr(key->Buffer, '\0', key->Length))
        return NULL;
    return strndup(key->Buffer, key->Length);
}

NTSTATUS NTAPI lsa_add_credential(PLUID luid, ULONG package, PLSA_STRING key,
                                  PLSA_STRING credentials)
{
    const char *owner = package_name(package);
    char *name = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (!luid || !credentials || (credentials->Length > 0 && !credentials->Buffer))
        goto out;
    status = STATUS_NO_SUCH_PACKAGE;
    if (!owner)
        goto out;
    status = STATUS_NO_SUCH_LOGON_SESSION;
    if (!lsa_host.store->add)
        goto out;
    status = STATUS_INVALID_PARAMETER;
    name = key_name(key);
    if (!name)
        goto out;
    status = lsa_host.store->add(luid, owner, name, credentials->Buffer, credentials->Length);
out:
    free(name);
    return status;
}

struct walk {
    ULONG skip; /* keys still to be passed over */
    char *found;
    bool no_memory;
};

static bool visit_key(const char *key, void *arg)
{
    struct walk *walk = arg;

    if (walk->skip > 0) {
        walk->skip--;
        return true;
    }
    walk->found = strdup(key);
    walk->no_memory = walk->found == NULL;
    return false;
}

/* The next key of an enumeration into `name`, and into the caller's string. */
static NTSTATUS next_key(PLUID luid, const char *owner, ULONG position, PLSA_STRING key,
                         PULONG key_length, char **name)
{
    struct walk walk = {.skip = position};
    NTSTATUS status;
    size_t length;

    if (!lsa_host.store->each)
        return STATUS_NO_SUCH_LOGON_SESSION;
    status = lsa_host.store->each(luid, owner, visit_key, &walk);
    if (walk.no_memory)
        return STATUS_NO_MEMORY;
    if (!NT_SUCCESS(status) || !walk.found) {
        free(walk.found);
        return NT_SUCCESS(status) ? STATUS_UNSUCCESSFUL : status;
    }
    length = strlen(walk.found);
    if (key_length)
        *key_length = (ULONG)length;
    if (!key || !key->Buffer || length > key->MaximumLength) {
        free(walk.found);
        return STATUS_MORE_ENTRIES; /* documented: the caller's string is too small, nothing was
                                       retrieved */
    }
    memcpy(key->Buffer, walk.found, length);
    key->Length = (USHORT)length;
    *name = walk.found;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI lsa_get_credentials(PLUID luid, ULONG package, PULONG query_context, BOOLEAN all,
                                   PLSA_STRING key, PULONG key_length, PLSA_STRING credentials)
{
    const char *owner = package_name(package);
    char *name = NULL;
    void *data = NULL, *copy;
    size_t size = 0;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (!luid || !credentials || (all && !query_context))
        goto out;
    credentials->Buffer = NULL;
    credentials->Length = credentials->MaximumLength = 0;
    status = STATUS_NO_SUCH_PACKAGE;
    if (!owner)
        goto out;
    status = STATUS_NO_SUCH_LOGON_SESSION;
    if (!lsa_host.store->get)
        goto out;
    if (all) {
        status = next_key(luid, owner, *query_context, key, key_length, &name);
        if (status != STATUS_SUCCESS)
            goto out;
    } else {
        /* One key has one value: the second call of an enumeration finds no more. */
        status = STATUS_UNSUCCESSFUL;
        if (query_context && *query_context != 0)
            goto out;
        status = STATUS_INVALID_PARAMETER;
        name = key_name(key);
        if (!name)
            goto out;
    }
    status = lsa_host.store->get(luid, owner, name, &data, &size);
    if (!NT_SUCCESS(status))
        goto out;
    status = STATUS_BUFFER_OVERFLOW;
    if (size > UINT16_MAX)
        goto out;
    status = STATUS_NO_MEMORY;
    copy = lsa_host_allocate(size);
    if (!copy)
        goto out;
    if (size > 0)
        memcpy(copy, data, size);
    credentials->Buffer = copy;
    credentials->Length = credentials->MaximumLength = (USHORT)size;
    if (query_context)
        (*query_context)++;
    status = STATUS_SUCCESS;
out:
    secret_free(data);
    free(name);
    return status;
}

NTSTATUS NTAPI lsa_delete_credential(PLUID luid, ULONG package, PLSA_STRING key)
{
    const char *owner = package_name(package);
    char *name = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (!luid)
        goto out;
    status = STATUS_NO_SUCH_PACKAGE;
    if (!owner)
        goto out;
    status = STATUS_NO_SUCH_LOGON_SESSION;
    if (!lsa_host.store->remove)
        goto out;
    status = STATUS_INVALID_PARAMETER;
    name = key_name(key);
    if (!name)
        goto out;
    status = lsa_host.store->remove(luid, owner, name);
out:
    free(name);
    return status;
}

struct lsa_user_session *lsa_sessions_of(const char *user, size_t *count)
{
    *count = 0;
    return lsa_host.store->sessions_of ? lsa_host.store->sessions_of(user, count) : NULL;
}
