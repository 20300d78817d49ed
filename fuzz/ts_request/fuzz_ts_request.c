/*
 * TSRequest and the parameters of a channel. What is read lies within the input and is written
 * again as it was, but for an error that was written as a positive number; and its length is what
 * its first bytes say.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/tspkg/wire/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

static void within(struct ts_bytes bytes, const uint8_t *data, size_t size)
{
    must(!bytes.data || (bytes.data >= data && bytes.data <= data + size &&
                         bytes.size <= (size_t)(data + size - bytes.data)));
}

static void channel(const uint8_t *data, size_t size)
{
    struct ts_channel read;
    uint8_t *again;

    if (!ts_channel_read(data, size, &read))
        return;
    must(read.public_key_size && read.public_key_size <= TS_CHANNEL_KEY_MAX);
    must(TS_CHANNEL_SIZE(read.public_key_size) == size);
    again = malloc(size);
    must(again != NULL);
    ts_channel_write(again, &read);
    must(memcmp(again, data, size) == 0);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_request request;
    uint8_t *again = NULL;
    size_t again_size, total;
    SECURITY_STATUS status = ts_request_length(data, size, &total);

    channel(data, size);
    must(status == SEC_E_INVALID_TOKEN || total <= TS_REQUEST_MAX);
    must(status != SEC_E_INCOMPLETE_MESSAGE || total > size);
    if (!ts_request_read(data, size, &request))
        return 0;
    must(status == SEC_E_OK && total == size);
    within(request.nego_token, data, size);
    within(request.auth_info, data, size);
    within(request.pub_key_auth, data, size);
    within(request.nonce, data, size);
    must(!request.nonce.data || request.nonce.size == TS_NONCE_SIZE);
    must(ts_request_write(&request, &again, &again_size));
    must(again_size == size ? memcmp(again, data, size) == 0
                            : request.failed && request.error < 0 && again_size < size);
    free(again);
    return 0;
}
