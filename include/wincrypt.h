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

#define CERT_SHA1_HASH_PROP_ID                   3
#define CERT_HASH_PROP_ID                        CERT_SHA1_HASH_PROP_ID
#define CERT_MD5_HASH_PROP_ID                    4
#define CERT_ENHKEY_USAGE_PROP_ID                9
#define CERT_FRIENDLY_NAME_PROP_ID               11
#define CERT_DESCRIPTION_PROP_ID                 13
#define CERT_SIGNATURE_HASH_PROP_ID              15
#define CERT_KEY_IDENTIFIER_PROP_ID              20
#define CERT_SUBJECT_PUBLIC_KEY_MD5_HASH_PROP_ID 25
#define CERT_SHA256_HASH_PROP_ID                 107
#define CERT_FIRST_USER_PROP_ID                  0x00008000
#define CERT_LAST_USER_PROP_ID                   0x0000ffff

#define CERT_SET_PROPERTY_INHIBIT_PERSIST_FLAG      0x40000000
#define CERT_SET_PROPERTY_IGNORE_PERSIST_ERROR_FLAG 0x80000000

/*
 * A property of a certificate, which all of its contexts share: hashes and identifiers of it, and
 * what CertSetCertificateContextProperty() put there. With pvData NULL only its size comes back.
 * CRYPT_E_NOT_FOUND: it has none of that id; ERROR_MORE_DATA: there is less room; E_INVALIDARG: the
 * context is none of this library's.
 */
BOOL WINAPI CertGetCertificateContextProperty(PCCERT_CONTEXT pCertContext, DWORD dwPropId,
                                              void *pvData, DWORD *pcbData);
/*
 * pvData: a CRYPT_DATA_BLOB; NULL takes the property away. E_INVALIDARG: an id whose value comes
 * from the certificate itself, or from a key; ERROR_NOT_ENOUGH_MEMORY.
 */
BOOL WINAPI CertSetCertificateContextProperty(PCCERT_CONTEXT pCertContext, DWORD dwPropId,
                                              DWORD dwFlags, const void *pvData);
/* The id after dwPropId (0: the first) of those that CertSetCertificateContextProperty() put there
 * and of those that every certificate has; 0 after the last. */
DWORD WINAPI CertEnumCertificateContextProperties(PCCERT_CONTEXT pCertContext, DWORD dwPropId);

/* ---- names ---- */

#define szOID_COMMON_NAME              "2.5.4.3"
#define szOID_COUNTRY_NAME             "2.5.4.6"
#define szOID_LOCALITY_NAME            "2.5.4.7"
#define szOID_ORGANIZATION_NAME        "2.5.4.10"
#define szOID_ORGANIZATIONAL_UNIT_NAME "2.5.4.11"
#define szOID_RSA_emailAddr            "1.2.840.113549.1.9.1"
#define szOID_SUBJECT_ALT_NAME2        "2.5.29.17"
#define szOID_NT_PRINCIPAL_NAME        "1.3.6.1.4.1.311.20.2.3"
#define szOID_PKIX_KP_SERVER_AUTH      "1.3.6.1.5.5.7.3.1"
#define szOID_PKIX_KP_CLIENT_AUTH      "1.3.6.1.5.5.7.3.2"

#define CERT_SIMPLE_NAME_STR          1
#define CERT_OID_NAME_STR             2
#define CERT_X500_NAME_STR            3
#define CERT_NAME_STR_REVERSE_FLAG    0x02000000
#define CERT_NAME_STR_COMMA_FLAG      0x04000000
#define CERT_NAME_STR_CRLF_FLAG       0x08000000
#define CERT_NAME_STR_NO_QUOTING_FLAG 0x10000000
#define CERT_NAME_STR_NO_PLUS_FLAG    0x20000000
#define CERT_NAME_STR_SEMICOLON_FLAG  0x40000000

/*
 * A DER name as text: the values alone, with their OIDs, or with their X.500 keys. Returns the
 * characters with the terminating zero; with psz NULL or csz 0 that is how many are needed, and a
 * text that does not fit is cut. A name that is none gives the empty text, 1.
 */
DWORD WINAPI CertNameToStrA(DWORD dwCertEncodingType, PCERT_NAME_BLOB pName, DWORD dwStrType,
                            LPSTR psz, DWORD csz);
