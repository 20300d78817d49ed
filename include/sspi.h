/*
 * The Security Support Provider Interface, what applications call: credentials, contexts, message
 * protection and the attributes of each, in an A (UTF-8) and a W (UTF-16) form.
 *
 * Source: "sspi.h header", Windows SDK documentation (sdk-api/sspi, win32/SecAuthN). Every
 * structure has its Windows x64 layout, so a program that loads libsspi.so at run time, as FreeRDP
 * does, finds the table it expects.
 *
 * Sizes and lengths are bytes unless their line says characters. Times are 100 ns units since
 * 1601-01-01 in the machine's local time (TimeStamp). Memory that a function returns is freed with
 * FreeContextBuffer; so are the tokens of a call with ISC_REQ_ALLOCATE_MEMORY.
 *
 * UNICODE picks the W form of every name that has two. SECURITY_WIN32 may be defined, as Windows
 * demands, and changes nothing; there is no SECURITY_KERNEL here.
 */
#ifndef CREDMGR_SSPI_H
#define CREDMGR_SSPI_H

#ifdef SECURITY_KERNEL
#error "sspi.h: SECURITY_KERNEL is not supported (there is no kernel-mode SSPI here)"
#endif

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- base types ---- */

#define ISSP_LEVEL 32
#define ISSP_MODE  1

typedef WCHAR SEC_WCHAR;
typedef CHAR SEC_CHAR;

#ifndef __SECSTATUS_DEFINED__
typedef LONG SECURITY_STATUS;
#define __SECSTATUS_DEFINED__
#endif

#define SEC_TEXT TEXT
#define SEC_ENTRY

#ifdef UNICODE
typedef SEC_WCHAR *SECURITY_PSTR;
typedef const SEC_WCHAR *SECURITY_PCSTR;
#else
typedef SEC_CHAR *SECURITY_PSTR;
typedef const SEC_CHAR *SECURITY_PCSTR;
#endif

#ifndef __SECHANDLE_DEFINED__
typedef struct _SecHandle {
    ULONG_PTR dwLower;
    ULONG_PTR dwUpper;
} SecHandle, *PSecHandle;
#define __SECHANDLE_DEFINED__
#endif

/* Both words all ones mark a handle that names nothing. */
#define SecInvalidateHandle(x)                                                                     \
    ((void)(((PSecHandle)(x))->dwLower = ((PSecHandle)(x))->dwUpper = (ULONG_PTR)-1))
#define SecIsValidHandle(x)                                                                        \
    (((PSecHandle)(x))->dwLower != (ULONG_PTR)-1 && ((PSecHandle)(x))->dwUpper != (ULONG_PTR)-1)

#define SEC_DELETED_HANDLE ((ULONG_PTR)-2)

typedef SecHandle CredHandle;
typedef PSecHandle PCredHandle;

typedef SecHandle CtxtHandle;
typedef PSecHandle PCtxtHandle;

typedef LARGE_INTEGER _SECURITY_INTEGER, SECURITY_INTEGER, *PSECURITY_INTEGER;

typedef SECURITY_INTEGER TimeStamp;
typedef SECURITY_INTEGER *PTimeStamp;

typedef UNICODE_STRING SECURITY_STRING, *PSECURITY_STRING;

/* ---- packages ---- */

/* cbMaxToken: the largest token the package makes; fCapabilities: SECPKG_FLAG_*. */
typedef struct _SecPkgInfoW {
    ULONG fCapabilities;
    USHORT wVersion;
    USHORT wRPCID;
    ULONG cbMaxToken;
    SEC_WCHAR *Name;
    SEC_WCHAR *Comment;
} SecPkgInfoW, *PSecPkgInfoW;

typedef struct _SecPkgInfoA {
    ULONG fCapabilities;
    USHORT wVersion;
    USHORT wRPCID;
    ULONG cbMaxToken;
    SEC_CHAR *Name;
    SEC_CHAR *Comment;
} SecPkgInfoA, *PSecPkgInfoA;
#define SecPkgInfo  CREDMGR_AW(SecPkgInfo)
#define PSecPkgInfo CREDMGR_AW(PSecPkgInfo)

#define SECPKG_FLAG_INTEGRITY                    0x00000001
#define SECPKG_FLAG_PRIVACY                      0x00000002
#define SECPKG_FLAG_TOKEN_ONLY                   0x00000004
#define SECPKG_FLAG_DATAGRAM                     0x00000008
#define SECPKG_FLAG_CONNECTION                   0x00000010
#define SECPKG_FLAG_MULTI_REQUIRED               0x00000020
#define SECPKG_FLAG_CLIENT_ONLY                  0x00000040
#define SECPKG_FLAG_EXTENDED_ERROR               0x00000080
#define SECPKG_FLAG_IMPERSONATION                0x00000100
#define SECPKG_FLAG_ACCEPT_WIN32_NAME            0x00000200
#define SECPKG_FLAG_STREAM                       0x00000400
#define SECPKG_FLAG_NEGOTIABLE                   0x00000800
#define SECPKG_FLAG_GSS_COMPATIBLE               0x00001000
#define SECPKG_FLAG_LOGON                        0x00002000
#define SECPKG_FLAG_ASCII_BUFFERS                0x00004000
#define SECPKG_FLAG_FRAGMENT                     0x00008000
#define SECPKG_FLAG_MUTUAL_AUTH                  0x00010000
#define SECPKG_FLAG_DELEGATION                   0x00020000
#define SECPKG_FLAG_READONLY_WITH_CHECKSUM       0x00040000
#define SECPKG_FLAG_RESTRICTED_TOKENS            0x00080000
#define SECPKG_FLAG_NEGO_EXTENDER                0x00100000
#define SECPKG_FLAG_NEGOTIABLE2                  0x00200000
#define SECPKG_FLAG_APPCONTAINER_PASSTHROUGH     0x00400000
#define SECPKG_FLAG_APPCONTAINER_CHECKS          0x00800000
#define SECPKG_FLAG_CREDENTIAL_ISOLATION_ENABLED 0x01000000
#define SECPKG_FLAG_APPLY_LOOPBACK               0x02000000

#define SECPKG_ID_NONE 0xFFFF

#define SECPKG_CALLFLAGS_APPCONTAINER             0x00000001
#define SECPKG_CALLFLAGS_APPCONTAINER_AUTHCAPABLE 0x00000002
#define SECPKG_CALLFLAGS_FORCE_SUPPLIED           0x00000004
#define SECPKG_CALLFLAGS_APPCONTAINER_UPNCAPABLE  0x00000008

/* ---- buffers ---- */

/* BufferType: SECBUFFER_*, with SECBUFFER_READONLY and its kin in the top four bits. */
typedef struct _SecBuffer {
    ULONG cbBuffer;
    ULONG BufferType;
    void *pvBuffer;
} SecBuffer, *PSecBuffer;

typedef struct _SecBufferDesc {
    ULONG ulVersion;
    ULONG cBuffers;
    PSecBuffer pBuffers;
} SecBufferDesc, *PSecBufferDesc;

#define SECBUFFER_VERSION 0

#define SECBUFFER_EMPTY                           0
#define SECBUFFER_DATA                            1
#define SECBUFFER_TOKEN                           2
#define SECBUFFER_PKG_PARAMS                      3
#define SECBUFFER_MISSING                         4
#define SECBUFFER_EXTRA                           5
#define SECBUFFER_STREAM_TRAILER                  6
#define SECBUFFER_STREAM_HEADER                   7
#define SECBUFFER_NEGOTIATION_INFO                8
#define SECBUFFER_PADDING                         9
#define SECBUFFER_STREAM                          10
#define SECBUFFER_MECHLIST                        11
#define SECBUFFER_MECHLIST_SIGNATURE              12
#define SECBUFFER_TARGET                          13
#define SECBUFFER_CHANNEL_BINDINGS                14
#define SECBUFFER_CHANGE_PASS_RESPONSE            15
#define SECBUFFER_TARGET_HOST                     16
#define SECBUFFER_ALERT                           17
#define SECBUFFER_APPLICATION_PROTOCOLS           18
#define SECBUFFER_SRTP_PROTECTION_PROFILES        19
#define SECBUFFER_SRTP_MASTER_KEY_IDENTIFIER      20
#define SECBUFFER_TOKEN_BINDING                   21
#define SECBUFFER_PRESHARED_KEY                   22
#define SECBUFFER_PRESHARED_KEY_IDENTITY          23
#define SECBUFFER_DTLS_MTU                        24
#define SECBUFFER_SEND_GENERIC_TLS_EXTENSION      25
#define SECBUFFER_SUBSCRIBE_GENERIC_TLS_EXTENSION 26
#define SECBUFFER_FLAGS                           27
#define SECBUFFER_TRAFFIC_SECRETS                 28

#define SECBUFFER_CERTIFICATE_REQUEST_CONTEXT 29
#define SECBUFFER_CHANNEL_BINDINGS_RESULT     30
#define SECBUFFER_APP_SESSION_STATE           31
#define SECBUFFER_SESSION_TICKET              32

#define SECBUFFER_ATTRMASK               0xF0000000
#define SECBUFFER_READONLY               0x80000000
#define SECBUFFER_READONLY_WITH_CHECKSUM 0x10000000
#define SECBUFFER_RESERVED               0x60000000

typedef struct _SEC_NEGOTIATION_INFO {
    ULONG Size;
    ULONG NameLength;
    SEC_WCHAR *Name;
    void *Reserved;
} SEC_NEGOTIATION_INFO, *PSEC_NEGOTIATION_INFO;

/* RFC 2744 section 3.11 in one block; offsets count from the start of the structure. */
typedef struct _SEC_CHANNEL_BINDINGS {
    ULONG dwInitiatorAddrType;
    ULONG cbInitiatorLength;
    ULONG dwInitiatorOffset;
    ULONG dwAcceptorAddrType;
    ULONG cbAcceptorLength;
    ULONG dwAcceptorOffset;
    ULONG cbApplicationDataLength;
    ULONG dwApplicationDataOffset;
} SEC_CHANNEL_BINDINGS, *PSEC_CHANNEL_BINDINGS;

/* The same with a header of its own; SspiSetChannelBindingFlags makes one. */
typedef struct _SEC_CHANNEL_BINDINGS_EX {
    ULONG magicNumber; /* SEC_CHANNEL_BINDINGS_EX_MAGIC */
    ULONG flags;       /* SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS */
    ULONG cbHeaderLength;
    ULONG cbStructureLength;
    ULONG dwInitiatorAddrType;
    ULONG cbInitiatorLength;
    ULONG dwInitiatorOffset;
    ULONG dwAcceptorAddrType;
    ULONG cbAcceptorLength;
    ULONG dwAcceptorOffset;
    ULONG cbApplicationDataLength;
    ULONG dwApplicationDataOffset;
} SEC_CHANNEL_BINDINGS_EX, *PSEC_CHANNEL_BINDINGS_EX;

#define SEC_CHANNEL_BINDINGS_EX_MAGIC       0x58454243
#define SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS 0x00000001
#define SEC_CHANNEL_BINDINGS_VALID_FLAGS    SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS

/* What an acceptor found; for SECBUFFER_CHANNEL_BINDINGS_RESULT. */
typedef struct _SEC_CHANNEL_BINDINGS_RESULT {
    ULONG flags;
} SEC_CHANNEL_BINDINGS_RESULT, *PSEC_CHANNEL_BINDINGS_RESULT;

#define SEC_CHANNEL_BINDINGS_RESULT_CLIENT_SUPPORT    0x00000001
#define SEC_CHANNEL_BINDINGS_RESULT_ABSENT            0x00000002
#define SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH 0x00000004
#define SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISSING  0x00000008
#define SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED     0x00000010
#define SEC_CHANNEL_BINDINGS_RESULT_VALID_PROXY       0x00000020
#define SEC_CHANNEL_BINDINGS_RESULT_VALID_MISSING     0x00000040
#define SEC_CHANNEL_BINDINGS_RESULT_VALID                                                          \
    (SEC_CHANNEL_BINDINGS_RESULT_VALID_MATCHED | SEC_CHANNEL_BINDINGS_RESULT_VALID_PROXY |         \
     SEC_CHANNEL_BINDINGS_RESULT_VALID_MISSING)
