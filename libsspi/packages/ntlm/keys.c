/*
 * NTLM v2's way from a password to a session's keys, to be read beside [MS-NLMP] sections 3.3.2
 * and 3.4.5.
 */
#include "libsspi/packages/ntlm/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/packages/ntlm/wire/message.h"

/*
 * Strings are hashed as UTF-16LE, which is how WCHARs lie in memory on every machine we build for.
 */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "WCHAR strings are hashed as they lie in memory, which must be little endian"
#endif

/* Names of so many characters are upper-cased without an allocation. */
#define USUAL_NAME 128

bool ntlm_nt_hash(const WCHAR *password, size_t units, uint8_t hash[NTLM_KEY_SIZE])
{
    return ntlm_md4(password, units * sizeof(WCHAR), hash);
}

bool ntlm_ntowf_v2(const uint8_t hash[NTLM_KEY_SIZE], const WCHAR *user, size_t user_units,
                   const WCHAR *domain, size_t domain_units, uint8_t key[NTLM_KEY_SIZE])
{
    size_t user_size = user_units * sizeof(WCHAR);
    WCHAR usual[USUAL_NAME], *upper = user_units <= USUAL_NAME ? usual : malloc(user_size);
    const struct ntlm_bytes parts[] = {
        {(const uint8_t *)upper, user_size},
        {(const uint8_t *)domain, domain_units * sizeof(WCHAR)},
    };
    bool ok;

    if (!upper)
        return false;
    if (user_size)
        memcpy(upper, user, user_size);
    utf16_upcase(upper, user_units);
    ok = ntlm_hmac_md5(hash, parts, 2, key);
    if (upper != usual)
        free(upper);
    return ok;
}

bool ntlm_nt_proof(const uint8_t ntowf[NTLM_KEY_SIZE],
                   const uint8_t server_challenge[NTLM_CHALLENGE_SIZE], struct ntlm_bytes temp,
                   uint8_t proof[NTLM_PROOF_SIZE])
{
    const struct ntlm_bytes parts[] = {{server_challenge, NTLM_CHALLENGE_SIZE}, temp};

    return ntlm_hmac_md5(ntowf, parts, 2, proof);
}

bool ntlm_lm_v2_response(const uint8_t ntowf[NTLM_KEY_SIZE],
                         const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                         const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
                         uint8_t response[NTLM_V1_RESPONSE])
{
    const struct ntlm_bytes parts[] = {{server_challenge, NTLM_CHALLENGE_SIZE},
                                       {client_challenge, NTLM_CHALLENGE_SIZE}};

    memcpy(response + NTLM_KEY_SIZE, client_challenge, NTLM_CHALLENGE_SIZE);
    return ntlm_hmac_md5(ntowf, parts, 2, response);
}

bool ntlm_session_base_key_v2(const uint8_t ntowf[NTLM_KEY_SIZE],
                              const uint8_t proof[NTLM_PROOF_SIZE], uint8_t key[NTLM_KEY_SIZE])
{
    const struct ntlm_bytes part = {proof, NTLM_PROOF_SIZE};

    return ntlm_hmac_md5(ntowf, &part, 1, key);
}

/* ---- 3.4.5.2 and 3.4.5.3 ------------------------------------------------------------ */

/* The constants are hashed with their terminating zero. */
static struct ntlm_bytes magic(enum ntlm_direction direction, bool sealing)
{
    static const char sign_client[] = "session key to client-to-server signing key magic constant";
    static const char sign_server[] = "session key to server-to-client signing key magic constant";
    static const char seal_client[] = "session key to client-to-server sealing key magic constant";
    static const char seal_server[] = "session key to server-to-client sealing key magic constant";
    const char *text;

    if (direction == NTLM_CLIENT_TO_SERVER)
        text = sealing ? seal_client : sign_client;
    else
        text = sealing ? seal_server : sign_server;
    return (struct ntlm_bytes){(const uint8_t *)text, sizeof(sign_client)};
}

bool ntlm_signing_key(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                      enum ntlm_direction direction, uint8_t key[NTLM_KEY_SIZE])
{
    const struct ntlm_bytes parts[] = {{exported, NTLM_KEY_SIZE}, magic(direction, false)};

    memset(key, 0, NTLM_KEY_SIZE);
    return flags & NTLM_EXTENDED_SECURITY && ntlm_md5(parts, 2, key);
}

bool ntlm_sealing_key(uint32_t flags, const uint8_t exported[NTLM_KEY_SIZE],
                      enum ntlm_direction direction, uint8_t key[NTLM_KEY_SIZE], size_t *size)
{
    size_t strength = flags & NTLM_128 ? 16 : flags & NTLM_56 ? 7 : 5;
    const struct ntlm_bytes parts[] = {{exported, strength}, magic(direction, true)};

    *size = NTLM_KEY_SIZE;
    if (flags & NTLM_EXTENDED_SECURITY)
        return ntlm_md5(parts, 2, key);
    memcpy(key, exported, NTLM_KEY_SIZE);
    if (flags & (NTLM_LM_KEY | NTLM_DATAGRAM)) { /* datagrams: of our revision of the protocol */
        *size = 8;
        memset(key + 8, 0, NTLM_KEY_SIZE - 8);
        if (flags & NTLM_56)
            key[7] = 0xa0;
        else
            memcpy(key + 5, "\xe5\x38\xb0", 3);
    }
    return true;
}
