/*
 * The password of a logon session, kept in the LSA's store only when some rule of the policy lets
 * it be delegated; and accounts in secret memory, wherever they come from.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <ntstatus.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "base/wire.h"
#include "libsspi/lsa/host.h"

static char key_name[] = "delegate";
/* The last byte is the version of this layout. */
static const uint8_t tag[] = {'T', 'S', 'P', 2};

static LSA_STRING key(void)
{
    return (LSA_STRING){
        .Length = sizeof(key_name) - 1, .MaximumLength = sizeof(key_name), .Buffer = key_name};
}

/* ---- accounts ---------------------------------------------------------------------------------
 */

static WCHAR *append(WCHAR **at, const WCHAR *text, size_t units)
{
    WCHAR *start = *at;

    if (units)
        memcpy(start, text, units * sizeof(WCHAR));
    *at += units + 1; /* secret memory is zero */
    return start;
}

struct ts_account *ts_account_new(const WCHAR *user, size_t user_units, const WCHAR *domain,
                                  size_t domain_units, const WCHAR *password, size_t password_units)
{
    size_t units = user_units + domain_units + password_units + 4;
    struct ts_account *a = secret_alloc(sizeof(*a) + units * sizeof(WCHAR));
    WCHAR *at;

    if (!a)
        return NULL;
    at = (WCHAR *)(a + 1);
    a->user = append(&at, user, user_units);
    a->domain = append(&at, domain, domain_units);
    a->password = append(&at, password, password_units);
    a->principal = append(&at, NULL, 0);
    return a;
}

void ts_account_free(struct ts_account *a)
{
    secret_free(a);
}

/* ---- the store --------------------------------------------------------------------------------
 */

static bool fetch(const LUID *luid, LSA_STRING *stored)
{
    LUID copy = *luid;
    LSA_STRING key_value = key();
    ULONG query = 0, key_length = key_value.Length;

    *stored = (LSA_STRING){0};
    return NT_SUCCESS(ts_lsa->GetCredentials(&copy, ts_package_id, &query, FALSE, &key_value,
                                             &key_length, stored));
}

static void release(LSA_STRING *stored)
{
    if (!stored->Buffer)
        return;
    secret_wipe(stored->Buffer, stored->Length);
    ts_lsa->FreeLsaHeap(stored->Buffer);
}

/* Each with its size in bytes in front. */
static void write_account(struct wire_writer *w, const UNICODE_STRING *user,
                          const UNICODE_STRING *domain, const UNICODE_STRING *password,
                          const UNICODE_STRING *principal)
{
    const UNICODE_STRING *const strings[] = {user, domain, password, principal};

    wire_put_bytes(w, tag, sizeof(tag));
    for (size_t i = 0; i < ARRAYSIZE(strings); i++) {
        USHORT size = strings[i]->Buffer ? strings[i]->Length : 0;

        wire_put_u16le(w, size);
        wire_put_bytes(w, strings[i]->Buffer, size);
    }
}

/* What is read lies where it lies: it is copied, so that it is aligned. */
static struct ts_account *read_account(const void *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);
    const uint8_t *head = wire_bytes(&r, sizeof(tag)), *strings[4];
    size_t sizes[ARRAYSIZE(strings)], all = 0;
    struct ts_account *a;
    WCHAR *to[ARRAYSIZE(strings)];

    if (!head || memcmp(head, tag, sizeof(tag)) != 0)
        return NULL;
    for (size_t i = 0; i < ARRAYSIZE(strings); i++) {
        sizes[i] = wire_u16le(&r);
        strings[i] = wire_bytes(&r, sizes[i]);
        if (sizes[i] % sizeof(WCHAR))
            wire_read_fail(&r);
        all += sizes[i] + sizeof(WCHAR);
    }
    if (!wire_done(&r))
        return NULL;
    a = secret_alloc(sizeof(*a) + all);
    if (!a)
        return NULL;
    to[0] = (WCHAR *)(a + 1);
    for (size_t i = 0; i < ARRAYSIZE(to); i++) {
        if (i)
            to[i] = to[i - 1] + sizes[i - 1] / sizeof(WCHAR) + 1;
        memcpy(to[i], strings[i], sizes[i]);
    }
    a->user = to[0];
    a->domain = to[1];
    a->password = to[2];
    a->principal = to[3];
    return a;
}

