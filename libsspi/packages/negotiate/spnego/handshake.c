/*
 * The negotiation as its callers see it, and what initiator and acceptor do alike: legs of the
 * mechanism that was chosen, and the signatures over the list that it was chosen from.
 */
#include "libsspi/packages/negotiate/spnego/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"

static struct nego_handshake *create(const struct nego_backend *backend,
                                     const struct nego_mechanism *mechanisms, size_t count)
{
    struct nego_handshake *h;

    if (!count || count > NEGO_MECHANISMS_MAX)
        return NULL;
    h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->backend = *backend;
    memcpy(h->mechanisms, mechanisms, count * sizeof(*mechanisms));
    h->count = (unsigned)count;
    h->selected = h->count;
    return h;
}

struct nego_handshake *nego_initiator_new(const struct nego_backend *backend,
                                          const struct nego_mechanism *mechanisms, size_t count)
{
    struct nego_handshake *h = create(backend, mechanisms, count);

    if (h)
        h->initiator = true;
    return h;
}

struct nego_handshake *nego_acceptor_new(const struct nego_backend *backend,
                                         const struct nego_mechanism *mechanisms, size_t count,
                                         bool hints)
{
    struct nego_handshake *h = create(backend, mechanisms, count);

    if (h)
        h->hints = hints;
    return h;
}

void nego_handshake_free(struct nego_handshake *h)
{
    if (!h)
        return;
    free(h->list);
    free(h);
}

SECURITY_STATUS nego_handshake_step(struct nego_handshake *h, const uint8_t *in, size_t in_size,
                                    uint8_t **out, size_t *out_size)
{
    struct nego_bytes token = {in_size ? in : NULL, in ? in_size : 0};
    SECURITY_STATUS status;

    *out = NULL;
    *out_size = 0;
    if (h->phase == NEGO_FAILED || token.size > NEGO_TOKEN_MAX)
        return SEC_E_INVALID_TOKEN;
    status = h->initiator ? nego_initiate(h, token, out, out_size)
                          : nego_accept(h, token, out, out_size);
    if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
        h->phase = NEGO_FAILED;
    return status;
}

unsigned nego_handshake_selected(const struct nego_handshake *h)
{
    return h->selected;
}

ULONG nego_handshake_state(const struct nego_handshake *h)
{
    if (h->phase == NEGO_DONE)
        return SECPKG_NEGOTIATION_COMPLETE;
    if (h->bare)
        return SECPKG_NEGOTIATION_DIRECT;
    if (h->initiator && h->phase != NEGO_BEGIN && !h->answered)
        return SECPKG_NEGOTIATION_OPTIMISTIC;
    return SECPKG_NEGOTIATION_IN_PROGRESS;
}

/* ---- for both roles ------------------------------------------------------------------------ */

void nego_begin_anew(struct nego_handshake *h)
{
    if (h->begun)
        h->backend.abandon(h->backend.arg, h->selected);
    free(h->list);
    h->list = NULL;
    h->list_size = 0;
    h->phase = NEGO_BEGIN;
    h->hinted = h->bare = h->answered = h->begun = false;
    h->mic_required = h->mic_sent = h->mic_verified = false;
    memset(h->dropped, 0, sizeof(h->dropped));
    memset(&h->answer, 0, sizeof(h->answer));
    h->first = 0;
    h->selected = h->count;
}

unsigned nego_find_kind(const struct nego_handshake *h, enum nego_kind kind)
{
    for (unsigned i = 0; i < h->count; i++)
        if (h->mechanisms[i].kind == kind && !h->dropped[i])
            return i;
    return h->count;
}

unsigned nego_find(const struct nego_handshake *h, struct nego_oid oid)
{
    for (unsigned i = 0; i < h->count; i++)
        if (nego_oid_equal(h->mechanisms[i].oid, oid) && !h->dropped[i])
            return i;
    if (nego_oid_equal(oid, nego_oid_kerberos) || nego_oid_equal(oid, nego_oid_kerberos_wrong))
        return nego_find_kind(h, NEGO_KERBEROS);
    return h->count;
}

unsigned nego_find_frame(const struct nego_handshake *h, const struct nego_frame *frame)
{
    switch (frame->kind) {
    case NEGO_FRAME_NTLM:
        return nego_find_kind(h, NEGO_NTLM);
    case NEGO_FRAME_KERBEROS:
        return nego_find_kind(h, NEGO_KERBEROS);
    case NEGO_FRAME_GSS:
        if (nego_oid_equal(frame->oid, nego_oid_kerberos_user))
            return nego_find_kind(h, NEGO_KERBEROS);
        return nego_find(h, frame->oid);
    default:
        return h->count;
    }
}

SECURITY_STATUS nego_leg(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                         size_t *out_size)
{
    h->begun = true;
    return h->backend.leg(h->backend.arg, h->selected, in.data, in.size, out, out_size);
}

SECURITY_STATUS nego_bare_leg(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                              size_t *out_size)
{
    SECURITY_STATUS status = nego_leg(h, in, out, out_size);

    h->phase = status == SEC_E_OK ? NEGO_DONE : NEGO_TALKING;
    return status;
}

void nego_reply_clear(struct nego_reply *reply)
{
    free(reply->token);
    free(reply->mic);
    memset(reply, 0, sizeof(*reply));
}

SECURITY_STATUS nego_reply_write(const struct nego_handshake *h, const struct nego_reply *reply,
                                 enum nego_negstate state, uint8_t **out, size_t *out_size)
{
    struct nego_resp resp = {
        .state = state,
        .token = {reply->token, reply->token_size},
        .mic = {reply->mic, reply->mic_size},
    };

    /* RFC 4178 4.2.2: the acceptor's first answer, and no other, names the mechanism. */
    if (!h->initiator && !h->answered)
        resp.mechanism = h->answer;
    return nego_resp_write(&resp, out, out_size) ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* ---- mechListMIC, RFC 4178 5 and [MS-SPNG] 3.1.5.1 ----------------------------------------- */

struct nego_bytes nego_mic_of(struct nego_bytes mic, struct nego_bytes token)
{
    if (mic.data && mic.size == token.size && memcmp(mic.data, token.data, mic.size) == 0)
        return (struct nego_bytes){NULL, 0};
    return mic;
}

bool nego_can_sign(const struct nego_handshake *h)
{
    return h->backend.has_integrity(h->backend.arg, h->selected);
}

bool nego_wants_mic(const struct nego_handshake *h)
{
    return h->mic_required || h->mic_verified ||
           (h->backend.requires_mic && h->backend.requires_mic(h->backend.arg, h->selected));
}

SECURITY_STATUS nego_make_mic(struct nego_handshake *h, struct nego_reply *reply)
{
    SECURITY_STATUS status = h->backend.make_mic(h->backend.arg, h->selected, h->list, h->list_size,
                                                 &reply->mic, &reply->mic_size);

    h->mic_sent = status == SEC_E_OK;
    return status;
}

SECURITY_STATUS nego_verify_mic(struct nego_handshake *h, struct nego_bytes mic)
{
    if (h->backend.verify_mic(h->backend.arg, h->selected, h->list, h->list_size, mic.data,
                              mic.size) != SEC_E_OK)
        return nego_altered(h);
    h->mic_verified = true;
    return SEC_E_OK;
}

SECURITY_STATUS nego_altered(const struct nego_handshake *h)
{
    reason_set(0,
               "the %s has not confirmed the list of mechanisms that was negotiated: "
               "it was changed on the way, or the peer does not follow RFC 4178",
               h->initiator ? "server" : "client");
    return SEC_E_MESSAGE_ALTERED;
}
