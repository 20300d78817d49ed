/*
 * Certificates, stores of them and chains, as programs hand them to Schannel and get them from it:
 * the part of CryptoAPI that has to do with TLS. docs/certificates.md says what each function does
 * here, and where certificates and their keys come from (CredmgrCertificateLoad, credmgr.h).
 *
 * Source: "wincrypt.h header", Windows SDK documentation (sdk-api/wincrypt). Sizes are bytes where
 * they are not called characters. Functions answer FALSE, NULL or 0 for an error, and
 * GetLastError() says which.
 */
#ifndef CREDMGR_WINCRYPT_H
#define CREDMGR_WINCRYPT_H

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- algorithms and handles ---- */

typedef unsigned int ALG_ID;

#define CALG_NULLCIPHER  0x00006000
#define CALG_DES         0x00006601
#define CALG_3DES        0x00006603
#define CALG_AES_128     0x0000660e
#define CALG_AES_192     0x0000660f
#define CALG_AES_256     0x00006610
#define CALG_AES         0x00006611
#define CALG_RC2         0x00006602
#define CALG_RC4         0x00006801
#define CALG_MD5         0x00008003
#define CALG_SHA         0x00008004
#define CALG_SHA1        0x00008004
#define CALG_SSL3_SHAMD5 0x00008008
#define CALG_HMAC        0x00008009
#define CALG_SHA_256     0x0000800c
#define CALG_SHA_384     0x0000800d
#define CALG_SHA_512     0x0000800e
#define CALG_DSS_SIGN    0x00002200
#define CALG_ECDSA       0x00002203
#define CALG_RSA_SIGN    0x00002400
#define CALG_RSA_KEYX    0x0000a400
#define CALG_DH_SF       0x0000aa01
#define CALG_DH_EPHEM    0x0000aa02
#define CALG_ECDH        0x0000aa05
#define CALG_ECDH_EPHEM  0x0000ae06

typedef ULONG_PTR HCRYPTPROV;
typedef ULONG_PTR HCRYPTPROV_LEGACY;
typedef PVOID HCERTSTORE;
typedef HANDLE HCERTCHAINENGINE;

#define X509_ASN_ENCODING   0x00000001
#define PKCS_7_ASN_ENCODING 0x00010000

/* ---- encoded things ---- */

typedef struct _CRYPTOAPI_BLOB {
    DWORD cbData;
    BYTE *pbData;
} CRYPT_INTEGER_BLOB, *PCRYPT_INTEGER_BLOB, CRYPT_OBJID_BLOB, *PCRYPT_OBJID_BLOB, CERT_NAME_BLOB,
    *PCERT_NAME_BLOB, CERT_BLOB, *PCERT_BLOB, DATA_BLOB, *PDATA_BLOB, CRYPT_DATA_BLOB,
    *PCRYPT_DATA_BLOB, CRYPT_HASH_BLOB, *PCRYPT_HASH_BLOB, CRYPT_DER_BLOB, *PCRYPT_DER_BLOB;

typedef struct _CRYPT_BIT_BLOB {
    DWORD cbData;
    BYTE *pbData;
    DWORD cUnusedBits;
} CRYPT_BIT_BLOB, *PCRYPT_BIT_BLOB;

typedef struct _CRYPT_ALGORITHM_IDENTIFIER {
    LPSTR pszObjId;
    CRYPT_OBJID_BLOB Parameters;
} CRYPT_ALGORITHM_IDENTIFIER, *PCRYPT_ALGORITHM_IDENTIFIER;

typedef struct _CERT_EXTENSION {
    LPSTR pszObjId;
    BOOL fCritical;
    CRYPT_OBJID_BLOB Value;
} CERT_EXTENSION, *PCERT_EXTENSION;

typedef struct _CERT_PUBLIC_KEY_INFO {
    CRYPT_ALGORITHM_IDENTIFIER Algorithm;
    CRYPT_BIT_BLOB PublicKey;
} CERT_PUBLIC_KEY_INFO, *PCERT_PUBLIC_KEY_INFO;

#define CERT_V1 0
#define CERT_V2 1
#define CERT_V3 2

/* A certificate taken apart. The serial number stands with its least significant byte first, names
 * are DER, times FILETIMEs in UTC. */
typedef struct _CERT_INFO {
    DWORD dwVersion;
    CRYPT_INTEGER_BLOB SerialNumber;
    CRYPT_ALGORITHM_IDENTIFIER SignatureAlgorithm;
    CERT_NAME_BLOB Issuer;
    FILETIME NotBefore;
    FILETIME NotAfter;
    CERT_NAME_BLOB Subject;
    CERT_PUBLIC_KEY_INFO SubjectPublicKeyInfo;
    CRYPT_BIT_BLOB IssuerUniqueId;
    CRYPT_BIT_BLOB SubjectUniqueId;
    DWORD cExtension;
    PCERT_EXTENSION rgExtension;
} CERT_INFO, *PCERT_INFO;

/* ---- certificates ---- */

typedef struct _CERT_CONTEXT {
    DWORD dwCertEncodingType;
    BYTE *pbCertEncoded;
    DWORD cbCertEncoded;
    PCERT_INFO pCertInfo;
    HCERTSTORE hCertStore;
} CERT_CONTEXT, *PCERT_CONTEXT;
typedef const CERT_CONTEXT *PCCERT_CONTEXT;