DWORD WINAPI CertNameToStrW(DWORD dwCertEncodingType, PCERT_NAME_BLOB pName, DWORD dwStrType,
                            LPWSTR psz, DWORD csz);
#define CertNameToStr CREDMGR_AW(CertNameToStr)

#define CERT_NAME_EMAIL_TYPE            1
#define CERT_NAME_RDN_TYPE              2
#define CERT_NAME_ATTR_TYPE             3
#define CERT_NAME_SIMPLE_DISPLAY_TYPE   4
#define CERT_NAME_FRIENDLY_DISPLAY_TYPE 5
#define CERT_NAME_DNS_TYPE              6
#define CERT_NAME_URL_TYPE              7
#define CERT_NAME_UPN_TYPE              8

#define CERT_NAME_ISSUER_FLAG 0x1

/*
 * One name of a certificate. pvTypePara: of CERT_NAME_RDN_TYPE a DWORD (CERT_X500_NAME_STR …, or
 * NULL), of CERT_NAME_ATTR_TYPE an OID, else NULL. Returns as CertNameToStr(); 1, the empty text,
 * when the certificate has no such name.
 */
DWORD WINAPI CertGetNameStringA(PCCERT_CONTEXT pCertContext, DWORD dwType, DWORD dwFlags,
                                void *pvTypePara, LPSTR pszNameString, DWORD cchNameString);
DWORD WINAPI CertGetNameStringW(PCCERT_CONTEXT pCertContext, DWORD dwType, DWORD dwFlags,
                                void *pvTypePara, LPWSTR pszNameString, DWORD cchNameString);
#define CertGetNameString CREDMGR_AW(CertGetNameString)

/* ---- stores ---- */

#define CERT_STORE_PROV_MEMORY     ((LPCSTR)2)
#define CERT_STORE_PROV_FILENAME_A ((LPCSTR)7)
#define CERT_STORE_PROV_FILENAME_W ((LPCSTR)8)
#define CERT_STORE_PROV_FILENAME   CERT_STORE_PROV_FILENAME_W
#define CERT_STORE_PROV_SYSTEM_A   ((LPCSTR)9)
#define CERT_STORE_PROV_SYSTEM_W   ((LPCSTR)10)
#define CERT_STORE_PROV_SYSTEM     CERT_STORE_PROV_SYSTEM_W

#define CERT_SYSTEM_STORE_LOCATION_MASK 0x00ff0000
#define CERT_SYSTEM_STORE_CURRENT_USER  0x00010000
#define CERT_SYSTEM_STORE_LOCAL_MACHINE 0x00020000

#define CERT_STORE_CREATE_NEW_FLAG    0x00002000
#define CERT_STORE_OPEN_EXISTING_FLAG 0x00004000
#define CERT_STORE_READONLY_FLAG      0x00008000

#define CERT_CLOSE_STORE_FORCE_FLAG 0x00000001
#define CERT_CLOSE_STORE_CHECK_FLAG 0x00000002

/*
 * CERT_STORE_PROV_MEMORY: an empty store. CERT_STORE_PROV_FILENAME: the certificates and CRLs of a
 * file, in PEM or DER. CERT_STORE_PROV_SYSTEM: "ROOT", whom the system trusts; "MY", the
 * certificates of the user or (CERT_SYSTEM_STORE_LOCAL_MACHINE) the machine, with their keys; "CA",
 * intermediate ones; docs/certificates.md says which files those are. Every handle is a copy of its
 * own: what is added is not written back. ERROR_FILE_NOT_FOUND: another provider, store or no such
 * file; CRYPT_E_FILE_ERROR: the file is damaged; ERROR_ACCESS_DENIED; ERROR_NOT_ENOUGH_MEMORY.
 */
HCERTSTORE WINAPI CertOpenStore(LPCSTR lpszStoreProvider, DWORD dwEncodingType,
                                HCRYPTPROV_LEGACY hCryptProv, DWORD dwFlags, const void *pvPara);
