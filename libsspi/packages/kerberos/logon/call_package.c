/*
 * LsaCallAuthenticationPackage: what is in the ticket cache of a logon session (what klist is for),
 * and emptying it; filling it is submit.c. Keys are never among the answers.
 */
#include "libsspi/packages/kerberos/kerberos.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/kerberos/logon/others.h"

#define EPOCH     INT64_C(116444736000000000) /* 100 ns from 1601 to 1970 */
#define REPLY_MAX (1u << 20)

struct listed {
    krb5_creds *creds;
    WCHAR *text[4]; /* client name, client realm, server name, server realm */
    size_t units[4];
};

struct listing {
    krb5_context krb;
    const LUID *luid;
    struct listed *tickets;
    size_t count;
    bool no_memory;
};

static bool set_text(struct listed *t, size_t at, const char *text, size_t size)
{
    t->text[at] = utf16_from_utf8(text, size, &t->units[at]);
    return t->text[at] != NULL;
}

static bool set_names(krb5_context krb, struct listed *t, size_t at, krb5_const_principal principal)
{
    char *name = NULL;
    bool done;

    if (krb5_unparse_name_flags(krb, principal, KRB5_PRINCIPAL_UNPARSE_NO_REALM, &name))
        return false;
    done = set_text(t, at, name, strlen(name)) &&
           set_text(t, at + 1, principal->realm.data, principal->realm.length);
    krb5_free_unparsed_name(krb, name);
    return done;
}

static bool list_one(const char *key, void *arg)
{
    struct listing *list = arg;
    struct listed *more, *t;
    krb5_creds *creds;

    if (!kerb_is_ticket_key(key))
        return true;
    if (kerb_ticket_get(list->krb, list->luid, key, &creds))
        return true; /* removed meanwhile */
    more = reallocarray(list->tickets, list->count + 1, sizeof(*more));
    if (!more) {
        krb5_free_creds(list->krb, creds);
        list->no_memory = true;
        return false;
    }
    list->tickets = more;
    t = &more[list->count++];
    memset(t, 0, sizeof(*t));
    t->creds = creds;
    list->no_memory =
        !set_names(list->krb, t, 0, creds->client) || !set_names(list->krb, t, 2, creds->server);
    return !list->no_memory;
}

static void listing_free(struct listing *list)
{
    for (size_t i = 0; i < list->count; i++) {
        krb5_free_creds(list->krb, list->tickets[i].creds);
        for (size_t n = 0; n < 4; n++)
            free(list->tickets[i].text[n]);
    }
    free(list->tickets);
}

static LARGE_INTEGER filetime(krb5_timestamp t)
{
    return (LARGE_INTEGER){.QuadPart = t ? (int64_t)(uint32_t)t * 10000000 + EPOCH : 0};
}

/* The answer as it will lie at `base` in the client: pointers in it are addresses there. */
static void fill(uint8_t *image, uint8_t *base, const struct listing *list)
{
    KERB_QUERY_TKT_CACHE_EX_RESPONSE *reply = (KERB_QUERY_TKT_CACHE_EX_RESPONSE *)(void *)image;
    size_t at = offsetof(KERB_QUERY_TKT_CACHE_EX_RESPONSE, Tickets) +
                list->count * sizeof(reply->Tickets[0]);

    reply->MessageType = KerbQueryTicketCacheExMessage;
    reply->CountOfTickets = (ULONG)list->count;
    for (size_t i = 0; i < list->count; i++) {
        const struct listed *t = &list->tickets[i];
        KERB_TICKET_CACHE_INFO_EX *info = &reply->Tickets[i];
        UNICODE_STRING *names[4] = {&info->ClientName, &info->ClientRealm, &info->ServerName,
                                    &info->ServerRealm};

        for (size_t n = 0; n < 4; n++) {
            size_t size = t->units[n] * sizeof(WCHAR);

            names[n]->Length = names[n]->MaximumLength = (USHORT)size;
            names[n]->Buffer = (PWSTR)(void *)(base + at);
            memcpy(image + at, t->text[n], size);
            at += size;
        }
        info->StartTime = filetime(t->creds->times.starttime ? t->creds->times.starttime
                                                             : t->creds->times.authtime);
        info->EndTime = filetime(t->creds->times.endtime);
        info->RenewTime = filetime(t->creds->times.renew_till);
        info->EncryptionType = t->creds->keyblock.enctype;
        info->TicketFlags = (ULONG)t->creds->ticket_flags;
    }
}

