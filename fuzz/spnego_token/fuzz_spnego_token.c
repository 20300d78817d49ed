/*
 * NegTokenInit, NegTokenInit2, NegTokenResp and the frames of bare tokens. What is read lies inside
 * the token, and what was read and is written again says the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/negotiate/spnego/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

static void same(struct nego_bytes a, struct nego_bytes b)
{
    must(!a.data == !b.data && a.size == b.size);
    must(!a.size || memcmp(a.data, b.data, a.size) == 0);
}

static void init(const uint8_t *data, size_t size)
{
    struct nego_init first, second;
    uint8_t *token = NULL, *list = NULL;
    size_t token_size, list_size = 0;

    if (nego_init_read(data, size, &first) && first.count) {
        must(nego_frame_read(data, size).kind == NEGO_FRAME_INIT);
        must(first.count <= NEGO_OFFERS_MAX && first.list.size < size);
        must(nego_init_write(&first, &token, &token_size, &list, &list_size));
        same(first.list, (struct nego_bytes){list, list_size});
        must(nego_init_read(token, token_size, &second));
        must(first.count == second.count && first.hints == second.hints);
        for (size_t i = 0; i < first.count; i++)
            must(nego_oid_equal(first.offers[i], second.offers[i]));
        same(first.list, second.list);
        same(first.token, second.token);
        same(first.mic, second.mic);
        nego_init_clear(&second);
    }
    nego_init_clear(&first);
    free(token);
    free(list);
}

static void resp(const uint8_t *data, size_t size)
{
    struct nego_resp first, second;
    uint8_t *token = NULL;
    size_t token_size;

    if (nego_resp_read(data, size, &first)) {
        must(nego_frame_read(data, size).kind == NEGO_FRAME_RESP);
        must(nego_resp_write(&first, &token, &token_size));
        must(token_size <= size); /* shorter by empty fields alone */
        must(token_size < size || memcmp(token, data, size) == 0);
        must(nego_resp_read(token, token_size, &second));
        must(first.state == second.state);
        must(!first.mechanism.size == !second.mechanism.size);
        must(!first.mechanism.size || nego_oid_equal(first.mechanism, second.mechanism));
        same(first.token, second.token);
        same(first.mic, second.mic);
        nego_resp_clear(&second);
    }
    nego_resp_clear(&first);
    free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    init(data, size);
    resp(data, size);
    return 0;
}
