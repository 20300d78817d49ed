/*
 * Handshakes through the public API; and the table that makes NTLM the only package of these test
 * programs.
 */
#include "tests/unit/ntlm/harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

static USHORT *wide(const char *utf8, ULONG *length)
{
    size_t units = 0;
    WCHAR *w = utf8 ? utf16_from_utf8(utf8, strlen(utf8), &units) : NULL;

    *length = (ULONG)units;
    return (USHORT *)w;
}

SECURITY_STATUS side_acquire(struct side *s, bool client, const char *user, const char *domain,
                             const char *password)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SECURITY_STATUS status;

    id.User = wide(user, &id.UserLength);
    id.Domain = wide(domain, &id.DomainLength);
    id.Password = wide(password, &id.PasswordLength);
    *s = (struct side){.client = client};
    status = AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)u"NTLM",
                                       client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                       &id, NULL, NULL, &s->credential, NULL);
    s->has_credential = status == SEC_E_OK;
    free(id.User);
    free(id.Domain);
    secret_wipe(id.Password, id.PasswordLength * sizeof(WCHAR));
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
    out->size = status >= 0 ? got.cbBuffer : 0;
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
                      ULONG server_wants, void (*tamper)(int message, struct token *t))
{
    struct token one, two, three, none;
    SECURITY_STATUS status;

    side_reset(client);
    side_reset(server);
    status = side_step(client, client_wants, NULL, &one);
    if (status != SEC_I_CONTINUE_NEEDED)
        return status;
    if (tamper)
        tamper(1, &one);
    status = side_step(server, server_wants, &one, &two);
    if (status != SEC_I_CONTINUE_NEEDED)
        return status;
    if (tamper)
        tamper(2, &two);
    status = side_step(client, client_wants, &two, &three);
    if (status != SEC_E_OK)
        return status;
    if (tamper)
        tamper(3, &three);
    status = side_step(server, server_wants, &three, &none);
    if (status == SEC_E_OK)
        assert_int_equal(none.size, 0);
    return status;
}

SECURITY_STATUS side_protect(struct side *s, bool seal, void *data, size_t size,
                             uint8_t signature[16])
{
    SecBuffer buffers[2] = {{16, SECBUFFER_TOKEN, signature}, {(ULONG)size, SECBUFFER_DATA, data}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};

    return seal ? EncryptMessage(&s->context, 0, &message, 0)
                : MakeSignature(&s->context, 0, &message, 0);
}

SECURITY_STATUS side_unprotect(struct side *s, bool seal, void *data, size_t size,
                               uint8_t signature[16])
{
    SecBuffer buffers[2] = {{(ULONG)size, SECBUFFER_DATA, data}, {16, SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    ULONG qop = 1;

    return seal ? DecryptMessage(&s->context, &message, 0, &qop)
                : VerifySignature(&s->context, &message, 0, &qop);
}

static SECURITY_STATUS send_text(struct side *from, struct side *to, const char *text, bool seal)
{
    uint8_t signature[16];
    size_t size = strlen(text) + 1;
    char *copy = strdup(text);
    SECURITY_STATUS status;

    if (!copy)
        return SEC_E_INSUFFICIENT_MEMORY;
    status = side_protect(from, seal, copy, size, signature);
    /* A few bytes may well be sealed as they are: one of them once in 256 times. */
    if (status == SEC_E_OK && (!seal || size >= 8) && seal != (memcmp(copy, text, size) != 0))
        status = SEC_E_ENCRYPT_FAILURE;
    if (status == SEC_E_OK)
        status = side_unprotect(to, seal, copy, size, signature);
    if (status == SEC_E_OK && strcmp(copy, text) != 0)
        status = SEC_E_DECRYPT_FAILURE;
    free(copy);
    return status;
}

SECURITY_STATUS send_sealed(struct side *from, struct side *to, const char *text)
{
    return send_text(from, to, text, true);
}

SECURITY_STATUS send_signed(struct side *from, struct side *to, const char *text)
{
    return send_text(from, to, text, false);
}

void assert_names(struct side *s, const char *expected)
{
    SecPkgContext_NamesA names;

    assert_int_equal(QueryContextAttributesA(&s->context, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_string_equal(names.sUserName, expected);
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
}
