/*
 * NTLM v1's calculations, [MS-NLMP] sections 3.3.1 and 3.4.5.1. With the default
 * lm_compatibility_level no handshake leads here.
 */
#include "libsspi/packages/ntlm/keys.h"

#include <string.h>

#include "base/secret.h"
#include "libsspi/packages/ntlm/wire/message.h"

bool ntlm_lm_hash(const WCHAR *password, size_t units, uint8_t hash[NTLM_KEY_SIZE])
{
    static const uint8_t plain[8] = {'K', 'G', 'S', '!', '@', '#', '$', '%'};
    uint8_t upper[NTLM_LM_CHARACTERS] = {0};
    bool ok = true;

    for (size_t i = 0; i < units && i < NTLM_LM_CHARACTERS; i++) {
        WCHAR c = password[i];

        ok = ok && c < 0x80;
        upper[i] = (uint8_t)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    ok = ok && ntlm_des(upper, plain, hash) && ntlm_des(upper + 7, plain, hash + 8);
    secret_wipe(upper, sizeof(upper));
    return ok;
}

bool ntlm_v1_response(const uint8_t hash[NTLM_KEY_SIZE],
                      const uint8_t challenge[NTLM_CHALLENGE_SIZE],
                      uint8_t response[NTLM_V1_RESPONSE])
{
    uint8_t last[7] = {hash[14], hash[15]};
    bool ok = ntlm_des(hash, challenge, response) && ntlm_des(hash + 7, challenge, response + 8) &&
              ntlm_des(last, challenge, response + 16);

    secret_wipe(last, sizeof(last));
    return ok;
}

bool ntlm_session_challenge(const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                            const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
                            uint8_t challenge[NTLM_CHALLENGE_SIZE])
{
    const struct ntlm_bytes parts[] = {{server_challenge, NTLM_CHALLENGE_SIZE},
                                       {client_challenge, NTLM_CHALLENGE_SIZE}};
    uint8_t digest[NTLM_KEY_SIZE];
    bool ok = ntlm_md5(parts, 2, digest);

    memcpy(challenge, digest, NTLM_CHALLENGE_SIZE);
    return ok;
}

bool ntlm_v1_session_response(const uint8_t nt_hash[NTLM_KEY_SIZE],
                              const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                              const uint8_t client_challenge[NTLM_CHALLENGE_SIZE],
                              uint8_t response[NTLM_V1_RESPONSE])
{
    uint8_t challenge[NTLM_CHALLENGE_SIZE];

    return ntlm_session_challenge(server_challenge, client_challenge, challenge) &&
           ntlm_v1_response(nt_hash, challenge, response);
}

bool ntlm_session_base_key_v1(const uint8_t nt_hash[NTLM_KEY_SIZE], uint8_t key[NTLM_KEY_SIZE])
{
    return ntlm_md4(nt_hash, NTLM_KEY_SIZE, key);
}

bool ntlm_key_exchange_key_v1(uint32_t flags, const uint8_t session_base_key[NTLM_KEY_SIZE],
                              const uint8_t lm_key[8], const uint8_t lm_response[NTLM_V1_RESPONSE],
                              const uint8_t server_challenge[NTLM_CHALLENGE_SIZE],
                              uint8_t key[NTLM_KEY_SIZE])
{
    if (flags & NTLM_EXTENDED_SECURITY) {
        const struct ntlm_bytes parts[] = {{server_challenge, NTLM_CHALLENGE_SIZE},
                                           {lm_response, NTLM_CHALLENGE_SIZE}};

        return ntlm_hmac_md5(session_base_key, parts, 2, key);
    }
    if (flags & NTLM_LM_KEY) {
        uint8_t second[7] = {lm_key[7], 0xbd, 0xbd, 0xbd, 0xbd, 0xbd, 0xbd};
        bool ok = ntlm_des(lm_key, lm_response, key) && ntlm_des(second, lm_response, key + 8);

        secret_wipe(second, sizeof(second));
        return ok;
    }
    if (flags & NTLM_NON_NT_SESSION_KEY) {
        memcpy(key, lm_key, 8);
        memset(key + 8, 0, 8);
        return true;
    }
    memcpy(key, session_base_key, NTLM_KEY_SIZE);
    return true;
}
