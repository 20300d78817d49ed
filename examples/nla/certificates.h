/* Certificates out of files, for the credentials of TLS. */
#ifndef NLA_CERTIFICATES_H
#define NLA_CERTIFICATES_H

#include <windows.h>
#include <wincrypt.h>

/* A certificate, its chain and, from there or from `key`, its private key: PEM, DER, PKCS #12 or a
 * pkcs11: URI. A password is asked for at the terminal. For CertFreeCertificateContext; NULL after
 * a message on standard error. */
PCCERT_CONTEXT certificates_load(const char *source, const char *key);
/* A store of that one certificate, for CertCloseStore; NULL likewise. */
HCERTSTORE certificates_root(const char *source);

#endif
