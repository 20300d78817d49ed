/*
 * See the header.
 */
#include "tests/unit/tspkg/sides.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "libsspi/packages/ts_channel.h"

/* ---- settings ---------------------------------------------------------------------------------
 */

#define SETTINGS_MAX 16
static struct {
    const char *name, *value;
} settings[SETTINGS_MAX];
static size_t setting_count;

void set_policy_list(const char *const *list)
{
    for (setting_count = 0; *list; list += 2) {
        assert_true(setting_count < SETTINGS_MAX);
        settings[setting_count].name = list[0];
        settings[setting_count++].value = list[1];
    }
}

const char *__wrap_lsa_setting(const char *package, const char *name, const char *fallback);
const char *__wrap_lsa_setting(const char *package, const char *name, const char *fallback)
{
    for (size_t i = 0; strcasecmp(package, "tspkg") == 0 && i < setting_count; i++)
        if (strcasecmp(settings[i].name, name) == 0)
            return settings[i].value;
    return fallback;
}

/* ---- sides ------------------------------------------------------------------------------------
 */

SECURITY_STATUS side_acquire(struct side *s, bool client, const WCHAR *user, const WCHAR *domain,
                             const WCHAR *password)
{
    SEC_WINNT_AUTH_IDENTITY_W id = {.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE};

    if (user) {
        id.User = (USHORT *)(uintptr_t)user;
        id.UserLength = (ULONG)utf16_length(user);
        id.Domain = (USHORT *)(uintptr_t)domain;
        id.DomainLength = (ULONG)utf16_length(domain);
        id.Password = (USHORT *)(uintptr_t)password;
        id.PasswordLength = (ULONG)utf16_length(password);
    }
    *s = (struct side){.client = client};
    return side_acquire_by(s, user ? &id : NULL);
}

SECURITY_STATUS side_acquire_by(struct side *s, void *auth_data)
{
    bool client = s->client;
    SECURITY_STATUS status;

    *s = (struct side){
        .client = client, .target = client ? TARGET : NULL, .public_key = "a public key"};
    status = AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)TS_SSP_NAME,
                                       client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                       auth_data, NULL, NULL, &s->credential, &s->expiry);
    s->has_credential = status == SEC_E_OK;
    return status;
}

SECURITY_STATUS side_step(struct side *s, ULONG requirements, struct token *in, struct token *out)
{
    SecBuffer given[2] = {{0}}, got = {0, SECBUFFER_TOKEN, NULL};
    SecBufferDesc input = {SECBUFFER_VERSION, 0, given}, output = {SECBUFFER_VERSION, 1, &got};
    PCtxtHandle old = s->has_context ? &s->context : NULL;
    struct ts_channel channel = {s->channel, (const uint8_t *)s->public_key,
                                 s->public_key ? strlen(s->public_key) : 0};
    uint8_t channel_room[TS_CHANNEL_SIZE(64)], *params = NULL;
    SECURITY_STATUS status;

    if (in && in->size)
        given[input.cBuffers++] = (SecBuffer){in->size, SECBUFFER_TOKEN, in->data};
    assert_true(channel.public_key_size <= 64);
    if (!old && s->public_key) {
        params = channel_room;
        ts_channel_write(params, &channel);
        given[input.cBuffers++] = (SecBuffer){(ULONG)TS_CHANNEL_SIZE(channel.public_key_size),
                                              SECBUFFER_PKG_PARAMS, params};
    }
    if (s->client)
        status = InitializeSecurityContextW(&s->credential, old, (SEC_WCHAR *)(uintptr_t)s->target,
                                            requirements | ISC_REQ_ALLOCATE_MEMORY, 0,
                                            SECURITY_NATIVE_DREP, &input, 0, &s->context, &output,
                                            &s->attributes, &s->expiry);
    else
        status = AcceptSecurityContext(&s->credential, old, &input,
                                       requirements | ASC_REQ_ALLOCATE_MEMORY, SECURITY_NATIVE_DREP,
                                       &s->context, &output, &s->attributes, &s->expiry);

    if (in) {
        FreeContextBuffer(in->data);
        *in = (struct token){NULL, 0};
    }
    s->has_context = s->has_context || status >= 0;
    *out = (struct token){got.pvBuffer, got.cbBuffer};
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

char failed_side;
SECURITY_STATUS client_status;

SECURITY_STATUS shake(struct side *client, ULONG wants, struct side *server)
{
    struct token up = {NULL, 0}, down = {NULL, 0};
    SECURITY_STATUS c = SEC_I_CONTINUE_NEEDED, s = SEC_I_CONTINUE_NEEDED, result;

    side_reset(client);
    side_reset(server);
    failed_side = 'c';
    client_status = SEC_E_OK;
    for (int legs = 0; legs < 16; legs++) {
        c = side_step(client, wants, &down, &up);
        result = c;
        if (c < 0)
            goto out;
        if (!up.size) {
            result = c == SEC_E_OK ? s : SEC_E_INTERNAL_ERROR;
            break;
        }
        s = side_step(server, ASC_REQ_EXTENDED_ERROR, &up, &down);
        if (s < 0) {
            failed_side = 's';
            /* The client learns why. */
            if (down.size && c == SEC_I_CONTINUE_NEEDED)
                client_status = side_step(client, wants, &down, &up);
            result = s;
            goto out;
        }
        if (c == SEC_E_OK && s == SEC_E_OK)
            break;
    }
    failed_side = 0;
out:
    FreeContextBuffer(up.data);
    FreeContextBuffer(down.data);
    return result;
}

/* ---- what the server has got ------------------------------------------------------------------
 */

static void assert_text(const SecPkgContext_ClientCreds *creds, const UNICODE_STRING *s,
                        const WCHAR *expected)
{
    size_t at = (uintptr_t)s->Buffer;

    assert_int_equal(s->Length, utf16_length(expected) * sizeof(WCHAR));
    assert_true(at <= creds->AuthBufferLen && s->Length <= creds->AuthBufferLen - at);
    assert_memory_equal(creds->AuthBuffer + at, expected, s->Length);
}

void assert_delegated(struct side *server, ULONG attribute, const WCHAR *domain, const WCHAR *user,
                      const WCHAR *password)
{
    SecPkgContext_ClientCreds creds = {0, NULL};
    KERB_INTERACTIVE_LOGON logon;

    assert_int_equal(QueryContextAttributesW(&server->context, attribute, &creds), SEC_E_OK);
    assert_true(creds.AuthBufferLen >= sizeof(logon));
    memcpy(&logon, creds.AuthBuffer, sizeof(logon));
    assert_int_equal(logon.MessageType, KerbInteractiveLogon);
    assert_text(&creds, &logon.LogonDomainName, domain);
    assert_text(&creds, &logon.UserName, user);
    assert_text(&creds, &logon.Password, password);
    FreeContextBuffer(creds.AuthBuffer);
}
