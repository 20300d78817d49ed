/*
 * The tables of host_attributes.h, from sspi.h.
 */
#include "libsspi/lsa/host_attributes.h"

#include <credmgr.h>
#include <credssp.h>
#include <schannel.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/lsa/host.h"

#define AW_TEXT(type, member)                                                                      \
    {                                                                                              \
        LSA_PART_TEXT, offsetof(type, member), 0                                                   \
    }
#define WIDE(type, member)                                                                         \
    {                                                                                              \
        LSA_PART_WIDE, offsetof(type, member), 0                                                   \
    }
#define BYTES(type, member, length)                                                                \
    {                                                                                              \
        LSA_PART_BYTES, offsetof(type, member), offsetof(type, length)                             \
    }
#define BYTES16(type, member, length)                                                              \
    {                                                                                              \
        LSA_PART_BYTES16, offsetof(type, member), offsetof(type, length)                           \
    }
/* A structure without pointers, and one with. */
#define PLAIN(number, type)                                                                        \
    {                                                                                              \
        .attribute = (number), .size = sizeof(type)                                                \
    }
/* … whose pointers mean something in this process only. */
#define LOCAL(number, type)                                                                        \
    {                                                                                              \
        .attribute = (number), .size = sizeof(type), .local = true                                 \
    }
#define WITH(number, type, ...)                                                                    \
    {                                                                                              \
        .attribute = (number), .size = sizeof(type), .parts = { __VA_ARGS__ }                      \
    }

static const struct lsa_attribute of_credentials[] = {
    WITH(SECPKG_CRED_ATTR_NAMES, SecPkgCredentials_NamesW,
         AW_TEXT(SecPkgCredentials_NamesW, sUserName)),
    WITH(SECPKG_CRED_ATTR_SSI_PROVIDER, SecPkgCredentials_SSIProviderW,
         AW_TEXT(SecPkgCredentials_SSIProviderW, sProviderName),
         BYTES(SecPkgCredentials_SSIProviderW, ProviderInfo, ProviderInfoLength)),
    {.attribute = SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS,
     .size = sizeof(SecPkgCredentials_KdcProxySettingsW),
     .longer = true},
    WITH(SECPKG_CRED_ATTR_CERT, SecPkgCredentials_Cert,
         BYTES(SecPkgCredentials_Cert, EncodedCert, EncodedCertSize)),
    PLAIN(SECPKG_CRED_ATTR_PAC_BYPASS, ULONG),
    WITH(SECPKG_CRED_ATTR_KDC_URL, SecPkgCredentials_KdcUrlW,
         AW_TEXT(SecPkgCredentials_KdcUrlW, KdcUrl)),
    /* Schannel's; the numbers are those of its contexts' attributes. */
    LOCAL(SECPKG_ATTR_SUPPORTED_ALGS, SecPkgCred_SupportedAlgs),
    PLAIN(SECPKG_ATTR_CIPHER_STRENGTHS, SecPkgCred_CipherStrengths),
    PLAIN(SECPKG_ATTR_SUPPORTED_PROTOCOLS, SecPkgCred_SupportedProtocols),
    LOCAL(SECPKG_ATTR_ROOT_STORE, HCERTSTORE),
    LOCAL(SECPKG_ATTR_CLIENT_CERT_POLICY, SecPkgCred_ClientCertPolicy),
    LOCAL(SECPKG_ATTR_SESSION_TICKET_KEYS, SecPkgCred_SessionTicketKeys),
    LOCAL(SECPKG_ATTR_SUPPORTED_SIGNATURES, SecPkgContext_SupportedSignatures),
};

/* SECPKG_ATTR_PACKAGE_INFO and SECPKG_ATTR_NEGOTIATION_INFO hold an SecPkgInfo, which has strings
 * of its own within the one block: libsspi sees to them. */
