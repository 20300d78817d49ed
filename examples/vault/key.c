/* Kernel keys, keyrings(7): the only place where the vault's key lies while nobody uses it. */
#include "key.h"

#include <keyutils.h>
#include <stdio.h>
#include <string.h>

#define OFFERED "credmgr-vault:" /* and the session's LUID: in the user keyring */
#define TAKEN   "credmgr-vault"  /* in the session keyring */
#define SESSION "lsa:logon"      /* pam_credmgr's: the session's LUID */
#define POSSESSOR                                                                                  \
    0x3f000000 /* all that a possessor may; nothing for the uid, the group, others                 \
                */

typedef char key_name[sizeof(OFFERED) + VAULT_LUID_DIGITS];

static int is_luid(const char *text)
{
    return strlen(text) == VAULT_LUID_DIGITS &&
           strspn(text, "0123456789abcdef") == VAULT_LUID_DIGITS;
}

enum vault_status vault_key_offer(const char *luid, const uint8_t key[VAULT_KEY_SIZE])
{
    key_name name;
    key_serial_t serial;
    enum vault_status status = VAULT_IO;

    if (!is_luid(luid))
        return VAULT_IO;
    snprintf(name, sizeof(name), OFFERED "%s", luid);
    /* Made where this process alone sees it: it has an end before it is anywhere else. */
    serial = add_key("user", name, key, VAULT_KEY_SIZE, KEY_SPEC_PROCESS_KEYRING);
    if (serial < 0)
        return VAULT_IO;
    if (keyctl_set_timeout(serial, VAULT_OFFER_SECONDS) == 0 &&
        keyctl_setperm(serial, POSSESSOR) == 0 && keyctl_link(serial, KEY_SPEC_USER_KEYRING) == 0)
        status = VAULT_OK;
    keyctl_unlink(serial, KEY_SPEC_PROCESS_KEYRING);
    return status;
}

/* The LUID that pam_credmgr wrote into the session keyring. */
static int session_luid(char out[VAULT_LUID_DIGITS + 1])
{
    long serial = keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", SESSION, 0);

    if (serial < 0 ||
        keyctl_read((key_serial_t)serial, out, VAULT_LUID_DIGITS) != VAULT_LUID_DIGITS)
        return 0;
    out[VAULT_LUID_DIGITS] = 0;
    return is_luid(out);
}

/* VAULT_OK: 32 bytes. */
static enum vault_status read_key(long serial, uint8_t key[VAULT_KEY_SIZE])
{
    if (serial < 0)
        return VAULT_NO_KEY;
    if (keyctl_read((key_serial_t)serial, (char *)key, VAULT_KEY_SIZE) != VAULT_KEY_SIZE)
        return VAULT_IO;
    return VAULT_OK;
}

enum vault_status vault_key_take(const char *luid)
{
    char own[VAULT_LUID_DIGITS + 1];
    uint8_t key[VAULT_KEY_SIZE];
    key_name name;
    long offered;
    key_serial_t taken;
    enum vault_status status;

    if (!luid)
        luid = session_luid(own) ? own : "";
    if (!is_luid(luid))
        return VAULT_NO_KEY;
    snprintf(name, sizeof(name), OFFERED "%s", luid);
    offered = keyctl_search(KEY_SPEC_USER_KEYRING, "user", name, 0);
    status = read_key(offered, key);
    if (status == VAULT_OK) {
        taken = add_key("user", TAKEN, key, sizeof(key), KEY_SPEC_SESSION_KEYRING);
        if (taken < 0 || keyctl_setperm(taken, POSSESSOR) < 0)
            status = VAULT_IO;
        else
            keyctl_unlink((key_serial_t)offered, KEY_SPEC_USER_KEYRING);
    }
    explicit_bzero(key, sizeof(key));
    return status;
}

enum vault_status vault_key_read(uint8_t key[VAULT_KEY_SIZE])
{
    enum vault_status status = VAULT_NO_KEY;

    /* Twice: while we look, the logon script may be taking it. */
    for (int i = 0; i < 2 && status == VAULT_NO_KEY; i++) {
        status = read_key(keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", TAKEN, 0), key);
        if (status == VAULT_NO_KEY && vault_key_take(NULL) == VAULT_OK)
            status = read_key(keyctl_search(KEY_SPEC_SESSION_KEYRING, "user", TAKEN, 0), key);
    }
    return status;
}
