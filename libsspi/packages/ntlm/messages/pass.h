/*
 * A message's way through RC4 and HMAC-MD5, the two that [MS-NLMP] 3.4 protects messages with, in
 * one pass. Each of them alone keeps a processor waiting for its own last result; done step by step
 * together they take about as long as one of them, which no sequence of OpenSSL calls can do. It
 * also leaves the state of a stream with us: to be copied, put back and carried to another process,
 * and nothing is allocated for a message.
 */
#ifndef CREDMGR_NTLM_PASS_H
#define CREDMGR_NTLM_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/ntlm/crypto.h"

/* An RC4 stream, which goes on from text to text: RC4Init() and RC4() of [MS-NLMP] section 6. */
struct ntlm_stream {
    uint8_t i, j;
    uint8_t s[256]; /* a permutation */
};
/* `size` is 1 to 256 bytes. */
void ntlm_stream_begin(struct ntlm_stream *stream, const uint8_t *key, size_t size);
/* A state from somewhere else: could a stream be in it? */
bool ntlm_stream_valid(const struct ntlm_stream *stream);

/* A key of HMAC-MD5 with its part of the work done: RFC 2104, section 4. */
struct ntlm_mac_key {
    uint32_t inner[4], outer[4];
};
void ntlm_mac_key_begin(struct ntlm_mac_key *mac, const uint8_t key[NTLM_KEY_SIZE]);

#define NTLM_PASS_BLOCK 64 /* bytes that MD5 takes at once */

/* Lives on the stack of one call. */
struct ntlm_pass {
    struct ntlm_stream *stream;
    const struct ntlm_mac_key *mac;
    uint32_t digest[4];
    uint8_t block[NTLM_PASS_BLOCK];
    size_t filled; /* bytes of `block`; when it is full, it waits for company */
    uint64_t hashed;
    bool wide;       /* the stream is in s, not in *stream */
    uint32_t s[256]; /* a byte each: words are quicker */
    uint8_t i, j;
};

/*
 * Begins a message. `mac` may be NULL: no digest; `stream` may be: nothing will be encrypted.
 * `sealed` says that much will be, and is a matter of speed alone.
 */
void ntlm_pass_begin(struct ntlm_pass *pass, struct ntlm_stream *stream,
                     const struct ntlm_mac_key *mac, bool sealed);
/* Into the digest as it is. */
void ntlm_pass_sign(struct ntlm_pass *pass, const void *bytes, size_t size);
/* Into the digest, and encrypted in place. */
void ntlm_pass_seal(struct ntlm_pass *pass, void *bytes, size_t size);
/* Decrypted in place, and into the digest. */
void ntlm_pass_open(struct ntlm_pass *pass, void *bytes, size_t size);
/* The HMAC of all that, when there was a key for one. */
void ntlm_pass_digest(struct ntlm_pass *pass, uint8_t digest[NTLM_KEY_SIZE]);
/* En- or decrypted in place, and no part of the digest: the checksum itself. */
void ntlm_pass_crypt(struct ntlm_pass *pass, void *bytes, size_t size);
/* The stream goes on behind what was encrypted; nothing stays of the rest. */
void ntlm_pass_end(struct ntlm_pass *pass);

#endif
