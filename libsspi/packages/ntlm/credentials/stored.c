/*
 * Reader and writer of the credential that the LSA's store keeps for a logon session: the account
 * and its hashes, never the password.
 */
#include "libsspi/packages/ntlm/lsa_half.h"

#include <string.h>

/* The last byte is the version of this layout: 2 has an LM hash in front of the names. */
static const uint8_t tag[3] = {'N', 'T', 'H'};

void ntlm_stored_write(struct wire_writer *w, const struct ntlm_account *account)
{
    const struct ntlm_bytes user = ntlm_text_bytes(&account->user);
    const struct ntlm_bytes domain = ntlm_text_bytes(&account->domain);

    if (user.size > UINT16_MAX || domain.size > UINT16_MAX)
        wire_write_fail(w);
    wire_put_bytes(w, tag, sizeof(tag));
    wire_put_u8(w, account->has_lm_hash ? 2 : 1);
    wire_put_bytes(w, account->nt_hash, sizeof(account->nt_hash));
    if (account->has_lm_hash)
        wire_put_bytes(w, account->lm_hash, sizeof(account->lm_hash));
    wire_put_u16le(w, (uint16_t)user.size);
    wire_put_bytes(w, user.data, user.size);
    wire_put_u16le(w, (uint16_t)domain.size);
    wire_put_bytes(w, domain.data, domain.size);
}

bool ntlm_stored_read(const void *data, size_t size, struct ntlm_account *account)
{
    struct wire_reader r = wire_reader(data, size);
    const uint8_t *head = wire_bytes(&r, sizeof(tag));
    struct ntlm_bytes user, domain;
    uint8_t version = wire_u8(&r);

    memset(account, 0, sizeof(*account));
    if (!head || memcmp(head, tag, sizeof(tag)) != 0 || version < 1 || version > 2)
        wire_read_fail(&r);
    wire_copy(&r, account->nt_hash, sizeof(account->nt_hash));
    account->has_lm_hash = version == 2;
    if (account->has_lm_hash)
        wire_copy(&r, account->lm_hash, sizeof(account->lm_hash));
    user.size = wire_u16le(&r);
    user.data = wire_bytes(&r, user.size);
    domain.size = wire_u16le(&r);
    domain.data = wire_bytes(&r, domain.size);
    if (wire_done(&r) && ntlm_text_set_bytes(&account->user, user) &&
        ntlm_text_set_bytes(&account->domain, domain))
        return true;
    ntlm_account_clear(account);
    return false;
}