static NTSTATUS query(krb5_context krb, PLSA_CLIENT_REQUEST request, const LUID *luid, PVOID *reply,
                      PULONG reply_size)
{
    struct listing list = {.krb = krb, .luid = luid};
    uint8_t *image = NULL;
    PVOID base = NULL;
    size_t size;
    NTSTATUS status = STATUS_NO_MEMORY;

    kerb_store_each(luid, list_one, &list);
    if (list.no_memory)
        goto out;
    size = offsetof(KERB_QUERY_TKT_CACHE_EX_RESPONSE, Tickets) +
           list.count * sizeof(KERB_TICKET_CACHE_INFO_EX);
    for (size_t i = 0; i < list.count; i++)
        for (size_t n = 0; n < 4; n++) {
            if (list.tickets[i].units[n] > UINT16_MAX / sizeof(WCHAR))
                goto out;
            size += list.tickets[i].units[n] * sizeof(WCHAR);
        }
    if (size < sizeof(KERB_QUERY_TKT_CACHE_EX_RESPONSE))
        size = sizeof(KERB_QUERY_TKT_CACHE_EX_RESPONSE);
    if (size > REPLY_MAX)
        goto out;
    image = calloc(1, size);
    if (!image)
        goto out;
    status = kerb_lsa->AllocateClientBuffer(request, (ULONG)size, &base);
    if (!NT_SUCCESS(status))
        goto out;
    fill(image, base, &list);
    status = kerb_lsa->CopyToClientBuffer(request, (ULONG)size, base, image);
    if (!NT_SUCCESS(status)) {
        kerb_lsa->FreeClientBuffer(request, base);
        goto out;
    }
    *reply = base;
    *reply_size = (ULONG)size;
out:
    free(image);
    listing_free(&list);
    return status;
}

struct purge {
    krb5_context krb;
    const LUID *luid;
    const char *server, *realm; /* NULL: any */
};

/* The names of a ticket are those in it, whatever name was asked for. */
static bool is_meant(const struct purge *purge, const krb5_creds *creds)
{
    const krb5_data *realm = &creds->server->realm;
    char *name = NULL;
    bool meant;

    if (purge->realm && (strlen(purge->realm) != realm->length ||
                         memcmp(purge->realm, realm->data, realm->length) != 0))
        return false;
    if (!purge->server)
        return true;
    if (krb5_unparse_name_flags(purge->krb, creds->server, KRB5_PRINCIPAL_UNPARSE_NO_REALM, &name))
        return false;
    meant = strcmp(name, purge->server) == 0;
    krb5_free_unparsed_name(purge->krb, name);
    return meant;
}

static bool purge_one(const char *key, void *arg)
{
    struct purge *purge = arg;
    krb5_creds *creds;

    if (!kerb_is_ticket_key(key) || kerb_ticket_get(purge->krb, purge->luid, key, &creds))
        return true;
    if (is_meant(purge, creds))
        kerb_store_remove(purge->luid, key);
    krb5_free_creds(purge->krb, creds);
    return true;
}

/* A string of the request, which must lie inside it: its pointer is one of the client's. */
static bool request_text(const void *submit, const void *client_base, ULONG size,
                         const UNICODE_STRING *s, char **out)
{
    uintptr_t offset = (uintptr_t)s->Buffer - (uintptr_t)client_base;

    *out = NULL;
    if (!s->Length)
        return true;
    if (s->Length % sizeof(WCHAR) || offset > size || s->Length > size - offset)
        return false;
    /* through a copy: the client chose the alignment */
    WCHAR *copy = malloc(s->Length);
    if (!copy)
        return false;
    memcpy(copy, (const uint8_t *)submit + offset, s->Length);
    *out = utf16_to_utf8(copy, s->Length / sizeof(WCHAR), NULL);
    free(copy);
    return *out != NULL;
}

/* Names that are empty mean every service, every realm; both empty mean all tickets, the TGT among
 * them. */
static NTSTATUS purge(krb5_context krb, const LUID *luid, const void *submit,
                      const void *client_base, ULONG size)
{
    KERB_PURGE_TKT_CACHE_REQUEST request;
    char *server = NULL, *realm = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (size < sizeof(request))
        return status;
    memcpy(&request, submit, sizeof(request));
    if (request_text(submit, client_base, size, &request.ServerName, &server) &&
        request_text(submit, client_base, size, &request.RealmName, &realm)) {
        struct purge what = {krb, luid, server, realm};

        kerb_store_each(luid, purge_one, &what);
        status = STATUS_SUCCESS;
    }
    free(server);
    free(realm);
    return status;
}

static NTSTATUS retrieve(krb5_context krb, PLSA_CLIENT_REQUEST client, const LUID *luid,
                         const void *submit, const void *client_base, ULONG size, PVOID *reply,
                         PULONG reply_size)
{
    KERB_RETRIEVE_TKT_REQUEST request;
    char *target = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if (size < sizeof(request))
        return status;
    memcpy(&request, submit, sizeof(request));
    if (request_text(submit, client_base, size, &request.TargetName, &target))
        status = kerb_retrieve(krb, client, luid, target, request.CacheOptions, reply, reply_size);
    free(target);
    return status;
}

static bool is_known(KERB_PROTOCOL_MESSAGE_TYPE type)
{
    return type == KerbQueryTicketCacheExMessage || type == KerbPurgeTicketCacheMessage ||
           type == KerbSubmitTicketMessage || type == KerbRetrieveTicketMessage ||
           type == KerbRetrieveEncodedTicketMessage || type == KerbAddExtraCredentialsMessage;
}