static const struct lsa_attribute of_contexts[] = {
    PLAIN(SECPKG_ATTR_SIZES, SecPkgContext_Sizes),
    WITH(SECPKG_ATTR_NAMES, SecPkgContext_NamesW, AW_TEXT(SecPkgContext_NamesW, sUserName)),
    PLAIN(SECPKG_ATTR_LIFESPAN, SecPkgContext_Lifespan),
    LOCAL(SECPKG_ATTR_DCE_INFO, SecPkgContext_DceInfo),
    PLAIN(SECPKG_ATTR_STREAM_SIZES, SecPkgContext_StreamSizes),
    WITH(SECPKG_ATTR_KEY_INFO, SecPkgContext_KeyInfoW,
         AW_TEXT(SecPkgContext_KeyInfoW, sSignatureAlgorithmName),
         AW_TEXT(SecPkgContext_KeyInfoW, sEncryptAlgorithmName)),
    WITH(SECPKG_ATTR_AUTHORITY, SecPkgContext_AuthorityW,
         AW_TEXT(SecPkgContext_AuthorityW, sAuthorityName)),
    WITH(SECPKG_ATTR_PROTO_INFO, SecPkgContext_ProtoInfoW,
         AW_TEXT(SecPkgContext_ProtoInfoW, sProtocolName)),
    PLAIN(SECPKG_ATTR_PASSWORD_EXPIRY, SecPkgContext_PasswordExpiry),
    WITH(SECPKG_ATTR_SESSION_KEY, SecPkgContext_SessionKey,
         BYTES(SecPkgContext_SessionKey, SessionKey, SessionKeyLength)),
    LOCAL(SECPKG_ATTR_PACKAGE_INFO, SecPkgContext_PackageInfoW),
    PLAIN(SECPKG_ATTR_USER_FLAGS, SecPkgContext_UserFlags),
    LOCAL(SECPKG_ATTR_NEGOTIATION_INFO, SecPkgContext_NegotiationInfoW),
    WITH(SECPKG_ATTR_NATIVE_NAMES, SecPkgContext_NativeNamesW,
         AW_TEXT(SecPkgContext_NativeNamesW, sClientName),
         AW_TEXT(SecPkgContext_NativeNamesW, sServerName)),
    PLAIN(SECPKG_ATTR_FLAGS, SecPkgContext_Flags),
    WITH(SECPKG_ATTR_CREDENTIAL_NAME, SecPkgContext_CredentialNameW,
         AW_TEXT(SecPkgContext_CredentialNameW, sCredentialName)),
    WITH(SECPKG_ATTR_TARGET_INFORMATION, SecPkgContext_TargetInformation,
         BYTES(SecPkgContext_TargetInformation, MarshalledTargetInfo, MarshalledTargetInfoLength)),
    LOCAL(SECPKG_ATTR_ACCESS_TOKEN, SecPkgContext_AccessToken),
    WITH(SECPKG_ATTR_TARGET, SecPkgContext_Target,
         BYTES(SecPkgContext_Target, Target, TargetLength)),
    WITH(SECPKG_ATTR_AUTHENTICATION_ID, SecPkgContext_AuthzID,
         BYTES(SecPkgContext_AuthzID, AuthzID, AuthzIDLength)),
    PLAIN(SECPKG_ATTR_LOGOFF_TIME, SecPkgContext_LogoffTime),
    WITH(SECPKG_ATTR_NEGO_KEYS, SecPkgContext_NegoKeys,
         BYTES16(SecPkgContext_NegoKeys, KeyValue, KeyLength),
         BYTES16(SecPkgContext_NegoKeys, VerifyKeyValue, VerifyKeyLength)),
    PLAIN(SECPKG_ATTR_PROMPTING_NEEDED, SecPkgContext_CredInfo),
    WITH(SECPKG_ATTR_UNIQUE_BINDINGS, SecPkgContext_Bindings,
         BYTES(SecPkgContext_Bindings, Bindings, BindingsLength)),
    WITH(SECPKG_ATTR_ENDPOINT_BINDINGS, SecPkgContext_Bindings,
         BYTES(SecPkgContext_Bindings, Bindings, BindingsLength)),
    WITH(SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, SecPkgContext_ClientSpecifiedTarget,
         WIDE(SecPkgContext_ClientSpecifiedTarget, sTargetName)),
    PLAIN(SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, SecPkgContext_LastClientTokenStatus),
    PLAIN(SECPKG_ATTR_NEGO_PKG_INFO, SecPkgContext_NegoPackageInfo),
    PLAIN(SECPKG_ATTR_NEGO_STATUS, SecPkgContext_NegoStatus),
    PLAIN(SECPKG_ATTR_APPLICATION_PROTOCOL, SecPkgContext_ApplicationProtocol),
    LOCAL(SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, SecPkgContext_SubjectAttributes),
    /* Schannel's, which never leave the process: lengths that are no ULONG, tables, certificates.
     */
    LOCAL(SECPKG_ATTR_ISSUER_LIST, SecPkgContext_IssuerListInfo),
    LOCAL(SECPKG_ATTR_REMOTE_CRED, SecPkgContext_RemoteCredentialInfo),
    LOCAL(SECPKG_ATTR_LOCAL_CRED, SecPkgContext_LocalCredentialInfo),
    LOCAL(SECPKG_ATTR_REMOTE_CERT_CONTEXT, PCCERT_CONTEXT),
    LOCAL(SECPKG_ATTR_LOCAL_CERT_CONTEXT, PCCERT_CONTEXT),
    LOCAL(SECPKG_ATTR_ROOT_STORE, HCERTSTORE),
    LOCAL(SECPKG_ATTR_ISSUER_LIST_EX, SecPkgContext_IssuerListInfoEx),
    PLAIN(SECPKG_ATTR_CONNECTION_INFO, SecPkgContext_ConnectionInfo),
    PLAIN(SECPKG_ATTR_EAP_KEY_BLOCK, SecPkgContext_EapKeyBlock),
    LOCAL(SECPKG_ATTR_MAPPED_CRED_ATTR, SecPkgContext_MappedCredAttr),
    PLAIN(SECPKG_ATTR_SESSION_INFO, SecPkgContext_SessionInfo),
    LOCAL(SECPKG_ATTR_APP_DATA, SecPkgContext_SessionAppData),
    LOCAL(SECPKG_ATTR_REMOTE_CERTIFICATES, SecPkgContext_Certificates),
    PLAIN(SECPKG_ATTR_CC_POLICY_RESULT, SecPkgContext_ClientCertPolicyResult),
    LOCAL(SECPKG_ATTR_LOCAL_CERT_INFO, SecPkgContext_CertInfo),
    LOCAL(SECPKG_ATTR_CIPHER_INFO, SecPkgContext_CipherInfo),
    LOCAL(SECPKG_ATTR_EAP_PRF_INFO, SecPkgContext_EapPrfInfo),
    LOCAL(SECPKG_ATTR_SUPPORTED_SIGNATURES, SecPkgContext_SupportedSignatures),
    LOCAL(SECPKG_ATTR_REMOTE_CERT_CHAIN, PCCERT_CONTEXT),
    LOCAL(SECPKG_ATTR_UI_INFO, SecPkgContext_UiInfo),
    PLAIN(SECPKG_ATTR_EARLY_START, SecPkgContext_EarlyStart),
    LOCAL(SECPKG_ATTR_KEYING_MATERIAL_INFO, SecPkgContext_KeyingMaterialInfo),
    LOCAL(SECPKG_ATTR_KEYING_MATERIAL, SecPkgContext_KeyingMaterial),
    LOCAL(SECPKG_ATTR_SRTP_PARAMETERS, SecPkgContext_SrtpParameters),
    LOCAL(SECPKG_ATTR_TOKEN_BINDING, SecPkgContext_TokenBinding),
    LOCAL(SECPKG_ATTR_CONNECTION_INFO_EX, SecPkgContext_ConnectionInfoEx),
    LOCAL(SECPKG_ATTR_KEYING_MATERIAL_INPROC, SecPkgContext_KeyingMaterial_Inproc),
    PLAIN(SECPKG_ATTR_CERT_CHECK_RESULT, SecPkgContext_CertificateValidationResult),
    PLAIN(SECPKG_ATTR_CERT_CHECK_RESULT_INPROC, SecPkgContext_CertificateValidationResult),
    /* CredSSP's */
    LOCAL(SECPKG_ATTR_C_ACCESS_TOKEN, SecPkgContext_AccessToken),
    LOCAL(SECPKG_ATTR_C_FULL_ACCESS_TOKEN, SecPkgContext_AccessToken),
    LOCAL(SECPKG_ATTR_CREDS, SecPkgContext_ClientCreds),
    LOCAL(SECPKG_ATTR_CREDS_2, SecPkgContext_ClientCreds),
    LOCAL(SECPKG_ATTR_NEGOTIATION_PACKAGE, SecPkgContext_PackageInfoW),
    PLAIN(SECPKG_ATTR_SERVER_AUTH_FLAGS, SecPkgContext_Flags),
    PLAIN(SECPKG_ATTR_CERT_TRUST_STATUS, CERT_TRUST_STATUS),
    LOCAL(SECPKG_ATTR_CREDMGR_PAC, SecPkgContext_CredmgrPac),
    LOCAL(SECPKG_ATTR_CREDMGR_CLIENT, SecPkgContext_CredmgrClient),
    PLAIN(SECPKG_ATTR_CREDMGR_MIC, SecPkgContext_CredmgrMic),
};
_Static_assert(sizeof(SecPkgContext_ApplicationProtocol) <= LSA_ATTRIBUTE_SIZE,
               "the largest structure has room");

