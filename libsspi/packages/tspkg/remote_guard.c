/*
 * Remote Credential Guard: in the place of a password the server gets two tickets of Kerberos. The
 * one for itself it can verify; of the ticket-granting ticket it gets no key, but a name for it
 * that only the client could do something with. Where [MS-RDPEAR] is not spoken, the server so
 * knows for whom it works, and can be nobody elsewhere.
 *
 * Source: [MS-CSSP] 2.2.1.2.3, [MS-RDPEAR] 2.2.1.2.8, RFC 4120 5.8.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <krb5.h>
#include <ntsecapi.h>
#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/package_creds.h"

#define EPOCH     INT64_C(116444736000000000) /* 100 ns from 1601 to 1970 */
#define NAMES_MAX 16
#define NAME_SIZE 32 /* random bytes of the name for the key that stays here */

/* ---- the tickets, from the Kerberos package ---------------------------------------------------
 */

/* KerbRetrieveEncodedTicketMessage; FreeReturnBuffer the reply. NULL: the session has none. */
static PKERB_RETRIEVE_TKT_RESPONSE retrieve(const LUID *luid, const WCHAR *target)
{
    UNICODE_STRING package = {2 * 8, 2 * 8, (WCHAR *)(uintptr_t)u"Kerberos"};
    size_t size = utf16_length(target) * sizeof(WCHAR);
    KERB_RETRIEVE_TKT_REQUEST *request = calloc(1, sizeof(*request) + size);
    PVOID reply = NULL;
    ULONG reply_size = 0;
    NTSTATUS status, protocol = 0;

    if (!request)
        return NULL;
    request->MessageType = KerbRetrieveEncodedTicketMessage;
    request->LogonId = *luid;
    request->TargetName =
        (UNICODE_STRING){(USHORT)size, (USHORT)size, memcpy(request + 1, target, size)};
    status = ts_lsa->CallPackage(&package, request, (ULONG)(sizeof(*request) + size), &reply,
                                 &reply_size, &protocol);
    free(request);
    if (status >= 0 && protocol >= 0 && reply_size >= sizeof(KERB_RETRIEVE_TKT_RESPONSE))
        return reply;
    ts_lsa->FreeReturnBuffer(reply);
    return NULL;
}

/* ---- as libkrb5 has them ----------------------------------------------------------------------
 */

static bool set_data(krb5_data *data, const UNICODE_STRING *text)
{
    data->data = utf16_to_utf8(text->Buffer, text->Length / sizeof(WCHAR), NULL);
    data->length = data->data ? (unsigned)strlen(data->data) : 0;
    return data->data != NULL;
}

static krb5_principal principal_of(const KERB_EXTERNAL_NAME *name, const UNICODE_STRING *realm)
{
    krb5_principal p = calloc(1, sizeof(*p));
    bool good = p && name && name->NameCount <= NAMES_MAX;

    if (good)
        p->data = calloc(name->NameCount + 1u, sizeof(*p->data));
    good = good && p->data && set_data(&p->realm, realm);
    for (USHORT i = 0; good && i < name->NameCount; i++, p->length++)
        good = set_data(&p->data[i], &name->Names[i]);
    if (good) {
        p->type = name->NameType;
        return p;
    }
    krb5_free_principal(NULL, p);
    return NULL;
}

static krb5_timestamp seconds(LARGE_INTEGER filetime)
{
    return filetime.QuadPart ? (krb5_timestamp)((filetime.QuadPart - EPOCH) / 10000000) : 0;
}

/* What stands in the place of the key of the ticket-granting ticket. */
static bool name_of_key(int32_t type, uint8_t **data, size_t *size)
{
    uint8_t value[NAME_SIZE];
    struct ts_kerb_key key = {type, {value, sizeof(value)}};

    return secret_random(value, sizeof(value)) && ts_kerb_key_write(&key, data, size);
}

