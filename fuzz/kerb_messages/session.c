/*
 * A credential store, a client and libkrb5 without any KDC.
 */
#include "fuzz/kerb_messages/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret.h"
#include "libsspi/lsa/host.h"

#define KEYS_MAX 48 /* in both sessions; one more is over the quota */
#define LATER    4000000000u
#define ALWAYS   0xff

const LUID own = {77, 7}, strange = {78, 7};
struct room room;
bool keys_full;
static uint8_t options;

void must(bool condition)
{
    if (!condition)
        abort();
}

bool same_luid(const LUID *a, const LUID *b)
{
    return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

/* ---- what there is in the beginning -------------------------------------------------------- */

/* Packed by MIT's library: krbtgt/CREDMGR.TEST. */
static const uint8_t ticket[] = {
    0x61, 0x50, 0x30, 0x4e, 0xa0, 0x03, 0x02, 0x01, 0x05, 0xa1, 0x0e, 0x1b, 0x0c, 'C',
    'R',  'E',  'D',  'M',  'G',  'R',  '.',  'T',  'E',  'S',  'T',  0xa2, 0x21, 0x30,
    0x1f, 0xa0, 0x03, 0x02, 0x01, 0x02, 0xa1, 0x18, 0x30, 0x16, 0x1b, 0x06, 'k',  'r',
    'b',  't',  'g',  't',  0x1b, 0x0c, 'C',  'R',  'E',  'D',  'M',  'G',  'R',  '.',
    'T',  'E',  'S',  'T',  0xa3, 0x14, 0x30, 0x12, 0xa0, 0x03, 0x02, 0x01, 0x12, 0xa1,
    0x03, 0x02, 0x01, 0x01, 0xa2, 0x06, 0x04, 0x04, 0x01, 0x02, 0x03, 0x04};

/* Tickets, and with no service the rest. */
static struct seed {
    uint8_t needs; /* any of these options; ALWAYS in the other session, too */
    const LUID *luid;
    const char *key, *client, *service;
    krb5_enctype enctype;
    uint32_t until;
    const char *text;
    uint8_t secret[32];
    krb5_data packed;
} seeds[] = {
    {TGT | KEPT | SERVICES, &own, KERB_KEY_ACCOUNT, .text = OWNER},
    {KEPT, &own, KERB_KEY_PASSWORD, .text = PASSWORD},
    {TGT, &own, KERB_KEY_TGT, OWNER, "krbtgt/CREDMGR.TEST@CREDMGR.TEST",
     ENCTYPE_AES256_CTS_HMAC_SHA1_96, LATER, .text = NULL},
    {SERVICES, &own, KERB_KEY_TICKET "HTTP/web.credmgr.test@CREDMGR.TEST", OWNER,
     "HTTP/web.credmgr.test@CREDMGR.TEST", ENCTYPE_AES128_CTS_HMAC_SHA1_96, LATER, .text = NULL},
    {SERVICES, &own, KERB_KEY_TICKET "cifs/files@", OWNER, "cifs/files@CREDMGR.TEST",
     ENCTYPE_ARCFOUR_HMAC, LATER, .text = NULL},
    {SERVICES, &own, KERB_KEY_TICKET "host/old@CREDMGR.TEST", OWNER, "host/old@CREDMGR.TEST",
     ENCTYPE_AES256_CTS_HMAC_SHA1_96, 1000, .text = NULL},
    {OTHERS, &own, "other:bob@OTHER.TEST\ttgt", "bob@OTHER.TEST", "krbtgt/OTHER.TEST@OTHER.TEST",
     ENCTYPE_AES256_CTS_HMAC_SHA1_96, LATER, .text = NULL},
    {OTHERS, &own, "other:bob@OTHER.TEST\tticket:HTTP/web.other.test@OTHER.TEST", "bob@OTHER.TEST",
     "HTTP/web.other.test@OTHER.TEST", ENCTYPE_AES256_CTS_HMAC_SHA1_96, LATER, .text = NULL},
    {OTHERS, &own, "other:carl@THIRD.TEST\tpassword", .text = PASSWORD},
    {OTHERS, &own, "other:carl@THIRD.TEST\ttgt", "carl@THIRD.TEST", "krbtgt/THIRD.TEST@THIRD.TEST",
     ENCTYPE_AES256_CTS_HMAC_SHA1_96, 1000, .text = NULL},
    {ALWAYS, &strange, KERB_KEY_ACCOUNT, .text = "mallory@CREDMGR.TEST"},
    {ALWAYS, &strange, KERB_KEY_TGT, "mallory@CREDMGR.TEST", "krbtgt/CREDMGR.TEST@CREDMGR.TEST",
     ENCTYPE_AES256_CTS_HMAC_SHA1_96, LATER, .text = NULL},
    {ALWAYS, &strange, KERB_KEY_TICKET "HTTP/web.credmgr.test@CREDMGR.TEST", "mallory@CREDMGR.TEST",
     "HTTP/web.credmgr.test@CREDMGR.TEST", ENCTYPE_AES128_CTS_HMAC_SHA1_96, LATER, .text = NULL},
};
#define SEEDS (sizeof(seeds) / sizeof(seeds[0]))

/* Bytes that are no text in UTF-8 nor in UTF-16, and those of no other key, wherever they begin. */
static void make_key(size_t n, uint8_t key[32])
{
    key[0] = 0xdb;
    for (size_t i = 1; i < 32; i++, n = n / 3)
        key[i] = (uint8_t)(0xd8 + n % 3);
}

static void pack(krb5_context krb, struct seed *s, size_t n)
{
    krb5_creds creds = {.magic = KV5M_CREDS};
    size_t random, length = 0;
    krb5_data *packed = NULL;

    if (!s->service) {
        s->packed =
            (krb5_data){.data = (char *)(uintptr_t)s->text, .length = (unsigned)strlen(s->text)};
        return;
    }
    make_key(n, s->secret);
    must(!krb5_parse_name(krb, s->client, &creds.client) &&
         !krb5_parse_name(krb, s->service, &creds.server) &&
         !krb5_c_keylengths(krb, s->enctype, &random, &length) && length <= sizeof(s->secret));
    creds.keyblock = (krb5_keyblock){.magic = KV5M_KEYBLOCK,
                                     .enctype = s->enctype,
                                     .length = (unsigned)length,
                                     .contents = s->secret};
    creds.times.endtime = (krb5_timestamp)s->until;
    creds.ticket_flags = TKT_FLG_FORWARDABLE;
    creds.ticket = (krb5_data){.data = (char *)(uintptr_t)ticket, .length = sizeof(ticket)};
    must(!krb5_marshal_credentials(krb, &creds, &packed));
    s->packed = *packed;
    free(packed);
    krb5_free_principal(krb, creds.client);
    krb5_free_principal(krb, creds.server);
}

/* ---- the credential store ------------------------------------------------------------------ */

static struct key {
    LUID luid;
    char *name;
    void *data;
    size_t size;
} keys[KEYS_MAX];
static size_t key_count;

/* Nobody but root gets at other sessions; and of others there is one. */
static bool exists(const LUID *luid)
{
    must((options & TRUSTED) || same_luid(luid, &own));
    return same_luid(luid, &own) || same_luid(luid, &strange);
}

static size_t find(const LUID *luid, const LSA_STRING *name)
{
    size_t i = 0;

    while (i < key_count &&
           (!same_luid(&keys[i].luid, luid) || strlen(keys[i].name) != name->Length ||
            memcmp(keys[i].name, name->Buffer, name->Length) != 0))
        i++;
    return i;
}

static NTSTATUS put(const LUID *luid, const LSA_STRING *name, const void *data, size_t size)
{
    size_t i = find(luid, name);

    if (i == KEYS_MAX)
        return STATUS_QUOTA_EXCEEDED;
    if (i == key_count) {
        keys[key_count++] =
            (struct key){.luid = *luid, .name = strndup(name->Buffer, name->Length)};
        must(keys[i].name && strlen(keys[i].name) == name->Length);
    }
    secret_free(keys[i].data);
    keys[i].data = secret_dup(data, size);
    must(keys[i].data != NULL);
    keys[i].size = size;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI add(PLUID luid, ULONG package, PLSA_STRING name, PLSA_STRING value)
{
    (void)package;
    return exists(luid) ? put(luid, name, value->Buffer, value->Length)
                        : STATUS_NO_SUCH_LOGON_SESSION;
}

static NTSTATUS NTAPI get(PLUID luid, ULONG package, PULONG position, BOOLEAN all, PLSA_STRING name,
                          PULONG length, PLSA_STRING value)
{
    size_t i = all ? *position : find(luid, name);

    (void)package;
    if (!exists(luid))
        return STATUS_NO_SUCH_LOGON_SESSION;
    while (all && i < key_count && !same_luid(&keys[i].luid, luid))
        i++;
    if (i >= key_count)
        return all ? STATUS_NO_MORE_ENTRIES : STATUS_OBJECT_NAME_NOT_FOUND;
    if (all) {
        name->Length = (USHORT)strlen(keys[i].name);
        must(name->Length <= name->MaximumLength);
        memcpy(name->Buffer, keys[i].name, name->Length);
        *position = (ULONG)i + 1;
    }
    *length = value->Length = (USHORT)keys[i].size;
    value->Buffer = malloc(keys[i].size + 1);
    must(value->Buffer != NULL);
    memcpy(value->Buffer, keys[i].data, keys[i].size);
    return STATUS_SUCCESS;
}

static void drop(size_t i)
{
    free(keys[i].name);
    secret_free(keys[i].data);
    keys[i] = keys[--key_count];
    memset(&keys[key_count], 0, sizeof(keys[0]));
}

static NTSTATUS NTAPI delete (PLUID luid, ULONG package, PLSA_STRING name)
{
    size_t i = find(luid, name);

    (void)package;
    if (!exists(luid) || i == key_count)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    drop(i);
    return STATUS_SUCCESS;
}

static void NTAPI free_heap(PVOID memory)
{
    free(memory);
}

/* ---- the client ---------------------------------------------------------------------------- */

/* As lsad does it: the room is handed out from its beginning. */
static NTSTATUS NTAPI allocate(PLSA_CLIENT_REQUEST request, ULONG size, PVOID *address)
{
    size_t need = ((size_t)size + 15) & ~(size_t)15;

    (void)request;
    must(size > 0);
    if (need > room.size - room.used)
        return STATUS_NO_MEMORY;
    *address = (void *)(room.base + room.used);
    room.used += need;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI release(PLSA_CLIENT_REQUEST request, PVOID address)
{
    (void)request;
    must((uintptr_t)address - room.base < room.used);
    room.freed++;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI copy_to(PLSA_CLIENT_REQUEST request, ULONG size, PVOID address, PVOID data)
{
    uintptr_t offset = (uintptr_t)address - room.base;

    (void)request;
    must(offset <= room.used && size <= room.used - offset);
    if (room.broken)
        return STATUS_ACCESS_VIOLATION;
    memcpy(room.bytes + offset, data, size);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI client_info(PSECPKG_CLIENT_INFO out)
{
    *out = (SECPKG_CLIENT_INFO){.LogonId = own, .HasTcbPrivilege = (options & TRUSTED) != 0};
    return STATUS_SUCCESS;
}

/* From another process, as in lsad. */
static BOOLEAN NTAPI call_info(PSECPKG_CALL_INFO out)
{
    memset(out, 0, sizeof(*out));
    return TRUE;
}

/* ---- the rest of the LSA ------------------------------------------------------------------- */

static HANDLE NTAPI no_timer(SEC_THREAD_START function, PVOID parameter, ULONG type, ULONG class,
                             ULONG flags, ULONG interval, HANDLE event)
{
    (void)function, (void)parameter, (void)type, (void)class, (void)flags, (void)interval,
        (void)event;
    return (HANDLE)1;
}

static NTSTATUS NTAPI cancel_timer(HANDLE timer)
{
    (void)timer;
    return STATUS_SUCCESS;
}

/* Nothing is fetched in the background. */
static HANDLE NTAPI no_thread(SEC_ATTRS attributes, ULONG stack, SEC_THREAD_START function,
                              PVOID parameter, ULONG flags, PULONG id)
{
    (void)attributes, (void)stack, (void)function, (void)parameter, (void)flags, (void)id;
    return NULL;
}

static const LSA_SECPKG_FUNCTION_TABLE table = {.AddCredential = add,
                                                .GetCredentials = get,
                                                .DeleteCredential = delete,
                                                .FreeLsaHeap = free_heap,
                                                .AllocateClientBuffer = allocate,
                                                .FreeClientBuffer = release,
                                                .CopyToClientBuffer = copy_to,
                                                .GetClientInfo = client_info,
                                                .GetCallInfo = call_info,
                                                .CreateThread = no_thread,
                                                .RegisterNotification = no_timer,
                                                .CancelNotification = cancel_timer};

const char *lsa_setting(const char *package, const char *name, const char *missing)
{
    (void)package;
    if (!strcmp(name, "export_ccache"))
        return options & EXPORTS ? "file" : missing;
    if (!strcmp(name, "keep_password"))
        return options & KEEPS ? "yes" : missing;
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

/* In place of base/keyring_room.c: how full the machine's keyrings are is no part of an input. */
bool keyring_has_room(size_t bytes);
bool keyring_has_room(size_t bytes)
{
    (void)bytes;
    return !keys_full;
}

/* In place of libkrb5's, which reads no environment: that is where configure() leaves its file. */
krb5_error_code krb5_init_secure_context(krb5_context *krb)
{
    return krb5_init_context(krb);
}

/* ---- from input to input ------------------------------------------------------------------- */

/* A realm without a KDC, and no way to find one. */
static void configure(void)
{
    static const char text[] = "[libdefaults]\n"
                               " default_realm = CREDMGR.TEST\n"
                               " dns_lookup_kdc = false\n"
                               " dns_lookup_realm = false\n"
                               " dns_uri_lookup = false\n"
                               " dns_canonicalize_hostname = false\n"
                               " plugin_base_dir = /dev/null\n"
                               "[realms]\n"
                               " CREDMGR.TEST = {\n"
                               "  auth_to_local = DEFAULT\n"
                               " }\n"
                               "[domain_realm]\n"
                               " .credmgr.test = CREDMGR.TEST\n"
                               " .other.test = OTHER.TEST\n";
    int fd = memfd_create("krb5.conf", MFD_CLOEXEC);
    char name[64];

    must(fd >= 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1);
    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    setenv("KRB5_CONFIG", name, 1);
}

void session_start(void)
{
    krb5_context krb;

    if (kerb_lsa)
        return;
    configure();
    kerb_lsa = &table;
    must(!krb5_init_context(&krb));
    for (size_t i = 0; i < SEEDS; i++)
        pack(krb, &seeds[i], i);
    krb5_free_context(krb);
}

void session_set_exports(bool yes)
{
    options = (uint8_t)(yes ? options | EXPORTS : options & ~EXPORTS);
}

void session_fill(uint8_t chosen)
{
    options = chosen;
    for (size_t i = 0; i < SEEDS; i++)
        if (seeds[i].needs == ALWAYS || (seeds[i].needs & options)) {
            LSA_STRING name = {.Length = (USHORT)strlen(seeds[i].key),
                               .Buffer = (char *)(uintptr_t)seeds[i].key};

            must(put(seeds[i].luid, &name, seeds[i].packed.data, seeds[i].packed.length) ==
                 STATUS_SUCCESS);
        }
}

void session_clear(void)
{
    while (key_count)
        drop(key_count - 1);
    kerb_session_shutdown();
}

/* ---- what must hold ------------------------------------------------------------------------ */

static bool holds(const uint8_t *bytes, size_t size, const void *part, size_t part_size)
{
    return memmem(bytes, size, part, part_size) != NULL;
}

void session_check_secrets(const uint8_t *bytes, size_t size, const LUID *session,
                           const uint8_t *input, size_t input_size)
{
    uint8_t wide[2 * (sizeof(PASSWORD) - 1)] = {0};

    for (size_t i = 0; i < SEEDS; i++)
        if (seeds[i].service && !(session && same_luid(session, seeds[i].luid)))
            must(!holds(bytes, size, seeds[i].secret, 16) ||
                 holds(input, input_size, seeds[i].secret, 16));
    for (size_t i = 0; i < sizeof(PASSWORD) - 1; i++)
        wide[2 * i] = (uint8_t)PASSWORD[i];
    must((!holds(bytes, size, PASSWORD, sizeof(PASSWORD) - 1) &&
          !holds(bytes, size, wide, sizeof(wide))) ||
         holds(input, input_size, PASSWORD, sizeof(PASSWORD) - 1) ||
         holds(input, input_size, wide, sizeof(wide)));
}

void session_check_owner(void)
{
    krb5_context krb = kerb_context_take();
    krb5_creds *tgt;
    char *name = NULL;

    must(krb != NULL);
    if (!kerb_ticket_get(krb, &own, KERB_KEY_TGT, &tgt)) {
        must(!krb5_unparse_name(krb, tgt->client, &name) && !strcmp(name, OWNER));
        krb5_free_unparsed_name(krb, name);
        krb5_free_creds(krb, tgt);
    }
    kerb_context_give(krb);
}
