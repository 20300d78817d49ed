/*
 * The server's first word, [MS-NLMP] 3.2.5.1.1 and 3.2.5.2.1: what it grants, its names, its clock
 * and its challenge.
 */
#include "libsspi/packages/ntlm/handshake/handshake.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "base/secret.h"

/* What a client may have when it asks for it. */
#define GRANTABLE (NTLM_SIGN | NTLM_SEAL | NTLM_IDENTIFY | NTLM_VERSION | NTLM_KEY_EXCH)
/* Keys of a size, which are wanted where there is something to sign or seal. */
#define STRENGTHS (NTLM_128 | NTLM_56)
/* What every challenge of ours says. */
#define ALWAYS (NTLM_NTLM | NTLM_ALWAYS_SIGN | NTLM_REQUEST_TARGET | NTLM_TARGET_INFO)
/* What a connectionless client, which has said nothing yet, may choose from. */
#define OFFER                                                                                      \
    (NTLM_UNICODE | GRANTABLE | STRENGTHS | NTLM_EXTENDED_SECURITY | NTLM_LM_KEY | NTLM_DATAGRAM)

/* Bytes of all pairs: names of a machine and a domain, of 255 characters each at most. */
#define NAMES_MAX 2304

/*
 * Keys of another kind: extended session security excludes that of LM (2.2.2.5, P and G), which the
 * levels that refuse LM responses refuse, too, and which takes the LM hash of the account. Who asks
 * for extended session security gets it at every level: that level 0 does without is said of
 * clients, and Samba's then uses it all the same.
 */
static uint32_t grant_session(uint32_t asked, const struct ntlm_server_offer *offer)
{
    if (asked & NTLM_EXTENDED_SECURITY)
        return NTLM_EXTENDED_SECURITY;
    if (offer->policy->level > NTLM_LEVEL_LM || offer->no_lm_key)
        return 0;
    if (asked & NTLM_LM_KEY)
        return NTLM_LM_KEY;
    return asked & NTLM_NON_NT_SESSION_KEY;
}

/* 2.2.2.5, A and B */
static SECURITY_STATUS no_alphabet(void)
{
    reason_set(0, "the client can write names neither in Unicode nor in an OEM character set");
    return SEC_E_INVALID_TOKEN;
}

static SECURITY_STATUS grant(uint32_t asked, const struct ntlm_server_offer *offer, uint32_t *flags)
{
    *flags = (asked & GRANTABLE) | ALWAYS | grant_session(asked, offer);
    *flags |= offer->machine->in_domain ? NTLM_TARGET_TYPE_DOMAIN : NTLM_TARGET_TYPE_SERVER;
    if (asked & (NTLM_SIGN | NTLM_SEAL))
        *flags |= asked & STRENGTHS;
    if (asked & NTLM_UNICODE)
        *flags |= NTLM_UNICODE;
    else if (asked & NTLM_OEM)
        *flags |= NTLM_OEM;
    else
        return no_alphabet();
    if (!!(asked & NTLM_DATAGRAM) != offer->datagram) {
        reason_set(0, offer->datagram ? "the client does not want datagrams"
                                      : "the client wants datagrams (ASC_REQ_DATAGRAM)");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    if (offer->datagram) /* 3.2.5.2.1: never without an exchange of keys */
        *flags |= NTLM_DATAGRAM | NTLM_KEY_EXCH;
    return ntlm_flags_check(*flags, offer->policy->minimum_server, "minimum_server_security");
}

static SECURITY_STATUS read_wishes(const struct ntlm_server_offer *offer, uint32_t *asked)
{
    struct ntlm_negotiate m = {.flags = OFFER};

    if ((offer->negotiate.size || !offer->datagram) &&
        !ntlm_negotiate_read(offer->negotiate.data, offer->negotiate.size, &m))
        return SEC_E_INVALID_TOKEN;
    *asked = m.flags;
    return SEC_E_OK;
}

SECURITY_STATUS ntlm_server_challenge(struct ntlm_handshake *h,
                                      const struct ntlm_server_offer *offer,
                                      struct wire_writer *token)
{
    const struct ntlm_machine *machine = offer->machine;
    uint8_t pairs[NAMES_MAX];
    struct wire_writer info = wire_writer(pairs, sizeof(pairs));
    const struct ntlm_target_info names = {
        .nb_computer = ntlm_text_bytes(&machine->nb_computer),
        .nb_domain = ntlm_text_bytes(&machine->nb_domain),
        .dns_computer = ntlm_text_bytes(&machine->dns_computer),
        .dns_domain = ntlm_text_bytes(&machine->dns_domain),
        .has_timestamp = true,
        .timestamp = ntlm_now(),
    };
    struct ntlm_challenge m = {0};
    uint32_t asked;
    char *oem = NULL;
    SECURITY_STATUS status = read_wishes(offer, &asked);

    if (!status)
        status = grant(asked, offer, &m.flags);
    if (status)
        goto out;
    status = SEC_E_INTERNAL_ERROR;
    if (!secret_random(m.server_challenge, sizeof(m.server_challenge)))
        goto out;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!ntlm_text_write(machine->in_domain ? &machine->nb_domain : &machine->nb_computer,
                         m.flags & NTLM_UNICODE, &m.target_name, &oem))
        goto out;
    ntlm_target_info_write(&info, &names);
    m.target_info = (struct ntlm_bytes){info.data, info.offset};
    if (m.flags & NTLM_VERSION)
        m.version = NTLM_OUR_VERSION;
    ntlm_challenge_write(token, &m);
    if (!wire_write_ok(&info) || !wire_write_ok(token) ||
        !ntlm_keep(&h->negotiate, offer->negotiate.data, offer->negotiate.size) ||
        !ntlm_keep(&h->challenge, token->data, token->offset))
        goto out;
    h->flags = m.flags;
    h->datagram = offer->datagram;
    h->timestamp = names.timestamp;
    memcpy(h->server_challenge, m.server_challenge, sizeof(h->server_challenge));
    status = SEC_E_OK;
out:
    free(oem);
    return status;
}
