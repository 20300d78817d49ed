/*
 * What libsspi.so offers beyond Windows' SSPI, because a program on Linux needs it: the reason of a
 * failure in words, and what Kerberos knows of a client. Everything documented by Microsoft is in
 * the headers of Windows' names.
 */
#ifndef CREDMGR_H
#define CREDMGR_H

#include <windows.h>
#include <security.h>
#include <wincrypt.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- why ----------------------------------------------------------------------------------- */

/*
 * Why the last call of this thread failed, out of those that get credentials, make a context, ask
 * about either or set something, and LsaCallAuthenticationPackage: in the words of what is
 * underneath (libkrb5's, "Clock skew too great", say), whether it happened in this process or in
 * lsad. UTF-8, at most 255 bytes; "" when that call succeeded or there was none. The memory is the
 * thread's and good until its next call; it is not freed. `code`, which may be NULL, gets the code
 * of the component underneath: a krb5_error_code (com_err's number), or 0. Never fails.
 *
 * It is for people and logs. It holds no secret, but names of accounts and hosts: do not send it to
 * the peer.
 */
const char *WINAPI CredmgrLastErrorText(LONG *code);

/* ---- who ----------------------------------------------------------------------------------- */

/*
 * Attributes for QueryContextAttributesA and W, which are the same for these: strings are UTF-8.
 * Each gives one block of memory, for FreeContextBuffer. SEC_E_UNSUPPORTED_FUNCTION: not of this
 * package, or there is none (a ticket without a PAC; an initiator's context).
 */
#define SECPKG_ATTR_CREDMGR_PAC    0x00434d01 /* SecPkgContext_CredmgrPac */
#define SECPKG_ATTR_CREDMGR_CLIENT 0x00434d02 /* SecPkgContext_CredmgrClient */
#define SECPKG_ATTR_CREDMGR_MIC    0x00434d03 /* SecPkgContext_CredmgrMic */

/* NTLM: an integrity code over the messages of the handshake was sent, or verified. */
typedef struct _SecPkgContext_CredmgrMic {
    ULONG HandshakeHadMic; /* 0 or 1 */
} SecPkgContext_CredmgrMic, *PSecPkgContext_CredmgrMic;

typedef struct _CREDMGR_GROUP {
    const char *Sid;  /* "S-1-5-21-…" */
    ULONG Attributes; /* SE_GROUP_*, [MS-PAC] 2.2.1 */
} CREDMGR_GROUP;

/*
 * The authorization data that the client's domain controller put into its ticket, [MS-PAC]. The
 * service's key vouches for it: a PAC whose signature is wrong is none. Times are FILETIMEs in UTC,
 * INT64_MAX for never. A string that the PAC does not have is "".
 */
typedef struct _CREDMGR_PAC {
    const char *AccountName; /* sAMAccountName */
    const char *FullName;
    const char *DomainName;    /* NetBIOS */
    const char *LogonServer;   /* the domain controller's NetBIOS name */
    const char *Upn;           /* user principal name */
    const char *DnsDomainName; /* in capital letters, as the realm */
    const char *UserSid;
    const char *PrimaryGroupSid;
    LONGLONG LogonTime, LogoffTime, KickoffTime;
    LONGLONG PasswordLastSet, PasswordCanChange, PasswordMustChange;
    ULONG UserFlags;          /* LOGON_*, [MS-PAC] 2.5 */
    ULONG UserAccountControl; /* USER_*, [MS-SAMR] 2.2.1.12 */
    ULONG GroupCount;
    const CREDMGR_GROUP *Groups; /* of the domain, others, resource groups, in this order */
    ULONG RawSize;               /* bytes */
    const UCHAR *Raw;            /* PACTYPE as it stood in the ticket */
} CREDMGR_PAC, *PCREDMGR_PAC;

typedef struct _SecPkgContext_CredmgrPac {
    PCREDMGR_PAC Pac;
} SecPkgContext_CredmgrPac, *PSecPkgContext_CredmgrPac;