SECURITY_STATUS ts_stored_read(const LUID *luid, struct ts_account **account)
{
    LSA_STRING stored;

    *account = NULL;
    if (fetch(luid, &stored))
        *account = read_account(stored.Buffer, stored.Length);
    release(&stored);
    return *account ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

void ts_stored_forget(const LUID *luid)
{
    LUID copy = *luid;
    LSA_STRING key_value = key();

    (void)ts_lsa->DeleteCredential(&copy, ts_package_id, &key_value);
}

/*
 * The principal of the logon. A later password is the same one's: whoever unlocks or changes it may
 * be called otherwise.
 */
static struct ts_account *logged_on_before(const SECPKG_PRIMARY_CRED *primary)
{
    struct ts_account *before = NULL;

    if (primary->Flags & PRIMARY_CRED_UPDATE)
        (void)ts_stored_read(&primary->LogonId, &before);
    return before;
}

static bool is_stored(const LUID *luid, const LSA_STRING *credential)
{
    LSA_STRING stored;
    bool same = fetch(luid, &stored) && stored.Length == credential->Length &&
                secret_equal(stored.Buffer, credential->Buffer, stored.Length);

    release(&stored);
    return same;
}

/*
 * A logon, an unlock, or a changed password. Where nobody may be sent it, nothing is kept, and what
 * an lsad with another policy has kept is taken away. A logon without a password leaves the session
 * as it is.
 */
NTSTATUS NTAPI ts_accept_credentials(SECURITY_LOGON_TYPE logon_type, PUNICODE_STRING name,
                                     PSECPKG_PRIMARY_CRED primary,
                                     PSECPKG_SUPPLEMENTAL_CRED supplemental)
{
    const UNICODE_STRING *user = name && name->Length ? name : NULL;
    struct ts_account *before = NULL;
    UNICODE_STRING principal;
    LSA_STRING credential, key_value = key();
    uint8_t *room = NULL;
    struct wire_writer w;
    size_t size;
    NTSTATUS status = STATUS_SUCCESS;

    (void)logon_type, (void)supplemental;
    if (!primary || primary->Flags & PRIMARY_CRED_OWF_PASSWORD || !primary->Password.Buffer ||
        !primary->Password.Length)
        goto out;
    if (!ts_policy_keeps_passwords()) {
        ts_stored_forget(&primary->LogonId);
        goto out;
    }
    if (!user)
        user = &primary->DownlevelName;
    principal = primary->Upn;
    before = logged_on_before(primary);
    if (before && before->principal[0]) {
        principal.Buffer = before->principal;
        principal.Length = (USHORT)(utf16_length(before->principal) * sizeof(WCHAR));
    }
    status = STATUS_INVALID_PARAMETER;
    size = sizeof(tag) + 4 * sizeof(uint16_t) + user->Length + primary->DomainName.Length +
           primary->Password.Length + principal.Length;
    if (size > UINT16_MAX)
        goto out;
    status = STATUS_NO_MEMORY;
    room = secret_alloc(size);
    if (!room)
        goto out;
    w = wire_writer(room, size);
    write_account(&w, user, &primary->DomainName, &primary->Password, &principal);
    credential.Buffer = (char *)w.data;
    credential.Length = credential.MaximumLength = (USHORT)w.offset;
    status = STATUS_SUCCESS;
    if (primary->Flags & PRIMARY_CRED_UPDATE && is_stored(&primary->LogonId, &credential))
        goto out;
    status = ts_lsa->AddCredential(&primary->LogonId, ts_package_id, &key_value, &credential);
out:
    ts_account_free(before);
    secret_free(room);
    return status;
}
