/*
 * What CredSSP tells TSPkg of the TLS channel that the TSRequests go through: one
 * SECBUFFER_PKG_PARAMS on the first leg of a handshake, which also goes to lsad. lsad believes none
 * of it: it only binds what the inner session key protects to that channel.
 */
#ifndef CREDMGR_PACKAGES_TS_CHANNEL_H
#define CREDMGR_PACKAGES_TS_CHANNEL_H

#include <sspi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_CHANNEL_KEY_MAX        16384 /* bytes */
#define TS_CHANNEL_SIZE(key_size) (12 + (key_size))

/* The client found a chain from the server's certificate to a root it trusts, for that name. */
#define TS_CHANNEL_TRUSTED 0x1
/* CREDSSP_FLAG_REDIRECT: Remote Credential Guard. */
#define TS_CHANNEL_REDIRECT 0x2

struct ts_channel {
    uint32_t flags;            /* TS_CHANNEL_* */
    const uint8_t *public_key; /* of the server's certificate: the SubjectPublicKey bits, DER */
    size_t public_key_size;
};
/* `bytes` has TS_CHANNEL_SIZE() of room. */
void ts_channel_write(uint8_t *bytes, const struct ts_channel *channel);
/* Hostile; the key points into `data`. */
bool ts_channel_read(const void *data, size_t size, struct ts_channel *channel);

/* Bytes of the longest TSRequest that is read or written: tickets with large PACs, and no more. */
#define TS_REQUEST_MAX (1u << 20)
/*
 * How long the TSRequest at `data` is, by its first bytes, so that what TLS delivers in pieces can
 * be put together: SEC_E_OK with *total, the bytes of all of it (which may be more or less than
 * `size`); SEC_E_INCOMPLETE_MESSAGE while even that cannot be told, *total then being the bytes
 * that are needed for it; SEC_E_INVALID_TOKEN for what is no TSRequest or is longer than
 * TS_REQUEST_MAX.
 */
SECURITY_STATUS ts_request_length(const uint8_t *data, size_t size, size_t *total);

#endif