/* The current user's. */
HCERTSTORE WINAPI CertOpenSystemStoreA(HCRYPTPROV_LEGACY hProv, LPCSTR szSubsystemProtocol);
HCERTSTORE WINAPI CertOpenSystemStoreW(HCRYPTPROV_LEGACY hProv, LPCWSTR szSubsystemProtocol);
#define CertOpenSystemStore CREDMGR_AW(CertOpenSystemStore)
/* One more reference to the same store. E_INVALIDARG: it is none. */
HCERTSTORE WINAPI CertDuplicateStore(HCERTSTORE hCertStore);
/* Ends a reference; contexts of the store stay good. With CERT_CLOSE_STORE_CHECK_FLAG it is FALSE,
 * CRYPT_E_PENDING_CLOSE, when some are left, and closed all the same. */
BOOL WINAPI CertCloseStore(HCERTSTORE hCertStore, DWORD dwFlags);

#define CERT_STORE_ADD_NEW                                 1
#define CERT_STORE_ADD_USE_EXISTING                        2
#define CERT_STORE_ADD_REPLACE_EXISTING                    3
#define CERT_STORE_ADD_ALWAYS                              4
#define CERT_STORE_ADD_REPLACE_EXISTING_INHERIT_PROPERTIES 5
#define CERT_STORE_ADD_NEWER                               6
#define CERT_STORE_ADD_NEWER_INHERIT_PROPERTIES            7

/*
 * Puts a certificate, with its key, into a store; *ppStoreContext (may be NULL) becomes a context
 * of it there. CRYPT_E_EXISTS: it is there already (ADD_NEW), or a newer one is (ADD_NEWER);
 * ERROR_ACCESS_DENIED: the store was opened for reading; E_INVALIDARG; ERROR_NOT_ENOUGH_MEMORY.
 */
BOOL WINAPI CertAddCertificateContextToStore(HCERTSTORE hCertStore, PCCERT_CONTEXT pCertContext,
                                             DWORD dwAddDisposition,
                                             PCCERT_CONTEXT *ppStoreContext);
/* The same of DER; CRYPT_E_ASN1_BADTAG: that is no certificate. */
BOOL WINAPI CertAddEncodedCertificateToStore(HCERTSTORE hCertStore, DWORD dwCertEncodingType,
                                             const BYTE *pbCertEncoded, DWORD cbCertEncoded,
                                             DWORD dwAddDisposition, PCCERT_CONTEXT *ppCertContext);
/* Takes the certificate of a context out of its store, and ends the context also when it fails.
 * CRYPT_E_NOT_FOUND: it is not there (any more). */
BOOL WINAPI CertDeleteCertificateFromStore(PCCERT_CONTEXT pCertContext);
/* The certificate after pPrevCertContext (NULL: the first), which it ends. CRYPT_E_NOT_FOUND: there
 * is none. */
PCCERT_CONTEXT WINAPI CertEnumCertificatesInStore(HCERTSTORE hCertStore,
                                                  PCCERT_CONTEXT pPrevCertContext);

typedef struct _CTL_USAGE {
    DWORD cUsageIdentifier;
    LPSTR *rgpszUsageIdentifier;
} CTL_USAGE, *PCTL_USAGE, CERT_ENHKEY_USAGE, *PCERT_ENHKEY_USAGE;

#define CERT_FIND_ANY             0x00000000
#define CERT_FIND_SHA1_HASH       0x00010000 /* CRYPT_HASH_BLOB */
#define CERT_FIND_HASH            CERT_FIND_SHA1_HASH
#define CERT_FIND_ISSUER_NAME     0x00020004 /* CERT_NAME_BLOB */
#define CERT_FIND_SUBJECT_NAME    0x00020007 /* CERT_NAME_BLOB */
#define CERT_FIND_MD5_HASH        0x00040000 /* CRYPT_HASH_BLOB */
#define CERT_FIND_PROPERTY        0x00050000 /* DWORD, an id */
#define CERT_FIND_PUBLIC_KEY      0x00060000 /* CERT_PUBLIC_KEY_INFO */
#define CERT_FIND_ISSUER_STR_A    0x00070004 /* a part of the name's text, in any case */
#define CERT_FIND_SUBJECT_STR_A   0x00070007
#define CERT_FIND_ISSUER_STR_W    0x00080004
#define CERT_FIND_SUBJECT_STR_W   0x00080007
#define CERT_FIND_ISSUER_STR      CERT_FIND_ISSUER_STR_W
#define CERT_FIND_SUBJECT_STR     CERT_FIND_SUBJECT_STR_W
#define CERT_FIND_ENHKEY_USAGE    0x000a0000 /* CERT_ENHKEY_USAGE; NULL: any */
#define CERT_FIND_SUBJECT_CERT    0x000b0000 /* CERT_INFO: issuer and serial number */
#define CERT_FIND_ISSUER_OF       0x000c0000 /* CERT_CONTEXT */
#define CERT_FIND_EXISTING        0x000d0000 /* CERT_CONTEXT */
#define CERT_FIND_KEY_IDENTIFIER  0x000f0000 /* CRYPT_HASH_BLOB */
#define CERT_FIND_HASH_STR        0x00140000 /* the SHA-1 hash in hexadecimal digits, WCHAR */
#define CERT_FIND_HAS_PRIVATE_KEY 0x00150000

