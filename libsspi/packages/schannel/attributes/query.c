/*
 * QueryContextAttributes and SetContextAttributes: which attribute is answered by what, and from
 * when on.
 */
#include "libsspi/packages/schannel/attributes/attributes.h"

#include <ntstatus.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/certificates/certificate.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/schannel/attributes/session_data.h"
#include "libsspi/packages/schannel/credentials/credential.h"
#include "libsspi/packages/schannel/handshake/handshake.h"
#include "libsspi/packages/schannel/messages/messages.h"

/* ---- the package ------------------------------------------------------------------------------
 */

static SEC_WCHAR *append(SEC_WCHAR **at, const SEC_WCHAR *text)
{
    size_t units = utf16_length(text) + 1;
    SEC_WCHAR *copy = memcpy(*at, text, units * sizeof(*text));

    *at += units;
    return copy;
}

/* One block, for one FreeContextBuffer. */
static SECURITY_STATUS package_info(PSecPkgInfoW *out)
{
    static const WCHAR name[] = UNISP_NAME_W;
    const struct lsa_package *package = lsa_host_find(name);
    SEC_WCHAR *at;

    *out = NULL;
    if (!package)
        return SEC_E_SECPKG_NOT_FOUND;
    *out = lsa_host_allocate(sizeof(**out) + (utf16_length(package->info.Name) +
                                              utf16_length(package->info.Comment) + 2) *
                                                 sizeof(WCHAR));
    if (!*out)
        return SEC_E_INSUFFICIENT_MEMORY;
    **out = package->info;
    at = (SEC_WCHAR *)(void *)(*out + 1);
    (*out)->Name = append(&at, package->info.Name);
    (*out)->Comment = append(&at, package->info.Comment);
    return SEC_E_OK;
}

/* ---- sizes ------------------------------------------------------------------------------------
 */

#define TOKEN_MAX 0x6000 /* as Windows says it; whole flights of ours come in what they take */

static void sizes(const struct tls_connection *c, PSecPkgContext_Sizes out)
{
    struct tls_sizes s;

    tls_sizes(c->ssl, &s);
    *out = (SecPkgContext_Sizes){TOKEN_MAX, 0, s.block, s.header + s.trailer};
}

static void stream_sizes(const struct tls_connection *c, PSecPkgContext_StreamSizes out)
{
    struct tls_sizes s;

    tls_sizes(c->ssl, &s);
    *out = (SecPkgContext_StreamSizes){s.header, s.trailer, s.message, 4, s.block};
}

/* ---- names ------------------------------------------------------------------------------------
 */

/* The client, as its certificate names it, on either side. */
static SECURITY_STATUS client_name(const struct tls_connection *c, PSecPkgContext_NamesW out)
{
    X509 *client = c->server ? tls_peer_certificate(c) : tls_local_certificate(c);

    out->sUserName = NULL;
    return client ? tls_x500(X509_get_subject_name(client), &out->sUserName) : SEC_E_NO_CREDENTIALS;
}

/* Who says that the peer is who it is. */
static SECURITY_STATUS authority(const struct tls_connection *c, PSecPkgContext_AuthorityW out)
{
    X509 *peer = tls_peer_certificate(c);

    out->sAuthorityName = NULL;
    return peer ? tls_x500(X509_get_issuer_name(peer), &out->sAuthorityName) : SEC_E_NO_CREDENTIALS;
}

static SECURITY_STATUS copy_text(const WCHAR *text, size_t units, WCHAR **out)
{
    *out = lsa_host_allocate((units + 1) * sizeof(WCHAR));
    if (!*out)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(*out, text, units * sizeof(WCHAR));
    return SEC_E_OK;
}

/* What the client has asked for: its target, or the name in its first message (SNI). */
static SECURITY_STATUS specified_target(const struct tls_connection *c, WCHAR **out)
{
    const char *sni = SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name);
    SECURITY_STATUS status;
    size_t units;
    WCHAR *wide;

    *out = NULL;
    if (!c->server && c->target)
        return copy_text(c->target, utf16_length(c->target), out);
    if (!c->server || !sni)
        return SEC_E_NO_CREDENTIALS;
    wide = utf16_from_utf8(sni, strlen(sni), &units);
    if (!wide)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = copy_text(wide, units, out);
    free(wide);
    return status;
}

