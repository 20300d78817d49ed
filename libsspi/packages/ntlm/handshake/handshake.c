/*
 * What client and server do in common.
 */
#include "libsspi/packages/ntlm/handshake/handshake.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/reason.h"
#include "base/secret.h"

/* 100 ns units from 1601 to 1970 */
#define EPOCH UINT64_C(116444736000000000)

uint64_t ntlm_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return EPOCH + (uint64_t)t.tv_sec * 10000000 + (uint64_t)t.tv_nsec / 100;
}

SECURITY_STATUS ntlm_flags_check(uint32_t flags, uint32_t minimum, const char *setting)
{
    uint32_t missing = minimum & ~flags;

    if (!(flags & (NTLM_SIGN | NTLM_SEAL)) || !missing)
        return SEC_E_OK;
    reason_set(0, "the peer has no %s, which [ntlm] %s of lsa.conf demands",
               missing & NTLM_EXTENDED_SECURITY ? "NTLMv2 session security" : "128-bit keys",
               setting);
    return SEC_E_UNSUPPORTED_FUNCTION;
}

bool ntlm_keep(struct ntlm_kept *kept, const void *data, size_t size)
{
    free(kept->data); /* a second try after a buffer that was too small */
    kept->data = malloc(size ? size : 1);
    if (!kept->data)
        return false;
    if (size)
        memcpy(kept->data, data, size);
    kept->size = size;
    return true;
}

bool ntlm_mic(const struct ntlm_handshake *h, const uint8_t exported[NTLM_KEY_SIZE],
              struct ntlm_bytes authenticate, uint8_t mic[NTLM_MIC_SIZE])
{
    static const uint8_t zeros[NTLM_MIC_SIZE];
    const size_t after = NTLM_MIC_OFFSET + NTLM_MIC_SIZE;
    const struct ntlm_bytes parts[] = {
        {h->negotiate.data, h->negotiate.size},
        {h->challenge.data, h->challenge.size},
        {authenticate.data, NTLM_MIC_OFFSET},
        {zeros, sizeof(zeros)},
        {authenticate.data + after, authenticate.size - after},
    };

    return ntlm_hmac_md5(exported, parts, sizeof(parts) / sizeof(parts[0]), mic);
}

void ntlm_handshake_clear(struct ntlm_handshake *h)
{
    free(h->negotiate.data);
    free(h->challenge.data);
    memset(h, 0, sizeof(*h));
}

void ntlm_outcome_clear(struct ntlm_outcome *o)
{
    ntlm_text_free(&o->user);
    ntlm_text_free(&o->domain);
    ntlm_text_free(&o->target);
    free(o->authorization);
    o->authorization = NULL;
    secret_wipe(o->exported, sizeof(o->exported));
}