/*
 * As CertEnumCertificatesInStore, of those only that pvFindPara fits. E_INVALIDARG: another
 * dwFindType, or no pvFindPara where one is needed. Certificates without usages are good for any,
 * so CERT_FIND_ENHKEY_USAGE finds them only with CERT_FIND_OPTIONAL_ENHKEY_USAGE_FLAG; of several
 * usages all have to be there, with CERT_FIND_OR_ENHKEY_USAGE_FLAG one.
 */
PCCERT_CONTEXT WINAPI CertFindCertificateInStore(HCERTSTORE hCertStore, DWORD dwCertEncodingType,
                                                 DWORD dwFindFlags, DWORD dwFindType,
                                                 const void *pvFindPara,
                                                 PCCERT_CONTEXT pPrevCertContext);

#define CERT_FIND_OPTIONAL_ENHKEY_USAGE_FLAG 0x00000001
#define CERT_FIND_OR_ENHKEY_USAGE_FLAG       0x00000010

/* ---- PKCS#12 ---- */

#define CRYPT_EXPORTABLE         0x00000001
#define CRYPT_USER_KEYSET        0x00001000
#define PKCS12_NO_PERSIST_KEY    0x00008000
#define PKCS12_ONLY_CERTIFICATES 0x00000400

/*
 * A store with what is in a PKCS#12 file, the certificate of the key first. Keys live in this
 * process and are stored nowhere, whatever the flags say; with PKCS12_ONLY_CERTIFICATES there are
 * none. szPassword: NULL or "" for none. ERROR_INVALID_PASSWORD; CRYPT_E_BAD_ENCODE: that is no
 * PKCS#12; E_INVALIDARG; ERROR_NOT_ENOUGH_MEMORY.
 */
HCERTSTORE WINAPI PFXImportCertStore(CRYPT_DATA_BLOB *pPFX, LPCWSTR szPassword, DWORD dwFlags);
/* Whether it looks like one from outside. */
BOOL WINAPI PFXIsPFXBlob(CRYPT_DATA_BLOB *pPFX);
BOOL WINAPI PFXVerifyPassword(CRYPT_DATA_BLOB *pPFX, LPCWSTR szPassword, DWORD dwFlags);

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

/* ---- chains ---- */

#define HCCE_CURRENT_USER         ((HCERTCHAINENGINE)NULL)
#define HCCE_LOCAL_MACHINE        ((HCERTCHAINENGINE)0x1)
#define HCCE_SERIAL_LOCAL_MACHINE ((HCERTCHAINENGINE)0x2)

/* What a chain is made of and with. A size without the last members is fine, and any that are not
 * zero but hExclusiveRoot, cAdditionalStore and rghAdditionalStore are E_INVALIDARG, except those
 * of caches, times and flags, which have nothing to do here. */
typedef struct _CERT_CHAIN_ENGINE_CONFIG {
    DWORD cbSize;
    HCERTSTORE hRestrictedRoot;
    HCERTSTORE hRestrictedTrust;
    HCERTSTORE hRestrictedOther;
    DWORD cAdditionalStore;
    HCERTSTORE *rghAdditionalStore;
    DWORD dwFlags;
    DWORD dwUrlRetrievalTimeout;
    DWORD MaximumCachedCertificates;
    DWORD CycleDetectionModulus;
    HCERTSTORE hExclusiveRoot;
    HCERTSTORE hExclusiveTrustedPeople;
    DWORD dwExclusiveFlags;
} CERT_CHAIN_ENGINE_CONFIG, *PCERT_CHAIN_ENGINE_CONFIG;