static const struct lsa_attribute *find(const struct lsa_attribute *list, size_t count,
                                        ULONG attribute)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].attribute == attribute)
            return &list[i];
    return NULL;
}

const struct lsa_attribute *lsa_credential_attribute(ULONG attribute)
{
    return find(of_credentials, sizeof(of_credentials) / sizeof(of_credentials[0]), attribute);
}

const struct lsa_attribute *lsa_context_attribute(ULONG attribute)
{
    return find(of_contexts, sizeof(of_contexts) / sizeof(of_contexts[0]), attribute);
}

void **lsa_attribute_part(const struct lsa_attribute *a, size_t i, void *structure)
{
    if (i >= LSA_ATTRIBUTE_PARTS || a->parts[i].kind == LSA_PART_NONE)
        return NULL;
    return (void **)(void *)((char *)structure + a->parts[i].at);
}

size_t lsa_attribute_part_size(const struct lsa_attribute *a, size_t i, const void *structure)
{
    const char *bytes = structure;
    const void *target;
    USHORT length16;
    ULONG length;

    memcpy(&target, bytes + a->parts[i].at, sizeof(target));
    if (!target)
        return 0;
    switch (a->parts[i].kind) {
    case LSA_PART_TEXT:
    case LSA_PART_WIDE:
        return (utf16_length(target) + 1) * sizeof(WCHAR);
    case LSA_PART_BYTES:
        memcpy(&length, bytes + a->parts[i].length_at, sizeof(length));
        return length;
    case LSA_PART_BYTES16:
        memcpy(&length16, bytes + a->parts[i].length_at, sizeof(length16));
        return length16;
    default:
        return 0;
    }
}

void lsa_attribute_clear(const struct lsa_attribute *a, void *structure)
{
    for (size_t i = 0; i < LSA_ATTRIBUTE_PARTS; i++) {
        void **at = lsa_attribute_part(a, i, structure);

        if (at) {
            lsa_host_free(*at);
            *at = NULL;
        }
    }
}
