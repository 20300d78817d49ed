/*
 * A TLS connection through libsspi: the loops of a handshake and of messages as programs for
 * Windows have them.
 */
#include "tests/programs/sspi_tls.h"

#include <credmgr.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/utf16.h"
#include "tests/programs/sspi.h"
#include "tests/programs/wire.h"

static bool failed(const char *what, SECURITY_STATUS status)
{
    complain("%s: %s (0x%08X): %s", what, sspi_status_name(status), (unsigned)status,
             CredmgrLastErrorText(NULL));
    return false;
}

/* ---- credentials ------------------------------------------------------------------------------
 */

static LONG WINAPI say_password(void *context, const char *source, char *password, ULONG size)
{
    const char *known = context;

    (void)source;
    if (!known || strlen(known) >= size)
        return -1;
    strcpy(password, known);
    return (LONG)strlen(password);
}

static DWORD disabled_protocols(const struct tls_options *o)
{
    if (!o->protocol)
        return 0;
    return strcmp(o->protocol, "1.3") == 0 ? (DWORD)SP_PROT_TLS1_2 : (DWORD)SP_PROT_TLS1_3;
}

static SECURITY_STATUS acquire(struct tls_end *e, const char *certificate, const char *key)
{
    const struct tls_options *o = e->options;
    PCCERT_CONTEXT context = NULL;
    DWORD flags = (o->manual ? SCH_CRED_MANUAL_CRED_VALIDATION : SCH_CRED_AUTO_CRED_VALIDATION) |
                  (o->no_default ? SCH_CRED_NO_DEFAULT_CREDS : 0);
    TLS_PARAMETERS protocols = {.grbitDisabledProtocols = disabled_protocols(o)};
    SCH_CREDENTIALS credentials = {.dwVersion = SCH_CREDENTIALS_VERSION,
                                   .dwFlags = flags,
                                   .cTlsParameters = 1,
                                   .pTlsParameters = &protocols};
    SCHANNEL_CRED older = {.dwVersion = SCHANNEL_CRED_VERSION, .dwFlags = flags};
    SECURITY_STATUS status = SEC_E_OK;

    if (certificate)
        status = CredmgrCertificateLoad(certificate, key, say_password,
                                        (void *)(uintptr_t)o->password, &context);
    if (status != SEC_E_OK)
        return status;
    credentials.cCreds = older.cCreds = context ? 1 : 0;
    credentials.paCred = older.paCred = &context;
    if (o->protocol)
        older.grbitEnabledProtocols =
            strcmp(o->protocol, "1.3") == 0 ? SP_PROT_TLS1_3 : SP_PROT_TLS1_2;
    if (e->have_credential)
        FreeCredentialsHandle(&e->credential);
    status = AcquireCredentialsHandleA(
        NULL, (SEC_CHAR *)(uintptr_t)(o->package ? o->package : UNISP_NAME_A),
        e->server ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND, NULL,
        o->schannel_cred ? (void *)&older : (void *)&credentials, NULL, NULL, &e->credential, NULL);
    e->have_credential = status == SEC_E_OK;
    CertFreeCertificateContext(context);
    return status;
}

bool tls_acquire(struct tls_end *e, bool server, const struct tls_options *options)
{
    SECURITY_STATUS status;

    *e = (struct tls_end){.options = options, .server = server, .fd = -1};
    e->input = malloc(TLS_INPUT_MAX);
    if (!e->input)
        return false;
    if (server)
        e->requirements = ASC_REQ_SEQUENCE_DETECT | ASC_REQ_REPLAY_DETECT |
                          ASC_REQ_CONFIDENTIALITY | ASC_REQ_EXTENDED_ERROR | ASC_REQ_STREAM |
                          (options->mutual ? ASC_REQ_MUTUAL_AUTH : 0);
    else
        e->requirements = ISC_REQ_SEQUENCE_DETECT | ISC_REQ_REPLAY_DETECT |
                          ISC_REQ_CONFIDENTIALITY | ISC_REQ_EXTENDED_ERROR | ISC_REQ_STREAM |
                          (options->manual ? ISC_REQ_MANUAL_CRED_VALIDATION : 0);
    status = acquire(e, options->certificate, options->key);
    return status == SEC_E_OK || failed("AcquireCredentialsHandle", status);
}

/* ---- the socket -------------------------------------------------------------------------------
 */

