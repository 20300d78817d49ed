/*
 * NEGOTIATE_MESSAGE, [MS-NLMP] 2.2.1.1: what the client can do.
 */
#include "libsspi/packages/ntlm/wire/message.h"

#include <string.h>

/* signature 8, type 4, flags 4, domain 8, workstation 8, version 8 */
#define HEADER_SIZE 40

/* 2.2.1.1: what the flags do not announce is to be ignored, whatever stands there. */
static void name_read(struct wire_reader *r, bool supplied, struct ntlm_bytes *out)
{
    if (supplied)
        ntlm_field_read(r, out);
    else
        wire_skip(r, 8);
}

/* Very old clients end after the flags, and old ones before the version. */
bool ntlm_negotiate_read(const void *message, size_t size, struct ntlm_negotiate *out)
{
    struct wire_reader r = ntlm_message_reader(message, size, NTLM_NEGOTIATE);

    memset(out, 0, sizeof(*out));
    if (size > NTLM_NEGOTIATE_MAX)
        return false;
    out->flags = wire_u32le(&r);
    if (wire_left(&r) >= 16) {
        name_read(&r, out->flags & NTLM_DOMAIN_SUPPLIED, &out->domain);
        name_read(&r, out->flags & NTLM_WORKSTATION_SUPPLIED, &out->workstation);
    } else if (wire_left(&r) > 0) {
        wire_read_fail(&r);
    }
    if (out->flags & NTLM_VERSION)
        ntlm_version_read(&r, &out->version);
    return wire_ok(&r);
}

void ntlm_negotiate_write(struct wire_writer *w, const struct ntlm_negotiate *m)
{
    uint32_t offset = HEADER_SIZE;

    ntlm_message_begin(w, NTLM_NEGOTIATE);
    wire_put_u32le(w, m->flags);
    ntlm_field_write(w, m->domain, &offset);
    ntlm_field_write(w, m->workstation, &offset);
    ntlm_version_write(w, &m->version);
    wire_put_bytes(w, m->domain.data, m->domain.size);
    wire_put_bytes(w, m->workstation.data, m->workstation.size);
}