static SECURITY_STATUS target_information(const struct tls_connection *c,
                                          PSecPkgContext_TargetInformation out)
{
    WCHAR *name;
    SECURITY_STATUS status = specified_target(c, &name);

    *out = (SecPkgContext_TargetInformation){0, NULL};
    if (status != SEC_E_OK)
        return status;
    out->MarshalledTargetInfoLength = (ULONG)(utf16_length(name) * sizeof(WCHAR));
    out->MarshalledTargetInfo = (UCHAR *)name;
    return SEC_E_OK;
}

static void application_protocol(const struct tls_connection *c,
                                 PSecPkgContext_ApplicationProtocol out)
{
    const unsigned char *id;
    unsigned size;

    memset(out, 0, sizeof(*out));
    SSL_get0_alpn_selected(c->ssl, &id, &size);
    if (size == 0 || size > sizeof(out->ProtocolId))
        return;
    out->ProtoNegoStatus = SecApplicationProtocolNegotiationStatus_Success;
    out->ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
    out->ProtocolIdSize = (UCHAR)size;
    memcpy(out->ProtocolId, id, size);
}

/* ---- sessions ---------------------------------------------------------------------------------
 */

static void session_info(const struct tls_connection *c, PSecPkgContext_SessionInfo out)
{
    const SSL_SESSION *session = SSL_get0_session(c->ssl);
    unsigned size = 0;
    const unsigned char *id = session ? SSL_SESSION_get_id(session, &size) : NULL;

    memset(out, 0, sizeof(*out));
    if (SSL_session_reused(c->ssl))
        out->dwFlags = SSL_SESSION_RECONNECT;
    if (!id || size > sizeof(out->rgbSessionId))
        return;
    out->cbSessionId = size;
    memcpy(out->rgbSessionId, id, size);
}

static void lifespan(const struct tls_connection *c, PSecPkgContext_Lifespan out)
{
    const SSL_SESSION *session = SSL_get0_session(c->ssl);

    out->tsStart.QuadPart =
        ((session ? SSL_SESSION_get_time(session) : 0) + 11644473600LL) * 10000000;
    out->tsExpiry = tls_peer_expiry(c);
}

static SECURITY_STATUS check_result(const struct tls_connection *c,
                                    PSecPkgContext_CertificateValidationResult out)
{
    if (!tls_peer_certificate(c))
        return SEC_E_NO_CREDENTIALS;
    if (!c->peer.validated)
        return SEC_E_UNSUPPORTED_FUNCTION;
    out->dwChainErrorStatus = c->peer.trust.dwErrorStatus;
    out->hrVerifyChainStatus = c->peer.status;
    return SEC_E_OK;
}

