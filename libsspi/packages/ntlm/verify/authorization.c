/*
 * Reader and writer of it: the local user's name behind its size in bytes (u16); how many SIDs
 * there are (u32); then each SID's attributes (u32) and itself as in [MS-DTYP] 2.4.2.2.
 */
#include "libsspi/packages/ntlm/verify/authorization.h"

#include <string.h>

#define REVISION 1

void ntlm_authorization_write(struct wire_writer *w, struct ntlm_bytes local_user,
                              const struct ntlm_sid *sids, size_t count)
{
    if (count > NTLM_AUTHORIZATION_MAX)
        count = NTLM_AUTHORIZATION_MAX;
    if (local_user.size > UINT16_MAX)
        wire_write_fail(w);
    wire_put_u16le(w, (uint16_t)local_user.size);
    wire_put_bytes(w, local_user.data, local_user.size);
    wire_put_u32le(w, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        if (sids[i].count > NTLM_SID_PARTS) {
            wire_write_fail(w);
            return;
        }
        wire_put_u32le(w, sids[i].attributes);
        wire_put_u8(w, REVISION);
        wire_put_u8(w, sids[i].count);
        wire_put_bytes(w, sids[i].authority, sizeof(sids[i].authority));
        for (size_t n = 0; n < sids[i].count; n++)
            wire_put_u32le(w, sids[i].parts[n]);
    }
}

static void read_sid(struct wire_reader *r, struct ntlm_sid *sid)
{
    memset(sid, 0, sizeof(*sid));
    sid->attributes = wire_u32le(r);
    if (wire_u8(r) != REVISION)
        wire_read_fail(r);
    sid->count = wire_u8(r);
    wire_copy(r, sid->authority, sizeof(sid->authority));
    if (sid->count > NTLM_SID_PARTS) {
        sid->count = 0;
        wire_read_fail(r);
    }
    for (size_t n = 0; n < sid->count; n++)
        sid->parts[n] = wire_u32le(r);
}

bool ntlm_authorization_read(const void *data, size_t size, struct ntlm_bytes *local_user,
                             bool (*visit)(size_t index, const struct ntlm_sid *sid, void *arg),
                             void *arg)
{
    struct wire_reader r = wire_reader(data, size);
    bool more = visit != NULL;
    uint32_t count;

    local_user->size = wire_u16le(&r);
    local_user->data = wire_bytes(&r, local_user->size);
    count = wire_u32le(&r);
    if (local_user->size % 2 || count > NTLM_AUTHORIZATION_MAX)
        wire_read_fail(&r);
    for (size_t i = 0; i < count && wire_ok(&r); i++) {
        struct ntlm_sid sid;

        read_sid(&r, &sid);
        if (more && wire_ok(&r))
            more = visit(i, &sid, arg);
    }
    if (!wire_done(&r))
        *local_user = (struct ntlm_bytes){NULL, 0};
    return wire_done(&r);
}
