/*
 * KerbRetrieveTicketMessage and KerbRetrieveEncodedTicketMessage: a ticket of a logon session as a
 * KERB_EXTERNAL_TICKET, or as a KRB-CRED. A ticket alone proves nothing; the session key that makes
 * it one's own leaves the LSA only where export_ccache in lsa.conf says that programs outside get
 * it (AllowTgtSessionKey in Windows' registry).
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/kerberos/logon/session.h"

#define EPOCH     INT64_C(116444736000000000) /* 100 ns from 1601 to 1970 */
#define REPLY_MAX (1u << 17)
#define KNOWN                                                                                      \
    (KERB_RETRIEVE_TICKET_USE_CACHE_ONLY | KERB_RETRIEVE_TICKET_AS_KERB_CRED |                     \
     KERB_RETRIEVE_TICKET_DONT_USE_CACHE | KERB_RETRIEVE_TICKET_CACHE_TICKET)

bool kerb_exports_tickets(void)
{
    const char *name = lsa_setting(KERB_PACKAGE, "export_ccache", "none");

    return *name && strcasecmp(name, "none") != 0;
}

/* The key goes to programs that may have it, and to packages of the LSA itself: their memory is
 * ours, and what they ask for a client they do not tell it. */
static bool gives_keys(void)
{
    SECPKG_CALL_INFO call;

    return kerb_exports_tickets() ||
           (kerb_lsa->GetCallInfo(&call) && call.Attributes & SECPKG_CALL_RECURSIVE &&
            !(call.Attributes & SECPKG_CALL_IN_PROC));
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* An answer on its way to the client, where it will lie at `base`. Filled twice: first without
 * memory, to learn its size. */
struct image {
    uint8_t *bytes; /* NULL: only counts */
    uintptr_t base; /* a number: nothing of ours lies there */
    size_t used;
    bool failed;
};

static void *place(struct image *image, const void *data, size_t size, size_t align)
{
    size_t at = (image->used + align - 1) & ~(align - 1);

    image->used = at + size;
    if (image->bytes && data && size)
        memcpy(image->bytes + at, data, size);
    return (void *)(image->base + at);
}

static UNICODE_STRING place_text(struct image *image, const char *text, size_t size)
{
    UNICODE_STRING out = {0, 0, NULL};
    size_t units = 0;
    WCHAR *wide = utf16_from_utf8(text, size, &units);

    if (!wide || units > UINT16_MAX / sizeof(WCHAR)) {
        image->failed = true;
    } else {
        out.Length = out.MaximumLength = (USHORT)(units * sizeof(WCHAR));
        out.Buffer = place(image, wide, out.Length, sizeof(WCHAR));
    }
    free(wide);
    return out;
}

static PKERB_EXTERNAL_NAME place_name(struct image *image, krb5_const_principal principal)
{
    size_t count = principal->length > 0 ? (size_t)principal->length : 0;
    size_t size = offsetof(KERB_EXTERNAL_NAME, Names) + count * sizeof(UNICODE_STRING);
    KERB_EXTERNAL_NAME *name = calloc(1, size);
    PKERB_EXTERNAL_NAME there;
    size_t at;

    if (!name) {
        image->failed = true;
        return NULL;
    }
    there = place(image, NULL, size, 8);
    at = image->used - size;
    name->NameType = (SHORT)principal->type;
    name->NameCount = (USHORT)count;
    for (size_t i = 0; i < count; i++)
        name->Names[i] = place_text(image, principal->data[i].data, principal->data[i].length);
    if (image->bytes)
        memcpy(image->bytes + at, name, size);
    free(name);
    return there;
}

static LARGE_INTEGER filetime(krb5_timestamp t)
{
    return (LARGE_INTEGER){.QuadPart = t ? (int64_t)(uint32_t)t * 10000000 + EPOCH : 0};
}

static void fill_ticket(struct image *image, const void *arg)
{
    const krb5_creds *creds = arg;
    KERB_RETRIEVE_TKT_RESPONSE reply = {.Ticket = {.TicketFlags = (ULONG)creds->ticket_flags}};
    KERB_EXTERNAL_TICKET *t = &reply.Ticket;

    place(image, NULL, sizeof(reply), 8);
    t->ServiceName = t->TargetName = place_name(image, creds->server);
    t->ClientName = place_name(image, creds->client);
    t->DomainName = place_text(image, creds->client->realm.data, creds->client->realm.length);
    t->TargetDomainName = t->AltTargetDomainName =
        place_text(image, creds->server->realm.data, creds->server->realm.length);
    t->StartTime =
        filetime(creds->times.starttime ? creds->times.starttime : creds->times.authtime);
    t->EndTime = filetime(creds->times.endtime);
    t->RenewUntil = filetime(creds->times.renew_till);
    t->SessionKey.KeyType = creds->keyblock.enctype;
    if (gives_keys()) {
        t->SessionKey.Length = creds->keyblock.length;
        t->SessionKey.Value = place(image, creds->keyblock.contents, creds->keyblock.length, 8);
    }
    t->EncodedTicketSize = creds->ticket.length;
    t->EncodedTicket = place(image, creds->ticket.data, creds->ticket.length, 8);
    if (image->bytes)
        memcpy(image->bytes, &reply, sizeof(reply));
}

/* The documented form of AS_KERB_CRED: the message is where the encoded ticket would be. */
static void fill_cred(struct image *image, const void *arg)
{
    const krb5_data *message = arg;
    KERB_RETRIEVE_TKT_RESPONSE reply = {.Ticket = {.EncodedTicketSize = message->length}};

    place(image, NULL, sizeof(reply), 8);
    reply.Ticket.EncodedTicket = place(image, message->data, message->length, 8);
    if (image->bytes)
        memcpy(image->bytes, &reply, sizeof(reply));
}

static NTSTATUS answer(PLSA_CLIENT_REQUEST request, void (*fill)(struct image *, const void *),
                       const void *arg, PVOID *reply, PULONG reply_size)
{
    struct image image = {.bytes = NULL};
    PVOID base = NULL;
    size_t size;
    NTSTATUS status = STATUS_NO_MEMORY;

    fill(&image, arg);
    size = image.used;
    if (image.failed || size > REPLY_MAX)
        return STATUS_NO_MEMORY;
    image = (struct image){.bytes = secret_alloc(size)};
    if (!image.bytes)
        return status;
    status = kerb_lsa->AllocateClientBuffer(request, (ULONG)size, &base);
    if (!NT_SUCCESS(status))
        goto out;
    image.base = (uintptr_t)base;
    fill(&image, arg);
    status = image.failed ? STATUS_NO_MEMORY
                          : kerb_lsa->CopyToClientBuffer(request, (ULONG)size, base, image.bytes);
    if (!NT_SUCCESS(status)) {
        kerb_lsa->FreeClientBuffer(request, base);
        goto out;
    }
    *reply = base;
    *reply_size = (ULONG)size;
out:
    secret_free(image.bytes);
    return status;
}

/* ---- the ticket ---------------------------------------------------------------------------- */

/* RFC 4120 5.8, not encrypted: it goes to the person's own process. */
static NTSTATUS answer_cred(krb5_context krb, PLSA_CLIENT_REQUEST request, krb5_creds *creds,
                            PVOID *reply, PULONG reply_size)
{
    krb5_creds *list[2] = {creds, NULL};
    krb5_auth_context auth = NULL;
    krb5_data *message = NULL;
    krb5_error_code code;
    NTSTATUS status;

    if (!kerb_exports_tickets())
        return STATUS_ACCESS_DENIED;
    code = krb5_auth_con_init(krb, &auth);
    if (!code)
        code = krb5_auth_con_setflags(krb, auth, 0);
    if (!code)
        code = krb5_mk_ncred(krb, auth, list, &message, NULL);
    status = kerb_status(krb, code, KERB_INITIATOR, "tickets for a program");
    if (!status)
        status = answer(request, fill_cred, message, reply, reply_size);
    if (message)
        secret_wipe(message->data, message->length);
    krb5_free_data(krb, message);
    krb5_auth_con_free(krb, auth);
    return status;
}

/* "krbtgt", of whatever realm the session is, or "krbtgt/REALM". */
static bool names_tgt(krb5_const_principal service)
{
    return (service->length == 1 || service->length == 2) &&
           service->data[0].length == strlen(KRB5_TGS_NAME) &&
           !memcmp(service->data[0].data, KRB5_TGS_NAME, strlen(KRB5_TGS_NAME));
}

static bool is_that_realm(krb5_const_principal service, const krb5_creds *tgt)
{
    const krb5_data *realm = &tgt->client->realm;

    return service->length == 1 || (service->data[1].length == realm->length &&
                                    !memcmp(service->data[1].data, realm->data, realm->length));
}

/* Of the cache alone: what was asked for by this name, or the TGT. */
static NTSTATUS cached(krb5_context krb, const LUID *luid, krb5_principal service,
                       krb5_creds **creds)
{
    char *name = NULL, *key = NULL;
    krb5_error_code code = krb5_unparse_name(krb, service, &name);

    if (!code && names_tgt(service))
        code = kerb_ticket_get(krb, luid, KERB_KEY_TGT, creds);
    else if (!code && asprintf(&key, KERB_KEY_TICKET "%s", name) >= 0) {
        code = kerb_ticket_get(krb, luid, key, creds);
        free(key);
    }
    krb5_free_unparsed_name(krb, name);
    return code ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;
}

static NTSTATUS find_ticket(krb5_context krb, const LUID *luid, const char *target, ULONG options,
                            krb5_creds **creds)
{
    struct kerb_credential credential = {
        .source = KERB_SESSION, .use = SECPKG_CRED_OUTBOUND, .luid = *luid};
    krb5_principal service = NULL;
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;

    *creds = NULL;
    if (kerb_target(krb, target, &service))
        return STATUS_INVALID_PARAMETER;
    if (options & KERB_RETRIEVE_TICKET_USE_CACHE_ONLY)
        status = cached(krb, luid, service, creds);
    else if (names_tgt(service))
        status = kerb_session_tgt(krb, luid, creds);
    /* That of another realm is one for a service of ours. */
    if (*creds && names_tgt(service) && !is_that_realm(service, *creds)) {
        krb5_free_creds(krb, *creds);
        *creds = NULL;
        status = STATUS_OBJECT_NAME_NOT_FOUND;
    }
    if (!*creds && !(options & KERB_RETRIEVE_TICKET_USE_CACHE_ONLY) &&
        (!names_tgt(service) || service->length == 2)) {
        if (options & KERB_RETRIEVE_TICKET_DONT_USE_CACHE)
            kerb_forget_ticket(krb, &credential, service);
        status = kerb_service_ticket(krb, &credential, service, creds);
    }
    krb5_free_principal(krb, service);
    return status;
}

NTSTATUS kerb_retrieve_tgt(krb5_context krb, PLSA_CLIENT_REQUEST request, const LUID *luid,
                           PVOID *reply, PULONG reply_size)
{
    krb5_creds *creds = NULL;
    NTSTATUS status = kerb_session_tgt(krb, luid, &creds);

    if (!status)
        status = answer(request, fill_ticket, creds, reply, reply_size);
    krb5_free_creds(krb, creds);
    return status;
}

NTSTATUS kerb_retrieve(krb5_context krb, PLSA_CLIENT_REQUEST request, const LUID *luid,
                       const char *target, ULONG options, PVOID *reply, PULONG reply_size)
{
    krb5_creds *creds = NULL;
    NTSTATUS status;

    if (!target || (options & ~(ULONG)KNOWN))
        return STATUS_INVALID_PARAMETER;
    status = find_ticket(krb, luid, target, options, &creds);
    if (!status && (options & KERB_RETRIEVE_TICKET_AS_KERB_CRED))
        status = answer_cred(krb, request, creds, reply, reply_size);
    else if (!status)
        status = answer(request, fill_ticket, creds, reply, reply_size);
    krb5_free_creds(krb, creds);
    return status;
}
