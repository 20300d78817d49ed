/*
 * The acceptor's half of a negotiation: tokens with and without one around them, the choice among
 * what is offered, and the proof that nobody has changed the offer. RFC 4178 4 and 5,
 * [MS-SPNG] 3.3.
 */
#include "libsspi/packages/negotiate/spnego/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"

/* The server speaks first: NegTokenInit2 with everything it knows, [MS-SPNG] 2.2.1. */
static SECURITY_STATUS speak_first(struct nego_handshake *h, uint8_t **out, size_t *out_size)
{
    struct nego_init init = {.hints = true};

    if (!h->hints || h->hinted)
        return SEC_E_INVALID_TOKEN;
    for (unsigned i = 0; i < h->count; i++) {
        if (h->mechanisms[i].kind == NEGO_KERBEROS)
            init.offers[init.count++] = nego_oid_kerberos_wrong;
        init.offers[init.count++] =
            h->mechanisms[i].kind == NEGO_KERBEROS ? nego_oid_kerberos : h->mechanisms[i].oid;
    }
    if (!nego_init_write(&init, out, out_size, NULL, NULL))
        return SEC_E_INSUFFICIENT_MEMORY;
    h->hinted = true;
    return SEC_I_CONTINUE_NEEDED;
}

/* The initiator's first choice that is known here; *preferred: its very first. What it offers of
 * Kerberos under two names is one mechanism. */
static unsigned choose(const struct nego_handshake *h, const struct nego_init *init, size_t *place,
                       bool *preferred)
{
    unsigned chosen = h->count;

    for (*place = 0; *place < init->count && chosen == h->count; ++*place)
        chosen = nego_find(h, init->offers[*place]);
    if (chosen < h->count)
        --*place;
    *preferred = chosen < h->count && nego_find(h, init->offers[0]) == chosen;
    return chosen;
}

/* A reply; for a failure the rejection, with the token that the mechanism has for it. */
static SECURITY_STATUS send(struct nego_handshake *h, SECURITY_STATUS status,
                            const struct nego_reply *reply, enum nego_negstate state, uint8_t **out,
                            size_t *out_size)
{
    SECURITY_STATUS written;

    if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
        state = NEGO_REJECT;
    written = nego_reply_write(h, reply, state, out, out_size);
    h->answered = true;
    return written == SEC_E_OK || state == NEGO_REJECT ? status : written;
}

/*
 * The mechanism is done on this side. `mic`: the initiator's. It had to come with the mechanism's
 * last token if that was the initiator's, but for a mechanism of a single token; else this side
 * signs first. Where nothing can be signed nobody wants it (RFC 4178 5), and one that comes is
 * passed over.
 */
static SECURITY_STATUS finish(struct nego_handshake *h, struct nego_bytes mic,
                              struct nego_reply *reply, enum nego_negstate *state)
{
    bool integrity = nego_can_sign(h);
    SECURITY_STATUS status = mic.data && integrity ? nego_verify_mic(h, mic) : SEC_E_OK;

    if (status != SEC_E_OK)
        return status;
    if (integrity && nego_wants_mic(h)) {
        if (!h->mic_verified && !reply->token && h->answered)
            return nego_altered(h);
        status = nego_make_mic(h, reply);
        if (status != SEC_E_OK)
            return status;
        if (!h->mic_verified) {
            *state = NEGO_ACCEPT_INCOMPLETE;
            h->phase = NEGO_CLOSING;
            return SEC_I_CONTINUE_NEEDED;
        }
    }
    *state = NEGO_ACCEPT_COMPLETED;
    h->phase = NEGO_DONE;
    return SEC_E_OK;
}

/* A token of the mechanism in a negotiation. */
static SECURITY_STATUS talk(struct nego_handshake *h, struct nego_bytes token,
                            struct nego_bytes mic, uint8_t **out, size_t *out_size)
{
    enum nego_negstate state = NEGO_ACCEPT_INCOMPLETE;
    struct nego_reply reply = {0};
    SECURITY_STATUS leg, status;

    leg = status = nego_leg(h, token, &reply.token, &reply.token_size);
    h->phase = NEGO_TALKING;
    if (leg == SEC_E_OK)
        status = finish(h, nego_mic_of(mic, token), &reply, &state);
    else if (leg == SEC_I_CONTINUE_NEEDED && nego_mic_of(mic, token).data)
        status = SEC_E_INVALID_TOKEN; /* nobody can have made it */
    /* A peer that is refused here learns nothing of a mechanism that was content. */
    if (status != leg && status != SEC_I_CONTINUE_NEEDED)
        nego_reply_clear(&reply);
    status = send(h, status, &reply, state, out, out_size);
    nego_reply_clear(&reply);
    return status;
}