#define SEC_CHANNEL_BINDINGS_RESULT_NOTVALID                                                       \
    (SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISMATCH | SEC_CHANNEL_BINDINGS_RESULT_NOTVALID_MISSING)

typedef enum _SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT {
    SecApplicationProtocolNegotiationExt_None,
    SecApplicationProtocolNegotiationExt_NPN,
    SecApplicationProtocolNegotiationExt_ALPN
} SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT,
    *PSEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT;

typedef struct _SEC_APPLICATION_PROTOCOL_LIST {
    SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT ProtoNegoExt;
    USHORT ProtocolListSize;
    UCHAR ProtocolList[ANYSIZE_ARRAY];
} SEC_APPLICATION_PROTOCOL_LIST, *PSEC_APPLICATION_PROTOCOL_LIST;

typedef struct _SEC_APPLICATION_PROTOCOLS {
    ULONG ProtocolListsSize;
    SEC_APPLICATION_PROTOCOL_LIST ProtocolLists[ANYSIZE_ARRAY];
} SEC_APPLICATION_PROTOCOLS, *PSEC_APPLICATION_PROTOCOLS;

typedef struct _SEC_SRTP_PROTECTION_PROFILES {
    USHORT ProfilesSize;
    USHORT ProfilesList[ANYSIZE_ARRAY];
} SEC_SRTP_PROTECTION_PROFILES, *PSEC_SRTP_PROTECTION_PROFILES;

typedef struct _SEC_SRTP_MASTER_KEY_IDENTIFIER {
    UCHAR MasterKeyIdentifierSize;
    UCHAR MasterKeyIdentifier[ANYSIZE_ARRAY];
} SEC_SRTP_MASTER_KEY_IDENTIFIER, *PSEC_SRTP_MASTER_KEY_IDENTIFIER;

typedef struct _SEC_TOKEN_BINDING {
    UCHAR MajorVersion;
    UCHAR MinorVersion;
    USHORT KeyParametersSize;
    UCHAR KeyParameters[ANYSIZE_ARRAY];
} SEC_TOKEN_BINDING, *PSEC_TOKEN_BINDING;

typedef struct _SEC_PRESHAREDKEY {
    USHORT KeySize;
    UCHAR Key[ANYSIZE_ARRAY];
} SEC_PRESHAREDKEY, *PSEC_PRESHAREDKEY;

typedef struct _SEC_PRESHAREDKEY_IDENTITY {
    USHORT KeyIdentitySize;
    UCHAR KeyIdentity[ANYSIZE_ARRAY];
} SEC_PRESHAREDKEY_IDENTITY, *PSEC_PRESHAREDKEY_IDENTITY;

typedef struct _SEC_DTLS_MTU {
    USHORT PathMTU;
} SEC_DTLS_MTU, *PSEC_DTLS_MTU;

typedef struct _SEC_FLAGS {
    ULONGLONG Flags;
} SEC_FLAGS, *PSEC_FLAGS;

typedef enum _SEC_TRAFFIC_SECRET_TYPE {
    SecTrafficSecret_None,
    SecTrafficSecret_Client,
    SecTrafficSecret_Server
} SEC_TRAFFIC_SECRET_TYPE,
    *PSEC_TRAFFIC_SECRET_TYPE;

#define SZ_ALG_MAX_SIZE 64

typedef struct _SEC_TRAFFIC_SECRETS {
    WCHAR SymmetricAlgId[SZ_ALG_MAX_SIZE];
    WCHAR ChainingMode[SZ_ALG_MAX_SIZE];
    WCHAR HashAlgId[SZ_ALG_MAX_SIZE];
    USHORT KeySize;
    USHORT IvSize;
    USHORT MsgSequenceStart;
    USHORT MsgSequenceEnd;
    SEC_TRAFFIC_SECRET_TYPE TrafficSecretType;
    USHORT TrafficSecretSize;
    UCHAR TrafficSecret[ANYSIZE_ARRAY];
} SEC_TRAFFIC_SECRETS, *PSEC_TRAFFIC_SECRETS;

typedef struct _SEC_CERTIFICATE_REQUEST_CONTEXT {
    UCHAR cbCertificateRequestContext;
    UCHAR rgCertificateRequestContext[ANYSIZE_ARRAY];
} SEC_CERTIFICATE_REQUEST_CONTEXT, *PSEC_CERTIFICATE_REQUEST_CONTEXT;

typedef struct _SEC_APP_SESSION_STATE {
    USHORT AppSessionStateSize;
    UCHAR AppSessionState[ANYSIZE_ARRAY];
} SEC_APP_SESSION_STATE, *PSEC_APP_SESSION_STATE;

typedef struct _SEC_SESSION_TICKET {
    USHORT SessionTicketSize;
    UCHAR SessionTicket[ANYSIZE_ARRAY];
} SEC_SESSION_TICKET, *PSEC_SESSION_TICKET;

/* ---- flags of credentials and contexts ---- */

#define SECURITY_NATIVE_DREP  0x00000010
#define SECURITY_NETWORK_DREP 0x00000000

#define SECPKG_CRED_INBOUND  0x00000001
#define SECPKG_CRED_OUTBOUND 0x00000002
#define SECPKG_CRED_BOTH     0x00000003
#define SECPKG_CRED_DEFAULT  0x00000004
#define SECPKG_CRED_RESERVED 0xF0000000

#define SECPKG_CRED_AUTOLOGON_RESTRICTED   0x00000010
#define SECPKG_CRED_PROCESS_POLICY_ONLY    0x00000020
#define SECPKG_CRED_KERB_ANCHOR_DS_VERSION 0x00000040

#define ISC_REQ_DELEGATE                 0x00000001
#define ISC_REQ_MUTUAL_AUTH              0x00000002
#define ISC_REQ_REPLAY_DETECT            0x00000004
#define ISC_REQ_SEQUENCE_DETECT          0x00000008
#define ISC_REQ_CONFIDENTIALITY          0x00000010
#define ISC_REQ_USE_SESSION_KEY          0x00000020
#define ISC_REQ_PROMPT_FOR_CREDS         0x00000040
#define ISC_REQ_USE_SUPPLIED_CREDS       0x00000080
#define ISC_REQ_ALLOCATE_MEMORY          0x00000100
#define ISC_REQ_USE_DCE_STYLE            0x00000200
#define ISC_REQ_DATAGRAM                 0x00000400
#define ISC_REQ_CONNECTION               0x00000800
#define ISC_REQ_CALL_LEVEL               0x00001000
#define ISC_REQ_FRAGMENT_SUPPLIED        0x00002000
#define ISC_REQ_EXTENDED_ERROR           0x00004000
#define ISC_REQ_STREAM                   0x00008000
#define ISC_REQ_INTEGRITY                0x00010000
#define ISC_REQ_IDENTIFY                 0x00020000
#define ISC_REQ_NULL_SESSION             0x00040000
#define ISC_REQ_MANUAL_CRED_VALIDATION   0x00080000
#define ISC_REQ_RESERVED1                0x00100000
#define ISC_REQ_FRAGMENT_TO_FIT          0x00200000
#define ISC_REQ_FORWARD_CREDENTIALS      0x00400000
#define ISC_REQ_NO_INTEGRITY             0x00800000
#define ISC_REQ_USE_HTTP_STYLE           0x01000000
#define ISC_REQ_UNVERIFIED_TARGET_NAME   0x20000000
#define ISC_REQ_CONFIDENTIALITY_ONLY     0x40000000
#define ISC_REQ_MESSAGES                 0x0000000100000000
#define ISC_REQ_DEFERRED_CRED_VALIDATION 0x0000000200000000
#define ISC_REQ_NO_POST_HANDSHAKE_AUTH   0x0000000400000000
#define ISC_REQ_REUSE_SESSION_TICKETS    0x0000000800000000
#define ISC_REQ_EXPLICIT_SESSION         0x0000001000000000

#define ISC_RET_DELEGATE                 0x00000001
#define ISC_RET_MUTUAL_AUTH              0x00000002
#define ISC_RET_REPLAY_DETECT            0x00000004
#define ISC_RET_SEQUENCE_DETECT          0x00000008
#define ISC_RET_CONFIDENTIALITY          0x00000010
#define ISC_RET_USE_SESSION_KEY          0x00000020
#define ISC_RET_USED_COLLECTED_CREDS     0x00000040
#define ISC_RET_USED_SUPPLIED_CREDS      0x00000080
#define ISC_RET_ALLOCATED_MEMORY         0x00000100
#define ISC_RET_USED_DCE_STYLE           0x00000200
#define ISC_RET_DATAGRAM                 0x00000400
#define ISC_RET_CONNECTION               0x00000800
#define ISC_RET_INTERMEDIATE_RETURN      0x00001000
#define ISC_RET_CALL_LEVEL               0x00002000
#define ISC_RET_EXTENDED_ERROR           0x00004000
#define ISC_RET_STREAM                   0x00008000
#define ISC_RET_INTEGRITY                0x00010000
#define ISC_RET_IDENTIFY                 0x00020000
#define ISC_RET_NULL_SESSION             0x00040000
#define ISC_RET_MANUAL_CRED_VALIDATION   0x00080000
#define ISC_RET_RESERVED1                0x00100000
#define ISC_RET_FRAGMENT_ONLY            0x00200000
#define ISC_RET_FORWARD_CREDENTIALS      0x00400000
#define ISC_RET_USED_HTTP_STYLE          0x01000000
#define ISC_RET_NO_ADDITIONAL_TOKEN      0x02000000
#define ISC_RET_REAUTHENTICATION         0x08000000
#define ISC_RET_CONFIDENTIALITY_ONLY     0x40000000
#define ISC_RET_MESSAGES                 0x0000000100000000
#define ISC_RET_DEFERRED_CRED_VALIDATION 0x0000000200000000
#define ISC_RET_NO_POST_HANDSHAKE_AUTH   0x0000000400000000
#define ISC_RET_REUSE_SESSION_TICKETS    0x0000000800000000
#define ISC_RET_EXPLICIT_SESSION         0x0000001000000000

#define ASC_REQ_DELEGATE               0x00000001
#define ASC_REQ_MUTUAL_AUTH            0x00000002
#define ASC_REQ_REPLAY_DETECT          0x00000004
#define ASC_REQ_SEQUENCE_DETECT        0x00000008
#define ASC_REQ_CONFIDENTIALITY        0x00000010
#define ASC_REQ_USE_SESSION_KEY        0x00000020
#define ASC_REQ_SESSION_TICKET         0x00000040
#define ASC_REQ_ALLOCATE_MEMORY        0x00000100
#define ASC_REQ_USE_DCE_STYLE          0x00000200
#define ASC_REQ_DATAGRAM               0x00000400
#define ASC_REQ_CONNECTION             0x00000800
#define ASC_REQ_CALL_LEVEL             0x00001000
#define ASC_REQ_FRAGMENT_SUPPLIED      0x00002000
#define ASC_REQ_EXTENDED_ERROR         0x00008000
#define ASC_REQ_STREAM                 0x00010000
#define ASC_REQ_INTEGRITY              0x00020000
#define ASC_REQ_LICENSING              0x00040000
#define ASC_REQ_IDENTIFY               0x00080000
#define ASC_REQ_ALLOW_NULL_SESSION     0x00100000
#define ASC_REQ_ALLOW_NON_USER_LOGONS  0x00200000
#define ASC_REQ_ALLOW_CONTEXT_REPLAY   0x00400000
#define ASC_REQ_FRAGMENT_TO_FIT        0x00800000
#define ASC_REQ_NO_TOKEN               0x01000000
#define ASC_REQ_PROXY_BINDINGS         0x04000000
#define ASC_REQ_ALLOW_MISSING_BINDINGS 0x10000000
#define ASC_REQ_MESSAGES               0x0000000100000000
#define ASC_REQ_EXPLICIT_SESSION       0x0000001000000000

