/*
 * Certificates as CryptoAPI hands them about (wincrypt.h), over OpenSSL's: what stands behind every
 * PCCERT_CONTEXT and HCERTSTORE that libsspi.so gives out, and how a peer's is verified.
 * Applications see wincrypt.h and credmgr.h; this is for the packages.
 */
#ifndef CREDMGR_CERTIFICATES_CERTIFICATE_H
#define CREDMGR_CERTIFICATES_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <sspi.h>

/* libsspi.so gives these out; its version script names them. */
#pragma GCC visibility push(default)
#include <wincrypt.h>
#pragma GCC visibility pop

/*
 * A context of one reference, ended by CertFreeCertificateContext(); it takes references of its own
 * to what it is made of. `key` (of a credential) and `chain` (intermediate certificates, without
 * the leaf) may be NULL. NULL without memory.
 */
PCCERT_CONTEXT certificate_context(X509 *leaf, EVP_PKEY *key, STACK_OF(X509) *chain);

/* A reference of the caller's to the certificate; also of a context that the application filled in
 * by itself, whose DER is then parsed. NULL: no certificate. */
X509 *certificate_x509(PCCERT_CONTEXT context);
/* A reference of the caller's to the private key; NULL: it has none. */
EVP_PKEY *certificate_key(PCCERT_CONTEXT context);
/* The certificates that go along with it, a stack of the caller's own; NULL: none, or no memory. */
STACK_OF(X509) *certificate_chain(PCCERT_CONTEXT context);

/* A host's name as certificates and TLS have it: A-labels, no dot at the end, no brackets round an
 * address. free(); NULL without memory (errno ENOMEM), or when it is no name. */
char *certificate_host_name(const WCHAR *name);

struct certificate_peer {
    X509 *leaf;
    STACK_OF(X509) *others; /* what it has sent beside; may be NULL */
    bool server;            /* it is a server's, else a client's */
    bool credentials;  /* of a server: one for credentials (szOID_TS_KP_TS_SERVER_AUTH) will do */
    const WCHAR *name; /* the name (DNS, or an address) that must be the server's; NULL: any */
    HCERTSTORE roots;  /* SCHANNEL_CRED.hRootStore; NULL: those of the system */
    ULONG flags;       /* SCH_CRED_*: of revocation, of the name check, … */
};
/*
 * SEC_E_OK, SEC_E_UNTRUSTED_ROOT, SEC_E_CERT_EXPIRED, SEC_E_WRONG_PRINCIPAL,
 * SEC_E_CERT_WRONG_USAGE, SEC_E_CERT_UNKNOWN, CRYPT_E_REVOKED, CRYPT_E_NO_REVOCATION_CHECK,
 * CRYPT_E_REVOCATION_OFFLINE, SEC_E_INSUFFICIENT_MEMORY; why stands in base/reason.h. *trust (may
 * be NULL): the same as CERT_TRUST_*. *chain (may be NULL): the chain as built, leaf first, as far
 * as it came.
 */
SECURITY_STATUS certificate_verify(const struct certificate_peer *peer, CERT_TRUST_STATUS *trust,
                                   STACK_OF(X509) **chain);

#endif
