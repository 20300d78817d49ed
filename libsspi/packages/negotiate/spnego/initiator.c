/*
 * The initiator's half of a negotiation: what it offers, the token that it sends unasked, and what
 * the acceptor may answer. RFC 4178 4 and 5, [MS-SPNG] 3.2.
 */
#include "libsspi/packages/negotiate/spnego/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"

/* The identifiers of the list, in order. Kerberos stands in it twice, Microsoft's first, as Windows
 * has it ([MS-SPNG] 3.1.5.2): the older servers know that one alone. */
static void offer(const struct nego_handshake *h, struct nego_init *init)
{
    for (unsigned i = 0; i < h->count; i++) {
        if (h->dropped[i])
            continue;
        if (h->mechanisms[i].kind == NEGO_KERBEROS) {
            init->offers[init->count++] = nego_oid_kerberos_wrong;
            init->offers[init->count++] = nego_oid_kerberos;
        } else {
            init->offers[init->count++] = h->mechanisms[i].oid;
        }
    }
}

static bool ntlm_alone(const struct nego_handshake *h)
{
    for (unsigned i = 0; i < h->count; i++)
        if (!h->dropped[i] && h->mechanisms[i].kind != NEGO_NTLM)
            return false;
    return true;
}

/* The first leg of the first mechanism that has one. */
static SECURITY_STATUS first_leg(struct nego_handshake *h, struct nego_reply *reply)
{
    SECURITY_STATUS status = SEC_E_NO_CREDENTIALS;

    for (h->selected = 0; h->selected < h->count; h->selected++) {
        nego_reply_clear(reply);
        status = nego_leg(h, (struct nego_bytes){NULL, 0}, &reply->token, &reply->token_size);
        if (status == SEC_E_OK || status == SEC_I_CONTINUE_NEEDED || h->selected + 1 == h->count ||
            !h->backend.falls_back(h->backend.arg, h->selected, status))
            break;
        h->backend.abandon(h->backend.arg, h->selected);
        h->begun = false;
        h->dropped[h->selected] = true;
    }
    h->first = h->selected;
    return status;
}

/*
 * A server that speaks first tells its mechanisms, and nobody signs that: whoever stands between
 * could strike out Kerberos. So the offer is the same without it; all that counts is that the
 * server knows negotiations.
 */
static SECURITY_STATUS begin(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                             size_t *out_size)
{
    struct nego_init init = {0}, theirs = {0};
    struct nego_reply reply = {0};
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN, leg;

    if (in.data && !nego_init_read(in.data, in.size, &theirs))
        goto out;
    nego_begin_anew(h);
    leg = status = first_leg(h, &reply);
    if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
        goto out;
    if (!in.data && ntlm_alone(h)) {
        h->bare = true;
        h->phase = status == SEC_E_OK ? NEGO_DONE : NEGO_TALKING;
        *out = reply.token;
        *out_size = reply.token_size;
        reply.token = NULL;
        goto out;
    }
    offer(h, &init);
    init.token = (struct nego_bytes){reply.token, reply.token_size};
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!nego_init_write(&init, out, out_size, &h->list, &h->list_size))
        goto out;
    h->phase = leg == SEC_E_OK ? NEGO_CLOSING : NEGO_TALKING;
    status = SEC_I_CONTINUE_NEEDED;
out:
    nego_reply_clear(&reply);
    nego_init_clear(&theirs);
    return status;
}

/* The acceptor wants none of it. What the mechanism says of the token that came along is the better
 * reason. */
static SECURITY_STATUS rejected(struct nego_handshake *h, const struct nego_resp *resp)
{
    SECURITY_STATUS status = SEC_E_LOGON_DENIED;
    struct nego_reply ignored = {0};

    if (resp->token.data && h->phase == NEGO_TALKING &&
        (!resp->mechanism.size || nego_find(h, resp->mechanism) == h->selected)) {
        status = nego_leg(h, resp->token, &ignored.token, &ignored.token_size);
        nego_reply_clear(&ignored);
        if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
            return status;
    }
    reason_set(0, h->answered ? "the server rejected the authentication"
                              : "the server rejected the negotiation: it wants none of the "
                                "mechanisms offered, or nothing of this client");
    return SEC_E_LOGON_DENIED;
}

/*
 * Which mechanism the acceptor's first answer chooses. *again: its first token is still to be sent,
 * because it was another one's that went along with the offer.
 */
static SECURITY_STATUS choose(struct nego_handshake *h, const struct nego_resp *resp, bool *again)
{
    unsigned chosen = resp->mechanism.size ? nego_find(h, resp->mechanism) : h->selected;

    *again = false;
    if (h->answered)
        return chosen == h->selected ? SEC_E_OK : SEC_E_INVALID_TOKEN;
    if (chosen == h->count) {
        reason_set(0, "the server chose a mechanism that was not offered");
        return SEC_E_INVALID_TOKEN;
    }
    /* The first of a list was ours. An acceptor that knows Kerberos by its right name only has not
     * looked at the token that was sent under the wrong one. */
    *again = chosen != h->first || (h->mechanisms[chosen].kind == NEGO_KERBEROS &&
                                    nego_oid_equal(resp->mechanism, nego_oid_kerberos) &&
                                    !resp->token.data && resp->state != NEGO_ACCEPT_COMPLETED);
    if (*again) {
        if (resp->token.data || resp->state == NEGO_ACCEPT_COMPLETED)
            return SEC_E_INVALID_TOKEN;
        h->backend.abandon(h->backend.arg, h->selected);
        h->begun = false;
        h->selected = chosen;
        h->phase = NEGO_TALKING;
        h->mic_required = true;
    }
    if (resp->state == NEGO_REQUEST_MIC)
        h->mic_required = true;
    return SEC_E_OK;
}