#define ASC_RET_DELEGATE              0x00000001
#define ASC_RET_MUTUAL_AUTH           0x00000002
#define ASC_RET_REPLAY_DETECT         0x00000004
#define ASC_RET_SEQUENCE_DETECT       0x00000008
#define ASC_RET_CONFIDENTIALITY       0x00000010
#define ASC_RET_USE_SESSION_KEY       0x00000020
#define ASC_RET_SESSION_TICKET        0x00000040
#define ASC_RET_ALLOCATED_MEMORY      0x00000100
#define ASC_RET_USED_DCE_STYLE        0x00000200
#define ASC_RET_DATAGRAM              0x00000400
#define ASC_RET_CONNECTION            0x00000800
#define ASC_RET_CALL_LEVEL            0x00002000
#define ASC_RET_THIRD_LEG_FAILED      0x00004000
#define ASC_RET_EXTENDED_ERROR        0x00008000
#define ASC_RET_STREAM                0x00010000
#define ASC_RET_INTEGRITY             0x00020000
#define ASC_RET_LICENSING             0x00040000
#define ASC_RET_IDENTIFY              0x00080000
#define ASC_RET_NULL_SESSION          0x00100000
#define ASC_RET_ALLOW_NON_USER_LOGONS 0x00200000
#define ASC_RET_ALLOW_CONTEXT_REPLAY  0x00400000
#define ASC_RET_FRAGMENT_ONLY         0x00800000
#define ASC_RET_NO_TOKEN              0x01000000
#define ASC_RET_NO_ADDITIONAL_TOKEN   0x02000000
#define ASC_RET_MESSAGES              0x0000000100000000
#define ASC_RET_REUSE_SESSION_TICKETS 0x0000000800000000
#define ASC_RET_EXPLICIT_SESSION      0x0000001000000000

/* ---- attributes of credentials ---- */

#define SECPKG_CRED_ATTR_NAMES                1
#define SECPKG_CRED_ATTR_SSI_PROVIDER         2
#define SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS   3
#define SECPKG_CRED_ATTR_KDC_NETWORK_SETTINGS 3
#define SECPKG_CRED_ATTR_CERT                 4
#define SECPKG_CRED_ATTR_PAC_BYPASS           5
/* WinPR's: the URL of a KDC proxy, for programs written against FreeRDP's SSPI. */
#define SECPKG_CRED_ATTR_KDC_URL 501

typedef struct _SecPkgCredentials_NamesW {
    SEC_WCHAR *sUserName;
} SecPkgCredentials_NamesW, *PSecPkgCredentials_NamesW;

typedef struct _SecPkgCredentials_NamesA {
    SEC_CHAR *sUserName;
} SecPkgCredentials_NamesA, *PSecPkgCredentials_NamesA;
#define SecPkgCredentials_Names  CREDMGR_AW(SecPkgCredentials_Names)
#define PSecPkgCredentials_Names CREDMGR_AW(PSecPkgCredentials_Names)

typedef struct _SecPkgCredentials_SSIProviderW {
    SEC_WCHAR *sProviderName;
    ULONG ProviderInfoLength;
    char *ProviderInfo;
} SecPkgCredentials_SSIProviderW, *PSecPkgCredentials_SSIProviderW;

typedef struct _SecPkgCredentials_SSIProviderA {
    SEC_CHAR *sProviderName;
    ULONG ProviderInfoLength;
    char *ProviderInfo;
} SecPkgCredentials_SSIProviderA, *PSecPkgCredentials_SSIProviderA;
#define SecPkgCredentials_SSIProvider  CREDMGR_AW(SecPkgCredentials_SSIProvider)
#define PSecPkgCredentials_SSIProvider CREDMGR_AW(PSecPkgCredentials_SSIProvider)

typedef struct _SecPkgCredentials_KdcUrlW {
    SEC_WCHAR *KdcUrl;
} SecPkgCredentials_KdcUrlW, *PSecPkgCredentials_KdcUrlW;

typedef struct _SecPkgCredentials_KdcUrlA {
    SEC_CHAR *KdcUrl;
} SecPkgCredentials_KdcUrlA, *PSecPkgCredentials_KdcUrlA;
#define SecPkgCredentials_KdcUrl  CREDMGR_AW(SecPkgCredentials_KdcUrl)
#define PSecPkgCredentials_KdcUrl CREDMGR_AW(PSecPkgCredentials_KdcUrl)

#define KDC_PROXY_SETTINGS_V1               1
#define KDC_PROXY_SETTINGS_FLAGS_FORCEPROXY 0x1

typedef struct _SecPkgCredentials_KdcProxySettingsW {
    ULONG Version;
    ULONG Flags;
    USHORT ProxyServerOffset;
    USHORT ProxyServerLength;
    USHORT ClientTlsCredOffset;
    USHORT ClientTlsCredLength;
} SecPkgCredentials_KdcProxySettingsW, *PSecPkgCredentials_KdcProxySettingsW;

#define KDC_NETWORK_SETTINGS_V2                        2
#define KDC_NETWORK_SETTINGS_FLAGS_FORCEPROXY          0x1
#define KDC_NETWORK_SETTINGS_FLAGS_CONFIGURE_DISCOVERY 0x40000000
#define KDC_NETWORK_SETTINGS_FLAGS_CONFIGURE_PROXY     0x80000000
#define KDC_NETWORK_DISCOVERY_FLAGS_DS13_REQUIRED      0x80000000

/* Offsets count bytes from the start of the structure. */
typedef struct _SecPkgCredentials_KdcNetworkSettingsW {
    ULONG Version;
    ULONG Flags;
    USHORT ProxyServerOffset;
    USHORT ProxyServerLength;
    USHORT ClientTlsCredOffset;
    USHORT ClientTlsCredLength;
    ULONG DcDiscoveryFlags;
} SecPkgCredentials_KdcNetworkSettingsW, *PSecPkgCredentials_KdcNetworkSettingsW;

typedef struct _SecPkgCredentials_Cert {
    ULONG EncodedCertSize;
    UCHAR *EncodedCert;
} SecPkgCredentials_Cert, *PSecPkgCredentials_Cert;

/* ---- attributes of contexts; the comment tells which structure QueryContextAttributes fills ----
 */

#define SECPKG_ATTR_SIZES                       0
#define SECPKG_ATTR_NAMES                       1
#define SECPKG_ATTR_LIFESPAN                    2
#define SECPKG_ATTR_DCE_INFO                    3
#define SECPKG_ATTR_STREAM_SIZES                4
#define SECPKG_ATTR_KEY_INFO                    5
#define SECPKG_ATTR_AUTHORITY                   6
#define SECPKG_ATTR_PROTO_INFO                  7
#define SECPKG_ATTR_PASSWORD_EXPIRY             8
#define SECPKG_ATTR_SESSION_KEY                 9
#define SECPKG_ATTR_PACKAGE_INFO                10
#define SECPKG_ATTR_USER_FLAGS                  11
#define SECPKG_ATTR_NEGOTIATION_INFO            12
#define SECPKG_ATTR_NATIVE_NAMES                13
#define SECPKG_ATTR_FLAGS                       14
#define SECPKG_ATTR_USE_VALIDATED               15
#define SECPKG_ATTR_CREDENTIAL_NAME             16
#define SECPKG_ATTR_TARGET_INFORMATION          17
#define SECPKG_ATTR_ACCESS_TOKEN                18
#define SECPKG_ATTR_TARGET                      19
#define SECPKG_ATTR_AUTHENTICATION_ID           20
#define SECPKG_ATTR_LOGOFF_TIME                 21
#define SECPKG_ATTR_NEGO_KEYS                   22
#define SECPKG_ATTR_PROMPTING_NEEDED            24
#define SECPKG_ATTR_UNIQUE_BINDINGS             25
#define SECPKG_ATTR_ENDPOINT_BINDINGS           26
#define SECPKG_ATTR_CLIENT_SPECIFIED_TARGET     27
#define SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS    30
#define SECPKG_ATTR_NEGO_PKG_INFO               31
#define SECPKG_ATTR_NEGO_STATUS                 32
#define SECPKG_ATTR_CONTEXT_DELETED             33
#define SECPKG_ATTR_DTLS_MTU                    34
#define SECPKG_ATTR_DATAGRAM_SIZES              SECPKG_ATTR_STREAM_SIZES
#define SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES 128
#define SECPKG_ATTR_APPLICATION_PROTOCOL        35
#define SECPKG_ATTR_NEGOTIATED_TLS_EXTENSIONS   36
#define SECPKG_ATTR_IS_LOOPBACK                 37

typedef struct _SecPkgContext_SubjectAttributes {
    void *AttributeInfo;
} SecPkgContext_SubjectAttributes, *PSecPkgContext_SubjectAttributes;

#define SECPKG_ATTR_NEGO_INFO_FLAG_NO_KERBEROS 0x1
#define SECPKG_ATTR_NEGO_INFO_FLAG_NO_NTLM     0x2

typedef enum _SECPKG_CRED_CLASS {
    SecPkgCredClass_None = 0,
    SecPkgCredClass_Ephemeral = 10,
    SecPkgCredClass_PersistedGeneric = 20,
    SecPkgCredClass_PersistedSpecific = 30,
    SecPkgCredClass_Explicit = 40
} SECPKG_CRED_CLASS,
    *PSECPKG_CRED_CLASS;

typedef struct _SecPkgContext_CredInfo {
    SECPKG_CRED_CLASS CredClass;
    ULONG IsPromptingNeeded;
} SecPkgContext_CredInfo, *PSecPkgContext_CredInfo;

typedef struct _SecPkgContext_NegoPackageInfo {
    ULONG PackageMask;
} SecPkgContext_NegoPackageInfo, *PSecPkgContext_NegoPackageInfo;

typedef struct _SecPkgContext_NegoStatus {
    ULONG LastStatus;
} SecPkgContext_NegoStatus, *PSecPkgContext_NegoStatus;

/* SECPKG_ATTR_SIZES. cbMaxSignature: a MakeSignature token; cbSecurityTrailer: an EncryptMessage
 * token. */
typedef struct _SecPkgContext_Sizes {
    ULONG cbMaxToken;
    ULONG cbMaxSignature;
    ULONG cbBlockSize;
    ULONG cbSecurityTrailer;
} SecPkgContext_Sizes, *PSecPkgContext_Sizes;

typedef struct _SecPkgContext_StreamSizes {
    ULONG cbHeader;
    ULONG cbTrailer;
    ULONG cbMaximumMessage;
    ULONG cBuffers;
    ULONG cbBlockSize;
} SecPkgContext_StreamSizes, *PSecPkgContext_StreamSizes;

typedef SecPkgContext_StreamSizes SecPkgContext_DatagramSizes;
typedef PSecPkgContext_StreamSizes PSecPkgContext_DatagramSizes;

typedef struct _SecPkgContext_NamesW {
    SEC_WCHAR *sUserName;
} SecPkgContext_NamesW, *PSecPkgContext_NamesW;

typedef enum _SECPKG_ATTR_LCT_STATUS {
    SecPkgAttrLastClientTokenYes,
    SecPkgAttrLastClientTokenNo,
    SecPkgAttrLastClientTokenMaybe
} SECPKG_ATTR_LCT_STATUS,
    *PSECPKG_ATTR_LCT_STATUS;

typedef struct _SecPkgContext_LastClientTokenStatus {
    SECPKG_ATTR_LCT_STATUS LastClientTokenStatus;
} SecPkgContext_LastClientTokenStatus, *PSecPkgContext_LastClientTokenStatus;

typedef struct _SecPkgContext_NamesA {
    SEC_CHAR *sUserName;
} SecPkgContext_NamesA, *PSecPkgContext_NamesA;
#define SecPkgContext_Names  CREDMGR_AW(SecPkgContext_Names)
#define PSecPkgContext_Names CREDMGR_AW(PSecPkgContext_Names)

/* SECPKG_ATTR_LIFESPAN, local time. */
typedef struct _SecPkgContext_Lifespan {
    TimeStamp tsStart;
    TimeStamp tsExpiry;
} SecPkgContext_Lifespan, *PSecPkgContext_Lifespan;

