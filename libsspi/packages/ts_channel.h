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

#endif
