/*
 * QueryContextAttributes for an established context.
 */
#include "libsspi/packages/kerberos/user_mode.h"

#include <string.h>
#include <time.h>

#include "base/utf16.h"

/* 100 ns from 1601 to 1970 */
#define EPOCH INT64_C(116444736000000000)

static WCHAR package_name[] = u"Kerberos";
static WCHAR package_comment[] = u"Kerberos V5 on MIT krb5";

void kerb_package_info(PSecPkgInfoW info)
{
    *info = (SecPkgInfoW){
        .fCapabilities = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION |
                         SECPKG_FLAG_MULTI_REQUIRED | SECPKG_FLAG_EXTENDED_ERROR |
                         SECPKG_FLAG_ACCEPT_WIN32_NAME | SECPKG_FLAG_NEGOTIABLE |
                         SECPKG_FLAG_GSS_COMPATIBLE | SECPKG_FLAG_MUTUAL_AUTH |
                         SECPKG_FLAG_DELEGATION | SECPKG_FLAG_READONLY_WITH_CHECKSUM,
        .wVersion = 1,
        .wRPCID = 16, /* RPC_C_AUTHN_GSS_KERBEROS */
        .cbMaxToken = 48000,
        .Name = package_name,
        .Comment = package_comment,
    };
}

TimeStamp kerb_timestamp(int64_t seconds)
{
    TimeStamp t = {.QuadPart = INT64_MAX};
    time_t when = (time_t)seconds;
    struct tm local;

    if (seconds > 0 && localtime_r(&when, &local))
        t.QuadPart = (seconds + local.tm_gmtoff) * 10000000 + EPOCH;
    return t;
}

static WCHAR *copy(const SECPKG_DLL_FUNCTIONS *heap, const WCHAR *text, size_t units)
{
    WCHAR *out = heap->AllocateHeap((ULONG)((units + 1) * sizeof(WCHAR)));

    if (out) {
        memcpy(out, text, units * sizeof(WCHAR));
        out[units] = 0;
    }
    return out;
}

static WCHAR *copy_ascii(const SECPKG_DLL_FUNCTIONS *heap, const char *text)
{
    size_t units = strlen(text);
    WCHAR *out = heap->AllocateHeap((ULONG)((units + 1) * sizeof(WCHAR)));

    for (size_t i = 0; out && i <= units; i++)
        out[i] = (unsigned char)text[i];
    return out;
}

/* Where the realm begins: behind the last '@' that is not quoted by a backslash. */
size_t kerb_name_units(const WCHAR *principal)
{
    size_t length = utf16_length(principal), at = length;

    for (size_t i = 0; i < length; i++) {
        if (principal[i] == u'\\')
            i++;
        else if (principal[i] == u'@')
            at = i;
    }
    return at;
}

WCHAR *kerb_windows_name(const WCHAR *principal, PLSA_ALLOCATE_LSA_HEAP allocate)
{
    size_t length = utf16_length(principal), name = kerb_name_units(principal);
    size_t realm = length > name ? length - name - 1 : 0;
    WCHAR *out = allocate((ULONG)((length + 2) * sizeof(WCHAR)));

    if (!out)
        return NULL;
    if (realm) {
        memcpy(out, principal + name + 1, realm * sizeof(WCHAR));
        out[realm++] = u'\\';
    }
    memcpy(out + realm, principal, name * sizeof(WCHAR));
    out[realm + name] = 0;
    return out;
}

