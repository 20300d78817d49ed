/*
 * A peer that says anything, at both roles, with mechanisms that do anything. Whatever comes: a
 * mechanism is called only as its contract allows, and nobody ends up with another than the most
 * preferred one that can sign, unless the list was signed by the peer.
 *
 * An input: a byte of settings, then messages, each with its size in two bytes before it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "libsspi/packages/negotiate/spnego/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    INITIATOR = 1,
    HINTS = 2,
    NO_NTLM = 4,
    NO_INTEGRITY = 8,
    REQUIRES = 16,
    SOFT = 32,
    ORDER = 64
};

struct peer {
    unsigned settings;
    unsigned legs[3];
    bool done[3];
    bool verified, failed;
};

static void must(int condition)
{
    if (!condition)
        abort();
}

/* The last byte of a token says what becomes of it: failure, the end with or without an answer, or
 * more, without or with an answer. */
static SECURITY_STATUS leg(void *arg, unsigned index, const uint8_t *in, size_t in_size,
                           uint8_t **out, size_t *out_size)
{
    static const char token[] = "NTLMSSP\0token";
    struct peer *peer = arg;
    bool begins = !peer->legs[index]++ && peer->settings & INITIATOR;
    uint8_t what = in ? in[in_size - 1] : peer->settings & SOFT && !index ? 'F' : 'C';

    must(index < 3 && !peer->done[index] && !peer->failed);
    must(!in == !in_size && !in == begins);
    peer->verified = false;
    if (what == 'F') {
        peer->failed = !begins; /* nothing more is asked of it */
        return SEC_E_LOGON_DENIED;
    }
    if (what != 'E' && what != 'N') {
        *out = malloc(sizeof(token));
        must(*out != NULL);
        memcpy(*out, token, *out_size = sizeof(token));
    }
    peer->done[index] = what == 'D' || what == 'E';
    return peer->done[index] ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
}

static void forget(void *arg, unsigned index)
{
    struct peer *peer = arg;

    must(peer->legs[index] != 0);
    peer->legs[index] = 0;
    peer->done[index] = peer->verified = false;
}

static bool falls_back(void *arg, unsigned index, SECURITY_STATUS status)
{
    struct peer *peer = arg;

    must(peer->settings & INITIATOR && peer->legs[index] == 1 && status == SEC_E_LOGON_DENIED);
    return true;
}

static bool has_integrity(void *arg, unsigned index)
{
    struct peer *peer = arg;

    must(peer->done[index]);
    return !(peer->settings & NO_INTEGRITY);
}

static bool requires_mic(void *arg, unsigned index)
{
    struct peer *peer = arg;

    must(peer->done[index]);
    return peer->settings & REQUIRES;
}

static SECURITY_STATUS make_mic(void *arg, unsigned index, const uint8_t *data, size_t size,
                                uint8_t **mic, size_t *mic_size)
{
    must(has_integrity(arg, index) && data && size);
    *mic = malloc(4);
    must(*mic != NULL);
    memcpy(*mic, "mine", *mic_size = 4);
    return SEC_E_OK;
}

static SECURITY_STATUS verify_mic(void *arg, unsigned index, const uint8_t *data, size_t size,
                                  const uint8_t *mic, size_t mic_size)
{
    struct peer *peer = arg;

    must(has_integrity(arg, index) && data && size && mic && mic_size);
    peer->verified = mic_size == 4 && memcmp(mic, "good", 4) == 0;
    return peer->verified ? SEC_E_OK : SEC_E_MESSAGE_ALTERED;
}

/* The initiator's most preferred mechanism that is known here: where it is chosen, nothing was
 * talked down. */
static unsigned preferred(const struct nego_mechanism *list, unsigned count, const uint8_t *offer,
                          size_t size)
{
    unsigned found = count;
    struct nego_init init;

    if (nego_init_read(offer, size, &init) && init.count)
        for (unsigned i = 0; i < count; i++)
            if (nego_oid_equal(list[i].oid, init.offers[0]) ||
                (list[i].kind == NEGO_KERBEROS &&
                 nego_oid_equal(init.offers[0], nego_oid_kerberos_wrong)))
                found = i;
    nego_init_clear(&init);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ntlm[] = {0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10};
    static const uint8_t other[] = {0x06, 5, 0x2a, 3, 4, 5, 6};
    struct wire_reader r = wire_reader(data, size);
    struct peer peer = {.settings = wire_u8(&r)};
    const struct nego_backend backend = {.leg = leg,
                                         .abandon = forget,
                                         .falls_back = falls_back,
                                         .has_integrity = has_integrity,
                                         .requires_mic = requires_mic,
                                         .make_mic = make_mic,
                                         .verify_mic = verify_mic,
                                         .arg = &peer};
    struct nego_mechanism list[3] = {{nego_oid_kerberos, NEGO_KERBEROS},
                                     {{other, sizeof(other)}, NEGO_OTHER},
                                     {{ntlm, sizeof(ntlm)}, NEGO_NTLM}};
    unsigned count = peer.settings & NO_NTLM ? 2 : 3, best = 0;
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    struct nego_handshake *h;
    bool initiator = peer.settings & INITIATOR, begun = false, bare = false;

    if (peer.settings & ORDER)
        list[0] = list[2], list[2] = (struct nego_mechanism){nego_oid_kerberos, NEGO_KERBEROS};
    h = initiator ? nego_initiator_new(&backend, list, count)
                  : nego_acceptor_new(&backend, list, count, peer.settings & HINTS);
    must(h != NULL);
    for (unsigned n = 0; n < 16 && (wire_left(&r) >= 2 || !n); n++) {
        size_t in_size = wire_left(&r) >= 2 ? wire_u16be(&r) : 0, out_size;
        const uint8_t *in =
            wire_bytes(&r, in_size = in_size > wire_left(&r) ? wire_left(&r) : in_size);
        bool begins = !begun || status == SEC_E_OK;
        uint8_t *out;

        status = nego_handshake_step(h, in_size ? in : NULL, in_size, &out, &out_size);
        must(!out == !out_size);
        if (begins && (initiator || in_size)) {
            best = initiator ? nego_handshake_selected(h) : preferred(list, count, in, in_size);
            bare = !initiator && nego_frame_read(in, in_size).kind != NEGO_FRAME_INIT;
            begun = true;
        }
        free(out);
        if (status == SEC_E_OK) {
            unsigned chosen = nego_handshake_selected(h);
            bool secured = bare || peer.verified || peer.settings & NO_INTEGRITY;

            must(chosen < count && peer.done[chosen]);
            must(nego_handshake_state(h) == SECPKG_NEGOTIATION_COMPLETE);
            must(chosen == best || secured);
            must(initiator || secured || !(peer.settings & REQUIRES));
        } else if (status != SEC_I_CONTINUE_NEEDED) {
            status = nego_handshake_step(h, in, in_size, &out, &out_size);
            must(status == SEC_E_INVALID_TOKEN && !out);
            break;
        }
    }
    nego_handshake_free(h);
    return 0;
}