typedef struct _SecPkgContext_DceInfo {
    ULONG AuthzSvc;
    void *pPac;
} SecPkgContext_DceInfo, *PSecPkgContext_DceInfo;

typedef struct _SecPkgContext_KeyInfoA {
    SEC_CHAR *sSignatureAlgorithmName;
    SEC_CHAR *sEncryptAlgorithmName;
    ULONG KeySize;
    ULONG SignatureAlgorithm;
    ULONG EncryptAlgorithm;
} SecPkgContext_KeyInfoA, *PSecPkgContext_KeyInfoA;

typedef struct _SecPkgContext_KeyInfoW {
    SEC_WCHAR *sSignatureAlgorithmName;
    SEC_WCHAR *sEncryptAlgorithmName;
    ULONG KeySize;
    ULONG SignatureAlgorithm;
    ULONG EncryptAlgorithm;
} SecPkgContext_KeyInfoW, *PSecPkgContext_KeyInfoW;
#define SecPkgContext_KeyInfo  CREDMGR_AW(SecPkgContext_KeyInfo)
#define PSecPkgContext_KeyInfo CREDMGR_AW(PSecPkgContext_KeyInfo)

typedef struct _SecPkgContext_AuthorityA {
    SEC_CHAR *sAuthorityName;
} SecPkgContext_AuthorityA, *PSecPkgContext_AuthorityA;

typedef struct _SecPkgContext_AuthorityW {
    SEC_WCHAR *sAuthorityName;
} SecPkgContext_AuthorityW, *PSecPkgContext_AuthorityW;
#define SecPkgContext_Authority  CREDMGR_AW(SecPkgContext_Authority)
#define PSecPkgContext_Authority CREDMGR_AW(PSecPkgContext_Authority)

typedef struct _SecPkgContext_ProtoInfoA {
    SEC_CHAR *sProtocolName;
    ULONG majorVersion;
    ULONG minorVersion;
} SecPkgContext_ProtoInfoA, *PSecPkgContext_ProtoInfoA;

typedef struct _SecPkgContext_ProtoInfoW {
    SEC_WCHAR *sProtocolName;
    ULONG majorVersion;
    ULONG minorVersion;
} SecPkgContext_ProtoInfoW, *PSecPkgContext_ProtoInfoW;
#define SecPkgContext_ProtoInfo  CREDMGR_AW(SecPkgContext_ProtoInfo)
#define PSecPkgContext_ProtoInfo CREDMGR_AW(PSecPkgContext_ProtoInfo)

typedef struct _SecPkgContext_PasswordExpiry {
    TimeStamp tsPasswordExpires;
} SecPkgContext_PasswordExpiry, *PSecPkgContext_PasswordExpiry;

typedef struct _SecPkgContext_LogoffTime {
    TimeStamp tsLogoffTime;
} SecPkgContext_LogoffTime, *PSecPkgContext_LogoffTime;

/* SECPKG_ATTR_SESSION_KEY; free SessionKey with FreeContextBuffer. */
typedef struct _SecPkgContext_SessionKey {
    ULONG SessionKeyLength;
    UCHAR *SessionKey;
} SecPkgContext_SessionKey, *PSecPkgContext_SessionKey;

typedef struct _SecPkgContext_NegoKeys {
    ULONG KeyType;
    USHORT KeyLength;
    UCHAR *KeyValue;
    ULONG VerifyKeyType;
    USHORT VerifyKeyLength;
    UCHAR *VerifyKeyValue;
} SecPkgContext_NegoKeys, *PSecPkgContext_NegoKeys;

typedef struct _SecPkgContext_PackageInfoW {
    PSecPkgInfoW PackageInfo;
} SecPkgContext_PackageInfoW, *PSecPkgContext_PackageInfoW;

typedef struct _SecPkgContext_PackageInfoA {
    PSecPkgInfoA PackageInfo;
} SecPkgContext_PackageInfoA, *PSecPkgContext_PackageInfoA;

typedef struct _SecPkgContext_UserFlags {
    ULONG UserFlags;
} SecPkgContext_UserFlags, *PSecPkgContext_UserFlags;

typedef struct _SecPkgContext_Flags {
    ULONG Flags;
} SecPkgContext_Flags, *PSecPkgContext_Flags;
#define SecPkgContext_PackageInfo  CREDMGR_AW(SecPkgContext_PackageInfo)
#define PSecPkgContext_PackageInfo CREDMGR_AW(PSecPkgContext_PackageInfo)

/* SECPKG_ATTR_NEGOTIATION_INFO; NegotiationState: SECPKG_NEGOTIATION_*. */
typedef struct _SecPkgContext_NegotiationInfoA {
    PSecPkgInfoA PackageInfo;
    ULONG NegotiationState;
} SecPkgContext_NegotiationInfoA, *PSecPkgContext_NegotiationInfoA;

typedef struct _SecPkgContext_NegotiationInfoW {
    PSecPkgInfoW PackageInfo;
    ULONG NegotiationState;
} SecPkgContext_NegotiationInfoW, *PSecPkgContext_NegotiationInfoW;
#define SecPkgContext_NegotiationInfo  CREDMGR_AW(SecPkgContext_NegotiationInfo)
#define PSecPkgContext_NegotiationInfo CREDMGR_AW(PSecPkgContext_NegotiationInfo)

#define SECPKG_NEGOTIATION_COMPLETE      0
#define SECPKG_NEGOTIATION_OPTIMISTIC    1
#define SECPKG_NEGOTIATION_IN_PROGRESS   2
#define SECPKG_NEGOTIATION_DIRECT        3
#define SECPKG_NEGOTIATION_TRY_MULTICRED 4

typedef struct _SecPkgContext_NativeNamesW {
    SEC_WCHAR *sClientName;
    SEC_WCHAR *sServerName;
} SecPkgContext_NativeNamesW, *PSecPkgContext_NativeNamesW;

typedef struct _SecPkgContext_NativeNamesA {
    SEC_CHAR *sClientName;
    SEC_CHAR *sServerName;
} SecPkgContext_NativeNamesA, *PSecPkgContext_NativeNamesA;
#define SecPkgContext_NativeNames  CREDMGR_AW(SecPkgContext_NativeNames)
#define PSecPkgContext_NativeNames CREDMGR_AW(PSecPkgContext_NativeNames)

typedef struct _SecPkgContext_CredentialNameW {
    ULONG CredentialType;
    SEC_WCHAR *sCredentialName;
} SecPkgContext_CredentialNameW, *PSecPkgContext_CredentialNameW;

typedef struct _SecPkgContext_CredentialNameA {
    ULONG CredentialType;
    SEC_CHAR *sCredentialName;
} SecPkgContext_CredentialNameA, *PSecPkgContext_CredentialNameA;
#define SecPkgContext_CredentialName  CREDMGR_AW(SecPkgContext_CredentialName)
#define PSecPkgContext_CredentialName CREDMGR_AW(PSecPkgContext_CredentialName)

typedef struct _SecPkgContext_AccessToken {
    void *AccessToken;
} SecPkgContext_AccessToken, *PSecPkgContext_AccessToken;

typedef struct _SecPkgContext_TargetInformation {
    ULONG MarshalledTargetInfoLength;
    UCHAR *MarshalledTargetInfo;
} SecPkgContext_TargetInformation, *PSecPkgContext_TargetInformation;

typedef struct _SecPkgContext_AuthzID {
    ULONG AuthzIDLength;
    char *AuthzID;
} SecPkgContext_AuthzID, *PSecPkgContext_AuthzID;

typedef struct _SecPkgContext_Target {
    ULONG TargetLength;
    char *Target;
} SecPkgContext_Target, *PSecPkgContext_Target;

typedef struct _SecPkgContext_ClientSpecifiedTarget {
    SEC_WCHAR *sTargetName;
} SecPkgContext_ClientSpecifiedTarget, *PSecPkgContext_ClientSpecifiedTarget;

typedef struct _SecPkgContext_Bindings {
    ULONG BindingsLength;
    SEC_CHANNEL_BINDINGS *Bindings;
} SecPkgContext_Bindings, *PSecPkgContext_Bindings;

typedef enum _SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS {
    SecApplicationProtocolNegotiationStatus_None,
    SecApplicationProtocolNegotiationStatus_Success,
    SecApplicationProtocolNegotiationStatus_SelectedClientOnly
} SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS,
    *PSEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS;

#define MAX_PROTOCOL_ID_SIZE 0xff

typedef struct _SecPkgContext_ApplicationProtocol {
    SEC_APPLICATION_PROTOCOL_NEGOTIATION_STATUS ProtoNegoStatus;
    SEC_APPLICATION_PROTOCOL_NEGOTIATION_EXT ProtoNegoExt;
    UCHAR ProtocolIdSize;
    UCHAR ProtocolId[MAX_PROTOCOL_ID_SIZE];
} SecPkgContext_ApplicationProtocol, *PSecPkgContext_ApplicationProtocol;

typedef struct _SecPkgContext_NegotiatedTlsExtensions {
    ULONG ExtensionsCount;
    USHORT *Extensions;
} SecPkgContext_NegotiatedTlsExtensions, *PSecPkgContext_NegotiatedTlsExtensions;

typedef struct _SECPKG_APP_MODE_INFO {
    ULONG UserFunction;
    ULONG_PTR Argument1;
    ULONG_PTR Argument2;
    SecBuffer UserData;
    BOOLEAN ReturnToLsa;
} SECPKG_APP_MODE_INFO, *PSECPKG_APP_MODE_INFO;

/* ---- functions ---- */

/* Gives the acceptor its key; not used by the packages here. */
typedef void(WINAPI *SEC_GET_KEY_FN)(void *Arg, void *Principal, ULONG KeyVer, void **Key,
                                     SECURITY_STATUS *Status);

#define SECPKG_CONTEXT_EXPORT_RESET_NEW  0x00000001
#define SECPKG_CONTEXT_EXPORT_DELETE_OLD 0x00000002
#define SECPKG_CONTEXT_EXPORT_TO_KERNEL  0x00000004

/*
 * A handle to credentials of a package: those of pvLogonId's logon session (a PLUID; NULL: the
 * caller's own), or those in pAuthData (SEC_WINNT_AUTH_IDENTITY*, SCHANNEL_CRED, CREDSSP_CRED,
 * whatever the package takes). ptsExpiry may be NULL. "AcquireCredentialsHandle (General)".
 * SEC_E_SECPKG_NOT_FOUND, SEC_E_NO_CREDENTIALS, SEC_E_UNKNOWN_CREDENTIALS, SEC_E_NOT_OWNER,
 * SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR.
 */
SECURITY_STATUS WINAPI AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
                                                 ULONG fCredentialUse, void *pvLogonId,
                                                 void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                                 void *pvGetKeyArgument, PCredHandle phCredential,
                                                 PTimeStamp ptsExpiry);
typedef SECURITY_STATUS(WINAPI *ACQUIRE_CREDENTIALS_HANDLE_FN_W)(SEC_WCHAR *, SEC_WCHAR *, ULONG,
                                                                 void *, void *, SEC_GET_KEY_FN,
                                                                 void *, PCredHandle, PTimeStamp);
SECURITY_STATUS WINAPI AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage,
                                                 ULONG fCredentialUse, void *pvLogonId,
                                                 void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                                 void *pvGetKeyArgument, PCredHandle phCredential,
                                                 PTimeStamp ptsExpiry);
typedef SECURITY_STATUS(WINAPI *ACQUIRE_CREDENTIALS_HANDLE_FN_A)(SEC_CHAR *, SEC_CHAR *, ULONG,
                                                                 void *, void *, SEC_GET_KEY_FN,
                                                                 void *, PCredHandle, PTimeStamp);
#define AcquireCredentialsHandle      CREDMGR_AW(AcquireCredentialsHandle)
#define ACQUIRE_CREDENTIALS_HANDLE_FN CREDMGR_UAW(ACQUIRE_CREDENTIALS_HANDLE_FN)