/* A KRB-CRED with the ticket-granting ticket, under the session key of the server's ticket. */
static krb5_error_code make_cred(krb5_context krb, const KERB_EXTERNAL_TICKET *server,
                                 const KERB_EXTERNAL_TICKET *tgt, krb5_data **message)
{
    krb5_keyblock key = {.enctype = server->SessionKey.KeyType,
                         .length = server->SessionKey.Length,
                         .contents = server->SessionKey.Value};
    krb5_creds creds = {
        .times = {.authtime = seconds(tgt->StartTime),
                  .starttime = seconds(tgt->StartTime),
                  .endtime = seconds(tgt->EndTime),
                  .renew_till = seconds(tgt->RenewUntil)},
        .ticket_flags = (krb5_flags)tgt->TicketFlags,
        .ticket = {.length = tgt->EncodedTicketSize, .data = (char *)tgt->EncodedTicket}};
    krb5_creds *list[2] = {&creds, NULL};
    krb5_auth_context auth = NULL;
    krb5_error_code code = KRB5_CC_NOMEM;
    uint8_t *name = NULL;
    size_t size = 0;

    creds.client = principal_of(tgt->ClientName, &tgt->DomainName);
    creds.server = principal_of(tgt->ServiceName, &tgt->TargetDomainName);
    if (!creds.client || !creds.server || !name_of_key(tgt->SessionKey.KeyType, &name, &size))
        goto out;
    creds.keyblock.enctype = tgt->SessionKey.KeyType;
    creds.keyblock.length = (unsigned)size;
    creds.keyblock.contents = name;
    code = krb5_auth_con_init(krb, &auth);
    if (!code)
        code = krb5_auth_con_setflags(krb, auth, 0);
    if (!code)
        code = krb5_auth_con_setuseruserkey(krb, auth, &key);
    if (!code)
        code = krb5_mk_ncred(krb, auth, list, message, NULL);
out:
    krb5_auth_con_free(krb, auth);
    krb5_free_principal(krb, creds.client);
    krb5_free_principal(krb, creds.server);
    secret_free(name);
    return code;
}

/* ---- TSRemoteGuardCreds -----------------------------------------------------------------------
 */

static SECURITY_STATUS write(struct ts_bytes ticket, struct ts_bytes tgt, uint8_t **der,
                             size_t *size)
{
    static const WCHAR package[] = u"Kerberos";
    struct ts_ticket_logon logon = {KERB_LOGON_FLAG_REDIRECTED, ticket, tgt};
    struct ts_credentials out = {.type = TS_REMOTE_GUARD_CREDS};
    uint8_t *data = NULL;
    size_t data_size = 0;
    bool good = ts_ticket_logon_write(&logon, &data, &data_size);

    out.u.remote_guard.logon.package =
        (struct ts_bytes){(const uint8_t *)package, sizeof(package) - sizeof(package[0])};
    out.u.remote_guard.logon.credential = (struct ts_bytes){data, data_size};
    good = good && ts_credentials_write(&out, der, size);
    secret_free(data);
    return good ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

SECURITY_STATUS ts_remote_guard(const struct ts_context *c, uint8_t **der, size_t *size)
{
    const LUID *luid = &c->credential->luid;
    PKERB_RETRIEVE_TKT_RESPONSE server = retrieve(luid, c->target);
    PKERB_RETRIEVE_TKT_RESPONSE tgt = server ? retrieve(luid, u"krbtgt") : NULL;
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;
    krb5_context krb = NULL;
    krb5_data *message = NULL;

    /* A package of this process keeps the key to itself, and there is no session to redirect. */
    if (!tgt || !server->Ticket.SessionKey.Length) {
        reason_set(0, "Remote Credential Guard redirects a logon session with tickets of Kerberos, "
                      "and there is none");
        goto out;
    }
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (krb5_init_context(&krb) == 0 &&
        make_cred(krb, &server->Ticket, &tgt->Ticket, &message) == 0)
        status =
            write((struct ts_bytes){server->Ticket.EncodedTicket, server->Ticket.EncodedTicketSize},
                  (struct ts_bytes){(const uint8_t *)message->data, message->length}, der, size);
    krb5_free_data(krb, message);
out:
    krb5_free_context(krb);
    ts_lsa->FreeReturnBuffer(server);
    ts_lsa->FreeReturnBuffer(tgt);
    return status;
}
