/*
 * The proof of one account whose hashes are known, [MS-NLMP] 3.3.1 and 3.3.2: what an acceptor with
 * an account of its own asks, and what the other verifiers ask when they have found one.
 */
#include "libsspi/packages/ntlm/handshake/handshake.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

void ntlm_account_clear(struct ntlm_account *account)
{
    ntlm_text_free(&account->user);
    ntlm_text_free(&account->domain);
    secret_wipe(account->nt_hash, sizeof(account->nt_hash));
    secret_wipe(account->lm_hash, sizeof(account->lm_hash));
    secret_wipe(account->ntowf, sizeof(account->ntowf));
    account->has_lm_hash = account->has_ntowf = false;
}

bool ntlm_account_password(struct ntlm_account *account, const WCHAR *password, size_t units,
                           unsigned level)
{
    /* what LM cannot write, or cut off, has no LM hash: 3.3.1 */
    account->has_lm_hash = level <= NTLM_LEVEL_LM && units <= NTLM_LM_CHARACTERS &&
                           ntlm_lm_hash(password, units, account->lm_hash);
    if (!account->has_lm_hash)
        secret_wipe(account->lm_hash, sizeof(account->lm_hash));
    account->has_ntowf =
        ntlm_nt_hash(password, units, account->nt_hash) &&
        ntlm_ntowf_v2(account->nt_hash, account->user.string, account->user.units,
                      account->domain.string, account->domain.units, account->ntowf);
    return account->has_ntowf;
}

void ntlm_verified_clear(struct ntlm_verified *verified)
{
    ntlm_text_free(&verified->user);
    ntlm_text_free(&verified->domain);
    free(verified->authorization);
    secret_wipe(verified, sizeof(*verified));
}

/*
 * The part of a name before '@' is the account's, the part behind it the domain's, when the client
 * sent no domain. *domain borrows it.
 */
static bool is_upn_of(const struct ntlm_text *upn, const struct ntlm_account *account,
                      struct ntlm_text *domain)
{
    WCHAR at = upn->units > account->user.units ? upn->string[account->user.units] : 0;
    struct ntlm_text user = {0};
    bool same;

    if (at != u'@' || !ntlm_text_set(&user, upn->string, account->user.units))
        return false;
    domain->string = upn->string + account->user.units + 1;
    domain->units = upn->units - account->user.units - 1;
    same = ntlm_text_same(&user, &account->user) &&
           (!account->domain.units || ntlm_text_same(domain, &account->domain));
    ntlm_text_free(&user);
    return same;
}

static bool is_account(const struct ntlm_claim *claim, const struct ntlm_account *account,
                       struct ntlm_text *domain)
{
    *domain = *claim->domain;
    if (!account->user.units)
        return false;
    if (ntlm_text_same(claim->user, &account->user))
        return !account->domain.units || ntlm_text_same(claim->domain, &account->domain);
    return !claim->domain->units && is_upn_of(claim->user, account, domain);
}

static bool prove_v2_of(const struct ntlm_account *account, const struct ntlm_claim *claim,
                        const struct ntlm_text *domain, struct ntlm_bytes response,
                        uint8_t base_key[NTLM_KEY_SIZE], bool *right)
{
    const struct ntlm_bytes temp = {response.data + NTLM_PROOF_SIZE,
                                    response.size - NTLM_PROOF_SIZE};
    uint8_t ntowf[NTLM_KEY_SIZE], expected[NTLM_PROOF_SIZE];
    bool ok = ntlm_ntowf_v2(account->nt_hash, claim->user->string, claim->user->units,
                            domain->string, domain->units, ntowf) &&
              ntlm_nt_proof(ntowf, claim->challenge, temp, expected) &&
              ntlm_session_base_key_v2(ntowf, expected, base_key);

    *right = ok && secret_equal(expected, response.data, sizeof(expected));
    secret_wipe(ntowf, sizeof(ntowf));
    secret_wipe(expected, sizeof(expected));
    return ok;
}

/*
 * NTLM v2, by either of its responses: the proof is over all that follows it. Some clients take no
 * domain into it, though they name one (3.2.5.1.2).
 */
static bool prove_v2(const struct ntlm_account *account, const struct ntlm_claim *claim,
                     struct ntlm_bytes response, uint8_t base_key[NTLM_KEY_SIZE], bool *right)
{
    const struct ntlm_text none = {0};
    bool ok = prove_v2_of(account, claim, claim->domain, response, base_key, right);

    if (ok && !*right && claim->domain->units)
        ok = prove_v2_of(account, claim, &none, response, base_key, right);
    return ok;
}

static bool prove_v1(const uint8_t hash[NTLM_KEY_SIZE], const struct ntlm_account *account,
                     const struct ntlm_claim *claim, struct ntlm_bytes response,
                     uint8_t base_key[NTLM_KEY_SIZE], bool *right)
{
    uint8_t expected[NTLM_V1_RESPONSE];
    bool ok = ntlm_v1_response(hash, claim->challenge, expected) &&
              ntlm_session_base_key_v1(account->nt_hash, base_key);

    *right = ok && secret_equal(expected, response.data, sizeof(expected));
    secret_wipe(expected, sizeof(expected));
    return ok;
}

/*
 * One response is looked at, the NT one when there is any: a client's answer must not be tried as
 * whatever else it could mean. An LM response alone may be one of either version.
 */
static bool prove(const struct ntlm_account *account, const struct ntlm_claim *claim,
                  uint8_t base_key[NTLM_KEY_SIZE], bool *right)
{
    bool ok;

    *right = false;
    if (claim->nt_response.size > NTLM_V1_RESPONSE)
        return prove_v2(account, claim, claim->nt_response, base_key, right);
    if (claim->nt_response.size == NTLM_V1_RESPONSE)
        return prove_v1(account->nt_hash, account, claim, claim->nt_response, base_key, right);
    if (claim->nt_response.size || claim->lm_response.size != NTLM_V1_RESPONSE)
        return true;
    ok = prove_v2(account, claim, claim->lm_response, base_key, right);
    if (ok && !*right && account->has_lm_hash && !claim->session_security)
        ok = prove_v1(account->lm_hash, account, claim, claim->lm_response, base_key, right);
    return ok;
}

/*
 * The proof is calculated whoever the client says it is, so that time does not tell whether it was
 * the name or the password; and for another name with a hash that nobody has, so that it does not
 * tell either whether the password was this account's.
 */
SECURITY_STATUS ntlm_verify_account(void *arg, const struct ntlm_claim *claim,
                                    struct ntlm_verified *verified)
{
    const struct ntlm_account *account = arg;
    struct ntlm_account asked = *account;
    struct ntlm_text domain;
    bool right, ok, known = is_account(claim, account, &domain);

    if (!known) {
        secret_wipe(asked.nt_hash, sizeof(asked.nt_hash));
        secret_wipe(asked.lm_hash, sizeof(asked.lm_hash));
    }
    ok = prove(&asked, claim, verified->session_base_key, &right);
    secret_wipe(&asked, sizeof(asked));
    if (!ok)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!(known & right)) {
        secret_wipe(verified->session_base_key, sizeof(verified->session_base_key));
        return SEC_E_LOGON_DENIED;
    }
    if (account->domain.units)
        domain = account->domain;
    if (!ntlm_text_set(&verified->user, account->user.string, account->user.units) ||
        !ntlm_text_set(&verified->domain, domain.string, domain.units))
        return SEC_E_INSUFFICIENT_MEMORY;
    verified->has_lm_key = account->has_lm_hash;
    memcpy(verified->lm_key, account->lm_hash, sizeof(verified->lm_key));
    return SEC_E_OK;
}