/* SEC_E_INVALID_HANDLE. */
SECURITY_STATUS WINAPI FreeCredentialsHandle(PCredHandle phCredential);
typedef SECURITY_STATUS(WINAPI *FREE_CREDENTIALS_HANDLE_FN)(PCredHandle);

/* Adds a package's credentials to a Negotiate handle. SEC_E_INVALID_HANDLE, and as above. */
SECURITY_STATUS WINAPI AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal,
                                       SEC_WCHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
                                       SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                       PTimeStamp ptsExpiry);
typedef SECURITY_STATUS(WINAPI *ADD_CREDENTIALS_FN_W)(PCredHandle, SEC_WCHAR *, SEC_WCHAR *, ULONG,
                                                      void *, SEC_GET_KEY_FN, void *, PTimeStamp);
SECURITY_STATUS WINAPI AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal,
                                       SEC_CHAR *pszPackage, ULONG fCredentialUse, void *pAuthData,
                                       SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                       PTimeStamp ptsExpiry);
typedef SECURITY_STATUS(WINAPI *ADD_CREDENTIALS_FN_A)(PCredHandle, SEC_CHAR *, SEC_CHAR *, ULONG,
                                                      void *, SEC_GET_KEY_FN, void *, PTimeStamp);
#define AddCredentials     CREDMGR_AW(AddCredentials)
#define ADD_CREDENTIALS_FN CREDMGR_UAW(ADD_CREDENTIALS_FN)

/*
 * The client's legs of a handshake: phContext NULL on the first, the same handle as phNewContext on
 * the others. pszTargetName: the service's principal name. "InitializeSecurityContext (General)".
 * SEC_I_CONTINUE_NEEDED: send pOutput, call again with the peer's answer. SEC_I_COMPLETE_NEEDED and
 * SEC_I_COMPLETE_AND_CONTINUE: CompleteAuthToken first. SEC_E_INCOMPLETE_MESSAGE: read more.
 * SEC_E_INVALID_HANDLE, SEC_E_INVALID_TOKEN, SEC_E_LOGON_DENIED, SEC_E_NO_CREDENTIALS,
 * SEC_E_TARGET_UNKNOWN, SEC_E_WRONG_PRINCIPAL, SEC_E_NO_AUTHENTICATING_AUTHORITY,
 * SEC_E_TIME_SKEW, SEC_E_UNSUPPORTED_FUNCTION, SEC_E_BUFFER_TOO_SMALL,
 * SEC_E_INSUFFICIENT_MEMORY, SEC_E_INTERNAL_ERROR.
 */
SECURITY_STATUS WINAPI InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
                                                  SEC_WCHAR *pszTargetName, ULONG fContextReq,
                                                  ULONG Reserved1, ULONG TargetDataRep,
                                                  PSecBufferDesc pInput, ULONG Reserved2,
                                                  PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                                                  ULONG *pfContextAttr, PTimeStamp ptsExpiry);
typedef SECURITY_STATUS(WINAPI *INITIALIZE_SECURITY_CONTEXT_FN_W)(PCredHandle, PCtxtHandle,
                                                                  SEC_WCHAR *, ULONG, ULONG, ULONG,
                                                                  PSecBufferDesc, ULONG,
                                                                  PCtxtHandle, PSecBufferDesc,
                                                                  ULONG *, PTimeStamp);
SECURITY_STATUS WINAPI InitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
                                                  SEC_CHAR *pszTargetName, ULONG fContextReq,
                                                  ULONG Reserved1, ULONG TargetDataRep,
                                                  PSecBufferDesc pInput, ULONG Reserved2,
                                                  PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                                                  ULONG *pfContextAttr, PTimeStamp ptsExpiry);
typedef SECURITY_STATUS(WINAPI *INITIALIZE_SECURITY_CONTEXT_FN_A)(PCredHandle, PCtxtHandle,
                                                                  SEC_CHAR *, ULONG, ULONG, ULONG,
                                                                  PSecBufferDesc, ULONG,
                                                                  PCtxtHandle, PSecBufferDesc,
                                                                  ULONG *, PTimeStamp);
#define InitializeSecurityContext      CREDMGR_AW(InitializeSecurityContext)
#define INITIALIZE_SECURITY_CONTEXT_FN CREDMGR_UAW(INITIALIZE_SECURITY_CONTEXT_FN)

/*
 * The server's legs: as InitializeSecurityContext, without a target. "AcceptSecurityContext
 * (General)". Also SEC_E_BAD_BINDINGS (channel bindings differ).
 */
SECURITY_STATUS WINAPI AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
                                             PSecBufferDesc pInput, ULONG fContextReq,
                                             ULONG TargetDataRep, PCtxtHandle phNewContext,
                                             PSecBufferDesc pOutput, ULONG *pfContextAttr,
                                             PTimeStamp ptsExpiry);
typedef SECURITY_STATUS(WINAPI *ACCEPT_SECURITY_CONTEXT_FN)(PCredHandle, PCtxtHandle,
                                                            PSecBufferDesc, ULONG, ULONG,
                                                            PCtxtHandle, PSecBufferDesc, ULONG *,
                                                            PTimeStamp);

/* SEC_E_INVALID_HANDLE, SEC_E_INVALID_TOKEN, SEC_E_UNSUPPORTED_FUNCTION. */
SECURITY_STATUS WINAPI CompleteAuthToken(PCtxtHandle phContext, PSecBufferDesc pToken);
typedef SECURITY_STATUS(WINAPI *COMPLETE_AUTH_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);

/* SEC_E_NO_IMPERSONATION, SEC_E_UNSUPPORTED_FUNCTION, SEC_E_INVALID_HANDLE. */
SECURITY_STATUS WINAPI ImpersonateSecurityContext(PCtxtHandle phContext);
typedef SECURITY_STATUS(WINAPI *IMPERSONATE_SECURITY_CONTEXT_FN)(PCtxtHandle);

SECURITY_STATUS WINAPI RevertSecurityContext(PCtxtHandle phContext);
typedef SECURITY_STATUS(WINAPI *REVERT_SECURITY_CONTEXT_FN)(PCtxtHandle);

SECURITY_STATUS WINAPI QuerySecurityContextToken(PCtxtHandle phContext, HANDLE *Token);
typedef SECURITY_STATUS(WINAPI *QUERY_SECURITY_CONTEXT_TOKEN_FN)(PCtxtHandle, HANDLE *);

/* SEC_E_INVALID_HANDLE. */
SECURITY_STATUS WINAPI DeleteSecurityContext(PCtxtHandle phContext);
typedef SECURITY_STATUS(WINAPI *DELETE_SECURITY_CONTEXT_FN)(PCtxtHandle);

/* SCHANNEL_SHUTDOWN and the like. SEC_E_INVALID_HANDLE, SEC_E_UNSUPPORTED_FUNCTION. */
SECURITY_STATUS WINAPI ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput);
typedef SECURITY_STATUS(WINAPI *APPLY_CONTROL_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);

/*
 * Fills the SecPkgContext_* structure of ulAttribute (SECPKG_ATTR_*) at pBuffer; strings and blobs
 * in it are the caller's to free. SEC_E_INVALID_HANDLE, SEC_E_UNSUPPORTED_FUNCTION (no such
 * attribute in this package), SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS WINAPI QueryContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute,
                                               void *pBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CONTEXT_ATTRIBUTES_FN_W)(PCtxtHandle, ULONG, void *);
SECURITY_STATUS WINAPI QueryContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute,
                                               void *pBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, ULONG, void *);
#define QueryContextAttributes      CREDMGR_AW(QueryContextAttributes)
#define QUERY_CONTEXT_ATTRIBUTES_FN CREDMGR_UAW(QUERY_CONTEXT_ATTRIBUTES_FN)

/* The same with the size of pBuffer; also SEC_E_INSUFFICIENT_BUFFERS. */
SECURITY_STATUS WINAPI QueryContextAttributesExW(PCtxtHandle phContext, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CONTEXT_ATTRIBUTES_EX_FN_W)(PCtxtHandle, ULONG, void *,
                                                                  ULONG);
SECURITY_STATUS WINAPI QueryContextAttributesExA(PCtxtHandle phContext, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CONTEXT_ATTRIBUTES_EX_FN_A)(PCtxtHandle, ULONG, void *,
                                                                  ULONG);
#define QueryContextAttributesEx       CREDMGR_AW(QueryContextAttributesEx)
#define QUERY_CONTEXT_ATTRIBUTES_EX_FN CREDMGR_UAW(QUERY_CONTEXT_ATTRIBUTES_EX_FN)

SECURITY_STATUS WINAPI SetContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute,
                                             void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *SET_CONTEXT_ATTRIBUTES_FN_W)(PCtxtHandle, ULONG, void *, ULONG);
SECURITY_STATUS WINAPI SetContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute,
                                             void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *SET_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, ULONG, void *, ULONG);
#define SetContextAttributes      CREDMGR_AW(SetContextAttributes)
#define SET_CONTEXT_ATTRIBUTES_FN CREDMGR_UAW(SET_CONTEXT_ATTRIBUTES_FN)

SECURITY_STATUS WINAPI QueryCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute,
                                                   void *pBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CREDENTIALS_ATTRIBUTES_FN_W)(PCredHandle, ULONG, void *);
SECURITY_STATUS WINAPI QueryCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute,
                                                   void *pBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, ULONG, void *);
#define QueryCredentialsAttributes      CREDMGR_AW(QueryCredentialsAttributes)
#define QUERY_CREDENTIALS_ATTRIBUTES_FN CREDMGR_UAW(QUERY_CREDENTIALS_ATTRIBUTES_FN)

SECURITY_STATUS WINAPI QueryCredentialsAttributesExW(PCredHandle phCredential, ULONG ulAttribute,
                                                     void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W)(PCredHandle, ULONG, void *,
                                                                      ULONG);
SECURITY_STATUS WINAPI QueryCredentialsAttributesExA(PCredHandle phCredential, ULONG ulAttribute,
                                                     void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A)(PCredHandle, ULONG, void *,
                                                                      ULONG);
#define QueryCredentialsAttributesEx       CREDMGR_AW(QueryCredentialsAttributesEx)
#define QUERY_CREDENTIALS_ATTRIBUTES_EX_FN CREDMGR_UAW(QUERY_CREDENTIALS_ATTRIBUTES_EX_FN)

SECURITY_STATUS WINAPI SetCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *SET_CREDENTIALS_ATTRIBUTES_FN_W)(PCredHandle, ULONG, void *, ULONG);
SECURITY_STATUS WINAPI SetCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute,
                                                 void *pBuffer, ULONG cbBuffer);
typedef SECURITY_STATUS(WINAPI *SET_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, ULONG, void *, ULONG);
#define SetCredentialsAttributes      CREDMGR_AW(SetCredentialsAttributes)
#define SET_CREDENTIALS_ATTRIBUTES_FN CREDMGR_UAW(SET_CREDENTIALS_ATTRIBUTES_FN)

/* Frees what a function here returned. SEC_E_INVALID_HANDLE when it did not. */
SECURITY_STATUS WINAPI FreeContextBuffer(void *pvContextBuffer);
typedef SECURITY_STATUS(WINAPI *FREE_CONTEXT_BUFFER_FN)(void *);

/*
 * Message protection. pMessage holds SECBUFFER_DATA buffers and one SECBUFFER_TOKEN (at least
 * cbMaxSignature bytes) for the signature; sequence numbers are the package's own unless the
 * context is ISC_REQ_DATAGRAM. SEC_E_INVALID_HANDLE, SEC_E_INVALID_TOKEN (no token buffer),
 * SEC_E_BUFFER_TOO_SMALL, SEC_E_CONTEXT_EXPIRED, SEC_E_QOP_NOT_SUPPORTED; verifying and decrypting
 * also SEC_E_MESSAGE_ALTERED, SEC_E_OUT_OF_SEQUENCE, SEC_E_INCOMPLETE_MESSAGE (Schannel).
 */
SECURITY_STATUS WINAPI MakeSignature(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage,
                                     ULONG MessageSeqNo);