/* A password, in secret memory. */
static bool request_secret(const void *submit, const void *client_base, ULONG size,
                           const UNICODE_STRING *s, char **out)
{
    uintptr_t offset = (uintptr_t)s->Buffer - (uintptr_t)client_base;
    WCHAR *copy = secret_alloc(s->Length + sizeof(WCHAR));
    bool good = copy && !(s->Length % sizeof(WCHAR)) &&
                (!s->Length || (offset <= size && s->Length <= size - offset));

    *out = NULL;
    if (good && s->Length)
        memcpy(copy, (const uint8_t *)submit + offset, s->Length);
    if (good)
        *out = utf16_to_utf8_secret(copy, s->Length / sizeof(WCHAR), NULL);
    secret_free(copy);
    return *out != NULL;
}

static NTSTATUS add_credentials(krb5_context krb, const LUID *luid,
                                const KERB_ADD_CREDENTIALS_REQUEST *request, const void *submit,
                                const void *client_base, ULONG size)
{
    const ULONG actions = KERB_REQUEST_ADD_CREDENTIAL | KERB_REQUEST_REPLACE_CREDENTIAL |
                          KERB_REQUEST_REMOVE_CREDENTIAL;
    char *user = NULL, *domain = NULL, *password = NULL;
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    if ((request->Flags & ~actions) || !(request->Flags & actions) ||
        (request->Flags & (request->Flags - 1)))
        return status;
    if (request_text(submit, client_base, size, &request->UserName, &user) && user &&
        request_text(submit, client_base, size, &request->DomainName, &domain) &&
        request_secret(submit, client_base, size, &request->Password, &password))
        status = kerb_add_other(krb, luid, user, domain, password, request->Flags);
    free(user);
    free(domain);
    secret_free(password);
    return status;
}

/* The session that is asked about: the caller's own, or any for root. */
static NTSTATUS which_session(const LUID *asked, LUID *out)
{
    SECPKG_CLIENT_INFO client;
    NTSTATUS status = kerb_lsa->GetClientInfo(&client);

    if (!NT_SUCCESS(status))
        return status;
    *out = client.LogonId;
    if ((!asked->LowPart && !asked->HighPart) ||
        (asked->LowPart == client.LogonId.LowPart && asked->HighPart == client.LogonId.HighPart))
        return STATUS_SUCCESS;
    *out = *asked;
    return client.HasTcbPrivilege ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

NTSTATUS NTAPI kerb_call_package(PLSA_CLIENT_REQUEST request, PVOID submit, PVOID client_base,
                                 ULONG size, PVOID *reply, PULONG reply_size,
                                 PNTSTATUS protocol_status)
{
    KERB_QUERY_TKT_CACHE_REQUEST head; /* the others begin the same way */
    KERB_ADD_CREDENTIALS_REQUEST more;
    krb5_context krb;
    LUID luid;

    *reply = NULL;
    *reply_size = 0;
    *protocol_status = STATUS_INVALID_PARAMETER;
    if (!submit || size < sizeof(head))
        return STATUS_SUCCESS;
    memcpy(&head, submit, sizeof(head));
    if (!is_known(head.MessageType)) {
        *protocol_status = STATUS_NOT_SUPPORTED;
        return STATUS_SUCCESS;
    }
    if (head.MessageType == KerbAddExtraCredentialsMessage) { /* its LUID stands elsewhere */
        if (size < sizeof(more))
            return STATUS_SUCCESS;
        memcpy(&more, submit, sizeof(more));
        head.LogonId = more.LogonId;
    }
    *protocol_status = which_session(&head.LogonId, &luid);
    if (!NT_SUCCESS(*protocol_status))
        return STATUS_SUCCESS;
    if (head.MessageType != KerbSubmitTicketMessage &&
        head.MessageType != KerbAddExtraCredentialsMessage && !kerb_session_exists(&luid)) {
        *protocol_status = STATUS_NO_SUCH_LOGON_SESSION;
        return STATUS_SUCCESS;
    }
    krb = kerb_context_take();
    if (!krb)
        return STATUS_NO_MEMORY;
    if (head.MessageType == KerbQueryTicketCacheExMessage)
        *protocol_status = query(krb, request, &luid, reply, reply_size);
    else if (head.MessageType == KerbSubmitTicketMessage)
        *protocol_status = kerb_submit(krb, &luid, submit, size);
    else if (head.MessageType == KerbRetrieveTicketMessage)
        *protocol_status = kerb_retrieve_tgt(krb, request, &luid, reply, reply_size);
    else if (head.MessageType == KerbRetrieveEncodedTicketMessage)
        *protocol_status =
            retrieve(krb, request, &luid, submit, client_base, size, reply, reply_size);
    else if (head.MessageType == KerbAddExtraCredentialsMessage)
        *protocol_status = add_credentials(krb, &luid, &more, submit, client_base, size);
    else
        *protocol_status = purge(krb, &luid, submit, client_base, size);
    kerb_context_give(krb);
    return STATUS_SUCCESS;
}
