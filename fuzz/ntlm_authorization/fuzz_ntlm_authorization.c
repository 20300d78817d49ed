/*
 * Any bytes as the SIDs of a verified account. Those that are some are the same when they are
 * written again.
 */
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ntlm/verify/authorization.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ntlm_sid sids[NTLM_AUTHORIZATION_MAX];
static size_t count;

static bool take(size_t index, const struct ntlm_sid *sid, void *arg)
{
    (void)arg;
    if (index != count || sid->count > NTLM_SID_PARTS)
        abort();
    sids[count++] = *sid;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1); /* of the exact size, for AddressSanitizer */
    struct wire_writer w = wire_writer_grow(NTLM_AUTHORIZATION_SIZE);
    struct ntlm_bytes user;

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    count = 0;
    if (ntlm_authorization_read(copy, size, &user, take, NULL)) {
        ntlm_authorization_write(&w, user, sids, count);
        if (!wire_write_ok(&w) || w.offset != size || memcmp(w.data, copy, size) != 0)
            abort();
    }
    wire_writer_free(&w);
    free(copy);
    return 0;
}