BOOL WINAPI CertCreateCertificateChainEngine(PCERT_CHAIN_ENGINE_CONFIG pConfig,
                                             HCERTCHAINENGINE *phChainEngine);
VOID WINAPI CertFreeCertificateChainEngine(HCERTCHAINENGINE hChainEngine);

typedef struct _CERT_CHAIN_ELEMENT {
    DWORD cbSize;
    PCCERT_CONTEXT pCertContext;
    CERT_TRUST_STATUS TrustStatus;
    struct _CERT_REVOCATION_INFO *pRevocationInfo; /* NULL */
    PCERT_ENHKEY_USAGE pIssuanceUsage;             /* NULL */
    PCERT_ENHKEY_USAGE pApplicationUsage;          /* NULL */
    LPCWSTR pwszExtendedErrorInfo;                 /* NULL */
} CERT_CHAIN_ELEMENT, *PCERT_CHAIN_ELEMENT;

typedef struct _CERT_SIMPLE_CHAIN {
    DWORD cbSize;
    CERT_TRUST_STATUS TrustStatus;
    DWORD cElement;
    PCERT_CHAIN_ELEMENT *rgpElement;              /* the certificate first, the root last */
    struct _CERT_TRUST_LIST_INFO *pTrustListInfo; /* NULL */
    BOOL fHasRevocationFreshnessTime;
    DWORD dwRevocationFreshnessTime;
} CERT_SIMPLE_CHAIN, *PCERT_SIMPLE_CHAIN;

typedef struct _CERT_CHAIN_CONTEXT CERT_CHAIN_CONTEXT, *PCERT_CHAIN_CONTEXT;
typedef const CERT_CHAIN_CONTEXT *PCCERT_CHAIN_CONTEXT;

/* One chain, and no chains of lower quality. */
struct _CERT_CHAIN_CONTEXT {
    DWORD cbSize;
    CERT_TRUST_STATUS TrustStatus;
    DWORD cChain;
    PCERT_SIMPLE_CHAIN *rgpChain;
    DWORD cLowerQualityChainContext;
    PCCERT_CHAIN_CONTEXT *rgpLowerQualityChainContext;
    BOOL fHasRevocationFreshnessTime;
    DWORD dwRevocationFreshnessTime;
    DWORD dwCreateFlags;
    GUID ChainId;
};

#define USAGE_MATCH_TYPE_AND 0x00000000
#define USAGE_MATCH_TYPE_OR  0x00000001

typedef struct _CERT_USAGE_MATCH {
    DWORD dwType;
    CERT_ENHKEY_USAGE Usage;
} CERT_USAGE_MATCH, *PCERT_USAGE_MATCH;

typedef struct _CERT_CHAIN_PARA {
    DWORD cbSize;
    CERT_USAGE_MATCH RequestedUsage;
} CERT_CHAIN_PARA, *PCERT_CHAIN_PARA;

#define CERT_CHAIN_CACHE_END_CERT                      0x00000001
#define CERT_CHAIN_CACHE_ONLY_URL_RETRIEVAL            0x00000004
#define CERT_CHAIN_REVOCATION_CHECK_END_CERT           0x10000000
#define CERT_CHAIN_REVOCATION_CHECK_CHAIN              0x20000000
#define CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT 0x40000000
#define CERT_CHAIN_REVOCATION_CHECK_CACHE_ONLY         0x80000000

/*
 * The chain of a certificate: to a root of the system or the engine, by way of the certificates of
 * its own store and of hAdditionalStore (which may have CRLs, too), at pTime (NULL: now), for the
 * usages of pChainPara (NULL: any). TRUE whatever is wrong with the chain: that stands in its trust
 * status. Nothing is fetched from anywhere. E_INVALIDARG; ERROR_NOT_ENOUGH_MEMORY.
 */
BOOL WINAPI CertGetCertificateChain(HCERTCHAINENGINE hChainEngine, PCCERT_CONTEXT pCertContext,
                                    LPFILETIME pTime, HCERTSTORE hAdditionalStore,
                                    PCERT_CHAIN_PARA pChainPara, DWORD dwFlags, LPVOID pvReserved,
                                    PCCERT_CHAIN_CONTEXT *ppChainContext);
