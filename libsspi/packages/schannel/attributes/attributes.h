/*
 * What contexts and credentials of Schannel tell about themselves, "QueryContextAttributes
 * (Schannel)": one answer for either half of a context, at any stage.
 */
#ifndef CREDMGR_SCHANNEL_ATTRIBUTES_H
#define CREDMGR_SCHANNEL_ATTRIBUTES_H

#include <ntsecpkg.h>
#include <schannel.h>

#include "libsspi/packages/schannel/connection.h"

/*
 * `buffer` is the structure of the attribute; what it leads to is of the LSA's heap
 * (FreeContextBuffer), certificates are references (CertFreeCertificateContext), a store is closed
 * with CertCloseStore. Locks the connection. SEC_E_OK; SEC_E_INVALID_HANDLE: not before the
 * handshake is done; SEC_E_NO_CREDENTIALS: there is no such certificate or name;
 * SEC_E_UNSUPPORTED_FUNCTION: no such attribute, or not of this connection;
 * SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS tls_query_attribute(struct tls_connection *c, ULONG attribute, void *buffer);

/* ---- of the LSA-mode half: its tables (lsa_mode.c) ---- */

NTSTATUS NTAPI tls_query_lsa_context(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer);
/* SECPKG_ATTR_KEYING_MATERIAL_INFO and SECPKG_ATTR_APP_DATA. */
NTSTATUS NTAPI tls_set_lsa_context(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer,
                                   ULONG size);
NTSTATUS NTAPI tls_query_credentials(LSA_SEC_HANDLE credential, ULONG attribute, PVOID buffer);
/* SECPKG_ATTR_SESSION_TICKET_KEYS. */
NTSTATUS NTAPI tls_set_credentials(LSA_SEC_HANDLE credential, ULONG attribute, PVOID buffer,
                                   ULONG size);

/* ---- between the files; the lock is held ---- */

/* cipher.c */
void tls_connection_info(const struct tls_connection *c, PSecPkgContext_ConnectionInfo out);
void tls_connection_info_ex(const struct tls_connection *c, PSecPkgContext_ConnectionInfoEx out);
void tls_cipher_info(const struct tls_connection *c, PSecPkgContext_CipherInfo out);
SECURITY_STATUS tls_key_info(const struct tls_connection *c, PSecPkgContext_KeyInfoW out);
SECURITY_STATUS tls_proto_info(const struct tls_connection *c, PSecPkgContext_ProtoInfoW out);
SECURITY_STATUS tls_supported_signatures(const struct tls_connection *c,
                                         PSecPkgContext_SupportedSignatures out);
/* The certificates' keys: bits of the public one. */
uint32_t tls_key_bits(X509 *certificate);

/* certificates.c */
/* The peer's own certificate, or ours that was used; no reference; NULL: none. */
X509 *tls_peer_certificate(const struct tls_connection *c);
X509 *tls_local_certificate(const struct tls_connection *c);
SECURITY_STATUS tls_remote_context(const struct tls_connection *c, bool built, PCCERT_CONTEXT *out);
SECURITY_STATUS tls_local_context(const struct tls_connection *c, PCCERT_CONTEXT *out);
SECURITY_STATUS tls_issuer_list(const struct tls_connection *c, PSecPkgContext_IssuerListInfo out);
SECURITY_STATUS tls_issuer_list_ex(const struct tls_connection *c,
                                   PSecPkgContext_IssuerListInfoEx out);
SECURITY_STATUS tls_remote_certificates(const struct tls_connection *c,
                                        PSecPkgContext_Certificates out);
SECURITY_STATUS tls_remote_credential(const struct tls_connection *c,
                                      PSecPkgContext_RemoteCredentialInfo out);
SECURITY_STATUS tls_local_credential(const struct tls_connection *c,
                                     PSecPkgContext_LocalCredentialInfo out);
SECURITY_STATUS tls_local_info(const struct tls_connection *c, PSecPkgContext_CertInfo out);
/* An X.500 name ("CN=…, O=…", in the order of the certificate). */
SECURITY_STATUS tls_x500(const X509_NAME *name, SEC_WCHAR **out);
/* When the peer's certificate ends, as a FILETIME; the greatest there is without one. */
TimeStamp tls_peer_expiry(const struct tls_connection *c);
/* The same of any; NULL: of none. */
TimeStamp tls_certificate_expiry(const X509 *leaf);

/* keys.c */
SECURITY_STATUS tls_unique_bindings(const struct tls_connection *c, PSecPkgContext_Bindings out);
SECURITY_STATUS tls_endpoint_bindings(const struct tls_connection *c, PSecPkgContext_Bindings out);
SECURITY_STATUS tls_session_key(const struct tls_connection *c, PSecPkgContext_SessionKey out);
SECURITY_STATUS tls_eap_keys(const struct tls_connection *c, PSecPkgContext_EapKeyBlock out);
SECURITY_STATUS tls_set_keying(const struct tls_connection *c,
                               const SecPkgContext_KeyingMaterialInfo *info);
SECURITY_STATUS tls_keying(const struct tls_connection *c, PSecPkgContext_KeyingMaterial out);
SECURITY_STATUS tls_keying_inproc(const struct tls_connection *c,
                                  PSecPkgContext_KeyingMaterial_Inproc out);

#endif