/* The mechanism is done on this side. *state: what is to be answered; NEGO_STATE_ABSENT: nothing.
 */
static SECURITY_STATUS close_with(struct nego_handshake *h, const struct nego_resp *resp,
                                  struct nego_reply *reply, enum nego_negstate *state)
{
    struct nego_bytes mic = nego_mic_of(resp->mic, resp->token);
    bool integrity = nego_can_sign(h), fresh = false, ends, last;
    SECURITY_STATUS status;

    *state = NEGO_STATE_ABSENT;
    if (mic.data && integrity) {
        /* Not before the mechanism's last token is on its way to the acceptor. */
        if (reply->token)
            return SEC_E_INVALID_TOKEN;
        status = nego_verify_mic(h, mic);
        if (status != SEC_E_OK)
            return status;
    }
    ends = resp->state == NEGO_ACCEPT_COMPLETED ||
           (resp->state == NEGO_STATE_ABSENT && h->phase == NEGO_CLOSING && !reply->token);
    if (ends) {
        if (reply->token)
            return SEC_E_INVALID_TOKEN;
        if (integrity && h->mic_required && !h->mic_verified)
            return nego_altered(h);
        h->phase = NEGO_DONE;
        return SEC_E_OK;
    }
    /* With a last token of ours goes the MIC (RFC 4178 5), also one that need not be: Samba's
     * acceptor has a MIC in any case, and would ask for this one in a leg more, which is none of
     * DCE/RPC's. */
    last = reply->token && h->mechanisms[h->selected].kind == NEGO_KERBEROS;
    if (integrity && (nego_wants_mic(h) || last) && !h->mic_sent) {
        status = nego_make_mic(h, reply);
        if (status != SEC_E_OK)
            return status;
        fresh = true;
    }
    /* Both MICs are there, or the acceptor waits although nothing is left to be said. */
    if (!reply->token && (h->mic_verified || !fresh)) {
        if (h->phase == NEGO_CLOSING && !fresh && !mic.data)
            return SEC_E_INVALID_TOKEN;
        *state = NEGO_ACCEPT_COMPLETED;
        h->phase = NEGO_DONE;
        return SEC_E_OK;
    }
    *state = NEGO_ACCEPT_INCOMPLETE;
    h->phase = NEGO_CLOSING;
    return SEC_I_CONTINUE_NEEDED;
}

static SECURITY_STATUS answer(struct nego_handshake *h, const struct nego_resp *resp, uint8_t **out,
                              size_t *out_size)
{
    enum nego_negstate state = NEGO_ACCEPT_INCOMPLETE;
    SECURITY_STATUS status, written;
    struct nego_reply reply = {0};
    bool again;

    if (resp->state == NEGO_REJECT)
        return rejected(h, resp);
    status = choose(h, resp, &again);
    if (status != SEC_E_OK)
        return status;
    h->answered = true;
    if (h->phase == NEGO_TALKING) {
        if (!again && !resp->token.data)
            return SEC_E_INVALID_TOKEN;
        status = nego_leg(h, resp->token, &reply.token, &reply.token_size);
        if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED)
            state = NEGO_REJECT;
        else if (status == SEC_I_CONTINUE_NEEDED &&
                 (resp->state == NEGO_ACCEPT_COMPLETED || nego_mic_of(resp->mic, resp->token).data))
            status = SEC_E_INVALID_TOKEN;
        else if (status == SEC_E_OK)
            status = close_with(h, resp, &reply, &state);
    } else if (nego_mic_of(resp->token, resp->mic).data) {
        status = SEC_E_INVALID_TOKEN; /* the mechanism has nothing more to hear */
    } else {
        status = close_with(h, resp, &reply, &state);
    }
    if (status == SEC_I_CONTINUE_NEEDED || (status == SEC_E_OK && state != NEGO_STATE_ABSENT) ||
        (state == NEGO_REJECT && reply.token)) {
        written = nego_reply_write(h, &reply, state, out, out_size);
        if (written != SEC_E_OK)
            status = written;
    }
    nego_reply_clear(&reply);
    return status;
}

SECURITY_STATUS nego_initiate(struct nego_handshake *h, struct nego_bytes in, uint8_t **out,
                              size_t *out_size)
{
    struct nego_frame frame;
    struct nego_resp resp;
    SECURITY_STATUS status = SEC_E_INVALID_TOKEN;

    if (h->phase == NEGO_BEGIN || h->phase == NEGO_DONE)
        return begin(h, in, out, out_size);
    if (!in.data)
        return SEC_E_INVALID_TOKEN;
    if (h->bare)
        return nego_bare_leg(h, in, out, out_size);
    frame = nego_frame_read(in.data, in.size);
    if (frame.kind == NEGO_FRAME_RESP) {
        if (nego_resp_read(in.data, in.size, &resp))
            status = answer(h, &resp, out, out_size);
        nego_resp_clear(&resp);
    } else if (!h->answered && h->phase == NEGO_TALKING &&
               nego_find_frame(h, &frame) == h->selected) {
        /* An acceptor that answers the mechanism's token and leaves the negotiation out. It is the
         * mechanism that this side likes best, so nothing was talked down. */
        h->bare = true;
        status = nego_bare_leg(h, in, out, out_size);
    }
    return status;
}
