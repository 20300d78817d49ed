/*
 * CHALLENGE_MESSAGE, [MS-NLMP] 2.2.1.2: the server's answer, its nonce and its names.
 */
#include "libsspi/packages/ntlm/wire/message.h"

#include <string.h>

/* signature 8, type 4, target name 8, flags 4, challenge 8, reserved 8, target info 8, version 8 */
#define HEADER_SIZE 56

bool ntlm_challenge_read(const void *message, size_t size, struct ntlm_challenge *out)
{
    struct wire_reader r = ntlm_message_reader(message, size, NTLM_CHALLENGE), name = r;

    memset(out, 0, sizeof(*out));
    wire_skip(&r, 8);
    out->flags = wire_u32le(&r);
    wire_copy(&r, out->server_challenge, sizeof(out->server_challenge));
    /* 2.2.1.2: not announced by the flags, a name may be there (4.2 has them), and need not be one
     */
    ntlm_field_read(&name, &out->target_name);
    if (!wire_ok(&name)) {
        out->target_name = (struct ntlm_bytes){0};
        if (out->flags & NTLM_REQUEST_TARGET)
            wire_read_fail(&r);
    }
    if (out->flags & NTLM_TARGET_INFO) {
        wire_skip(&r, 8);
        ntlm_field_read(&r, &out->target_info);
    }
    if (out->flags & NTLM_VERSION) {
        wire_seek(&r, HEADER_SIZE - NTLM_VERSION_SIZE);
        ntlm_version_read(&r, &out->version);
    }
    return wire_ok(&r);
}

void ntlm_challenge_write(struct wire_writer *w, const struct ntlm_challenge *m)
{
    uint32_t offset = HEADER_SIZE;

    ntlm_message_begin(w, NTLM_CHALLENGE);
    ntlm_field_write(w, m->target_name, &offset);
    wire_put_u32le(w, m->flags);
    wire_put_bytes(w, m->server_challenge, sizeof(m->server_challenge));
    wire_put_zeros(w, 8);
    if (m->flags & NTLM_TARGET_INFO)
        ntlm_field_write(w, m->target_info, &offset);
    else
        wire_put_zeros(w, 8);
    ntlm_version_write(w, &m->version);
    wire_put_bytes(w, m->target_name.data, m->target_name.size);
    if (m->flags & NTLM_TARGET_INFO)
        wire_put_bytes(w, m->target_info.data, m->target_info.size);
}
