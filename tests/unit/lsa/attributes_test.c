/* Attributes of credentials and contexts at lsad: through the client, and from clients that lie. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf16.h"
#include "tests/unit/lsa/anchor.h"
#include "tests/unit/lsa/server.h"

/* A service of root's needs no logon session to accept. */
static struct lsa_remote_credential *acceptor(const WCHAR *package)
{
    struct lsa_remote_credential *credential;

    assert_int_equal(lsa_client_acquire(package, NULL, SECPKG_CRED_INBOUND, &credential, NULL),
                     SEC_E_OK);
    return credential;
}

static SECURITY_STATUS set_url(struct lsa_remote_credential *credential, const WCHAR *url)
{
    SecPkgCredentials_KdcUrlW image = {NULL};
    struct lsa_structure value = {.image = &image, .size = sizeof(image)};

    if (url) {
        value.parts[0].data = (void *)(uintptr_t)url;
        value.parts[0].size = (utf16_length(url) + 1) * sizeof(WCHAR);
        value.count = 1;
    }
    return lsa_client_set_attribute(credential, NULL, SECPKG_CRED_ATTR_KDC_URL, &value);
}

static void query(void **state)
{
    static const WCHAR *const packages[] = {u"NTLM", u"Slow"};
    SecPkgCredentials_SSIProviderW image;
    struct lsa_structure value = {.image = &image};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct lsa_remote_credential *c = acceptor(packages[i]);

        value.size = sizeof(image);
        assert_int_equal(lsa_client_query_attribute(c, NULL, SECPKG_CRED_ATTR_SSI_PROVIDER, &value),
                         SEC_E_OK);
        assert_int_equal(value.size, sizeof(image));
        assert_null(image.sProviderName); /* no address of lsad's leaves it */
        assert_null(image.ProviderInfo);
        assert_int_equal(image.ProviderInfoLength, 5);
        assert_int_equal(value.count, 2);
        assert_int_equal(value.parts[0].offset, 0);
        assert_memory_equal(value.parts[0].data, u"provider", sizeof(u"provider"));
        assert_int_equal(value.parts[1].offset, 16);
        assert_memory_equal(value.parts[1].data, "a\0b\0c", 5);
        free(value.parts[0].data);
        free(value.parts[1].data);
        value.size = sizeof(image);
        assert_int_equal(lsa_client_query_attribute(c, NULL, SECPKG_CRED_ATTR_CERT, &value),
                         SEC_E_OK);
        assert_int_equal(value.count, 0);
        value.size = 8;
        assert_int_equal(lsa_client_query_attribute(c, NULL, SECPKG_CRED_ATTR_SSI_PROVIDER, &value),
                         SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(lsa_client_query_attribute(c, NULL, 0x7001, &value),
                         SEC_E_UNSUPPORTED_FUNCTION);
        lsa_client_release(c);
    }
    assert_true(becomes(&seen.credentials, 0));
}

/* What was made of a credential is made of it again at another lsad, the last word of each. */
static void restart(void **state)
{
    struct lsa_remote_credential *c = acceptor(u"NTLM");
    struct lsa_added added = {.principal = u"host/a",
                              .user = u"b\u00f6b",
                              .domain = u"D",
                              .password = u"secret",
                              .use = SECPKG_CRED_INBOUND};
    WCHAR *name;

    (void)state;
    assert_int_equal(set_url(c, u"https://one"), SEC_E_OK);
    assert_int_equal(set_url(c, u"https://tw\u00f6"), SEC_E_OK);
    assert_string_equal(settings.text, "https://tw\xc3\xb6");
    assert_int_equal(lsa_client_add_credentials(c, &added), SEC_E_OK);
    assert_int_equal(added.expiry.QuadPart, 4343);
    assert_string_equal(settings.principal, "host/a");
    assert_string_equal(settings.text, "b\xc3\xb6"
                                       "b");
    assert_string_equal(settings.domain, "D");
    assert_string_equal(settings.password, "secret");
    assert_int_equal(settings.use, SECPKG_CRED_INBOUND);
    server_restart();
    settings = (struct settings){0};
    assert_int_equal(lsa_client_credential_name(c, &name), SEC_E_OK);
    free(name);
    assert_int_equal(settings.set, 1);
    assert_int_equal(settings.attribute, SECPKG_CRED_ATTR_KDC_URL);
    assert_int_equal(settings.added, 1);
    assert_string_equal(settings.password, "secret");
    added.user = NULL;
    assert_int_equal(lsa_client_add_credentials(c, &added), SEC_E_OK);
    assert_true(settings.no_identity);
    lsa_client_release(c);
    assert_true(becomes(&seen.credentials, 0));
}

