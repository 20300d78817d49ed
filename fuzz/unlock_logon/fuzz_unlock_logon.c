/*
 * KERB_INTERACTIVE_UNLOCK_LOGON as a client could send it: nothing is read outside of it, and what
 * was read is written and read again as the same. The first byte chooses: bit 0: the client is
 * trusted; bit 1: the pointers are offsets from 0x10000, else from 0; bit 2: the message type is
 * the right one.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>
#include <ntstatus.h>
#include "base/secret.h"
#include "libsspi/packages/unlock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const LUID own = {77, 7};
static bool trusted;

static NTSTATUS NTAPI client_info(PSECPKG_CLIENT_INFO client)
{
    memset(client, 0, sizeof(*client));
    client->LogonId = own;
    client->HasTcbPrivilege = trusted;
    return STATUS_SUCCESS;
}

static const LSA_SECPKG_FUNCTION_TABLE lsa = {.GetClientInfo = client_info};

static void must(bool good)
{
    if (!good)
        abort();
}

static bool same(const UNICODE_STRING *a, const UNICODE_STRING *b)
{
    return a->Length == b->Length && memcmp(a->Buffer, b->Buffer, a->Length) == 0 &&
           a->Buffer[a->Length / sizeof(WCHAR)] == 0;
}

static void again(const struct unlock_logon *first)
{
    struct unlock_logon second;
    ULONG size;
    void *written =
        unlock_write(&first->luid, &first->domain, &first->user, &first->password, &size);

    must(written != NULL);
    must(unlock_read(&lsa, written, written, size, &second) == STATUS_SUCCESS);
    must(memcmp(&first->luid, &second.luid, sizeof(second.luid)) == 0);
    must(same(&first->domain, &second.domain) && same(&first->user, &second.user) &&
         same(&first->password, &second.password));
    unlock_clear(&second);
    secret_free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct unlock_logon logon;
    uint8_t *copy;
    NTSTATUS status;
    ULONG type;

    if (!size)
        return 0;
    trusted = data[0] & 1;
    copy = malloc(size > 1 ? size - 1 : 1); /* of its own, so that the end is seen */
    must(copy != NULL);
    memcpy(copy, data + 1, size - 1);
    type = MsV1_0WorkstationUnlockLogon;
    if ((data[0] & 4) && size > sizeof(type))
        memcpy(copy, &type, sizeof(type));
    status =
        unlock_read(&lsa, copy, (void *)(uintptr_t)(data[0] & 2 ? 0x10000 : 0), size - 1, &logon);
    if (status == STATUS_SUCCESS) {
        must(trusted || memcmp(&logon.luid, &own, sizeof(own)) == 0);
        must(logon.user.Length > 0);
        again(&logon);
    } else {
        must(!logon.memory);
    }
    unlock_clear(&logon);
    free(copy);
    return 0;
}
