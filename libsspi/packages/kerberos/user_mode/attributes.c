/*
 * QueryContextAttributes for an established context.
 */
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

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
                         SECPKG_FLAG_DATAGRAM | SECPKG_FLAG_MULTI_REQUIRED |
                         SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION |
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

/* The SPN as the client gave it; where that is not known, the server's principal without its
 * realm. */
static const WCHAR *target_of(const struct kerb_user_context *c, size_t *units)
{
    const WCHAR *target = c->target[0] ? c->target : c->server;

    *units = c->target[0] ? utf16_length(target) : kerb_name_units(target);
    return target;
}

static NTSTATUS query_specified_target(struct kerb_user_context *c,
                                       const SECPKG_DLL_FUNCTIONS *heap, void *buffer)
{
    SecPkgContext_ClientSpecifiedTarget *target = buffer;
    size_t units;
    const WCHAR *name = target_of(c, &units);

    target->sTargetName = copy(heap, name, units);
    return target->sTargetName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* The same counted, in bytes: UTF-16 in the A form, too. */
static NTSTATUS query_target(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                             void *buffer)
{
    SecPkgContext_Target *target = buffer;
    size_t units;
    const WCHAR *name = target_of(c, &units);

    target->Target = (char *)copy(heap, name, units);
    target->TargetLength = target->Target ? (ULONG)(units * sizeof(WCHAR)) : 0;
    return target->Target ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* Who authenticated the client: its realm. */
static NTSTATUS query_authority(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                                void *buffer)
{
    SecPkgContext_AuthorityW *authority = buffer;
    const WCHAR *realm = c->client + kerb_name_units(c->client);

    if (*realm) /* the '@' */
        realm++;
    authority->sAuthorityName = copy(heap, realm, utf16_length(realm));
    return authority->sAuthorityName ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

#define RPC_C_AUTHZ_NAME 1 /* rpcdce.h */

/* RPC's way to ask: an authorization by name, and the name. */
static NTSTATUS query_dce_info(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                               void *buffer)
{
    SecPkgContext_DceInfo *info = buffer;

    info->AuthzSvc = RPC_C_AUTHZ_NAME;
    info->pPac = kerb_windows_name(c->client, heap->AllocateHeap);
    return info->pPac ? SEC_E_OK : SEC_E_INSUFFICIENT_MEMORY;
}

/* The channel that the context is bound to. */
static NTSTATUS query_bindings(struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                               void *buffer)
{
    SecPkgContext_Bindings *bindings = buffer;

    if (!c->bindings.size)
        return SEC_E_UNSUPPORTED_FUNCTION; /* to none */
    bindings->Bindings = heap->AllocateHeap((ULONG)c->bindings.size);
    if (!bindings->Bindings)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(bindings->Bindings, c->bindings.bytes, c->bindings.size);
    bindings->BindingsLength = (ULONG)c->bindings.size;
    return SEC_E_OK;
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
        return query_specified_target(c, heap, buffer);
    case SECPKG_ATTR_TARGET:
        return query_target(c, heap, buffer);
    case SECPKG_ATTR_AUTHORITY:
        return query_authority(c, heap, buffer);
    case SECPKG_ATTR_DCE_INFO:
        return query_dce_info(c, heap, buffer);
    case SECPKG_ATTR_UNIQUE_BINDINGS:
        return query_bindings(c, heap, buffer);
    case SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS: /* no more will come */
        ((SecPkgContext_LastClientTokenStatus *)buffer)->LastClientTokenStatus =
            SecPkgAttrLastClientTokenYes;
        return SEC_E_OK;
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
    default: /* SECPKG_ATTR_STREAM_SIZES is nobody's: Kerberos is no stream */
        return kerb_query_client(c, heap, attribute, buffer);
    }
}
