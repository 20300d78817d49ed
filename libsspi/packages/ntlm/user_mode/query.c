/*
 * What an established context tells about itself: QueryContextAttributes, one small function an
 * attribute.
 */
#include "libsspi/packages/ntlm/user_mode/user_half.h"

#include <credmgr.h>
#include <string.h>
#include <time.h>

#include "libsspi/packages/ntlm/lsa_half.h"

static SECURITY_STATUS sizes(SecPkgContext_Sizes *out)
{
    out->cbMaxToken = ntlm_package_info.cbMaxToken;
    out->cbMaxSignature = NTLM_SIGNATURE_SIZE;
    out->cbBlockSize = 0; /* a stream cipher: no padding */
    out->cbSecurityTrailer = NTLM_SIGNATURE_SIZE;
    return SEC_E_OK;
}

static WCHAR *copy_text(const struct ntlm_text *text, const SECPKG_DLL_FUNCTIONS *dll)
{
    static const struct ntlm_text none;

    return ntlm_qualified_name(text, &none, dll->AllocateHeap);
}

static SECURITY_STATUS bytes(const void *data, size_t size, const SECPKG_DLL_FUNCTIONS *dll,
                             void *out, ULONG *out_size)
{
    void *copy = dll->AllocateHeap((ULONG)(size ? size : 1));

    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (size)
        memcpy(copy, data, size);
    *(void **)out = copy;
    *out_size = (ULONG)size;
    return SEC_E_OK;
}

