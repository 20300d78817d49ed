/*
 * TLS_PARAMETERS: what of TLS a credential switches off, for all connections or for those that
 * speak certain application protocols. Copied, since the application's structures are only lent.
 */
#ifndef CREDMGR_SCHANNEL_RESTRICTIONS_H
#define CREDMGR_SCHANNEL_RESTRICTIONS_H

#include <openssl/ssl.h>
#include <schannel.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_MODE_CBC 0x1
#define TLS_MODE_GCM 0x2
#define TLS_MODE_CCM 0x4
#define TLS_MODE_ANY 0x7

/* One CRYPTO_SETTINGS. */
struct tls_disabled {
    eTlsAlgorithmUsage usage;
    char name[32];      /* CNG's: "AES", "SHA1", "ECDH_P256" …; "": none that is known */
    unsigned modes;     /* TLS_MODE_* */
    DWORD lower, upper; /* bits, both included; upper 0: no end */
};

struct tls_restriction {
    uint8_t *protocols; /* ALPN, as on the wire; NULL: for all connections */
    size_t protocols_size;
    DWORD versions; /* SP_PROT_* */
    bool optional;
    size_t count;
    struct tls_disabled disabled[SCH_CRED_MAX_SUPPORTED_CRYPTO_SETTINGS];
};

/*
 * `count` of them into new memory, free with tls_restrictions_free(). SEC_E_UNKNOWN_CREDENTIALS for
 * more than the documented limits, two that are for all, or flags that are not for this side.
 */
SECURITY_STATUS tls_restrictions_read(const TLS_PARAMETERS *given, size_t count, bool client,
                                      struct tls_restriction **out);
void tls_restrictions_free(struct tls_restriction *restrictions, size_t count);

/* The suite is switched off. */
bool tls_restriction_hits_cipher(const struct tls_restriction *r, const SSL_CIPHER *cipher);
/* A group of key exchange, a signature: by CNG's names; `bits` 0 when the name says it. */
bool tls_restriction_hits(const struct tls_restriction *r, eTlsAlgorithmUsage usage,
                          const char *name, DWORD bits);
/* It is about connections that speak this application protocol. */
bool tls_restriction_is_for(const struct tls_restriction *r, const uint8_t *protocol, size_t size);

#endif
