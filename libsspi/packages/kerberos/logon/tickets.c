/*
 * Tickets in the credential store of a logon session: each is one credential, marshalled as libkrb5
 * does it, so that nothing of it has to stay in this process between two calls.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/keyring.h"
#include "base/secret.h"

static LSA_STRING counted(const void *data, size_t size)
{
    return (LSA_STRING){
        .Length = (USHORT)size, .MaximumLength = (USHORT)size, .Buffer = (PCHAR)(uintptr_t)data};
}

NTSTATUS kerb_store_put(const LUID *luid, const char *key, const void *data, size_t size)
{
    LUID who = *luid;
    LSA_STRING name = counted(key, strlen(key)), value = counted(data, size);

    if (size > UINT16_MAX || strlen(key) > UINT16_MAX)
        return STATUS_INVALID_BUFFER_SIZE;
    return kerb_lsa->AddCredential(&who, kerb_package_id, &name, &value);
}

NTSTATUS kerb_store_get(const LUID *luid, const char *key, void **data, size_t *size)
{
    LUID who = *luid;
    LSA_STRING name = counted(key, strlen(key)), value = {0};
    ULONG position = 0, length = 0;
    NTSTATUS status =
        kerb_lsa->GetCredentials(&who, kerb_package_id, &position, FALSE, &name, &length, &value);

    *data = NULL;
    *size = 0;
    if (!NT_SUCCESS(status))
        return status;
    *data = secret_dup(value.Buffer, value.Length);
    *size = value.Length;
    secret_wipe(value.Buffer, value.Length);
    kerb_lsa->FreeLsaHeap(value.Buffer);
    return *data ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

void kerb_store_remove(const LUID *luid, const char *key)
{
    LUID who = *luid;
    LSA_STRING name = counted(key, strlen(key));

    (void)kerb_lsa->DeleteCredential(&who, kerb_package_id, &name);
}

void kerb_store_each(const LUID *luid, bool (*visit)(const char *key, void *arg), void *arg)
{
    LUID who = *luid;
    ULONG position = 0, length;
    char buffer[4096];
    char **keys = NULL;
    size_t count = 0;

    /* The names are collected first: a visitor may add or remove keys. */
    for (;;) {
        LSA_STRING name = {.Length = 0, .MaximumLength = sizeof(buffer) - 1, .Buffer = buffer},
                   value = {0};
        NTSTATUS status = kerb_lsa->GetCredentials(&who, kerb_package_id, &position, TRUE, &name,
                                                   &length, &value);
        char **more;

        if (status != STATUS_SUCCESS)
            break;
        secret_wipe(value.Buffer, value.Length);
        kerb_lsa->FreeLsaHeap(value.Buffer);
        more = reallocarray(keys, count + 1, sizeof(*keys));
        if (!more)
            break;
        keys = more;
        keys[count] = strndup(buffer, name.Length);
        if (!keys[count])
            break;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        if (!visit(keys[i], arg))
            break;
    for (size_t i = 0; i < count; i++)
        free(keys[i]);
    free(keys);
}

bool kerb_may_store(size_t size)
{
    SECPKG_CLIENT_INFO client;

    return kerb_in_process() ||
           (NT_SUCCESS(kerb_lsa->GetClientInfo(&client)) && client.HasTcbPrivilege) ||
           keyring_has_room(size);
}

krb5_error_code kerb_ticket_put(krb5_context krb, const LUID *luid, const char *key,
                                krb5_creds *creds)
{
    krb5_data *data = NULL;
    krb5_error_code code = krb5_marshal_credentials(krb, creds, &data);
    NTSTATUS status;

    if (code)
        return code;
    /* A session has one TGT of its own, but as many others as its programs like. */
    status = strcmp(key, KERB_KEY_TGT) == 0 || kerb_may_store(data->length)
                 ? kerb_store_put(luid, key, data->data, data->length)
                 : STATUS_QUOTA_EXCEEDED;
    secret_wipe(data->data, data->length);
    krb5_free_data(krb, data);
    return NT_SUCCESS(status) ? 0 : status == STATUS_NO_MEMORY ? ENOMEM : KRB5_CC_WRITE;
}

krb5_error_code kerb_ticket_get(krb5_context krb, const LUID *luid, const char *key,
                                krb5_creds **creds)
{
    void *bytes;
    size_t size;
    krb5_data data;
    krb5_error_code code;

    *creds = NULL;
    if (!NT_SUCCESS(kerb_store_get(luid, key, &bytes, &size)))
        return KRB5_CC_NOTFOUND;
    data = (krb5_data){.length = (unsigned)size, .data = bytes};
    code = krb5_unmarshal_credentials(krb, &data, creds);
    secret_free(bytes);
    return code;
}

int64_t kerb_ticket_left(krb5_context krb, const krb5_creds *creds)
{
    krb5_timestamp now;

    if (krb5_timeofday(krb, &now))
        return 0;
    return (int64_t)(uint32_t)creds->times.endtime - (int64_t)(uint32_t)now;
}

krb5_error_code kerb_cache_with(krb5_context krb, krb5_creds *tgt, krb5_ccache *cache)
{
    krb5_error_code code = krb5_cc_new_unique(krb, "MEMORY", NULL, cache);

    if (code) {
        *cache = NULL;
        return code;
    }
    code = krb5_cc_initialize(krb, *cache, tgt->client);
    if (!code)
        code = krb5_cc_store_cred(krb, *cache, tgt);
    if (code) {
        krb5_cc_destroy(krb, *cache);
        *cache = NULL;
    }
    return code;
}
