/*
 * Negotiations between two sides of one process.
 */
#include "tests/unit/negotiate/package_sides.h"

#include <stdlib.h>

#include "base/utf16.h"
#include "libsspi/lsa/client.h"

WCHAR negotiate[] = u"Negotiate";

/* ---- what every test needs --------------------------------------------------------------------
 */

SECURITY_STATUS acquire_for(struct side *s, bool client, const WCHAR *packages)
{
    SEC_WINNT_AUTH_IDENTITY_EXW id = {.Version = SEC_WINNT_AUTH_IDENTITY_VERSION,
                                      .Length = sizeof(id),
                                      .User = (USHORT *)u"bob",
                                      .UserLength = 3,
                                      .Domain = (USHORT *)u"BOX",
                                      .DomainLength = 3,
                                      .Password = (USHORT *)u"secret",
                                      .PasswordLength = 6,
                                      .PackageList = (USHORT *)(uintptr_t)packages,
                                      .PackageListLength = (ULONG)utf16_length(packages),
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};
    SECURITY_STATUS status;

    *s = (struct side){.client = client};
    status = AcquireCredentialsHandleW(NULL, negotiate,
                                       client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                       &id, NULL, NULL, &s->credential, &s->expiry);
    s->has_credential = status == SEC_E_OK;
    return status;
}

void acquire(struct side *client, struct side *server)
{
    assert_int_equal(acquire_for(client, true, u""), SEC_E_OK);
    assert_int_equal(acquire_for(server, false, u""), SEC_E_OK);
}

SECURITY_STATUS step(struct side *s, ULONG requirements, const struct token *in, struct token *out)
{
    SecBuffer given = {in ? in->size : 0, SECBUFFER_TOKEN, in ? (void *)(uintptr_t)in->data : NULL};
    SecBuffer got = {ROOM, SECBUFFER_TOKEN, out->data};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &given}, output = {SECBUFFER_VERSION, 1, &got};
    PSecBufferDesc first = in ? &input : NULL;
    PCtxtHandle old = s->has_context ? &s->context : NULL;
    SECURITY_STATUS status;

    if (s->client)
        status = InitializeSecurityContextW(&s->credential, old, (SEC_WCHAR *)u"host/box",
                                            requirements, 0, SECURITY_NATIVE_DREP, first, 0,
                                            &s->context, &output, &s->attributes, &s->expiry);
    else
        status =
            AcceptSecurityContext(&s->credential, old, first, requirements, SECURITY_NATIVE_DREP,
                                  &s->context, &output, &s->attributes, &s->expiry);
    s->has_context = s->has_context || status >= 0;
    out->size = status >= 0 || got.cbBuffer != ROOM ? got.cbBuffer : 0;
    return status;
}

SECURITY_STATUS shake(struct side *client, struct side *server)
{
    struct token from_client = {.size = 0}, from_server = {.size = 0};
    SECURITY_STATUS c = SEC_I_CONTINUE_NEEDED, s = SEC_I_CONTINUE_NEEDED;

    for (int legs = 0; legs < 8 && (c != SEC_E_OK || s != SEC_E_OK); legs++) {
        if (c != SEC_E_OK || from_server.size) {
            c = step(client, 0, from_server.size ? &from_server : NULL, &from_client);
            if (c < 0)
                return c;
        }
        from_server.size = 0;
        if (!from_client.size)
            continue;
        s = step(server, 0, &from_client, &from_server);
        from_client.size = 0;
        if (s < 0)
            return s;
    }
    return c == SEC_E_OK ? s : c;
}

void forget(struct side *s)
{
    if (s->has_context)
        assert_int_equal(DeleteSecurityContext(&s->context), SEC_E_OK);
    s->has_context = false;
}

void end(struct side *client, struct side *server)
{
    forget(client);
    forget(server);
    if (client->has_credential)
        assert_int_equal(FreeCredentialsHandle(&client->credential), SEC_E_OK);
    if (server->has_credential)
        assert_int_equal(FreeCredentialsHandle(&server->credential), SEC_E_OK);
    client->has_credential = server->has_credential = false;
    for (int i = 0; i < FAKES; i++) {
        assert_int_equal(fakes[i].credentials, 0);
        assert_int_equal(fakes[i].contexts, 0);
        assert_int_equal(fakes[i].users, 0);
    }
}

void assert_negotiated(struct side *s, const char *package, ULONG state)
{
    SecPkgContext_NegotiationInfoA info;
    SecPkgContext_PackageInfoW package_info;
    char *name;

    assert_int_equal(QueryContextAttributesA(&s->context, SECPKG_ATTR_NEGOTIATION_INFO, &info),
                     SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, package);
    assert_int_equal(info.NegotiationState, state);
    FreeContextBuffer(info.PackageInfo);
    assert_int_equal(QueryContextAttributesW(&s->context, SECPKG_ATTR_PACKAGE_INFO, &package_info),
                     SEC_E_OK);
    name = utf16_to_utf8(package_info.PackageInfo->Name,
                         utf16_length(package_info.PackageInfo->Name), NULL);
    assert_string_equal(name, package);
    free(name);
    FreeContextBuffer(package_info.PackageInfo);
}

SECURITY_STATUS send_signed(struct side *from, struct side *to)
{
    uint8_t data[] = "a message", signature[16] = {0};
    SecBuffer buffers[2] = {{sizeof(data), SECBUFFER_DATA, data},
                            {sizeof(signature), SECBUFFER_TOKEN, signature}};
    SecBufferDesc message = {SECBUFFER_VERSION, 2, buffers};
    SECURITY_STATUS status = MakeSignature(&from->context, 0, &message, 0);
    ULONG qop;

    return status == SEC_E_OK ? VerifySignature(&to->context, &message, 0, &qop) : status;
}

void assert_messages(struct side *client, struct side *server)
{
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_signed(client, server), SEC_E_OK);
        assert_int_equal(send_signed(server, client), SEC_E_OK);
    }
}

int reset(void **state)
{
    (void)state;
    lsa_client_set_socket("/nonexistent/lsa.sock");
    fakes_reset();
    return 0;
}