static bool write_out(struct tls_end *e, const void *data, size_t size)
{
    const uint8_t *at = data;

    while (size > 0) {
        ssize_t n = send(e->fd, at, size, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            complain("cannot send: %s", strerror(errno));
            return false;
        }
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* More of the input; at its end read_end is set, which is no failure. */
static bool read_in(struct tls_end *e)
{
    size_t room = TLS_INPUT_MAX - e->input_size;
    ssize_t n;

    if (e->options->piece && room > e->options->piece)
        room = e->options->piece;
    do
        n = read(e->fd, e->input + e->input_size, room);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != ECONNRESET) {
        complain("cannot read: %s", strerror(errno));
        return false;
    }
    if (n <= 0)
        e->read_end = true;
    else
        e->input_size += (size_t)n;
    return true;
}

/* Of what was read, so much is left over. */
static void keep_extra(struct tls_end *e, size_t extra)
{
    memmove(e->input, e->input + e->input_size - extra, extra);
    e->input_size = extra;
}

/* ---- the handshake ----------------------------------------------------------------------------
 */

/* "a,b" as SECBUFFER_APPLICATION_PROTOCOLS. */
static SecBuffer protocols(const char *names, uint8_t memory[512])
{
    PSEC_APPLICATION_PROTOCOLS all = (PSEC_APPLICATION_PROTOCOLS)(void *)memory;
    PSEC_APPLICATION_PROTOCOL_LIST list = all->ProtocolLists;
    UCHAR *at = list->ProtocolList, *length = at++;

    if (!names || strlen(names) > 255)
        return (SecBuffer){0, SECBUFFER_EMPTY, NULL};
    *length = 0;
    for (; *names; names++) {
        if (*names == ',') {
            length = at++;
            *length = 0;
        } else {
            *at++ = (UCHAR)*names;
            (*length)++;
        }
    }
    list->ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
    list->ProtocolListSize = (USHORT)(at - list->ProtocolList);
    all->ProtocolListsSize = (ULONG)(at - (UCHAR *)list);
    return (SecBuffer){(ULONG)(at - memory), SECBUFFER_APPLICATION_PROTOCOLS, memory};
}

static SECURITY_STATUS leg(struct tls_end *e, PSecBufferDesc input, PSecBufferDesc output)
{
    PCtxtHandle context = e->have_context ? &e->context : NULL;
    ULONG requirements = e->requirements | ISC_REQ_ALLOCATE_MEMORY;

    if (e->server)
        return AcceptSecurityContext(&e->credential, context, input, requirements, 0, &e->context,
                                     output, &e->attributes, NULL);
    return InitializeSecurityContextA(&e->credential, context,
                                      (SEC_CHAR *)(uintptr_t)e->options->target, requirements, 0, 0,
                                      input, 0, &e->context, output, &e->attributes, NULL);
}

static void print_issuers(struct tls_end *e)
{
    SecPkgContext_IssuerListInfoEx list;

    if (QueryContextAttributesA(&e->context, SECPKG_ATTR_ISSUER_LIST_EX, &list) != SEC_E_OK)
        return;
    printf("the server asks for a certificate, of %u issuers\n", list.cIssuers);
    FreeContextBuffer(list.aIssuers);
}

/* One leg: what is to be sent is sent. *again: the next leg needs no more input. */
static SECURITY_STATUS step(struct tls_end *e, bool *again)
{
    uint8_t memory[512];
    SecBuffer in[3] = {{(ULONG)e->input_size, SECBUFFER_TOKEN, e->input},
                       {0, SECBUFFER_EMPTY, NULL},
                       protocols(e->have_context ? NULL : e->options->alpn, memory)};
    SecBuffer out[2] = {{0, SECBUFFER_TOKEN, NULL}, {0, SECBUFFER_ALERT, NULL}};
    SecBufferDesc input = {SECBUFFER_VERSION, 3, in}, output = {SECBUFFER_VERSION, 2, out};
    SECURITY_STATUS status = leg(e, &input, &output);

    *again = false;
    if (out[0].cbBuffer > 0 && !write_out(e, out[0].pvBuffer, out[0].cbBuffer))
        status = SEC_E_INTERNAL_ERROR;
    if (status < 0 && status != SEC_E_INCOMPLETE_MESSAGE && out[1].cbBuffer > 0)
        printf("alert: %u bytes\n", out[1].cbBuffer);
    FreeContextBuffer(out[0].pvBuffer);
    FreeContextBuffer(out[1].pvBuffer);
    e->have_context = e->have_context || status >= 0;
    if (status < 0)
        return status;
    if (status == SEC_I_INCOMPLETE_CREDENTIALS) {
        print_issuers(e);
        if (e->options->late_certificate)
            status = acquire(e, e->options->late_certificate, e->options->late_key);
        *again = status >= 0;
        return status < 0 ? status : SEC_I_CONTINUE_NEEDED;
    }
    *again = in[1].BufferType == SECBUFFER_EXTRA && in[1].cbBuffer > 0;
    keep_extra(e, *again ? in[1].cbBuffer : 0);
    return status;
}

bool tls_shake(struct tls_end *e)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
    bool again = e->have_context || (!e->server && !e->have_context);

    while (status == SEC_I_CONTINUE_NEEDED || status == SEC_E_INCOMPLETE_MESSAGE) {
        if (!again && !read_in(e))
            return false;
        if (!again && e->read_end) {
            complain("the peer has gone in the middle of the handshake");
            return false;
        }
        status = step(e, &again);
    }
    if (status != SEC_E_OK)
        return failed(e->server ? "AcceptSecurityContext" : "InitializeSecurityContext", status);
    status = QueryContextAttributesA(&e->context, SECPKG_ATTR_STREAM_SIZES, &e->sizes);
    return status == SEC_E_OK || failed("QueryContextAttributes", status);
}

