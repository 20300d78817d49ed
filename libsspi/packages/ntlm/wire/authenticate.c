/*
 * AUTHENTICATE_MESSAGE, [MS-NLMP] 2.2.1.3: who the client is, and its proof.
 */
#include "libsspi/packages/ntlm/wire/message.h"

#include <string.h>

/* signature 8, type 4, six fields of 8, flags 4, version 8 */
#define HEADER_SIZE 72

/* True when no field of the payload begins before `offset` in the message. */
static bool payload_begins_at(const struct ntlm_authenticate *m, const uint8_t *message,
                              size_t offset)
{
    const struct ntlm_bytes *const fields[] = {&m->lm_response, &m->nt_response, &m->domain,
                                               &m->user,        &m->workstation, &m->session_key};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (fields[i]->size && (size_t)(fields[i]->data - message) < offset)
            return false;
    }
    return true;
}

/*
 * The version came with Windows XP and the MIC with Windows Vista; before each, the payload begins
 * earlier.
 */
bool ntlm_authenticate_read(const void *message, size_t size, struct ntlm_authenticate *out)
{
    struct wire_reader r = ntlm_message_reader(message, size, NTLM_AUTHENTICATE);

    memset(out, 0, sizeof(*out));
    ntlm_field_read(&r, &out->lm_response);
    ntlm_field_read(&r, &out->nt_response);
    ntlm_field_read(&r, &out->domain);
    ntlm_field_read(&r, &out->user);
    ntlm_field_read(&r, &out->workstation);
    ntlm_field_read(&r, &out->session_key);
    out->flags = wire_u32le(&r);
    if (!wire_ok(&r))
        return false;
    if (out->flags & NTLM_VERSION)
        ntlm_version_read(&r, &out->version);
    out->has_mic = size >= NTLM_MIC_OFFSET + NTLM_MIC_SIZE &&
                   payload_begins_at(out, message, NTLM_MIC_OFFSET + NTLM_MIC_SIZE);
    if (out->has_mic) {
        wire_seek(&r, NTLM_MIC_OFFSET);
        wire_copy(&r, out->mic, sizeof(out->mic));
    }
    return wire_ok(&r);
}

void ntlm_authenticate_write(struct wire_writer *w, const struct ntlm_authenticate *m)
{
    /* the payload in the order Windows writes it; its descriptors in that of the header */
    uint32_t domain = HEADER_SIZE + (m->has_mic ? NTLM_MIC_SIZE : 0);
    uint32_t user = domain + (uint32_t)m->domain.size;
    uint32_t workstation = user + (uint32_t)m->user.size;
    uint32_t lm_response = workstation + (uint32_t)m->workstation.size;
    uint32_t nt_response = lm_response + (uint32_t)m->lm_response.size;
    uint32_t session_key = nt_response + (uint32_t)m->nt_response.size;

    ntlm_message_begin(w, NTLM_AUTHENTICATE);
    ntlm_field_write(w, m->lm_response, &lm_response);
    ntlm_field_write(w, m->nt_response, &nt_response);
    ntlm_field_write(w, m->domain, &domain);
    ntlm_field_write(w, m->user, &user);
    ntlm_field_write(w, m->workstation, &workstation);
    ntlm_field_write(w, m->session_key, &session_key);
    wire_put_u32le(w, m->flags);
    ntlm_version_write(w, &m->version);
    if (m->has_mic)
        wire_put_bytes(w, m->mic, sizeof(m->mic));
    wire_put_bytes(w, m->domain.data, m->domain.size);
    wire_put_bytes(w, m->user.data, m->user.size);
    wire_put_bytes(w, m->workstation.data, m->workstation.size);
    wire_put_bytes(w, m->lm_response.data, m->lm_response.size);
    wire_put_bytes(w, m->nt_response.data, m->nt_response.size);
    wire_put_bytes(w, m->session_key.data, m->session_key.size);
}