static SECURITY_STATUS first_token(struct nego_handshake *h, const struct nego_init *init,
                                   uint8_t **out, size_t *out_size)
{
    static const struct nego_reply nothing = {0};
    bool preferred;
    size_t place;

    if (!init->count)
        return SEC_E_INVALID_TOKEN;
    h->selected = choose(h, init, &place, &preferred);
    if (h->selected == h->count) {
        reason_set(0, "the client offers no mechanism that this server has credentials for");
        return send(h, SEC_E_UNSUPPORTED_FUNCTION, &nothing, NEGO_REJECT, out, out_size);
    }
    h->list = malloc(init->list.size);
    if (!h->list)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(h->list, init->list.data, init->list.size);
    h->list_size = init->list.size;
    h->answer.der = h->list + (init->offers[place].der - init->list.data);
    h->answer.size = init->offers[place].size;
    if (preferred && init->token.data)
        return talk(h, init->token, init->mic, out, out_size);
    /* The token, if there is one, is another mechanism's. RFC 4178 4.2.2: request-mic tells that
     * the first choice was not this side's. */
    h->phase = NEGO_TALKING;
    h->mic_required = !preferred;
    return send(h, SEC_I_CONTINUE_NEEDED, &nothing,
                preferred ? NEGO_ACCEPT_INCOMPLETE : NEGO_REQUEST_MIC, out, out_size);
}

static SECURITY_STATUS begin(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                             size_t *out_size)
{
    struct nego_frame frame = nego_frame_read(in.data, in.size);
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;
    struct nego_init init;
    unsigned direct;

    if (frame.kind == NEGO_FRAME_NONE || frame.kind == NEGO_FRAME_RESP)
        return SEC_E_INVALID_TOKEN;
    nego_begin_anew(h);
    if (frame.kind == NEGO_FRAME_INIT) {
        if (nego_init_read(in.data, in.size, &init))
            status = first_token(h, &init, out, out_size);
        nego_init_clear(&init);
        return status;
    }
    direct = nego_find_frame(h, &frame);
    if (direct == h->count) {
        reason_set(0, "the client speaks a mechanism that this server has no credentials for");
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
    h->bare = true;
    h->selected = direct;
    return nego_bare_leg(h, in, out, out_size);
}

/* The initiator's MIC, after this side's. */
static SECURITY_STATUS close_with(struct nego_handshake *h, const struct nego_resp *resp,
                                  uint8_t **out, size_t *out_size)
{
    static const struct nego_reply nothing = {0};
    struct nego_bytes mic = nego_mic_of(resp->mic, resp->token);
    SECURITY_STATUS status = mic.data ? nego_verify_mic(h, mic) : nego_altered(h);

    if (resp->token.data)
        status = SEC_E_INVALID_TOKEN;
    if (status != SEC_E_OK)
        return send(h, status, &nothing, NEGO_REJECT, out, out_size);
    h->phase = NEGO_DONE;
    /* Who says that it is done waits for nothing. */
    if (resp->state == NEGO_ACCEPT_INCOMPLETE)
        return send(h, SEC_E_OK, &nothing, NEGO_ACCEPT_COMPLETED, out, out_size);
    return SEC_E_OK;
}

static SECURITY_STATUS go_on(struct nego_handshake *h, const struct nego_resp *resp, uint8_t **out,
                             size_t *out_size)
{
    if (resp->state == NEGO_REJECT) {
        reason_set(0, "the client gave the negotiation up");
        return SEC_E_LOGON_DENIED;
    }
    if (resp->mechanism.size && nego_find(h, resp->mechanism) != h->selected)
        return SEC_E_INVALID_TOKEN;
    if (h->phase == NEGO_CLOSING)
        return close_with(h, resp, out, out_size);
    if (!resp->token.data)
        return SEC_E_INVALID_TOKEN;
    return talk(h, resp->token, resp->mic, out, out_size);
}

SECURITY_STATUS nego_accept(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                            size_t *out_size)
{
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;
    struct nego_resp resp;

    if (!in.data)
        return h->phase == NEGO_BEGIN ? speak_first(h, out, out_size) : SEC_E_INVALID_TOKEN;
    if (h->phase == NEGO_BEGIN || h->phase == NEGO_DONE)
        return begin(h, in, out, out_size);
    if (h->bare)
        return nego_bare_leg(h, in, out, out_size);
    if (nego_resp_read(in.data, in.size, &resp))
        status = go_on(h, &resp, out, out_size);
    nego_resp_clear(&resp);
    return status;
}
