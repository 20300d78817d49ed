/*
 * Handshakes and messages through the public API; and the table that makes Kerberos the only
 * package of these test programs.
 */
#include "tests/unit/kerberos/harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/host.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

static WCHAR package[] = u"Kerberos";

static USHORT *wide(const char *utf8, ULONG *length)
{
    size_t units = 0;
    WCHAR *w = utf8 ? utf16_from_utf8(utf8, strlen(utf8), &units) : NULL;

    *length = (ULONG)units;
    return (USHORT *)w;
}

static SECURITY_STATUS acquire(struct side *s, bool client, void *identity)
{
    SECURITY_STATUS status;

    lsa_client_set_socket("/nonexistent/lsa.sock");
    *s = (struct side){.client = client};
    status = AcquireCredentialsHandleW(NULL, package,
                                       client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                       identity, NULL, NULL, &s->credential, NULL);
    s->has_credential = status == SEC_E_OK;
    return status;
}

SECURITY_STATUS side_default(struct side *s, bool client)
{
    return acquire(s, client, NULL);
}

SECURITY_STATUS side_explicit(struct side *s, bool client, const char *user, const char *domain,
                              const char *password)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SECURITY_STATUS status;

    id.User = wide(user, &id.UserLength);
    id.Domain = wide(domain, &id.DomainLength);
    id.Password = wide(password, &id.PasswordLength);
    status = acquire(s, client, &id);
    free(id.User);
    free(id.Domain);
    free(id.Password);
    return status;
}

SECURITY_STATUS side_step(struct side *s, ULONG requirements, const struct token *in,
                          struct token *out)
{
    SecBuffer given[2] = {{0}}, got = {TOKEN_ROOM, SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 0, given}, output = {SECBUFFER_VERSION, 1, &got};
    PCtxtHandle old = s->has_context ? &s->context : NULL;
    SECURITY_STATUS status;

    if (in)
        given[input.cBuffers++] =
            (SecBuffer){in->size, SECBUFFER_TOKEN, (void *)(uintptr_t)in->data};
    if (s->bindings)
        given[input.cBuffers++] = (SecBuffer){s->bindings_size, SECBUFFER_CHANNEL_BINDINGS,
                                              (void *)(uintptr_t)s->bindings};
    if (s->client)
        status = InitializeSecurityContextW(&s->credential, old, (SEC_WCHAR *)(uintptr_t)s->target,
                                            requirements, 0, SECURITY_NATIVE_DREP, &input, 0,
                                            &s->context, &output, &s->attributes, NULL);
    else
        status =
            AcceptSecurityContext(&s->credential, old, &input, requirements, SECURITY_NATIVE_DREP,
                                  &s->context, &output, &s->attributes, NULL);
    s->has_context = s->has_context || status >= 0;
    out->size = got.cbBuffer == TOKEN_ROOM ? 0 : got.cbBuffer;
    return status;
}

void side_reset(struct side *s)
{
    if (s->has_context)
        assert_int_equal(DeleteSecurityContext(&s->context), SEC_E_OK);
    s->has_context = false;
}

void side_end(struct side *s)
{
    side_reset(s);
    if (s->has_credential)
        assert_int_equal(FreeCredentialsHandle(&s->credential), SEC_E_OK);
    s->has_credential = false;
}

SECURITY_STATUS shake(struct side *client, ULONG client_wants, struct side *server,
                      ULONG server_wants)
{
    static _Thread_local struct token request, reply, nothing;
    SECURITY_STATUS first, status;

    side_reset(client);
    side_reset(server);
    first = side_step(client, client_wants, NULL, &request);
    if (first < 0)
        return first;
    status = side_step(server, server_wants, &request, &reply);
    if (status < 0)
        return status;
    assert_int_equal(first == SEC_I_CONTINUE_NEEDED, reply.size > 0);
    if (first == SEC_I_CONTINUE_NEEDED) {
        status = side_step(client, client_wants, &reply, &nothing);
        assert_int_equal(nothing.size, 0);
    }
    return status;
}

/* ---- messages ------------------------------------------------------------------------------ */

SECURITY_STATUS side_wrap(struct side *s, ULONG qop, const void *data, size_t size,
                          struct wire_message *m)
{
    SecPkgContext_Sizes sizes;
    SecBuffer b[3];
    SecBufferDesc desc = {SECBUFFER_VERSION, 3, b};
    uint8_t *copy = malloc(size + 1), padding[16];
    SECURITY_STATUS status;

    assert_non_null(copy);
    if (size)
        memcpy(copy, data, size);
    assert_int_equal(QueryContextAttributesW(&s->context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_true(sizes.cbSecurityTrailer + size + sizes.cbBlockSize <= MESSAGE_ROOM);
    b[0] = (SecBuffer){sizes.cbSecurityTrailer, SECBUFFER_TOKEN, m->bytes};
    b[1] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, copy};
    b[2] = (SecBuffer){sizes.cbBlockSize, SECBUFFER_PADDING, padding};
    status = EncryptMessage(&s->context, qop, &desc, 0);
    if (status == SEC_E_OK) {
        m->token = b[0].cbBuffer;
        memcpy(m->bytes + m->token, copy, size);
        memcpy(m->bytes + m->token + size, padding, b[2].cbBuffer);
        m->size = (ULONG)(m->token + size + b[2].cbBuffer);
    }
    free(copy);
    return status;
}

SECURITY_STATUS side_unwrap(struct side *s, struct wire_message *m, void **data, ULONG *size,
                            ULONG *qop)
{
    SecBuffer b[2] = {{m->size, SECBUFFER_STREAM, m->bytes}, {0, SECBUFFER_DATA, NULL}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    SECURITY_STATUS status = DecryptMessage(&s->context, &desc, 0, qop);

    *data = b[1].pvBuffer;
    *size = b[1].cbBuffer;
    return status;
}

SECURITY_STATUS side_sign(struct side *s, const void *data, size_t size,
                          struct wire_message *signature)
{
    SecPkgContext_Sizes sizes;
    SecBuffer b[2];
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    SECURITY_STATUS status;

    assert_int_equal(QueryContextAttributesW(&s->context, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    b[0] = (SecBuffer){(ULONG)size, SECBUFFER_DATA, (void *)(uintptr_t)data};
    b[1] = (SecBuffer){sizes.cbMaxSignature, SECBUFFER_TOKEN, signature->bytes};
    status = MakeSignature(&s->context, 0, &desc, 0);
    signature->size = b[1].cbBuffer;
    return status;
}

SECURITY_STATUS side_verify(struct side *s, const void *data, size_t size,
                            struct wire_message *signature)
{
    SecBuffer b[2] = {{(ULONG)size, SECBUFFER_DATA, (void *)(uintptr_t)data},
                      {signature->size, SECBUFFER_TOKEN, signature->bytes}};
    SecBufferDesc desc = {SECBUFFER_VERSION, 2, b};
    ULONG qop = 1;
    SECURITY_STATUS status = VerifySignature(&s->context, &desc, 0, &qop);

    if (status == SEC_E_OK)
        assert_int_equal(qop, 0);
    return status;
}

void assert_names(struct side *s, const char *expected)
{
    SecPkgContext_NamesA names;

    assert_int_equal(QueryContextAttributesA(&s->context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, expected);
    FreeContextBuffer(names.sUserName);
}
