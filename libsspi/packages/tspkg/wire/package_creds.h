/*
 * What packages put into TSRemoteGuardCreds, [MS-CSSP] 2.2.1.2.3.1 (note 22): the tickets of
 * Kerberos, whose keys the server cannot use, and the key of NTLM.
 */
#ifndef CREDMGR_TSPKG_PACKAGE_CREDS_H
#define CREDMGR_TSPKG_PACKAGE_CREDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/tspkg/wire/bytes.h"

/* KERB_TICKET_LOGON in its x64 layout, with offsets in the place of pointers. */
struct ts_ticket_logon {
    uint32_t flags;                 /* KERB_LOGON_FLAG_* */
    struct ts_bytes service_ticket; /* a Ticket, for the computer's account */
    struct ts_bytes tgt;            /* a KRB-CRED under the session key of that ticket */
};
/* Borrowed from `data`, hostile; false unless both tickets are there and within it. */
bool ts_ticket_logon_read(struct ts_bytes data, struct ts_ticket_logon *out);
/* *data: secret_free(). False without memory, and for more than fits into TSCredentials. */
bool ts_ticket_logon_write(const struct ts_ticket_logon *logon, uint8_t **data, size_t *size);

/*
 * KERB_RPC_ENCRYPTION_KEY, [MS-RDPEAR] 2.2.1.2.8, in the serialization of [MS-RPCE] 2.2.6: what
 * stands in that KRB-CRED where the session key would. The value is the client's own business; a
 * server only sends it back.
 */
struct ts_kerb_key {
    int32_t type;          /* the encryption type of the key that is meant */
    struct ts_bytes value; /* 1..TS_KERB_KEY_MAX bytes */
};
#define TS_KERB_KEY_MAX 1024
/* Borrowed from `data`, hostile; false for what is not one to the last byte. */
bool ts_kerb_key_read(struct ts_bytes data, struct ts_kerb_key *out);
/* *data: secret_free(). False without memory, and for a value of another size. */
bool ts_kerb_key_write(const struct ts_kerb_key *key, uint8_t **data, size_t *size);

#define TS_NTLM_KEY_SIZE 20 /* MSV1_0_CREDENTIAL_KEY_LENGTH */

/* NTLM_REMOTE_SUPPLEMENTAL_CREDENTIAL, version 0xFFFF0002. */
struct ts_ntlm_credential {
    uint32_t flags;                  /* MSV1_0_CRED_*_PRESENT */
    const uint8_t *key;              /* CredentialKey: TS_NTLM_KEY_SIZE bytes */
    uint32_t key_type;               /* MSV1_0_CREDENTIAL_KEY_TYPE */
    struct ts_bytes encrypted_creds; /* the client's own business, [MS-RDPEAR] 2.2.1.3.6 */
};
/* Borrowed from `data`, hostile; false for another version. What follows is ignored: Windows fills
 * the structure up. */
bool ts_ntlm_credential_read(struct ts_bytes data, struct ts_ntlm_credential *out);
/* *data: secret_free(). As above. */
bool ts_ntlm_credential_write(const struct ts_ntlm_credential *credential, uint8_t **data,
                              size_t *size);

#endif
