/*
 * What a client has delegated, as the program that accepts gets it: the structure that it would log
 * the client on with, in one block. "Packed" is a structure whose pointers are offsets from the
 * beginning of the block, as credential providers serialize it.
 *
 * Source: "QueryContextAttributes (CredSSP) function" (win32/SecAuthN), "KERB_INTERACTIVE_LOGON",
 * "KERB_CERTIFICATE_LOGON" (sdk-api/ntsecapi).
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <credssp.h>
#include <ntsecapi.h>
#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/tspkg/wire/credentials.h"
#include "libsspi/packages/tspkg/wire/package_creds.h"

/* A block that grows no more: the structure, and room for what follows it. */
struct block {
    uint8_t *data;
    size_t used;
};

static PVOID put(struct block *b, struct ts_bytes bytes)
{
    size_t at = b->used;

    if (bytes.size)
        memcpy(b->data + at, bytes.data, bytes.size);
    b->used += bytes.size;
    return (PVOID)at;
}

static UNICODE_STRING put_text(struct block *b, struct ts_bytes text)
{
    USHORT size = (USHORT)text.size; /* at most TS_TEXT_MAX */

    return (UNICODE_STRING){size, size, put(b, text)};
}

static void *block_of(struct block *b, size_t head, size_t rest)
{
    b->data = lsa_host_allocate(head + rest);
    b->used = head;
    return b->data;
}

static SECURITY_STATUS password(const struct ts_password_creds *in, struct block *b)
{
    KERB_INTERACTIVE_LOGON *out =
        block_of(b, sizeof(*out), in->domain.size + in->user.size + in->password.size);

    if (!out)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->MessageType = KerbInteractiveLogon;
    out->LogonDomainName = put_text(b, in->domain);
    out->UserName = put_text(b, in->user);
    out->Password = put_text(b, in->password);
    return SEC_E_OK;
}

/* Each string of the card with its zero, behind one another; `at` counts characters. */
static ULONG put_name(struct block *b, struct ts_bytes name, ULONG *at)
{
    static const uint8_t zero[sizeof(WCHAR)];
    ULONG here = *at;

    (void)put(b, name);
    (void)put(b, (struct ts_bytes){zero, sizeof(zero)});
    *at += (ULONG)(name.size / sizeof(WCHAR)) + 1;
    return here;
}

static SECURITY_STATUS smart_card(const struct ts_smart_card_creds *in, struct block *b)
{
    const size_t head = offsetof(KERB_SMARTCARD_CSP_INFO, bBuffer);
    size_t names = in->card.size + in->reader.size + in->container.size + in->csp.size;
    KERB_SMARTCARD_CSP_INFO info = {.MessageType = 1, .KeySpec = in->key_spec};
    KERB_CERTIFICATE_LOGON *out = block_of(b, sizeof(*out),
                                           in->domain_hint.size + in->user_hint.size +
                                               in->pin.size + 8 + head + names + 4 * sizeof(WCHAR));
    ULONG at = 0;
    size_t csp;

    if (!out)
        return SEC_E_INSUFFICIENT_MEMORY;
    out->MessageType = KerbCertificateLogon;
    out->DomainName = put_text(b, in->domain_hint);
    out->UserName = put_text(b, in->user_hint);
    out->Pin = put_text(b, in->pin);
    csp = b->used = (b->used + 7) / 8 * 8;
    b->used += head;
    info.nCardNameOffset = put_name(b, in->card, &at);
    info.nReaderNameOffset = put_name(b, in->reader, &at);
    info.nContainerNameOffset = put_name(b, in->container, &at);
    info.nCSPNameOffset = put_name(b, in->csp, &at);
    info.dwCspInfoLen = (DWORD)(b->used - csp);
    memcpy(b->data + csp, &info, head);
    out->CspDataLength = info.dwCspInfoLen;
    out->CspData = (PUCHAR)csp;
    return SEC_E_OK;
}

static bool is_kerberos(struct ts_bytes package)
{
    static const WCHAR name[] = u"Kerberos";

    return package.size == sizeof(name) - sizeof(*name) &&
           memcmp(package.data, name, package.size) == 0;
}

/*
 * A KERB_TICKET_LOGON. It came packed, by a client that may have put any number and any offset into
 * it: what the program gets is written anew. Of other packages nothing is known that it could be
 * told.
 */
static SECURITY_STATUS remote_guard(const struct ts_remote_guard_creds *in, struct block *b)
{
    struct ts_ticket_logon logon;
    uint8_t *data = NULL;
    size_t size = 0;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;

    if (!is_kerberos(in->logon.package))
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (!ts_ticket_logon_read(in->logon.credential, &logon))
        return SEC_E_INVALID_TOKEN;
    if (ts_ticket_logon_write(&logon, &data, &size) && block_of(b, 0, size)) {
        (void)put(b, (struct ts_bytes){data, size});
        status = SEC_E_OK;
    }
    secret_free(data);
    return status;
}

bool ts_handshake_delegates(const struct ts_context *c)
{
    struct ts_credentials in;
    size_t size = 0;
    const uint8_t *der = ts_handshake_credentials(c->handshake, &size);

    return der && ts_credentials_read(der, size, &in) && !ts_credentials_are_empty(&in);
}

SECURITY_STATUS ts_received(const struct ts_established *e, ULONG attribute, void **buffer,
                            ULONG *size)
{
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;
    struct block b = {.data = NULL};
    struct ts_credentials in;

    if (!e->delegated || !ts_credentials_read(e->delegated, e->delegated_size, &in))
        return SEC_E_INSUFFICIENT_MEMORY; /* the handshake has read it before */
    if (ts_credentials_are_empty(&in))
        return SEC_E_NO_CREDENTIALS;
    if (in.type == TS_PASSWORD_CREDS)
        status = password(&in.u.password, &b);
    else if (in.type == TS_SMART_CARD_CREDS)
        status = smart_card(&in.u.smart_card, &b);
    else if (attribute == SECPKG_ATTR_CREDS_2)
        status = remote_guard(&in.u.remote_guard, &b);
    *buffer = b.data;
    *size = (ULONG)b.used;
    return status;
}
