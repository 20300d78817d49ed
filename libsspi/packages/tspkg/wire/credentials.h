/*
 * TSCredentials and what is in it, [MS-CSSP] 2.2.1.2: what a client delegates. Texts are UTF-16,
 * little-endian, without a zero.
 */
#ifndef CREDMGR_TSPKG_CREDENTIALS_H
#define CREDMGR_TSPKG_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libsspi/packages/tspkg/wire/bytes.h"

#define TS_CREDENTIALS_MAX  (256u << 10) /* bytes of a TSCredentials */
#define TS_TEXT_MAX         65532        /* bytes of a text, as SEC_WINNT_AUTH_IDENTITY has them */
#define TS_SUPPLEMENTAL_MAX 16

enum ts_credentials_type {
    TS_PASSWORD_CREDS = 1,
    TS_SMART_CARD_CREDS = 2,
    TS_REMOTE_GUARD_CREDS = 6
};

/* 2.2.1.2.1. All three empty: nothing is delegated (no ISC_REQ_DELEGATE, Restricted Admin). */
struct ts_password_creds {
    struct ts_bytes domain, user, password;
};

/* 2.2.1.2.2; what is in TSCspDataDetail (2.2.1.2.2.1) begins with key_spec. The hints, the card and
 * what follows it may be absent. */
struct ts_smart_card_creds {
    struct ts_bytes pin;
    uint32_t key_spec; /* AT_KEYEXCHANGE 1, AT_SIGNATURE 2 */
    struct ts_bytes card, reader, container, csp;
    struct ts_bytes user_hint, domain_hint;
};

/* 2.2.1.2.3.1: "Kerberos", "NTLM" and so on, and bytes that are the package's (package_creds.h). */
struct ts_package_cred {
    struct ts_bytes package, credential;
};
struct ts_remote_guard_creds {
    struct ts_package_cred logon;
    struct ts_package_cred supplemental[TS_SUPPLEMENTAL_MAX];
    size_t count;
};

struct ts_credentials {
    enum ts_credentials_type type;
    union {
        struct ts_password_creds password;
        struct ts_smart_card_creds smart_card;
        struct ts_remote_guard_creds remote_guard;
    } u;
};

/*
 * Everything that is read is borrowed from `der`: nothing is copied out of secret memory. False for
 * what is not DER of a TSCredentials to the last byte, inside and outside, is of no known type, has
 * texts of odd or excessive size or more than TS_SUPPLEMENTAL_MAX supplemental credentials; and
 * without memory.
 */
bool ts_credentials_read(const uint8_t *der, size_t size, struct ts_credentials *out);
/* *der: secret_free(). In a password, absent texts are written as empty ones. False for what the
 * reader would refuse, and without memory. */
bool ts_credentials_write(const struct ts_credentials *credentials, uint8_t **der, size_t *size);
/* A password of which nothing is there. */
bool ts_credentials_are_empty(const struct ts_credentials *credentials);

#endif
