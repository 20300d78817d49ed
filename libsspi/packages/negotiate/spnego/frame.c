/*
 * The first bytes of a token: RFC 2743 3.1's frame, or one of the tokens that Windows sends
 * without a negotiation around them ([MS-SPNG] 3.1.5: NTLM's, Kerberos').
 */
#include "libsspi/packages/negotiate/spnego/token.h"

#include <string.h>

#include "base/wire.h"

#define OID(name, ...)                                                                             \
    static const uint8_t name##_der[] = {__VA_ARGS__};                                             \
    const struct nego_oid name = {name##_der, sizeof(name##_der)}
OID(nego_oid_spnego, 0x06, 6, 0x2b, 6, 1, 5, 5, 2);
OID(nego_oid_kerberos, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2);
OID(nego_oid_kerberos_user, 0x06, 10, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3);
OID(nego_oid_kerberos_wrong, 0x06, 9, 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2);

enum {
    TAG_OID = 0x06,
    TAG_FRAME = 0x60,  /* [APPLICATION 0], RFC 2743 3.1 */
    TAG_RESP = 0xa1,   /* negTokenResp [1], RFC 4178 4.2 */
    TAG_AP_REQ = 0x6e, /* [APPLICATION 14], [15] and [30] of RFC 4120 */
    TAG_AP_REP = 0x6f,
    TAG_KRB_ERROR = 0x7e
};

bool nego_oid_equal(struct nego_oid a, struct nego_oid b)
{
    return a.size == b.size && a.size && memcmp(a.der, b.der, a.size) == 0;
}

size_t nego_length_read(struct wire_reader *r)
{
    uint8_t first = wire_u8(r);
    size_t length = 0;

    if (first < 0x80)
        return first;
    if (first == 0x80 || first > 0x84) {
        wire_read_fail(r);
        return 0;
    }
    for (unsigned n = first & 0x7f; n; n--) {
        uint8_t byte = wire_u8(r);

        if (!length && !byte)
            wire_read_fail(r);
        length = length << 8 | byte;
    }
    if (length < 0x80)
        wire_read_fail(r);
    return length;
}

struct nego_frame nego_frame_read(const uint8_t *data, size_t size)
{
    static const uint8_t ntlm[8] = "NTLMSSP";
    struct nego_frame frame = {.kind = NEGO_FRAME_NONE};
    struct wire_reader r = wire_reader(data, size);
    size_t start, length;
    uint8_t tag;

    if (!size || size > NEGO_TOKEN_MAX)
        return frame;
    if (size >= sizeof(ntlm) && memcmp(data, ntlm, sizeof(ntlm)) == 0) {
        frame.kind = NEGO_FRAME_NTLM;
        return frame;
    }
    tag = wire_u8(&r);
    if (nego_length_read(&r) != wire_left(&r) || !wire_ok(&r))
        return frame;
    switch (tag) {
    case TAG_RESP:
        frame.kind = NEGO_FRAME_RESP;
        break;
    case TAG_AP_REQ:
    case TAG_AP_REP:
    case TAG_KRB_ERROR:
        frame.kind = NEGO_FRAME_KERBEROS;
        break;
    case TAG_FRAME:
        start = r.offset;
        if (wire_u8(&r) != TAG_OID)
            wire_read_fail(&r);
        length = nego_length_read(&r);
        wire_skip(&r, length);
        if (!wire_ok(&r) || !length)
            break;
        frame.oid = (struct nego_oid){data + start, r.offset - start};
        frame.kind = NEGO_FRAME_GSS;
        if (nego_oid_equal(frame.oid, nego_oid_spnego)) {
            frame.kind = NEGO_FRAME_INIT;
            frame.inside.size = wire_left(&r);
            frame.inside.data = wire_bytes(&r, frame.inside.size);
        }
        break;
    default:
        break;
    }
    return frame;
}
