/*
 * What a credential says of TLS: SCHANNEL_CRED and SCH_CREDENTIALS brought into one form, and from
 * there into OpenSSL's contexts.
 */
#ifndef CREDMGR_SCHANNEL_SETTINGS_H
#define CREDMGR_SCHANNEL_SETTINGS_H

#include "libsspi/packages/schannel/credentials/credential.h"

/* Pointers are the application's. */
struct tls_settings {
    DWORD flags;
    DWORD certificate_count;
    PCCERT_CONTEXT *certificates;
    HCERTSTORE roots;
    DWORD lifespan; /* ms; 0: the default */
    /* SCHANNEL_CRED */
    DWORD protocols; /* SP_PROT_*; 0: the default */
    DWORD algorithm_count;
    const ALG_ID *algorithms;
    DWORD minimum_strength, maximum_strength; /* bits; 0: the default */
    /* SCH_CREDENTIALS */
    DWORD parameter_count;
    const TLS_PARAMETERS *parameters;
};

/* `auth_data` may be NULL. SEC_E_UNKNOWN_CREDENTIALS: of no version that is known. */
SECURITY_STATUS tls_settings_read(struct tls_settings *s, const void *auth_data);
/* Flags that contradict each other, or ask for what there is not. */
SECURITY_STATUS tls_settings_check(const struct tls_settings *s, ULONG use);
/* Fills in the credential's protocols, lifespan, ALPN and contexts. */
SECURITY_STATUS tls_settings_apply(const struct tls_settings *s, struct tls_credential *c);

/* algorithms.c: which cipher suites, groups and signatures are left, for both contexts. */
SECURITY_STATUS tls_algorithms_apply(const struct tls_settings *s, const struct tls_credential *c,
                                     SSL_CTX *context);
/* The application protocol that is about to be spoken, or is, may not be with this version and
 * suite (TLS_PARAMETERS). */
bool tls_restricted_for(const struct tls_credential *c, const SSL *ssl, const SSL_CIPHER *cipher,
                        const uint8_t *protocol, size_t size);

#endif