/* The client of an acceptor's context, as this machine sees it. */
typedef struct _CREDMGR_CLIENT {
    const char *Principal; /* "user@REALM" */
    const char *LocalUser; /* whom krb5.conf (auth_to_local) makes of the principal; "": nobody */
    LUID LogonId;          /* the network logon session with delegated credentials; 0: none */
    LONGLONG AuthTime;     /* FILETIME in UTC of the initial authentication; 0: not known */
    ULONG TicketFlags;     /* KERB_TICKET_FLAGS_*, RFC 4120 5.3 */
} CREDMGR_CLIENT, *PCREDMGR_CLIENT;

typedef struct _SecPkgContext_CredmgrClient {
    PCREDMGR_CLIENT Client;
} SecPkgContext_CredmgrClient, *PSecPkgContext_CredmgrClient;

/* ---- tokens -------------------------------------------------------------------------------- */

/* What a token (QuerySecurityContextToken) says of a client: a user of this system. */
typedef struct _CREDMGR_TOKEN_INFORMATION {
    ULONG Uid, Gid;
    ULONG GroupCount;
    const ULONG *Groups;    /* with Gid among them */
    const char *UserName;   /* as the system has it */
    const char *ClientName; /* as the client was called by the package: "DOMAIN\\user"; or "" */
    LUID LogonId;           /* of the client's network logon session */
    /* SecurityIdentification: the client did not want to be impersonated. SecurityDelegation: the
       session has credentials of the client's. */
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
} CREDMGR_TOKEN_INFORMATION, *PCREDMGR_TOKEN_INFORMATION;

/*
 * Reads a token, into one block of memory for FreeContextBuffer. SEC_E_INVALID_HANDLE: it is no
 * token; SEC_E_INSUFFICIENT_MEMORY; SEC_E_INVALID_PARAMETER for a NULL.
 */
SECURITY_STATUS WINAPI CredmgrQueryToken(HANDLE Token, PCREDMGR_TOKEN_INFORMATION *Information);

/* ---- certificates -------------------------------------------------------------------------- */

/*
 * Asks for the password of `Source` (as it was given to the function that asks): puts at most Size
 * bytes, UTF-8, into Password and returns how many; negative: there is none.
 */
typedef LONG(WINAPI *CREDMGR_PASSWORD_CALLBACK)(void *Context, const char *Source, char *Password,
                                                ULONG Size);

/*
 * A certificate with its private key and its chain, for SCHANNEL_CRED.paCred: *Context is ended by
 * CertFreeCertificateContext(). Where Windows has stores of them, Linux has files and tokens:
 *
 * Certificate   a file, in PEM (any number of certificates, a key), DER or PKCS#12; or a "pkcs11:"
 *               URI (RFC 7512; with module-path, pin-value or pin-source, if need be).
 * Key           the same of the private key; NULL: it stands with the certificate, or there is
 * none. Password      asked when something is encrypted or a token wants a PIN; NULL: nobody knows
 * it.
 *
 * Of several certificates the one of the key is the context's, without a key the first; the others
 * are its chain. SEC_E_NO_CREDENTIALS: it cannot be read, or is not in it; SEC_E_CERT_UNKNOWN: it
 * is malformed, or the key is another certificate's; SEC_E_LOGON_DENIED: the password is missing or
 * wrong; SEC_E_UNSUPPORTED_FUNCTION: there is no PKCS#11 engine or module;
 * SEC_E_INVALID_PARAMETER: a NULL; SEC_E_INSUFFICIENT_MEMORY. CredmgrLastErrorText() tells more.
 */
SECURITY_STATUS WINAPI CredmgrCertificateLoad(const char *Certificate, const char *Key,
                                              CREDMGR_PASSWORD_CALLBACK Password,
                                              void *PasswordContext, PCCERT_CONTEXT *Context);

#ifdef __cplusplus
}
#endif

#endif
