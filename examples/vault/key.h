/*
 * The way of the vault's key from the credential manager to the session. The manager is called
 * before the session is open, so it cannot put the key there. It leaves it in the person's user
 * keyring, named for the session and for two minutes; from there the session takes it into its own
 * session keyring, where it ends with the session.
 */
#ifndef VAULT_KEY_H
#define VAULT_KEY_H

#include "format.h"

#define VAULT_OFFER_SECONDS 120
#define VAULT_LUID_DIGITS   16 /* HighPart and LowPart in lower-case hexadecimal */

/* In the manager's child, which has become the person. VAULT_IO: the kernel did not take it. */
enum vault_status vault_key_offer(const char *luid, const uint8_t key[VAULT_KEY_SIZE]);

/*
 * In the session: takes what was offered to `luid` (NULL: the session that this process is of) into
 * the session keyring. VAULT_NO_KEY: nothing was offered; VAULT_IO.
 */
enum vault_status vault_key_take(const char *luid);

/* In the session: its key; takes it first if that has not been done. VAULT_NO_KEY, VAULT_IO. */
enum vault_status vault_key_read(uint8_t key[VAULT_KEY_SIZE]);

#endif
