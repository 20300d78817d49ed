/*
 * A smart card's credentials: KERB_CERTIFICATE_LOGON, as applications supply it, into
 * TSSmartCardCreds. The card is not touched here: the server gets its name and its PIN, and talks
 * to it through the channel that the application makes for it.
 *
 * Source: "KERB_CERTIFICATE_LOGON" (sdk-api/ntsecapi), "KERB_SMARTCARD_CSP_INFO"
 * (win32/SecAuthN), [MS-CSSP] 2.2.1.2.2.
 */
#include "libsspi/packages/tspkg/tspkg.h"

#include <ntsecapi.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"
#include "libsspi/packages/tspkg/wire/credentials.h"

/* Nothing that an application could point to is as low: it is an offset from the beginning. */
#define OFFSET_MAX 0xfffff
#define CSP_MAX    65535 /* bytes */

/* Everything that comes from the client, in one block of secret memory. */
struct copied {
    uint8_t *memory;
    size_t size, used;
};

static bool fetch(void *to, size_t size, uintptr_t from)
{
    return ts_lsa->CopyFromClientBuffer(NULL, (ULONG)size, to, (PVOID)from) >= 0;
}

static uintptr_t place_of(const void *base, const void *pointer)
{
    uintptr_t at = (uintptr_t)pointer;

    return at <= OFFSET_MAX ? (uintptr_t)base + at : at;
}

static bool take(struct copied *c, const void *base, const void *pointer, size_t size,
                 struct ts_bytes *out)
{
    *out = (struct ts_bytes){c->memory + c->used, size};
    if (size > c->size - c->used ||
        (size && !fetch(c->memory + c->used, size, place_of(base, pointer))))
        return false;
    c->used += (size + 7) / 8 * 8;
    return true;
}

/* A zero-terminated string of the CSP's information, `offset` in characters. */
static bool name_at(struct ts_bytes csp, ULONG offset, struct ts_bytes *out)
{
    size_t at = offsetof(KERB_SMARTCARD_CSP_INFO, bBuffer) + (size_t)offset * sizeof(WCHAR);
    size_t size = 0;

    if (at > csp.size)
        return false;
    while (csp.size - at - size >= sizeof(WCHAR) &&
           (csp.data[at + size] || csp.data[at + size + 1]))
        size += sizeof(WCHAR);
    *out = (struct ts_bytes){size ? csp.data + at : NULL, size};
    return csp.size - at - size >= sizeof(WCHAR); /* its zero */
}

/* What names the card: the application may know nothing of it. */
static bool read_csp(struct ts_bytes csp, struct ts_smart_card_creds *out)
{
    const size_t head = offsetof(KERB_SMARTCARD_CSP_INFO, bBuffer);
    KERB_SMARTCARD_CSP_INFO info;

    out->key_spec = 1; /* AT_KEYEXCHANGE */
    if (!csp.size)
        return true;
    if (csp.size < head)
        return false;
    memset(&info, 0, sizeof(info));
    memcpy(&info, csp.data, head);
    out->key_spec = info.KeySpec;
    return name_at(csp, info.nCardNameOffset, &out->card) &&
           name_at(csp, info.nReaderNameOffset, &out->reader) &&
           name_at(csp, info.nContainerNameOffset, &out->container) &&
           name_at(csp, info.nCSPNameOffset, &out->csp);
}

bool ts_is_smart_card(const void *client_auth_data)
{
    ULONG type = 0;

    return client_auth_data && fetch(&type, sizeof(type), (uintptr_t)client_auth_data) &&
           (type == KerbCertificateLogon || type == KerbCertificateUnlockLogon);
}

SECURITY_STATUS ts_smart_card(const void *base, uint8_t **der, size_t *size)
{
    struct ts_credentials out = {.type = TS_SMART_CARD_CREDS};
    struct ts_smart_card_creds *card = &out.u.smart_card;
    SECURITY_STATUS status = SEC_E_UNKNOWN_CREDENTIALS;
    struct copied c = {NULL, 0, 0};
    KERB_CERTIFICATE_LOGON logon;
    struct ts_bytes csp;

    if (!fetch(&logon, sizeof(logon), (uintptr_t)base) || logon.CspDataLength > CSP_MAX)
        goto out;
    c.size = (size_t)logon.Pin.Length + logon.UserName.Length + logon.DomainName.Length +
             logon.CspDataLength + 4 * 8;
    c.memory = secret_alloc(c.size);
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!c.memory)
        goto out;
    status = SEC_E_UNKNOWN_CREDENTIALS;
    if (!take(&c, base, logon.Pin.Buffer, logon.Pin.Length, &card->pin) ||
        !take(&c, base, logon.UserName.Buffer, logon.UserName.Length, &card->user_hint) ||
        !take(&c, base, logon.DomainName.Buffer, logon.DomainName.Length, &card->domain_hint) ||
        !take(&c, base, logon.CspData, logon.CspDataLength, &csp) || !read_csp(csp, card) ||
        !ts_credentials_write(&out, der, size))
        goto out;
    status = SEC_E_OK;
out:
    if (status == SEC_E_UNKNOWN_CREDENTIALS)
        reason_set(0, "the credentials are no KERB_CERTIFICATE_LOGON");
    secret_free(c.memory);
    return status;
}
