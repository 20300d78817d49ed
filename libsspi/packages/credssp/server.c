/*
 * Which server it is: its certificate's key, which TSPkg binds to who the server has proven to be
 * by Kerberos or NTLM, and whether the certificate itself proves it. Nothing is refused for a
 * certificate that is not good (ISC_REQ_MANUAL_CRED_VALIDATION, always set): it only does not
 * count.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <stdlib.h>
#include <string.h>

#include "base/reason.h"
#include "libsspi/certificates/certificate.h"

static SECURITY_STATUS take_key(X509 *leaf, struct credssp_server *server)
{
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(leaf);
    int size = key ? ASN1_STRING_length(key) : 0;

    if (size <= 0 || size > TS_CHANNEL_KEY_MAX) {
        reason_set(0, "the server's certificate has no public key of a size that can be");
        return SEC_E_INVALID_TOKEN;
    }
    server->key = malloc((size_t)size);
    if (!server->key)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(server->key, ASN1_STRING_get0_data(key), (size_t)size);
    server->key_size = (size_t)size;
    return SEC_E_OK;
}

/* Why it is not good is no failure of the call. */
static void verify(X509 *leaf, PCCERT_CONTEXT context, const WCHAR *name,
                   const struct credssp_credential *credential, struct credssp_server *server)
{
    struct reason before = *reason_get();
    struct certificate_peer peer = {.leaf = leaf,
                                    .others = certificate_chain(context),
                                    .server = true,
                                    .credentials = true,
                                    .name = name,
                                    .roots = credential->roots,
                                    .flags = credential->flags};

    server->certificate = certificate_verify(&peer, &server->trust, NULL);
    /* A name that nobody has asked for proves nothing. */
    if (server->certificate == SEC_E_OK && !name)
        server->certificate = SEC_E_WRONG_PRINCIPAL;
    sk_X509_pop_free(peer.others, X509_free);
    reason_set(before.code, "%s", before.text);
}

SECURITY_STATUS credssp_server_look(const struct credssp_half *tls, bool initiator,
                                    const WCHAR *name, const struct credssp_credential *credential,
                                    struct credssp_server *server)
{
    PCCERT_CONTEXT context = NULL;
    X509 *leaf = NULL;
    SECURITY_STATUS status;

    *server = (struct credssp_server){.certificate = SEC_E_CERT_UNKNOWN};
    status = credssp_half_query(
        tls, initiator ? SECPKG_ATTR_REMOTE_CERT_CONTEXT : SECPKG_ATTR_LOCAL_CERT_CONTEXT,
        (void *)&context);
    if (status == SEC_E_OK && context)
        leaf = certificate_x509(context);
    if (status == SEC_E_INSUFFICIENT_MEMORY)
        goto out;
    status = SEC_E_INVALID_TOKEN;
    if (!leaf) {
        reason_set(0, "the channel has no certificate of the server");
        goto out;
    }
    status = take_key(leaf, server);
    if (status == SEC_E_OK && initiator)
        verify(leaf, context, name, credential, server);
out:
    X509_free(leaf);
    if (context)
        CertFreeCertificateContext(context);
    return status;
}

void credssp_server_clear(struct credssp_server *server)
{
    free(server->key);
    *server = (struct credssp_server){.certificate = SEC_E_CERT_UNKNOWN};
}

/* "Name Formats for Unique SPNs": class/host[:port][/name]; and @REALM, as Kerberos writes it. */
WCHAR *credssp_host_of(const UNICODE_STRING *target)
{
    const WCHAR *at = target->Buffer;
    size_t units = target->Length / sizeof(WCHAR), begin = 0, end, colons = 0;
    WCHAR *host;

    for (size_t i = 0; i < units && !begin; i++)
        if (at[i] == u'/')
            begin = i + 1;
    end = begin;
    if (end < units && at[end] == u'[') { /* an address of IPv6 */
        begin++;
        while (end < units && at[end] != u']')
            end++;
    } else {
        size_t colon = 0;

        for (; end < units && at[end] != u'/' && (!begin || at[end] != u'@'); end++)
            if (at[end] == u':') {
                colons++;
                colon = end;
            }
        if (colons == 1)
            end = colon;
    }
    host = calloc(end - begin + 1, sizeof(WCHAR));
    if (host)
        memcpy(host, at + begin, (end - begin) * sizeof(WCHAR));
    return host;
}