static NTSTATUS query_names(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                            void *buffer)
{
    SecPkgContext_NamesW *names = buffer;

    names->sUserName = kerb_windows_name(c->client, heap->AllocateHeap);
    return names->sUserName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS query_native_names(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                                   void *buffer)
{
    SecPkgContext_NativeNamesW *names = buffer;

    names->sClientName = copy(heap, c->client, utf16_length(c->client));
    names->sServerName = copy(heap, c->server, utf16_length(c->server));
    if (names->sClientName && names->sServerName)
        return SEC_E_OK;
    heap->FreeHeap(names->sClientName);
    heap->FreeHeap(names->sServerName);
    names->sClientName = names->sServerName = NULL;
    return SEC_E_INSUFFICIENT_MEMORY;
}

/* The SPN as the client gave it: the server's principal without its realm. */
static NTSTATUS query_target(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                             void *buffer)
{
    SecPkgContext_ClientSpecifiedTarget *target = buffer;

    target->sTargetName = copy(heap, c->server, kerb_name_units(c->server));
    return target->sTargetName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS query_key_info(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                               void *buffer)
{
    SecPkgContext_KeyInfoW *info = buffer;

    info->sSignatureAlgorithmName = copy_ascii(heap, c->profile->signature);
    info->sEncryptAlgorithmName = copy_ascii(heap, c->profile->encryption);
    info->KeySize = c->profile->key_size * 8;
    info->SignatureAlgorithm = c->profile->checksum_type;
    info->EncryptAlgorithm = (ULONG)c->profile->enctype;
    if (info->sSignatureAlgorithmName && info->sEncryptAlgorithmName)
        return SEC_E_OK;
    heap->FreeHeap(info->sSignatureAlgorithmName);
    heap->FreeHeap(info->sEncryptAlgorithmName);
    info->sSignatureAlgorithmName = info->sEncryptAlgorithmName = NULL;
    return SEC_E_INSUFFICIENT_MEMORY;
}

static NTSTATUS query_session_key(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                                  void *buffer)
{
    SecPkgContext_SessionKey *key = buffer;

    key->SessionKeyLength = c->profile->key_size;
    key->SessionKey = heap->AllocateHeap(key->SessionKeyLength);
    if (!key->SessionKey)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(key->SessionKey, c->key.bytes, key->SessionKeyLength);
    return SEC_E_OK;
}

/* One block, as FreeContextBuffer wants it. */
static PSecPkgInfoW package_info(const SECPKG_DLL_FUNCTIONS *heap)
{
    SecPkgInfoW *info =
        heap->AllocateHeap(sizeof(*info) + sizeof(package_name) + sizeof(package_comment));

    if (!info)
        return NULL;
    kerb_package_info(info);
    info->Name = memcpy(info + 1, package_name, sizeof(package_name));
    info->Comment =
        memcpy((char *)(info + 1) + sizeof(package_name), package_comment, sizeof(package_comment));
    return info;
}

NTSTATUS kerb_query_attribute(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                              ULONG attribute, void *buffer)
{
    switch (attribute) {
    case SECPKG_ATTR_SIZES:
        ((SecPkgContext_Sizes *)buffer)->cbMaxToken = 48000;
        kerb_sizes(&c->protection, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_NAMES:
        return query_names(c, heap, buffer);
    case SECPKG_ATTR_NATIVE_NAMES:
        return query_native_names(c, heap, buffer);
    case SECPKG_ATTR_CLIENT_SPECIFIED_TARGET:
        return query_target(c, heap, buffer);
    case SECPKG_ATTR_LIFESPAN:
        ((SecPkgContext_Lifespan *)buffer)->tsStart = kerb_timestamp(c->start);
        ((SecPkgContext_Lifespan *)buffer)->tsExpiry = kerb_timestamp(c->expiry);
        return SEC_E_OK;
    case SECPKG_ATTR_FLAGS:
        ((SecPkgContext_Flags *)buffer)->Flags = c->attributes;
        return SEC_E_OK;
    case SECPKG_ATTR_KEY_INFO:
        return query_key_info(c, heap, buffer);
    case SECPKG_ATTR_SESSION_KEY:
        return query_session_key(c, heap, buffer);
    case SECPKG_ATTR_PACKAGE_INFO:
        ((SecPkgContext_PackageInfoW *)buffer)->PackageInfo = package_info(heap);
        return ((SecPkgContext_PackageInfoW *)buffer)->PackageInfo ? SEC_E_OK
                                                                   : SEC_E_INSUFFICIENT_MEMORY;
    case SECPKG_ATTR_NEGOTIATION_INFO:
        ((SecPkgContext_NegotiationInfoW *)buffer)->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
        ((SecPkgContext_NegotiationInfoW *)buffer)->PackageInfo = package_info(heap);
        return ((SecPkgContext_NegotiationInfoW *)buffer)->PackageInfo ? SEC_E_OK
                                                                       : SEC_E_INSUFFICIENT_MEMORY;
    default: /* among them SECPKG_ATTR_STREAM_SIZES: Kerberos is no stream */
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}