/* The roots that peers of this credential are measured by; a reference. */
static SECURITY_STATUS root_store(const struct tls_connection *c, HCERTSTORE *out)
{
    *out = c->credential->roots ? CertDuplicateStore(c->credential->roots) : NULL;
    return *out ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

/* ---- QueryContextAttributes -------------------------------------------------------------------
 */

/* At every stage. */
static SECURITY_STATUS query_any(const struct tls_connection *c, ULONG attribute, void *buffer)
{
    switch (attribute) {
    case SECPKG_ATTR_PACKAGE_INFO:
        return package_info(&((PSecPkgContext_PackageInfoW)buffer)->PackageInfo);
    case SECPKG_ATTR_NEGOTIATION_INFO:
        ((PSecPkgContext_NegotiationInfoW)buffer)->NegotiationState =
            c->established ? SECPKG_NEGOTIATION_COMPLETE : SECPKG_NEGOTIATION_IN_PROGRESS;
        return package_info(&((PSecPkgContext_NegotiationInfoW)buffer)->PackageInfo);
    case SECPKG_ATTR_FLAGS:
        ((PSecPkgContext_Flags)buffer)->Flags = tls_context_flags(c);
        return SEC_E_OK;
    case SECPKG_ATTR_REMOTE_CERT_CONTEXT:
        return tls_remote_context(c, false, buffer);
    case SECPKG_ATTR_REMOTE_CERT_CHAIN:
        return tls_remote_context(c, true, buffer);
    case SECPKG_ATTR_LOCAL_CERT_CONTEXT:
        return tls_local_context(c, buffer);
    case SECPKG_ATTR_ISSUER_LIST_EX:
        return tls_issuer_list_ex(c, buffer);
    case SECPKG_ATTR_ISSUER_LIST:
        return tls_issuer_list(c, buffer);
    case SECPKG_ATTR_REMOTE_CERTIFICATES:
        return tls_remote_certificates(c, buffer);
    case SECPKG_ATTR_REMOTE_CRED:
        return tls_remote_credential(c, buffer);
    case SECPKG_ATTR_LOCAL_CRED:
        return tls_local_credential(c, buffer);
    case SECPKG_ATTR_LOCAL_CERT_INFO:
        return tls_local_info(c, buffer);
    case SECPKG_ATTR_SUPPORTED_SIGNATURES:
        return tls_supported_signatures(c, buffer);
    case SECPKG_ATTR_CERT_CHECK_RESULT:
    case SECPKG_ATTR_CERT_CHECK_RESULT_INPROC:
        return check_result(c, buffer);
    case SECPKG_ATTR_ROOT_STORE:
        return root_store(c, buffer);
    case SECPKG_ATTR_CLIENT_SPECIFIED_TARGET:
        return specified_target(c, &((PSecPkgContext_ClientSpecifiedTarget)buffer)->sTargetName);
    case SECPKG_ATTR_TARGET_INFORMATION:
        return target_information(c, buffer);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

/* When there are keys. */
static SECURITY_STATUS query_established(const struct tls_connection *c, ULONG attribute,
                                         void *buffer)
{
    switch (attribute) {
    case SECPKG_ATTR_SIZES:
        sizes(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_STREAM_SIZES:
        stream_sizes(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_NAMES:
        return client_name(c, buffer);
    case SECPKG_ATTR_AUTHORITY:
        return authority(c, buffer);
    case SECPKG_ATTR_LIFESPAN:
        lifespan(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_KEY_INFO:
        return tls_key_info(c, buffer);
    case SECPKG_ATTR_PROTO_INFO:
        return tls_proto_info(c, buffer);
    case SECPKG_ATTR_CONNECTION_INFO:
        tls_connection_info(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_CONNECTION_INFO_EX:
        tls_connection_info_ex(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_CIPHER_INFO:
        tls_cipher_info(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_APPLICATION_PROTOCOL:
        application_protocol(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_SESSION_INFO:
        session_info(c, buffer);
        return SEC_E_OK;
    case SECPKG_ATTR_APP_DATA:
        return tls_app_data(c, buffer);
    case SECPKG_ATTR_UNIQUE_BINDINGS:
        return tls_unique_bindings(c, buffer);
    case SECPKG_ATTR_ENDPOINT_BINDINGS:
        return tls_endpoint_bindings(c, buffer);
    case SECPKG_ATTR_SESSION_KEY:
        return tls_session_key(c, buffer);
    case SECPKG_ATTR_EAP_KEY_BLOCK:
        return tls_eap_keys(c, buffer);
    case SECPKG_ATTR_KEYING_MATERIAL:
        return tls_keying(c, buffer);
    case SECPKG_ATTR_KEYING_MATERIAL_INPROC:
        return tls_keying_inproc(c, buffer);
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

SECURITY_STATUS tls_query_attribute(struct tls_connection *c, ULONG attribute, void *buffer)
{
    SECURITY_STATUS status;

    pthread_mutex_lock(&c->lock);
    status = query_any(c, attribute, buffer);
    if (status == SEC_E_UNSUPPORTED_FUNCTION && c->established && SSL_get_current_cipher(c->ssl))
        status = query_established(c, attribute, buffer);
    else if (status == SEC_E_UNSUPPORTED_FUNCTION && !c->established)
        status = SEC_E_INVALID_HANDLE;
    pthread_mutex_unlock(&c->lock);
    return status;
}

NTSTATUS NTAPI tls_query_lsa_context(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer)
{
    return context ? tls_query_attribute((struct tls_connection *)context, attribute, buffer)
                   : SEC_E_INVALID_HANDLE;
}

NTSTATUS NTAPI tls_set_lsa_context(LSA_SEC_HANDLE context, ULONG attribute, PVOID buffer,
                                   ULONG size)
{
    struct tls_connection *c = (struct tls_connection *)context;
    SECURITY_STATUS status = SEC_E_UNSUPPORTED_FUNCTION;

    (void)size; /* the host knows both structures */
    if (!c)
        return SEC_E_INVALID_HANDLE;
    pthread_mutex_lock(&c->lock);
    if (attribute == SECPKG_ATTR_KEYING_MATERIAL_INFO)
        status = tls_set_keying(c, buffer);
    else if (attribute == SECPKG_ATTR_APP_DATA)
        status = tls_set_app_data(c, buffer);
    pthread_mutex_unlock(&c->lock);
    return status;
}