PCCERT_CHAIN_CONTEXT WINAPI CertDuplicateCertificateChain(PCCERT_CHAIN_CONTEXT pChainContext);
VOID WINAPI CertFreeCertificateChain(PCCERT_CHAIN_CONTEXT pChainContext);

#define CERT_CHAIN_POLICY_BASE              ((LPCSTR)1)
#define CERT_CHAIN_POLICY_SSL               ((LPCSTR)4)
#define CERT_CHAIN_POLICY_BASIC_CONSTRAINTS ((LPCSTR)5)

#define CERT_CHAIN_POLICY_IGNORE_NOT_TIME_VALID_FLAG             0x00000001
#define CERT_CHAIN_POLICY_IGNORE_CTL_NOT_TIME_VALID_FLAG         0x00000002
#define CERT_CHAIN_POLICY_IGNORE_NOT_TIME_NESTED_FLAG            0x00000004
#define CERT_CHAIN_POLICY_IGNORE_INVALID_BASIC_CONSTRAINTS_FLAG  0x00000008
#define CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG                  0x00000010
#define CERT_CHAIN_POLICY_IGNORE_WRONG_USAGE_FLAG                0x00000020
#define CERT_CHAIN_POLICY_IGNORE_INVALID_NAME_FLAG               0x00000040
#define CERT_CHAIN_POLICY_IGNORE_INVALID_POLICY_FLAG             0x00000080
#define CERT_CHAIN_POLICY_IGNORE_END_REV_UNKNOWN_FLAG            0x00000100
#define CERT_CHAIN_POLICY_IGNORE_CTL_SIGNER_REV_UNKNOWN_FLAG     0x00000200
#define CERT_CHAIN_POLICY_IGNORE_CA_REV_UNKNOWN_FLAG             0x00000400
#define CERT_CHAIN_POLICY_IGNORE_ROOT_REV_UNKNOWN_FLAG           0x00000800
#define CERT_CHAIN_POLICY_IGNORE_NOT_SUPPORTED_CRITICAL_EXT_FLAG 0x00002000

typedef struct _CERT_CHAIN_POLICY_PARA {
    DWORD cbSize;
    DWORD dwFlags; /* CERT_CHAIN_POLICY_* */
    void *pvExtraPolicyPara;
} CERT_CHAIN_POLICY_PARA, *PCERT_CHAIN_POLICY_PARA;

typedef struct _CERT_CHAIN_POLICY_STATUS {
    DWORD cbSize;
    DWORD dwError; /* CERT_E_*, TRUST_E_*, CRYPT_E_*; 0: none */
    LONG lChainIndex;
    LONG lElementIndex; /* which certificate; -1: none of them alone */
    void *pvExtraPolicyStatus;
} CERT_CHAIN_POLICY_STATUS, *PCERT_CHAIN_POLICY_STATUS;

#define AUTHTYPE_CLIENT 1
#define AUTHTYPE_SERVER 2

/* pvExtraPolicyPara of CERT_CHAIN_POLICY_SSL; fdwChecks: SECURITY_FLAG_IGNORE_* of wininet.h. */
typedef struct _HTTPSPolicyCallbackData {
    union {
        DWORD cbStruct;
        DWORD cbSize;
    };
    DWORD dwAuthType;
    DWORD fdwChecks;
    WCHAR *pwszServerName;
} HTTPSPolicyCallbackData, *PHTTPSPolicyCallbackData, SSL_EXTRA_CERT_CHAIN_POLICY_PARA,
    *PSSL_EXTRA_CERT_CHAIN_POLICY_PARA;

/*
 * Whether a chain is good enough for a purpose; the answer is in dwError. FALSE with
 * ERROR_FILE_NOT_FOUND: another policy than BASE, SSL and BASIC_CONSTRAINTS; E_INVALIDARG.
 */
BOOL WINAPI CertVerifyCertificateChainPolicy(LPCSTR pszPolicyOID,
                                             PCCERT_CHAIN_CONTEXT pChainContext,
                                             PCERT_CHAIN_POLICY_PARA pPolicyPara,
                                             PCERT_CHAIN_POLICY_STATUS pPolicyStatus);

#ifdef __cplusplus
}
#endif

#endif
