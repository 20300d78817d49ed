/*
 * How the messages of [MS-CSSP] 2.2 go through OpenSSL's ASN.1 templates without a copy of what is
 * in them: an OCTET STRING that is read stays where it came from, so that a password is nowhere but
 * in the secret memory that it was decrypted to.
 */
#ifndef CREDMGR_TSPKG_ASN1_H
#define CREDMGR_TSPKG_ASN1_H

#include <openssl/asn1t.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/tspkg/wire/bytes.h"

/* An OCTET STRING that borrows its bytes: struct ts_bytes, always embedded (ASN1_EXP_EMBED). */
DECLARE_ASN1_ITEM(TS_OCTETS)

/*
 * The whole of `from` as a value of the item, for ASN1_item_free(); NULL for what is not DER of it
 * (OpenSSL reads more: what it has read is written again and must be the bytes that came), and
 * without memory. `secret`: the bytes written again are in secret memory. OpenSSL's queue of errors
 * stays as it was.
 */
void *ts_asn1_decode(struct ts_bytes from, const ASN1_ITEM *item, bool secret);
/*
 * The DER of a value, at most `limit` bytes, in memory for free() or, `secret`, for secret_free().
 * NULL when it is longer, and without memory.
 */
uint8_t *ts_asn1_encode(const void *value, const ASN1_ITEM *item, size_t limit, bool secret,
                        size_t *size);

#endif
