/*
 * KERB_SUBMIT_TKT_REQUEST and the KRB-CRED in it, which any program of any user can send to lsad.
 * The first byte says whether the session is somebody's already. What is taken must be what MIT's
 * library reads in the same bytes, and must be the same when it is packed and read again.
 */
#include <krb5.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>
#include <ntstatus.h>
#include "base/secret.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/kerberos/kerberos.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW   1800000000 /* the seeds' tickets are good then */
#define OWNER "alice@CREDMGR.TEST"
#define KEYS  512

static krb5_context krb;

static void must(int condition)
{
    if (!condition)
        abort();
}

/* ---- a credential store -------------------------------------------------------------------- */

static struct {
    char *name;
    void *data;
    size_t size;
} keys[KEYS];
static size_t key_count;

static size_t find(const LSA_STRING *name)
{
    size_t i = 0;

    while (i < key_count && (strlen(keys[i].name) != name->Length ||
                             memcmp(keys[i].name, name->Buffer, name->Length) != 0))
        i++;
    return i;
}

static NTSTATUS NTAPI add(PLUID luid, ULONG package, PLSA_STRING name, PLSA_STRING value)
{
    size_t i = find(name);

    (void)luid, (void)package;
    must(i < KEYS);
    if (i == key_count)
        keys[key_count++].name = strndup(name->Buffer, name->Length);
    secret_free(keys[i].data);
    keys[i].data = secret_dup(value->Buffer, value->Length);
    keys[i].size = value->Length;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI get(PLUID luid, ULONG package, PULONG position, BOOLEAN all, PLSA_STRING name,
                          PULONG length, PLSA_STRING value)
{
    size_t i = all ? *position : find(name);

    (void)luid, (void)package;
    if (i >= key_count)
        return all ? STATUS_NO_MORE_ENTRIES : STATUS_OBJECT_NAME_NOT_FOUND;
    if (all) {
        name->Length = (USHORT)strlen(keys[i].name);
        must(name->Length <= name->MaximumLength);
        memcpy(name->Buffer, keys[i].name, name->Length);
        (*position)++;
    }
    *length = value->Length = (USHORT)keys[i].size;
    value->Buffer = malloc(keys[i].size + 1);
    must(value->Buffer != NULL);
    memcpy(value->Buffer, keys[i].data, keys[i].size);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI delete (PLUID luid, ULONG package, PLSA_STRING name)
{
    size_t i = find(name);

    (void)luid, (void)package;
    if (i == key_count)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    free(keys[i].name);
    secret_free(keys[i].data);
    keys[i] = keys[--key_count];
    memset(&keys[key_count], 0, sizeof(keys[0]));
    return STATUS_SUCCESS;
}

static void NTAPI free_heap(PVOID memory)
{
    free(memory);
}

static HANDLE NTAPI no_timer(SEC_THREAD_START function, PVOID parameter, ULONG type, ULONG class,
                             ULONG flags, ULONG interval, HANDLE event)
{
    (void)function, (void)parameter, (void)type, (void)class, (void)flags, (void)interval,
        (void)event;
    return (HANDLE)1;
}

/* A logon program: what anybody may submit depends on the machine's key quota. */
static NTSTATUS NTAPI client_info(PSECPKG_CLIENT_INFO out)
{
    *out = (SECPKG_CLIENT_INFO){.HasTcbPrivilege = TRUE};
    return STATUS_SUCCESS;
}

static BOOLEAN NTAPI call_info(PSECPKG_CALL_INFO out)
{
    memset(out, 0, sizeof(*out));
    return TRUE;
}

static const LSA_SECPKG_FUNCTION_TABLE table = {.AddCredential = add,
                                                .GetCredentials = get,
                                                .DeleteCredential = delete,
                                                .FreeLsaHeap = free_heap,
                                                .GetClientInfo = client_info,
                                                .GetCallInfo = call_info,
                                                .RegisterNotification = no_timer};

const char *lsa_setting(const char *package, const char *name, const char *missing)
{
    (void)package, (void)name;
    return missing;
}

/* Nobody accepts here. */
void lsa_client_acceptors(bool (*visit)(const char *service, const char *keytab, void *arg),
                          void *arg)
{
    (void)visit, (void)arg;
}

bool lsa_acceptor_matches(const char *service, const char *principal)
{
    (void)service, (void)principal;
    return false;
}

/* ---- what must hold ------------------------------------------------------------------------ */

static bool same(krb5_creds **a, krb5_creds **b)
{
    for (; *a && *b; a++, b++)
        if (!krb5_principal_compare(krb, (*a)->client, (*b)->client) ||
            !krb5_principal_compare(krb, (*a)->server, (*b)->server) ||
            (*a)->keyblock.enctype != (*b)->keyblock.enctype ||
            (*a)->keyblock.length != (*b)->keyblock.length ||
            memcmp((*a)->keyblock.contents, (*b)->keyblock.contents, (*a)->keyblock.length) != 0 ||
            memcmp(&(*a)->times, &(*b)->times, sizeof((*a)->times)) != 0 ||
            (*a)->ticket_flags != (*b)->ticket_flags)
            return false;
    return !*a && !*b;
}

static krb5_auth_context no_checks(void)
{
    krb5_auth_context auth;

    must(!krb5_auth_con_init(krb, &auth) && !krb5_auth_con_setflags(krb, auth, 0));
    return auth;
}

/* MIT reads a message that we have read, if it has no receiver's address, which must be ours. */
static void compare_with_mit(const uint8_t *data, size_t size)
{
    krb5_data message = {.length = (unsigned)size, .data = (char *)(uintptr_t)data}, *again;
    krb5_creds **ours, **theirs = NULL, **repeated;
    krb5_auth_context auth;

    if (kerb_cred_read(krb, data, size, NULL, &ours))
        return;
    auth = no_checks();
    if (!krb5_rd_cred(krb, auth, &message, &theirs, NULL)) {
        must(same(ours, theirs));
        krb5_free_tgt_creds(krb, theirs);
    }
    krb5_auth_con_free(krb, auth);
    auth = no_checks();
    if (!krb5_mk_ncred(krb, auth, ours, &again, NULL)) {
        must(!kerb_cred_read(krb, again->data, again->length, NULL, &repeated));
        must(same(ours, repeated));
        krb5_free_tgt_creds(krb, repeated);
        krb5_free_data(krb, again);
    }
    krb5_auth_con_free(krb, auth);
    krb5_free_tgt_creds(krb, ours);
}

static void submit(bool owned, const uint8_t *data, size_t size)
{
    const LUID luid = {1, 0};
    uint8_t *exact = malloc(size ? size : 1); /* ends where the request does */
    NTSTATUS status;

    must(exact != NULL);
    memcpy(exact, data, size);
    if (owned)
        (void)kerb_store_put(&luid, KERB_KEY_ACCOUNT, OWNER, strlen(OWNER));
    status = kerb_submit(krb, &luid, exact, size);
    if (!NT_SUCCESS(status))
        must(key_count <= 2u + KERB_CRED_TICKETS);
    else
        must(key_count >= 2);
    if (owned && NT_SUCCESS(status)) {
        krb5_creds *tgt;
        char *name;

        if (!kerb_ticket_get(krb, &luid, KERB_KEY_TGT, &tgt)) {
            must(!krb5_unparse_name(krb, tgt->client, &name) && !strcmp(name, OWNER));
            krb5_free_unparsed_name(krb, name);
            krb5_free_creds(krb, tgt);
        }
    }
    while (key_count) {
        LSA_STRING last = {.Length = (USHORT)strlen(keys[0].name), .Buffer = keys[0].name};

        delete (NULL, 0, &last);
    }
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t head = sizeof(KERB_SUBMIT_TKT_REQUEST);

    if (!krb) {
        setenv("KRB5_CONFIG", "/dev/null", 1);
        must(!krb5_init_context(&krb));
        kerb_lsa = &table;
    }
    if (size < 1)
        return 0;
    must(!krb5_set_real_time(krb, NOW, 0));
    submit(data[0] & 1, data + 1, size - 1);
    if (size > 1 + head)
        compare_with_mit(data + 1 + head, size - 1 - head);
    return 0;
}