typedef SECURITY_STATUS(WINAPI *MAKE_SIGNATURE_FN)(PCtxtHandle, ULONG, PSecBufferDesc, ULONG);

SECURITY_STATUS WINAPI VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage,
                                       ULONG MessageSeqNo, ULONG *pfQOP);
typedef SECURITY_STATUS(WINAPI *VERIFY_SIGNATURE_FN)(PCtxtHandle, PSecBufferDesc, ULONG, ULONG *);

#define SECQOP_WRAP_NO_ENCRYPT 0x80000001
#define SECQOP_WRAP_OOB_DATA   0x40000000

/* In place; fQOP SECQOP_WRAP_NO_ENCRYPT signs only. Token: at least cbSecurityTrailer bytes. */
SECURITY_STATUS WINAPI EncryptMessage(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage,
                                      ULONG MessageSeqNo);
typedef SECURITY_STATUS(WINAPI *ENCRYPT_MESSAGE_FN)(PCtxtHandle, ULONG, PSecBufferDesc, ULONG);

/* In place; a SECBUFFER_STREAM buffer holds one whole wrapped message (Kerberos, Negotiate). */
SECURITY_STATUS WINAPI DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage,
                                      ULONG MessageSeqNo, ULONG *pfQOP);
typedef SECURITY_STATUS(WINAPI *DECRYPT_MESSAGE_FN)(PCtxtHandle, PSecBufferDesc, ULONG, ULONG *);

/* Free *ppPackageInfo with FreeContextBuffer. SEC_E_INSUFFICIENT_MEMORY. */
SECURITY_STATUS WINAPI EnumerateSecurityPackagesW(ULONG *pcPackages, PSecPkgInfoW *ppPackageInfo);
typedef SECURITY_STATUS(WINAPI *ENUMERATE_SECURITY_PACKAGES_FN_W)(ULONG *, PSecPkgInfoW *);
SECURITY_STATUS WINAPI EnumerateSecurityPackagesA(ULONG *pcPackages, PSecPkgInfoA *ppPackageInfo);
typedef SECURITY_STATUS(WINAPI *ENUMERATE_SECURITY_PACKAGES_FN_A)(ULONG *, PSecPkgInfoA *);
#define EnumerateSecurityPackages      CREDMGR_AW(EnumerateSecurityPackages)
#define ENUMERATE_SECURITY_PACKAGES_FN CREDMGR_UAW(ENUMERATE_SECURITY_PACKAGES_FN)

/* SEC_E_SECPKG_NOT_FOUND, SEC_E_INSUFFICIENT_MEMORY; free with FreeContextBuffer. */
SECURITY_STATUS WINAPI QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName,
                                                 PSecPkgInfoW *ppPackageInfo);
typedef SECURITY_STATUS(WINAPI *QUERY_SECURITY_PACKAGE_INFO_FN_W)(SEC_WCHAR *, PSecPkgInfoW *);
SECURITY_STATUS WINAPI QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName,
                                                 PSecPkgInfoA *ppPackageInfo);
typedef SECURITY_STATUS(WINAPI *QUERY_SECURITY_PACKAGE_INFO_FN_A)(SEC_CHAR *, PSecPkgInfoA *);
#define QuerySecurityPackageInfo       CREDMGR_AW(QuerySecurityPackageInfo)
#define QUERY_SECURITY_PACKAGE_INFO_FN CREDMGR_UAW(QUERY_SECURITY_PACKAGE_INFO_FN)

typedef enum _SecDelegationType {
    SecFull,
    SecService,
    SecTree,
    SecDirectory,
    SecObject
} SecDelegationType,
    *PSecDelegationType;

SECURITY_STATUS WINAPI DelegateSecurityContext(PCtxtHandle phContext, SEC_CHAR *pszTarget,
                                               SecDelegationType DelegationType, PTimeStamp pExpiry,
                                               PSecBuffer pPackageParameters,
                                               PSecBufferDesc pOutput);

/* Moves a context to another process. SEC_E_INVALID_HANDLE, SEC_E_NOT_SUPPORTED. */
SECURITY_STATUS WINAPI ExportSecurityContext(PCtxtHandle phContext, ULONG fFlags,
                                             PSecBuffer pPackedContext, void **pToken);
typedef SECURITY_STATUS(WINAPI *EXPORT_SECURITY_CONTEXT_FN)(PCtxtHandle, ULONG, PSecBuffer,
                                                            void **);

SECURITY_STATUS WINAPI ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext,
                                              void *Token, PCtxtHandle phContext);
typedef SECURITY_STATUS(WINAPI *IMPORT_SECURITY_CONTEXT_FN_W)(SEC_WCHAR *, PSecBuffer, VOID *,
                                                              PCtxtHandle);
SECURITY_STATUS WINAPI ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext,
                                              VOID *Token, PCtxtHandle phContext);
typedef SECURITY_STATUS(WINAPI *IMPORT_SECURITY_CONTEXT_FN_A)(SEC_CHAR *, PSecBuffer, void *,
                                                              PCtxtHandle);
#define ImportSecurityContext      CREDMGR_AW(ImportSecurityContext)
#define IMPORT_SECURITY_CONTEXT_FN CREDMGR_UAW(IMPORT_SECURITY_CONTEXT_FN)

#define SECURITY_ENTRYPOINT_ANSIW "InitSecurityInterfaceW"
#define SECURITY_ENTRYPOINT_ANSIA "InitSecurityInterfaceA"
#define SECURITY_ENTRYPOINTW      SEC_TEXT("InitSecurityInterfaceW")
#define SECURITY_ENTRYPOINTA      SEC_TEXT("InitSecurityInterfaceA")
#define SECURITY_ENTRYPOINT16     "INITSECURITYINTERFACEA"
#define SECURITY_ENTRYPOINT       CREDMGR_AW(SECURITY_ENTRYPOINT)
#define SECURITY_ENTRYPOINT_ANSI  CREDMGR_AW(SECURITY_ENTRYPOINT_ANSI)

#define FreeCredentialHandle FreeCredentialsHandle

/* SEC_E_SECPKG_NOT_FOUND, SEC_E_LOGON_DENIED, SEC_E_UNSUPPORTED_FUNCTION. */
SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordW(SEC_WCHAR *pszPackageName,
                                                 SEC_WCHAR *pszDomainName,
                                                 SEC_WCHAR *pszAccountName,
                                                 SEC_WCHAR *pszOldPassword,
                                                 SEC_WCHAR *pszNewPassword, BOOLEAN bImpersonating,
                                                 ULONG dwReserved, PSecBufferDesc pOutput);
typedef SECURITY_STATUS(SEC_ENTRY *CHANGE_PASSWORD_FN_W)(SEC_WCHAR *, SEC_WCHAR *, SEC_WCHAR *,
                                                         SEC_WCHAR *, SEC_WCHAR *, BOOLEAN, ULONG,
                                                         PSecBufferDesc);

SECURITY_STATUS SEC_ENTRY ChangeAccountPasswordA(SEC_CHAR *pszPackageName, SEC_CHAR *pszDomainName,
                                                 SEC_CHAR *pszAccountName, SEC_CHAR *pszOldPassword,
                                                 SEC_CHAR *pszNewPassword, BOOLEAN bImpersonating,
                                                 ULONG dwReserved, PSecBufferDesc pOutput);
typedef SECURITY_STATUS(SEC_ENTRY *CHANGE_PASSWORD_FN_A)(SEC_CHAR *, SEC_CHAR *, SEC_CHAR *,
                                                         SEC_CHAR *, SEC_CHAR *, BOOLEAN, ULONG,
                                                         PSecBufferDesc);
#define ChangeAccountPassword CREDMGR_AW(ChangeAccountPassword)
#define CHANGE_PASSWORD_FN    CREDMGR_UAW(CHANGE_PASSWORD_FN)

/*
 * The function table. dwVersion tells how far it is filled: 1 to DecryptMessage, 2
 * SetContextAttributes, 3 SetCredentialsAttributes, 4 ChangeAccountPassword, 5 the Ex queries.
 * libsspi's table is always whole.
 */
typedef struct _SECURITY_FUNCTION_TABLE_W {
    ULONG dwVersion;
    ENUMERATE_SECURITY_PACKAGES_FN_W EnumerateSecurityPackagesW;
    QUERY_CREDENTIALS_ATTRIBUTES_FN_W QueryCredentialsAttributesW;
    ACQUIRE_CREDENTIALS_HANDLE_FN_W AcquireCredentialsHandleW;
    FREE_CREDENTIALS_HANDLE_FN FreeCredentialsHandle;
    void *Reserved2;
    INITIALIZE_SECURITY_CONTEXT_FN_W InitializeSecurityContextW;
    ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
    COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
    DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
    APPLY_CONTROL_TOKEN_FN ApplyControlToken;
    QUERY_CONTEXT_ATTRIBUTES_FN_W QueryContextAttributesW;
    IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
    REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
    MAKE_SIGNATURE_FN MakeSignature;
    VERIFY_SIGNATURE_FN VerifySignature;
    FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
    QUERY_SECURITY_PACKAGE_INFO_FN_W QuerySecurityPackageInfoW;
    void *Reserved3;
    void *Reserved4;
    EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
    IMPORT_SECURITY_CONTEXT_FN_W ImportSecurityContextW;
    ADD_CREDENTIALS_FN_W AddCredentialsW;
    void *Reserved8;
    QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
    ENCRYPT_MESSAGE_FN EncryptMessage;
    DECRYPT_MESSAGE_FN DecryptMessage;
    SET_CONTEXT_ATTRIBUTES_FN_W SetContextAttributesW;
    SET_CREDENTIALS_ATTRIBUTES_FN_W SetCredentialsAttributesW;
    CHANGE_PASSWORD_FN_W ChangeAccountPasswordW;
    QUERY_CONTEXT_ATTRIBUTES_EX_FN_W QueryContextAttributesExW;
    QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_W QueryCredentialsAttributesExW;
} SecurityFunctionTableW, *PSecurityFunctionTableW;

typedef struct _SECURITY_FUNCTION_TABLE_A {
    ULONG dwVersion;
    ENUMERATE_SECURITY_PACKAGES_FN_A EnumerateSecurityPackagesA;
    QUERY_CREDENTIALS_ATTRIBUTES_FN_A QueryCredentialsAttributesA;
    ACQUIRE_CREDENTIALS_HANDLE_FN_A AcquireCredentialsHandleA;
    FREE_CREDENTIALS_HANDLE_FN FreeCredentialHandle;
    void *Reserved2;
    INITIALIZE_SECURITY_CONTEXT_FN_A InitializeSecurityContextA;
    ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
    COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
    DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
    APPLY_CONTROL_TOKEN_FN ApplyControlToken;
    QUERY_CONTEXT_ATTRIBUTES_FN_A QueryContextAttributesA;
    IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
    REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
    MAKE_SIGNATURE_FN MakeSignature;
    VERIFY_SIGNATURE_FN VerifySignature;
    FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
    QUERY_SECURITY_PACKAGE_INFO_FN_A QuerySecurityPackageInfoA;
    void *Reserved3;
    void *Reserved4;
    EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
    IMPORT_SECURITY_CONTEXT_FN_A ImportSecurityContextA;
    ADD_CREDENTIALS_FN_A AddCredentialsA;
    void *Reserved8;
    QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
    ENCRYPT_MESSAGE_FN EncryptMessage;
    DECRYPT_MESSAGE_FN DecryptMessage;
    SET_CONTEXT_ATTRIBUTES_FN_A SetContextAttributesA;
    SET_CREDENTIALS_ATTRIBUTES_FN_A SetCredentialsAttributesA;
    CHANGE_PASSWORD_FN_A ChangeAccountPasswordA;
    QUERY_CONTEXT_ATTRIBUTES_EX_FN_A QueryContextAttributesExA;
    QUERY_CREDENTIALS_ATTRIBUTES_EX_FN_A QueryCredentialsAttributesExA;
} SecurityFunctionTableA, *PSecurityFunctionTableA;
#define SecurityFunctionTable  CREDMGR_AW(SecurityFunctionTable)
#define PSecurityFunctionTable CREDMGR_AW(PSecurityFunctionTable)