static SECURITY_STATUS names(const struct ntlm_user_context *c, SecPkgContext_NamesW *out,
                             const SECPKG_DLL_FUNCTIONS *dll)
{
    out->sUserName = ntlm_qualified_name(&c->user, &c->domain, dll->AllocateHeap);
    return out->sUserName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static SECURITY_STATUS native_names(const struct ntlm_user_context *c,
                                    SecPkgContext_NativeNamesW *out,
                                    const SECPKG_DLL_FUNCTIONS *dll)
{
    out->sClientName = ntlm_qualified_name(&c->user, &c->domain, dll->AllocateHeap);
    out->sServerName = copy_text(&c->target, dll);
    if (out->sClientName && out->sServerName)
        return SEC_E_OK;
    if (out->sClientName)
        dll->FreeHeap(out->sClientName);
    if (out->sServerName)
        dll->FreeHeap(out->sServerName);
    memset(out, 0, sizeof(*out));
    return SEC_E_INSUFFICIENT_MEMORY;
}

/* As strong as the sealing key is, [MS-NLMP] 3.4.5.3. */
static ULONG key_bits(uint32_t flags)
{
    bool weakened = flags & (NTLM_EXTENDED_SECURITY | NTLM_LM_KEY | NTLM_DATAGRAM);

    if (!weakened || (flags & NTLM_EXTENDED_SECURITY && flags & NTLM_128))
        return 8 * NTLM_KEY_SIZE;
    return flags & NTLM_56 ? 56 : 40;
}

/* The caller frees both names. */
static SECURITY_STATUS key_info(const struct ntlm_user_context *c, SecPkgContext_KeyInfoW *out,
                                const SECPKG_DLL_FUNCTIONS *dll)
{
    static const struct ntlm_text hmac = {(WCHAR *)u"HMAC-MD5", 8}, crc = {(WCHAR *)u"CRC32", 5};
    static const struct ntlm_text seal = {(WCHAR *)u"RSADSI RC4", 10};
    bool extended = c->flags & NTLM_EXTENDED_SECURITY;

    out->sSignatureAlgorithmName = copy_text(extended ? &hmac : &crc, dll);
    out->sEncryptAlgorithmName = copy_text(&seal, dll);
    out->KeySize = key_bits(c->flags);
    out->SignatureAlgorithm = (ULONG)(extended ? KERB_CHECKSUM_HMAC_MD5 : KERB_CHECKSUM_CRC32);
    out->EncryptAlgorithm = (ULONG)KERB_ETYPE_RC4_PLAIN;
    if (out->sSignatureAlgorithmName && out->sEncryptAlgorithmName)
        return SEC_E_OK;
    if (out->sSignatureAlgorithmName)
        dll->FreeHeap(out->sSignatureAlgorithmName);
    if (out->sEncryptAlgorithmName)
        dll->FreeHeap(out->sEncryptAlgorithmName);
    memset(out, 0, sizeof(*out));
    return SEC_E_INSUFFICIENT_MEMORY;
}

/* Who vouches for the client: the domain it is of, which for an account of no domain is the machine
 * that has it, and that the client alone knows. */
static SECURITY_STATUS authority(const struct ntlm_user_context *c, SecPkgContext_AuthorityW *out,
                                 const SECPKG_DLL_FUNCTIONS *dll)
{
    out->sAuthorityName = copy_text(&c->domain, dll);
    return out->sAuthorityName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

#define RPC_C_AUTHZ_NAME 1 /* rpcdce.h */

/* RPC's way to ask: an authorization by name, and the name. */
static SECURITY_STATUS dce_info(const struct ntlm_user_context *c, SecPkgContext_DceInfo *out,
                                const SECPKG_DLL_FUNCTIONS *dll)
{
    out->AuthzSvc = RPC_C_AUTHZ_NAME;
    out->pPac = ntlm_qualified_name(&c->user, &c->domain, dll->AllocateHeap);
    return out->pPac ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/*
 * The server's names, as it sent them: AV pairs, [MS-NLMP] 2.2.2.1. (What Windows marshals there is
 * for its own credential store alone to read.)
 */
static SECURITY_STATUS target_information(const struct ntlm_user_context *c,
                                          SecPkgContext_TargetInformation *out,
                                          const SECPKG_DLL_FUNCTIONS *dll)
{
    if (!c->target_info_size)
        return SEC_E_UNSUPPORTED_FUNCTION;
    return bytes(c->target_info, c->target_info_size, dll, &out->MarshalledTargetInfo,
                 &out->MarshalledTargetInfoLength);
}

/* SSPI's times are local, 100 ns since 1601; what does not fit is never. */
static TimeStamp local_time(int64_t seconds)
{
    TimeStamp t = {.QuadPart = INT64_MAX};
    time_t when = (time_t)seconds;
    struct tm local;

    if (seconds > 0 && seconds < INT64_MAX / 10000000 - INT64_C(11644560000) &&
        localtime_r(&when, &local))
        t.QuadPart = (seconds + local.tm_gmtoff + INT64_C(11644473600)) * 10000000;
    return t;
}

/* What the client's domain said of it to an acceptor. */
static SECURITY_STATUS fact(const struct ntlm_user_context *c, ULONG attribute, void *out)
{
    if (!c->facts.known)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (attribute == SECPKG_ATTR_USER_FLAGS)
        ((PSecPkgContext_UserFlags)out)->UserFlags = c->facts.user_flags;
    else if (attribute == SECPKG_ATTR_LOGOFF_TIME)
        ((PSecPkgContext_LogoffTime)out)->tsLogoffTime = local_time(c->facts.logoff_time);
    else
        ((PSecPkgContext_PasswordExpiry)out)->tsPasswordExpires =
            local_time(c->facts.password_expires);
    return SEC_E_OK;
}

SECURITY_STATUS ntlm_query_user_context(const struct ntlm_user_context *c, ULONG attribute,
                                        void *buffer, const SECPKG_DLL_FUNCTIONS *dll)
{
    switch (attribute) {
    case SECPKG_ATTR_SIZES:
        return sizes(buffer);
    case SECPKG_ATTR_NAMES:
        return names(c, buffer, dll);
    case SECPKG_ATTR_NATIVE_NAMES:
        return native_names(c, buffer, dll);
    case SECPKG_ATTR_LIFESPAN:
        *(PSecPkgContext_Lifespan)buffer = (SecPkgContext_Lifespan){c->start, c->expiry};
        return SEC_E_OK;
    case SECPKG_ATTR_FLAGS:
        /* how a token came is the matter of one call */
        ((PSecPkgContext_Flags)buffer)->Flags = c->attributes & ~(ULONG)ISC_RET_ALLOCATED_MEMORY;
        return SEC_E_OK;
    case SECPKG_ATTR_KEY_INFO:
        return key_info(c, buffer, dll);
    case SECPKG_ATTR_SESSION_KEY:
        return bytes(c->exported, NTLM_KEY_SIZE, dll,
                     &((PSecPkgContext_SessionKey)buffer)->SessionKey,
                     &((PSecPkgContext_SessionKey)buffer)->SessionKeyLength);
    case SECPKG_ATTR_TARGET_INFORMATION:
        return target_information(c, buffer, dll);
    case SECPKG_ATTR_TARGET: /* counted, in bytes; UTF-16 in the A form, too */
        return bytes(c->target.string, c->target.units * sizeof(WCHAR), dll,
                     &((PSecPkgContext_Target)buffer)->Target,
                     &((PSecPkgContext_Target)buffer)->TargetLength);
    case SECPKG_ATTR_USER_FLAGS:
    case SECPKG_ATTR_LOGOFF_TIME:
    case SECPKG_ATTR_PASSWORD_EXPIRY:
        return fact(c, attribute, buffer);
    case SECPKG_ATTR_AUTHORITY:
        return authority(c, buffer, dll);
    case SECPKG_ATTR_DCE_INFO:
        return dce_info(c, buffer, dll);
    case SECPKG_ATTR_PACKAGE_INFO: {
        PSecPkgContext_PackageInfoW out = buffer;

        out->PackageInfo = ntlm_package_info_copy(dll->AllocateHeap);
        return out->PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    case SECPKG_ATTR_NEGOTIATION_INFO: {
        PSecPkgContext_NegotiationInfoW out = buffer;

        out->PackageInfo = ntlm_package_info_copy(dll->AllocateHeap);
        out->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
        return out->PackageInfo ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    case SECPKG_ATTR_CLIENT_SPECIFIED_TARGET: {
        PSecPkgContext_ClientSpecifiedTarget out = buffer;

        out->sTargetName = copy_text(&c->target, dll);
        return out->sTargetName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
    }
    case SECPKG_ATTR_CREDMGR_MIC:
        ((PSecPkgContext_CredmgrMic)buffer)->HandshakeHadMic = (c->flags & NTLM_HAD_MIC) != 0;
        return SEC_E_OK;
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS:
        if (c->client)
            return SEC_E_UNSUPPORTED_FUNCTION;
        ((PSecPkgContext_LastClientTokenStatus)buffer)->LastClientTokenStatus =
            SecPkgAttrLastClientTokenYes;
        return SEC_E_OK;
    default: /* no stream sizes: NTLM has no streams to cut; no tokens, certificates, passwords */
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}
