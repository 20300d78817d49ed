/*
 * Reader and writer of the credential that the LSA's store keeps for a logon session: the account
 * and its NT hash, never the password.
 */
#include "libsspi/packages/ntlm/lsa_half.h"

#include <string.h>

static const uint8_t tag[4] = {'N', 'T', 'H', 1}; /* the last byte is the version of this layout */

void ntlm_stored_write(struct wire_writer *w, const struct ntlm_account *account)
{
    const struct ntlm_bytes user = ntlm_text_bytes(&account->user);
    const struct ntlm_bytes domain = ntlm_text_bytes(&account->domain);

    if (user.size > UINT16_MAX || domain.size > UINT16_MAX)
        wire_write_fail(w);
    wire_put_bytes(w, tag, sizeof(tag));
    wire_put_bytes(w, account->nt_hash, sizeof(account->nt_hash));
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

    memset(account, 0, sizeof(*account));
    if (!head || memcmp(head, tag, sizeof(tag)) != 0)
        wire_read_fail(&r);
    wire_copy(&r, account->nt_hash, sizeof(account->nt_hash));
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
