/*
 * TSRequest, [MS-CSSP] 2.2.1: the one message of the protocol.
 */
#ifndef CREDMGR_TSPKG_REQUEST_H
#define CREDMGR_TSPKG_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/ts_channel.h"
#include "libsspi/packages/tspkg/wire/bytes.h"

#define TS_NONCE_SIZE 32 /* bytes of a clientNonce */

/* What is borrowed is in the message that was read. */
struct ts_request {
    uint32_t version;
    struct ts_bytes nego_token; /* the negoToken of negoTokens, which may hold one */
    struct ts_bytes auth_info;
    struct ts_bytes pub_key_auth;
    bool failed;           /* errorCode is there */
    int32_t error;         /* an NTSTATUS */
    struct ts_bytes nonce; /* TS_NONCE_SIZE bytes */
};

/*
 * False for what is not DER of a TSRequest to the last byte, is longer than TS_REQUEST_MAX, has a
 * version or an errorCode of more than 32 bits, no or several tokens in negoTokens or a nonce of
 * another size; and without memory.
 */
bool ts_request_read(const uint8_t *data, size_t size, struct ts_request *out);
/* *der: free(). False without memory, and for what would be longer than TS_REQUEST_MAX. */
bool ts_request_write(const struct ts_request *request, uint8_t **der, size_t *size);

#endif
