/*
 * How much longer a record is than its text, [RFC 5246] 6.2.3 and [RFC 8446] 5.2: programs lay out
 * their buffers by it, so the header is exact and the trailer the most there can be.
 */
#include "libsspi/packages/schannel/messages/messages.h"

#include <openssl/obj_mac.h>

#define EXPLICIT_NONCE 8 /* GCM and CCM of TLS 1.2, [RFC 5288] 3 */

static uint32_t mac_size(const SSL_CIPHER *cipher)
{
    switch (SSL_CIPHER_get_digest_nid(cipher)) {
    case NID_md5:
        return 16;
    case NID_sha256:
        return 32;
    case NID_sha384:
        return 48;
    default:
        return 20;
    }
}

static uint32_t block_size(const SSL_CIPHER *cipher)
{
    switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_undef:
    case NID_rc4:
        return 1;
    case NID_des_ede3_cbc:
    case NID_des_cbc:
    case NID_idea_cbc:
        return 8;
    default:
        return 16;
    }
}

static uint32_t tag_size(const SSL_CIPHER *cipher)
{
    uint32_t id = SSL_CIPHER_get_id(cipher) & 0xffff;

    /* The CCM_8 suites, [RFC 6655], [RFC 7251] and [RFC 8446]. */
    if ((id >= 0xc0a0 && id <= 0xc0a3) || (id >= 0xc0a8 && id <= 0xc0ab) || id == 0xc0ae ||
        id == 0xc0af || id == 0x1305)
        return 8;
    return 16;
}

static bool explicit_nonce(const SSL_CIPHER *cipher)
{
    return SSL_CIPHER_get_cipher_nid(cipher) != NID_chacha20_poly1305;
}

static uint32_t longest_message(const SSL *ssl)
{
    const SSL_SESSION *session = SSL_get0_session(ssl);
    unsigned code = session ? SSL_SESSION_get_max_fragment_length(session) : 0;

    /* [RFC 6066] 4: 2^9 to 2^12 */
    return code >= 1 && code <= 4 ? 256u << code : TLS_PLAIN_MAX;
}

void tls_sizes(const SSL *ssl, struct tls_sizes *sizes)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);

    *sizes = (struct tls_sizes){TLS_RECORD_HEADER, 0, longest_message(ssl), 1};
    if (!cipher)
        return;
    if (SSL_version(ssl) >= TLS1_3_VERSION) {
        sizes->trailer = 1 + tag_size(cipher);
    } else if (SSL_CIPHER_is_aead(cipher)) {
        sizes->header += explicit_nonce(cipher) ? EXPLICIT_NONCE : 0;
        sizes->trailer = tag_size(cipher);
    } else {
        sizes->block = block_size(cipher);
        sizes->trailer = mac_size(cipher);
        if (sizes->block > 1) {
            sizes->header += sizes->block; /* the IV */
            sizes->trailer += sizes->block;
        }
    }
}