static void half_made(void **state)
{
    struct lsa_leg leg = {.credential = acceptor(u"NTLM")};
    SecBuffer token = {3, SECBUFFER_TOKEN | SECBUFFER_UNMAPPED, (void *)(uintptr_t) "bye"};
    SecBufferDesc input = {SECBUFFER_VERSION, 1, &token};
    SecPkgContext_Lifespan life;
    struct lsa_structure value = {.image = &life, .size = sizeof(life)};

    (void)state;
    leg.input = &input;
    assert_int_equal(lsa_client_accept(&leg), SEC_I_CONTINUE_NEEDED);
    free(leg.token);
    assert_int_equal(lsa_client_query_attribute(NULL, leg.context, SECPKG_ATTR_LIFESPAN, &value),
                     SEC_E_OK);
    assert_int_equal(life.tsExpiry.QuadPart, 4242);
    assert_int_equal(lsa_client_set_attribute(NULL, leg.context, SECPKG_ATTR_LIFESPAN, &value),
                     SEC_E_OK);
    assert_int_equal(settings.size, sizeof(life));
    /* A pointer or a handle of this process means nothing there. */
    assert_int_equal(
        lsa_client_query_attribute(NULL, leg.context, SECPKG_ATTR_ACCESS_TOKEN, &value),
        SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(lsa_client_apply_control(leg.context, &input), SEC_E_OK);
    assert_int_equal(settings.controls, 1);
    assert_int_equal(settings.attribute, SECBUFFER_TOKEN); /* in memory of lsad's */
    server_restart();
    assert_int_equal(lsa_client_query_attribute(NULL, leg.context, SECPKG_ATTR_LIFESPAN, &value),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(lsa_client_apply_control(leg.context, &input), SEC_E_INVALID_HANDLE);
    lsa_client_delete(leg.context);
    lsa_client_release(leg.credential);
    assert_true(becomes(&seen.contexts, 0));
}

/* ---- clients that lie ---------------------------------------------------------------------- */

static int fd;
static uint64_t credential;

static SECURITY_STATUS set_raw(ULONG attribute, size_t size, uint32_t offset, size_t piece_size)
{
    static uint8_t image[LSA_STRUCTURE_MAX + 64], data[LSA_STRUCTURE_MAX + 64];
    Lsa__SetAttribute call = LSA__SET_ATTRIBUTE__INIT;
    Lsa__Structure value = LSA__STRUCTURE__INIT;
    Lsa__Piece piece = LSA__PIECE__INIT, *pieces = &piece;
    Lsa__Request request = LSA__REQUEST__INIT;

    memset(image, 0x41, sizeof(image)); /* every pointer in it is a bad one */
    memset(data, 'z', sizeof(data));
    call.credential = credential;
    call.attribute = attribute;
    value.image.data = image;
    value.image.len = size;
    piece.offset = offset;
    piece.data.data = data;
    piece.data.len = piece_size;
    value.pieces = &pieces;
    value.n_pieces = offset == UINT32_MAX ? 0 : 1;
    call.value = size == SIZE_MAX ? NULL : &value;
    request.call_case = LSA__REQUEST__CALL_SET_ATTRIBUTE;
    request.set_attribute = &call;
    raw_send(fd, &request, 40);
    return raw_status(fd, 40, NULL);
}

static void lies(void **state)
{
    Lsa__QueryAttribute query_call = LSA__QUERY_ATTRIBUTE__INIT;
    Lsa__AddCredentials add = LSA__ADD_CREDENTIALS__INIT;
    Lsa__ApplyControl control = LSA__APPLY_CONTROL__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    static uint8_t long_name[LSA_NAME16_MAX + 2];

    (void)state;
    fd = raw_connect();
    raw_hello(fd, 0);
    assert_int_equal(raw_acquire(fd, u"NTLM", SECPKG_CRED_INBOUND, &credential), SEC_E_OK);
    /* Addresses of the client's are not taken for any. */
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_URL, 8, UINT32_MAX, 0), SEC_E_OK);
    assert_string_equal(settings.text, "");
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_URL, 8, 4, 10), SEC_E_OK);
    assert_string_equal(settings.text, "");
    /* Strings end, and lengths are those of what came. */
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_URL, 8, 0, 4), SEC_E_OK);
    assert_string_equal(settings.text, "\xe7\xa9\xba\xe7\xa9\xba");
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_CERT, 16, 8, 7), SEC_E_OK);
    assert_int_equal(settings.length, 7);
    assert_true(settings.terminated);
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_CERT, 16, UINT32_MAX, 0), SEC_E_OK);
    assert_int_equal(settings.length, 0);
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, 40, UINT32_MAX, 0), SEC_E_OK);
    assert_int_equal(settings.size, 40);
    /* Sizes that cannot be. */
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_URL, 7, 0, 4), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_URL, 9, 0, 4), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_URL, 8, 0, LSA_STRUCTURE_MAX),
                     SEC_E_INVALID_PARAMETER);
    assert_int_equal(
        set_raw(SECPKG_CRED_ATTR_KDC_PROXY_SETTINGS, LSA_STRUCTURE_MAX + 1, UINT32_MAX, 0),
        SEC_E_INVALID_PARAMETER);
    assert_int_equal(set_raw(SECPKG_CRED_ATTR_KDC_URL, SIZE_MAX, 0, 0), SEC_E_INVALID_PARAMETER);
    assert_int_equal(set_raw(0x7001, 8, 0, 4), SEC_E_UNSUPPORTED_FUNCTION);

    query_call.credential = credential;
    query_call.context = credential; /* a credential's number for a context */
    query_call.attribute = SECPKG_ATTR_LIFESPAN;
    query_call.size = UINT32_MAX;
    request.call_case = LSA__REQUEST__CALL_QUERY_ATTRIBUTE;
    request.query_attribute = &query_call;
    raw_send(fd, &request, 41);
    assert_int_equal(raw_status(fd, 41, NULL), SEC_E_INVALID_HANDLE);

    memset(long_name, 'n', sizeof(long_name));
    add.credential = credential;
    add.has_identity = true;
    add.password16.data = long_name;
    add.password16.len = sizeof(long_name);
    request.call_case = LSA__REQUEST__CALL_ADD_CREDENTIALS;
    request.add_credentials = &add;
    raw_send(fd, &request, 42);
    assert_int_equal(raw_status(fd, 42, NULL), SEC_E_UNKNOWN_CREDENTIALS);
    add.password16.len = 3;
    raw_send(fd, &request, 43); /* half a character more: it is left out */
    assert_int_equal(raw_status(fd, 43, NULL), SEC_E_OK);
    assert_int_equal(strlen(settings.password), 3);
    add.credential = credential + 1;
    raw_send(fd, &request, 44);
    assert_int_equal(raw_status(fd, 44, NULL), SEC_E_INVALID_HANDLE);

    control.context = credential;
    request.call_case = LSA__REQUEST__CALL_APPLY_CONTROL;
    request.apply_control = &control;
    raw_send(fd, &request, 45);
    assert_int_equal(raw_status(fd, 45, NULL), SEC_E_INVALID_HANDLE);
    close(fd);
    assert_true(becomes(&seen.credentials, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query),
        cmocka_unit_test(restart),
        cmocka_unit_test(half_made),
        cmocka_unit_test(lies),
    };

    return cmocka_run_group_tests(tests, server_setup, server_teardown);
}