#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION   1
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_2 2
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_3 3
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_4 4
#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION_5 5

/* The table of this library; NULL only when there is no memory. It is never freed. */
PSecurityFunctionTableA WINAPI InitSecurityInterfaceA(void);
typedef PSecurityFunctionTableA(WINAPI *INIT_SECURITY_INTERFACE_A)(void);

PSecurityFunctionTableW WINAPI InitSecurityInterfaceW(void);
typedef PSecurityFunctionTableW(WINAPI *INIT_SECURITY_INTERFACE_W)(void);
#define InitSecurityInterface   CREDMGR_AW(InitSecurityInterface)
#define INIT_SECURITY_INTERFACE CREDMGR_UAW(INIT_SECURITY_INTERFACE)

/* ---- SASL profiles: GSSAPI and GSS-SPNEGO framing, RFC 4752 ---- */

SECURITY_STATUS WINAPI SaslEnumerateProfilesA(LPSTR *ProfileList, ULONG *ProfileCount);
SECURITY_STATUS WINAPI SaslEnumerateProfilesW(LPWSTR *ProfileList, ULONG *ProfileCount);
#define SaslEnumerateProfiles CREDMGR_AW(SaslEnumerateProfiles)

SECURITY_STATUS WINAPI SaslGetProfilePackageA(LPSTR ProfileName, PSecPkgInfoA *PackageInfo);
SECURITY_STATUS WINAPI SaslGetProfilePackageW(LPWSTR ProfileName, PSecPkgInfoW *PackageInfo);
#define SaslGetProfilePackage CREDMGR_AW(SaslGetProfilePackage)

SECURITY_STATUS WINAPI SaslIdentifyPackageA(PSecBufferDesc pInput, PSecPkgInfoA *PackageInfo);
SECURITY_STATUS WINAPI SaslIdentifyPackageW(PSecBufferDesc pInput, PSecPkgInfoW *PackageInfo);
#define SaslIdentifyPackage CREDMGR_AW(SaslIdentifyPackage)

SECURITY_STATUS WINAPI SaslInitializeSecurityContextW(
    PCredHandle phCredential, PCtxtHandle phContext, LPWSTR pszTargetName, ULONG fContextReq,
    ULONG Reserved1, ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
    PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry);
SECURITY_STATUS WINAPI SaslInitializeSecurityContextA(
    PCredHandle phCredential, PCtxtHandle phContext, LPSTR pszTargetName, ULONG fContextReq,
    ULONG Reserved1, ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
    PCtxtHandle phNewContext, PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry);
#define SaslInitializeSecurityContext CREDMGR_AW(SaslInitializeSecurityContext)

SECURITY_STATUS WINAPI SaslAcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext,
                                                 PSecBufferDesc pInput, ULONG fContextReq,
                                                 ULONG TargetDataRep, PCtxtHandle phNewContext,
                                                 PSecBufferDesc pOutput, ULONG *pfContextAttr,
                                                 PTimeStamp ptsExpiry);

#define SASL_OPTION_SEND_SIZE        1
#define SASL_OPTION_RECV_SIZE        2
#define SASL_OPTION_AUTHZ_STRING     3
#define SASL_OPTION_AUTHZ_PROCESSING 4

typedef enum _SASL_AUTHZID_STATE {
    Sasl_AuthZIDForbidden,
    Sasl_AuthZIDProcessed
} SASL_AUTHZID_STATE;

SECURITY_STATUS WINAPI SaslSetContextOption(PCtxtHandle ContextHandle, ULONG Option, PVOID Value,
                                            ULONG Size);
SECURITY_STATUS WINAPI SaslGetContextOption(PCtxtHandle ContextHandle, ULONG Option, PVOID Value,
                                            ULONG Size, PULONG Needed);

/* ---- identities: credentials a caller supplies in pAuthData ---- */

#define SEC_WINNT_AUTH_IDENTITY_VERSION_2 0x201

