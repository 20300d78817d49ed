/*
 * Credentials for the CredSSP package: a TLS credential for the channel and an identity to hand
 * over to the server, as an RDP or WinRM client passes them to AcquireCredentialsHandle.
 *
 * Source: "credssp.h header", Windows SDK documentation (sdk-api/credssp), [MS-CSSP].
 */
#ifndef CREDMGR_CREDSSP_H
#define CREDMGR_CREDSSP_H

#include <windows.h>
#include <sspi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CREDSSP_NAME  u"CREDSSP"
#define TS_SSP_NAME_A "TSSSP"
#define TS_SSP_NAME   u"TSSSP"

/* Extended key usage of a server certificate that allows the server to be sent credentials. */
#define szOID_TS_KP_TS_SERVER_AUTH "1.3.6.1.4.1.311.54.1.2"

/* What pSpnegoCred points to. */
typedef enum _CREDSSP_SUBMIT_TYPE {
    CredsspPasswordCreds = 2,        /* SEC_WINNT_AUTH_IDENTITY_W */
    CredsspSchannelCreds = 4,        /* nothing: only pSchannelCred is used */
    CredsspCertificateCreds = 13,    /* KERB_CERTIFICATE_LOGON */
    CredsspSubmitBufferBoth = 50,    /* a buffer for LsaLogonUser, by both ways */
    CredsspSubmitBufferBothOld = 51, /* the same in its older form */
    CredsspCredEx = 100              /* the structure is a CREDSSP_CRED_EX */
} CREDSPP_SUBMIT_TYPE;

/* pAuthData of AcquireCredentialsHandle. pSchannelCred: SCHANNEL_CRED or SCH_CREDENTIALS. */
typedef struct _CREDSSP_CRED {
    CREDSPP_SUBMIT_TYPE Type;
    PVOID pSchannelCred;
    PVOID pSpnegoCred;
} CREDSSP_CRED, *PCREDSSP_CRED;

#define CREDSSP_CRED_EX_VERSION 0

/* Sends a redirected logon (Remote Credential Guard) instead of the credentials. */
#define CREDSSP_FLAG_REDIRECT 0x1

/* Type is CredsspCredEx; Cred is what is meant. */
typedef struct _CREDSSP_CRED_EX {
    CREDSPP_SUBMIT_TYPE Type;
    ULONG Version; /* CREDSSP_CRED_EX_VERSION */
    ULONG Flags;   /* CREDSSP_FLAG_* */
    ULONG Reserved;
    CREDSSP_CRED Cred;
} CREDSSP_CRED_EX, *PCREDSSP_CRED_EX;

/* ---- context attributes ---- */

#define SECPKG_ALT_ATTR                 0x80000000
#define SECPKG_ATTR_CREDS               0x80000080
#define SECPKG_ATTR_NEGOTIATION_PACKAGE 0x80000081
#define SECPKG_ATTR_C_ACCESS_TOKEN      (SECPKG_ATTR_ACCESS_TOKEN | SECPKG_ALT_ATTR)
#define SECPKG_ATTR_C_FULL_ACCESS_TOKEN 0x80000082
#define SECPKG_ATTR_SERVER_AUTH_FLAGS   0x80000083
#define SECPKG_ATTR_CERT_TRUST_STATUS   0x80000084
#define SECPKG_ATTR_C_FULL_IDENT_TOKEN  0x80000085
#define SECPKG_ATTR_CREDS_2             0x80000086

/* SECPKG_ATTR_CREDS, on the server: what the client handed over. Free with FreeContextBuffer. */
typedef struct _SecPkgContext_ClientCreds {
    ULONG AuthBufferLen; /* bytes */
    PUCHAR AuthBuffer;
} SecPkgContext_ClientCreds, *PSecPkgContext_ClientCreds;

/* SECPKG_ATTR_SERVER_AUTH_FLAGS, on the client: how the server proved itself. */
#define CREDSSP_SERVER_AUTH_NEGOTIATE   0x1
#define CREDSSP_SERVER_AUTH_CERTIFICATE 0x2
#define CREDSSP_SERVER_AUTH_LOOPBACK    0x4

#ifdef __cplusplus
}
#endif

#endif