/* ---- messages ---------------------------------------------------------------------------------
 */

static bool send_record(struct tls_end *e, const void *data, size_t size)
{
    size_t room = e->sizes.cbHeader + size + e->sizes.cbTrailer;
    uint8_t *memory = malloc(room);
    SecBuffer buffers[4] = {
        {e->sizes.cbHeader, SECBUFFER_STREAM_HEADER, memory},
        {(ULONG)size, SECBUFFER_DATA, memory + e->sizes.cbHeader},
        {e->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, memory + e->sizes.cbHeader + size},
        {0, SECBUFFER_EMPTY, NULL}};
    SecBufferDesc message = {SECBUFFER_VERSION, 4, buffers};
    SECURITY_STATUS status;
    bool sent;

    if (!memory)
        return false;
    memcpy(memory + e->sizes.cbHeader, data, size);
    status = EncryptMessage(&e->context, 0, &message, 0);
    sent =
        status == SEC_E_OK
            ? write_out(e, memory, buffers[0].cbBuffer + buffers[1].cbBuffer + buffers[2].cbBuffer)
            : failed("EncryptMessage", status);
    free(memory);
    return sent;
}

bool tls_send(struct tls_end *e, const void *data, size_t size)
{
    const uint8_t *at = data;

    while (size > 0) {
        size_t piece = size < e->sizes.cbMaximumMessage ? size : e->sizes.cbMaximumMessage;

        if (!send_record(e, at, piece))
            return false;
        at += piece;
        size -= piece;
    }
    return true;
}

static PSecBuffer of_type(SecBuffer *buffers, ULONG type)
{
    for (int i = 0; i < 4; i++)
        if (buffers[i].BufferType == type)
            return &buffers[i];
    return NULL;
}

bool tls_receive(struct tls_end *e, uint8_t **data, size_t *size)
{
    static uint8_t text[TLS_INPUT_MAX];

    *data = text;
    *size = 0;
    while (!e->peer_closed) {
        SecBuffer buffers[4] = {{(ULONG)e->input_size, SECBUFFER_DATA, e->input}};
        SecBufferDesc message = {SECBUFFER_VERSION, 4, buffers};
        SECURITY_STATUS status = e->input_size > 0 ? DecryptMessage(&e->context, &message, 0, NULL)
                                                   : SEC_E_INCOMPLETE_MESSAGE;
        PSecBuffer found = of_type(buffers, SECBUFFER_DATA);
        PSecBuffer extra = of_type(buffers, SECBUFFER_EXTRA);

        if (status == SEC_E_INCOMPLETE_MESSAGE) {
            if (!read_in(e))
                return false;
            if (e->read_end)
                return true;
            continue;
        }
        if (status < 0) {
            bool again;

            failed("DecryptMessage", status);
            e->input_size = 0;
            step(e, &again); /* the alert */
            return false;
        }
        if (status == SEC_E_OK && found && found->cbBuffer > 0) {
            memcpy(text, found->pvBuffer, found->cbBuffer);
            *size = found->cbBuffer;
        }
        keep_extra(e, extra ? extra->cbBuffer : 0);
        if (status == SEC_I_CONTEXT_EXPIRED)
            e->peer_closed = true;
        if (status == SEC_I_RENEGOTIATE) {
            printf("the peer wants a handshake\n");
            if (!tls_shake(e))
                return false;
            printf("the handshake is done\n");
        }
        if (*size > 0)
            return true;
    }
    return true;
}

bool tls_control(struct tls_end *e, DWORD type)
{
    SecBuffer token = {sizeof(type), SECBUFFER_TOKEN, &type};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &token};
    SECURITY_STATUS status = ApplyControlToken(&e->context, &input);
    size_t held = e->input_size;
    bool again;

    if (status != SEC_E_OK)
        return failed("ApplyControlToken", status);
    if (type == SCHANNEL_RENEGOTIATE)
        return tls_shake(e);
    e->input_size = 0;
    status = step(e, &again);
    e->input_size = held;
    return status >= 0 || failed("the shutdown", status);
}

void tls_disconnect(struct tls_end *e)
{
    if (e->have_context)
        DeleteSecurityContext(&e->context);
    if (e->fd >= 0)
        close(e->fd);
    e->fd = -1;
    e->have_context = e->peer_closed = e->read_end = false;
    e->input_size = 0;
}

void tls_release(struct tls_end *e)
{
    tls_disconnect(e);
    if (e->have_credential)
        FreeCredentialsHandle(&e->credential);
    free(e->input);
}