typedef struct _SEC_WINNT_AUTH_IDENTITY_EX2 {
    ULONG Version;
    USHORT cbHeaderLength;
    ULONG cbStructureLength;
    ULONG UserOffset;
    USHORT UserLength;
    ULONG DomainOffset;
    USHORT DomainLength;
    ULONG PackedCredentialsOffset;
    USHORT PackedCredentialsLength;
    ULONG Flags;
    ULONG PackageListOffset;
    USHORT PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EX2, *PSEC_WINNT_AUTH_IDENTITY_EX2;

#define SEC_WINNT_AUTH_IDENTITY_ANSI    0x1
#define SEC_WINNT_AUTH_IDENTITY_UNICODE 0x2

/*
 * Lengths are characters, without a terminator. Flags alone tells the character set, whichever
 * function the identity is given to.
 */
typedef struct _SEC_WINNT_AUTH_IDENTITY_W {
    USHORT *User;
    ULONG UserLength;
    USHORT *Domain;
    ULONG DomainLength;
    USHORT *Password;
    ULONG PasswordLength;
    ULONG Flags;
} SEC_WINNT_AUTH_IDENTITY_W, *PSEC_WINNT_AUTH_IDENTITY_W;

typedef struct _SEC_WINNT_AUTH_IDENTITY_A {
    UCHAR *User;
    ULONG UserLength;
    UCHAR *Domain;
    ULONG DomainLength;
    UCHAR *Password;
    ULONG PasswordLength;
    ULONG Flags;
} SEC_WINNT_AUTH_IDENTITY_A, *PSEC_WINNT_AUTH_IDENTITY_A;
#define SEC_WINNT_AUTH_IDENTITY  CREDMGR_UAW(SEC_WINNT_AUTH_IDENTITY)
#define PSEC_WINNT_AUTH_IDENTITY CREDMGR_UAW(PSEC_WINNT_AUTH_IDENTITY)
#define _SEC_WINNT_AUTH_IDENTITY CREDMGR_UAW(_SEC_WINNT_AUTH_IDENTITY)

#define SEC_WINNT_AUTH_IDENTITY_VERSION 0x200

typedef struct _SEC_WINNT_AUTH_IDENTITY_EXW {
    ULONG Version;
    ULONG Length;
    USHORT *User;
    ULONG UserLength;
    USHORT *Domain;
    ULONG DomainLength;
    USHORT *Password;
    ULONG PasswordLength;
    ULONG Flags;
    USHORT *PackageList;
    ULONG PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXW, *PSEC_WINNT_AUTH_IDENTITY_EXW;

typedef struct _SEC_WINNT_AUTH_IDENTITY_EXA {
    ULONG Version;
    ULONG Length;
    UCHAR *User;
    ULONG UserLength;
    UCHAR *Domain;
    ULONG DomainLength;
    UCHAR *Password;
    ULONG PasswordLength;
    ULONG Flags;
    UCHAR *PackageList;
    ULONG PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXA, *PSEC_WINNT_AUTH_IDENTITY_EXA;
#define SEC_WINNT_AUTH_IDENTITY_EX  CREDMGR_AW(SEC_WINNT_AUTH_IDENTITY_EX)
#define PSEC_WINNT_AUTH_IDENTITY_EX CREDMGR_AW(PSEC_WINNT_AUTH_IDENTITY_EX)

typedef union _SEC_WINNT_AUTH_IDENTITY_INFO {
    SEC_WINNT_AUTH_IDENTITY_EXW AuthIdExw;
    SEC_WINNT_AUTH_IDENTITY_EXA AuthIdExa;
    SEC_WINNT_AUTH_IDENTITY_A AuthId_a;
    SEC_WINNT_AUTH_IDENTITY_W AuthId_w;
    SEC_WINNT_AUTH_IDENTITY_EX2 AuthIdEx2;
} SEC_WINNT_AUTH_IDENTITY_INFO, *PSEC_WINNT_AUTH_IDENTITY_INFO;

#define SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED 0x10
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED  0x20
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED    0x40
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED  0x80

#define SEC_WINNT_AUTH_IDENTITY_FLAGS_RESERVED    0x10000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_USER   0x20000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_NULL_DOMAIN 0x40000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_ID_PROVIDER 0x80000

#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_USE_MASK             0xff000000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_SAVE 0x80000000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_BY_CALLER                                  \
    SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_SAVE
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_CHECKED    0x40000000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_NO_CHECKBOX          0x20000000
#define SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_LOAD 0x10000000

#define SEC_WINNT_AUTH_IDENTITY_FLAGS_VALID_SSPIPFC_FLAGS                                          \
    (SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_SAVE |                                  \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_SAVE_CRED_CHECKED |                                     \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_NO_CHECKBOX |                                           \
     SEC_WINNT_AUTH_IDENTITY_FLAGS_SSPIPFC_CREDPROV_DO_NOT_LOAD)

#define SSPIPFC_CREDPROV_DO_NOT_SAVE 0x00000001
#define SSPIPFC_SAVE_CRED_BY_CALLER  SSPIPFC_CREDPROV_DO_NOT_SAVE
#define SSPIPFC_NO_CHECKBOX          0x00000002
#define SSPIPFC_CREDPROV_DO_NOT_LOAD 0x00000004
#define SSPIPFC_USE_CREDUIBROKER     0x00000008
#define SSPIPFC_VALID_FLAGS                                                                        \
    (SSPIPFC_CREDPROV_DO_NOT_SAVE | SSPIPFC_NO_CHECKBOX | SSPIPFC_CREDPROV_DO_NOT_LOAD |           \
     SSPIPFC_USE_CREDUIBROKER)

/* Any of the identities above, told apart by its first words. */
typedef PVOID PSEC_WINNT_AUTH_IDENTITY_OPAQUE;

ULONG SEC_ENTRY SspiPromptForCredentialsW(PCWSTR pszTargetName, PVOID pUiInfo, ULONG dwAuthError,
                                          PCWSTR pszPackage,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity,
                                          int *pfSave, ULONG dwFlags);

ULONG SEC_ENTRY SspiPromptForCredentialsA(PCSTR pszTargetName, PVOID pUiInfo, ULONG dwAuthError,
                                          PCSTR pszPackage,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity,
                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity,
                                          int *pfSave, ULONG dwFlags);

static const GUID SEC_WINNT_AUTH_DATA_TYPE_PASSWORD = {
    0x28bfc32f, 0x10f6, 0x4738, {0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a}};

static const GUID SEC_WINNT_AUTH_DATA_TYPE_CERT = {
    0x235f69ad, 0x73fb, 0x4dbc, {0x82, 0x3, 0x6, 0x29, 0xe7, 0x39, 0x33, 0x9b}};

static const GUID SEC_WINNT_AUTH_DATA_TYPE_CREDMAN_CERT = {
    0x7cb72412, 0x1016, 0x491a, {0x8c, 0x87, 0x4d, 0x2a, 0xa1, 0xb7, 0xdd, 0x3a}};

static const GUID SEC_WINNT_AUTH_DATA_TYPE_NGC = {
    0x10a47879, 0x5ebf, 0x4b85, {0xbd, 0x8d, 0xc2, 0x1b, 0xb4, 0xf4, 0x9c, 0x8a}};

static const GUID SEC_WINNT_AUTH_DATA_TYPE_FIDO = {
    0x32e8f8d7, 0x7871, 0x4bcc, {0x83, 0xc5, 0x46, 0xf, 0x66, 0xc6, 0x13, 0x5c}};

static const GUID SEC_WINNT_AUTH_DATA_TYPE_KEYTAB = {
    0xd587aae8, 0xf78f, 0x4455, {0xa1, 0x12, 0xc9, 0x34, 0xbe, 0xee, 0x7c, 0xe1}};

static const GUID SEC_WINNT_AUTH_DATA_TYPE_CSP_DATA = {
    0x68fd9879, 0x79c, 0x4dfe, {0x82, 0x81, 0x57, 0x8a, 0xad, 0xc1, 0xc1, 0x0}};

static const GUID SEC_WINNT_AUTH_DATA_TYPE_SMARTCARD_CONTEXTS = {
    0xb86c4ff3, 0x49d7, 0x4dc4, {0xb5, 0x60, 0xb1, 0x16, 0x36, 0x85, 0xb2, 0x36}};

static const GUID CREDUIWIN_STRUCTURE_TYPE_SSPIPFC = {
    0x3c3e93d9, 0xd96b, 0x49b5, {0x94, 0xa7, 0x45, 0x85, 0x92, 0x8, 0x83, 0x37}};

static const GUID SSPIPFC_STRUCTURE_TYPE_CREDUI_CONTEXT = {
    0xc2fffe6f, 0x503d, 0x4c3d, {0xa9, 0x5e, 0xbc, 0xe8, 0x21, 0x21, 0x3d, 0x44}};

/* ---- packed credentials; offsets count from the start of the structure that holds the vector ----
 */

typedef struct _SEC_WINNT_AUTH_BYTE_VECTOR {
    ULONG ByteArrayOffset;
    USHORT ByteArrayLength;
} SEC_WINNT_AUTH_BYTE_VECTOR, *PSEC_WINNT_AUTH_BYTE_VECTOR;

typedef struct _SEC_WINNT_AUTH_DATA {
    GUID CredType;
    SEC_WINNT_AUTH_BYTE_VECTOR CredData;
} SEC_WINNT_AUTH_DATA, *PSEC_WINNT_AUTH_DATA;

typedef struct _SEC_WINNT_AUTH_PACKED_CREDENTIALS {
    USHORT cbHeaderLength;
    USHORT cbStructureLength;
    SEC_WINNT_AUTH_DATA AuthData;
} SEC_WINNT_AUTH_PACKED_CREDENTIALS, *PSEC_WINNT_AUTH_PACKED_CREDENTIALS;

typedef struct _SEC_WINNT_AUTH_DATA_PASSWORD {
    SEC_WINNT_AUTH_BYTE_VECTOR UnicodePassword;
} SEC_WINNT_AUTH_DATA_PASSWORD, *PSEC_WINNT_AUTH_DATA_PASSWORD;

typedef struct _SEC_WINNT_AUTH_CERTIFICATE_DATA {
    USHORT cbHeaderLength;
    USHORT cbStructureLength;
    SEC_WINNT_AUTH_BYTE_VECTOR Certificate;
} SEC_WINNT_AUTH_CERTIFICATE_DATA, *PSEC_WINNT_AUTH_CERTIFICATE_DATA;

typedef struct _SEC_WINNT_AUTH_NGC_DATA {
    LUID LogonId;
    ULONG Flags;
    SEC_WINNT_AUTH_BYTE_VECTOR CspInfo;
    SEC_WINNT_AUTH_BYTE_VECTOR UserIdKeyAuthTicket;
    SEC_WINNT_AUTH_BYTE_VECTOR DecryptionKeyName;
    SEC_WINNT_AUTH_BYTE_VECTOR DecryptionKeyAuthTicket;
} SEC_WINNT_AUTH_NGC_DATA, *PSEC_WINNT_AUTH_NGC_DATA;

#define NGC_DATA_FLAG_KERB_CERTIFICATE_LOGON_FLAG_CHECK_DUPLICATES     1
#define NGC_DATA_FLAG_KERB_CERTIFICATE_LOGON_FLAG_USE_CERTIFICATE_INFO 2
#define NGC_DATA_FLAG_IS_SMARTCARD_DATA                                4

typedef struct _SEC_WINNT_AUTH_DATA_TYPE_SMARTCARD_CONTEXTS_DATA {
    PVOID pcc;
    PVOID hProv;
    LPWSTR pwszECDHKeyName;
} SEC_WINNT_AUTH_DATA_TYPE_SMARTCARD_CONTEXTS_DATA,
    *PSEC_WINNT_AUTH_DATA_TYPE_SMARTCARD_CONTEXTS_DATA;

typedef struct _SEC_WINNT_AUTH_FIDO_DATA {
    USHORT cbHeaderLength;
    USHORT cbStructureLength;
    SEC_WINNT_AUTH_BYTE_VECTOR Secret;
    SEC_WINNT_AUTH_BYTE_VECTOR NewSecret;
    SEC_WINNT_AUTH_BYTE_VECTOR EncryptedNewSecret;
    SEC_WINNT_AUTH_BYTE_VECTOR NetworkLogonBuffer;
    ULONG64 ulSignatureCount;
} SEC_WINNT_AUTH_FIDO_DATA, *PSEC_WINNT_AUTH_FIDO_DATA;

typedef struct _SEC_WINNT_CREDUI_CONTEXT_VECTOR {
    ULONG CredUIContextArrayOffset;
    USHORT CredUIContextCount;
} SEC_WINNT_CREDUI_CONTEXT_VECTOR, *PSEC_WINNT_CREDUI_CONTEXT_VECTOR;

typedef struct _SEC_WINNT_AUTH_SHORT_VECTOR {
    ULONG ShortArrayOffset;
    USHORT ShortArrayCount;
} SEC_WINNT_AUTH_SHORT_VECTOR, *PSEC_WINNT_AUTH_SHORT_VECTOR;

typedef struct _CREDUIWIN_MARSHALED_CONTEXT {
    GUID StructureType;
    USHORT cbHeaderLength;
    LUID LogonId;
    GUID MarshaledDataType;
    ULONG MarshaledDataOffset;
    USHORT MarshaledDataLength;
} CREDUIWIN_MARSHALED_CONTEXT, *PCREDUIWIN_MARSHALED_CONTEXT;

typedef struct _SEC_WINNT_CREDUI_CONTEXT {
    USHORT cbHeaderLength;
    HANDLE CredUIContextHandle;
    PVOID UIInfo;
    ULONG dwAuthError;
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE pInputAuthIdentity;
    PUNICODE_STRING TargetName;
} SEC_WINNT_CREDUI_CONTEXT, *PSEC_WINNT_CREDUI_CONTEXT;

typedef struct _SEC_WINNT_AUTH_PACKED_CREDENTIALS_EX {
    USHORT cbHeaderLength;
    ULONG Flags;
    SEC_WINNT_AUTH_BYTE_VECTOR PackedCredentials;
    SEC_WINNT_AUTH_SHORT_VECTOR PackageList;
} SEC_WINNT_AUTH_PACKED_CREDENTIALS_EX, *PSEC_WINNT_AUTH_PACKED_CREDENTIALS_EX;

SECURITY_STATUS SEC_ENTRY SspiGetCredUIContext(HANDLE ContextHandle, GUID *CredType, LUID *LogonId,
                                               PSEC_WINNT_CREDUI_CONTEXT_VECTOR *CredUIContexts,
                                               HANDLE *TokenHandle);
SECURITY_STATUS SEC_ENTRY SspiUpdateCredentials(HANDLE ContextHandle, GUID *CredType,
                                                ULONG FlatCredUIContextLength,
                                                PUCHAR FlatCredUIContext);
SECURITY_STATUS SEC_ENTRY SspiUnmarshalCredUIContext(PUCHAR MarshaledCredUIContext,
                                                     ULONG MarshaledCredUIContextLength,
                                                     PSEC_WINNT_CREDUI_CONTEXT *CredUIContext);

#define SEC_WINNT_AUTH_IDENTITY_MARSHALLED 0x4
#define SEC_WINNT_AUTH_IDENTITY_ONLY       0x8

typedef struct _SECURITY_PACKAGE_OPTIONS {
    ULONG Size;
    ULONG Type;
    ULONG Flags;
    ULONG SignatureSize;
    void *Signature;
} SECURITY_PACKAGE_OPTIONS, *PSECURITY_PACKAGE_OPTIONS;

#define SECPKG_OPTIONS_TYPE_UNKNOWN 0
#define SECPKG_OPTIONS_TYPE_LSA     1
#define SECPKG_OPTIONS_TYPE_SSPI    2

#define SECPKG_OPTIONS_PERMANENT 0x00000001
#define AddSecurityPackage       CREDMGR_AW(AddSecurityPackage)
#define DeleteSecurityPackage    CREDMGR_AW(DeleteSecurityPackage)

SECURITY_STATUS WINAPI AddSecurityPackageA(LPSTR pszPackageName,
                                           PSECURITY_PACKAGE_OPTIONS pOptions);
SECURITY_STATUS WINAPI AddSecurityPackageW(LPWSTR pszPackageName,
                                           PSECURITY_PACKAGE_OPTIONS pOptions);
SECURITY_STATUS WINAPI DeleteSecurityPackageA(SEC_CHAR *pszPackageName);
SECURITY_STATUS WINAPI DeleteSecurityPackageW(SEC_WCHAR *pszPackageName);

/* ---- helpers on identities ---- */

SECURITY_STATUS SEC_ENTRY SspiPrepareForCredRead(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
                                                 PCWSTR pszTargetName,
                                                 PULONG pCredmanCredentialType,
                                                 PCWSTR *ppszCredmanTargetName);

SECURITY_STATUS SEC_ENTRY SspiPrepareForCredWrite(
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
    PULONG pCredmanCredentialType, PCWSTR *ppszCredmanTargetName, PCWSTR *ppszCredmanUserName,
    PUCHAR *ppCredentialBlob, PULONG pCredentialBlobSize);

#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON   1
#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS 2
#define SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM   4

SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

SECURITY_STATUS SEC_ENTRY SspiEncryptAuthIdentityEx(ULONG Options,
                                                    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

SECURITY_STATUS SEC_ENTRY
SspiDecryptAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

SECURITY_STATUS SEC_ENTRY
SspiDecryptAuthIdentityEx(ULONG Options, PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

BOOLEAN SEC_ENTRY SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

SECURITY_STATUS SEC_ENTRY
SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity, PCWSTR *ppszUserName,
                                PCWSTR *ppszDomainName, PCWSTR *ppszPackedCredentialsString);

SECURITY_STATUS SEC_ENTRY SspiValidateAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

SECURITY_STATUS SEC_ENTRY SspiCopyAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData,
                                               PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy);

VOID SEC_ENTRY SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

VOID SEC_ENTRY SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);

VOID SEC_ENTRY SspiLocalFree(PVOID DataBuffer);

SECURITY_STATUS SEC_ENTRY SspiEncodeStringsAsAuthIdentity(
    PCWSTR pszUserName, PCWSTR pszDomainName, PCWSTR pszPackedCredentialsString,
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity);

SECURITY_STATUS SEC_ENTRY SspiCompareAuthIdentities(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity1,
                                                    PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity2,
                                                    PBOOLEAN SameSuppliedUser,
                                                    PBOOLEAN SameSuppliedIdentity);

SECURITY_STATUS SEC_ENTRY SspiMarshalAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
                                                  ULONG *AuthIdentityLength,
                                                  char **AuthIdentityByteArray);

SECURITY_STATUS SEC_ENTRY
SspiUnmarshalAuthIdentity(ULONG AuthIdentityLength, char *AuthIdentityByteArray,
                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity);

SECURITY_STATUS SEC_ENTRY SspiSetChannelBindingFlags(PSecPkgContext_Bindings pBindings,
                                                     ULONG flags);

/* ---- the address of the peer, for calls made on its behalf ---- */

SECURITY_STATUS SEC_ENTRY SecAllocateAndSetCallTarget(PUCHAR lpIpAddress, ULONG cchIpAddress,
                                                      LPWSTR TargetName, BOOL *FreeCallContext);
SECURITY_STATUS SEC_ENTRY SecAllocateAndSetIPAddress(PUCHAR lpIpAddress, ULONG cchIpAddress,
                                                     BOOL *FreeCallContext);
VOID SEC_ENTRY SecFreeCallContext(VOID);

BOOLEAN SEC_ENTRY SspiIsPromptingNeeded(ULONG ErrorOrNtStatus);

SECURITY_STATUS SEC_ENTRY SspiGetTargetHostName(PCWSTR pszTargetName, PWSTR *pszHostName);

SECURITY_STATUS SEC_ENTRY SspiExcludePackage(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity,
                                             PCWSTR pszPackageName,
                                             PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppNewAuthIdentity);

#ifdef __cplusplus
}
#endif

#endif