/*
 * A context of a DER certificate; it has no private key. E_INVALIDARG: another encoding than
 * X509_ASN_ENCODING, or nothing. CRYPT_E_ASN1_BADTAG: that is no certificate.
 */
PCCERT_CONTEXT WINAPI CertCreateCertificateContext(DWORD dwCertEncodingType,
                                                   const BYTE *pbCertEncoded, DWORD cbCertEncoded);
/* One more reference to the same context; NULL for NULL. */
PCCERT_CONTEXT WINAPI CertDuplicateCertificateContext(PCCERT_CONTEXT pCertContext);
/* Ends a reference; NULL is fine. Always TRUE. */
BOOL WINAPI CertFreeCertificateContext(PCCERT_CONTEXT pCertContext);

#define CERT_FIRST_USER_PROP_ID 0x00008000

/* ---- stores ---- */

#define CERT_STORE_PROV_MEMORY ((LPCSTR)2)

#define CERT_CLOSE_STORE_FORCE_FLAG 0x00000001
#define CERT_CLOSE_STORE_CHECK_FLAG 0x00000002

/* CERT_STORE_PROV_MEMORY: an empty store in memory. ERROR_FILE_NOT_FOUND: another provider. */
HCERTSTORE WINAPI CertOpenStore(LPCSTR lpszStoreProvider, DWORD dwEncodingType,
                                HCRYPTPROV_LEGACY hCryptProv, DWORD dwFlags, const void *pvPara);
/* One more reference to the same store. E_INVALIDARG: it is none. */
HCERTSTORE WINAPI CertDuplicateStore(HCERTSTORE hCertStore);
/* Ends a reference; contexts of the store stay good. With CERT_CLOSE_STORE_CHECK_FLAG it is FALSE,
 * CRYPT_E_PENDING_CLOSE, when some are left, and closed all the same. */
BOOL WINAPI CertCloseStore(HCERTSTORE hCertStore, DWORD dwFlags);

/* ---- trust ---- */

typedef struct _CERT_TRUST_STATUS {
    DWORD dwErrorStatus; /* CERT_TRUST_IS_*, CERT_TRUST_HAS_*, … of the first group */
    DWORD dwInfoStatus;  /* of the second */
} CERT_TRUST_STATUS, *PCERT_TRUST_STATUS;

#define CERT_TRUST_NO_ERROR                          0x00000000
#define CERT_TRUST_IS_NOT_TIME_VALID                 0x00000001
#define CERT_TRUST_IS_NOT_TIME_NESTED                0x00000002
#define CERT_TRUST_IS_REVOKED                        0x00000004
#define CERT_TRUST_IS_NOT_SIGNATURE_VALID            0x00000008
#define CERT_TRUST_IS_NOT_VALID_FOR_USAGE            0x00000010
#define CERT_TRUST_IS_UNTRUSTED_ROOT                 0x00000020
#define CERT_TRUST_REVOCATION_STATUS_UNKNOWN         0x00000040
#define CERT_TRUST_IS_CYCLIC                         0x00000080
#define CERT_TRUST_INVALID_EXTENSION                 0x00000100
#define CERT_TRUST_INVALID_POLICY_CONSTRAINTS        0x00000200
#define CERT_TRUST_INVALID_BASIC_CONSTRAINTS         0x00000400
#define CERT_TRUST_INVALID_NAME_CONSTRAINTS          0x00000800
#define CERT_TRUST_HAS_NOT_SUPPORTED_NAME_CONSTRAINT 0x00001000
#define CERT_TRUST_HAS_NOT_DEFINED_NAME_CONSTRAINT   0x00002000
#define CERT_TRUST_HAS_NOT_PERMITTED_NAME_CONSTRAINT 0x00004000
#define CERT_TRUST_HAS_EXCLUDED_NAME_CONSTRAINT      0x00008000
#define CERT_TRUST_IS_PARTIAL_CHAIN                  0x00010000
#define CERT_TRUST_CTL_IS_NOT_TIME_VALID             0x00020000
#define CERT_TRUST_CTL_IS_NOT_SIGNATURE_VALID        0x00040000
#define CERT_TRUST_CTL_IS_NOT_VALID_FOR_USAGE        0x00080000
#define CERT_TRUST_HAS_WEAK_SIGNATURE                0x00100000
#define CERT_TRUST_IS_OFFLINE_REVOCATION             0x01000000
#define CERT_TRUST_NO_ISSUANCE_CHAIN_POLICY          0x02000000
#define CERT_TRUST_IS_EXPLICIT_DISTRUST              0x04000000
#define CERT_TRUST_HAS_NOT_SUPPORTED_CRITICAL_EXT    0x08000000

#define CERT_TRUST_HAS_EXACT_MATCH_ISSUER 0x00000001
#define CERT_TRUST_HAS_KEY_MATCH_ISSUER   0x00000002
#define CERT_TRUST_HAS_NAME_MATCH_ISSUER  0x00000004
#define CERT_TRUST_IS_SELF_SIGNED         0x00000008
#define CERT_TRUST_HAS_PREFERRED_ISSUER   0x00000100

#ifdef __cplusplus
}
#endif

#endif
