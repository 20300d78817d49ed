/*
 * No memory, at every place where one of our objects asks for some between AcquireCredentialsHandle
 * and a context that was negotiated twice, exported and imported: the call fails and says so, and
 * nothing is lost (the packages count, and AddressSanitizer looks).
 */
#include "tests/unit/negotiate/package_sides.h"
#include "tests/unit/no_memory.h"

#include <stdlib.h>

static SECURITY_STATUS attributes(struct side *s)
{
    SecPkgContext_NegotiationInfoW info = {NULL, 0};
    SECURITY_STATUS status =
        QueryContextAttributesW(&s->context, SECPKG_ATTR_NEGOTIATION_INFO, &info);

    if (status == SEC_E_OK)
        FreeContextBuffer(info.PackageInfo);
    return status;
}

static SECURITY_STATUS move(struct side *s)
{
    SecBuffer packed = {0, 0, NULL};
    CtxtHandle moved;
    SECURITY_STATUS status = ExportSecurityContext(&s->context, 0, &packed, NULL);

    if (status != SEC_E_OK)
        return status;
    status = ImportSecurityContextW(negotiate, &packed, NULL, &moved);
    FreeContextBuffer(packed.pvBuffer);
    if (status == SEC_E_OK)
        assert_int_equal(DeleteSecurityContext(&moved), SEC_E_OK);
    return status;
}

static SECURITY_STATUS all(struct side *client, struct side *server, const WCHAR *packages)
{
    SECURITY_STATUS status = acquire_for(client, true, packages);

    if (status == SEC_E_OK)
        status = acquire_for(server, false, packages);
    for (int i = 0; i < 2 && status == SEC_E_OK; i++)
        status = shake(client, server);
    if (status == SEC_E_OK)
        status = attributes(client);
    if (status == SEC_E_OK)
        status = move(server);
    return status;
}

/* What failed was not needed, or there was no memory for it; to take a token apart, and to give a
 * context its number, too. */
static bool is_honest(SECURITY_STATUS status)
{
    return status == SEC_E_OK || status == SEC_E_INSUFFICIENT_MEMORY ||
           status == SEC_E_INVALID_TOKEN || status == SEC_E_INVALID_HANDLE;
}

static void fail_everywhere(const WCHAR *packages)
{
    struct side client = {.client = true}, server = {.client = false};
    unsigned failures = 0;
    SECURITY_STATUS status;

    for (no_memory_at = 1;; no_memory_at++) {
        unsigned needed;

        no_memory_asked = 0;
        client = (struct side){.client = true};
        server = (struct side){.client = false};
        status = all(&client, &server, packages);
        needed = no_memory_asked;
        no_memory_asked = no_memory_at; /* no more */
        end(&client, &server);
        if (needed < no_memory_at)
            break;
        assert_true(is_honest(status));
        failures += status != SEC_E_OK;
    }
    no_memory_at = 0;
    assert_int_equal(status, SEC_E_OK);
    assert_true(failures > 30);
}

/* What a package is, is asked once: who had no memory then may not do without it ever after. The
 * first test, since the process remembers. */
static void test_first(void **state)
{
    struct side client = {.client = true};
    struct token one;
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    unsigned failures = 0;

    (void)state;
    for (unsigned at = 1; status != SEC_E_OK; at++) {
        no_memory_asked = 0;
        no_memory_at = at;
        status = acquire_for(&client, true, u"");
        no_memory_at = 0;
        failures += status != SEC_E_OK;
        if (status != SEC_E_OK)
            continue;
        assert_int_equal(step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
        assert_negotiated(&client, "Kerberos", SECPKG_NEGOTIATION_OPTIMISTIC);
    }
    assert_true(failures > 5);
    end(&client, &(struct side){.client = false});
}

static void test_preferred(void **state)
{
    (void)state;
    fail_everywhere(u"kerberos,other");
}

/* The first package has nobody to ask. */
static void test_fallback(void **state)
{
    (void)state;
    fakes[KERBEROS].first_leg = SEC_E_TARGET_UNKNOWN;
    fail_everywhere(u"kerberos,other");
}

static void test_ntlm(void **state)
{
    (void)state;
    fail_everywhere(u"ntlm");
}

static int start(void **state)
{
    PSecPkgInfoA packages;
    ULONG count;

    reset(state);
    assert_int_equal(EnumerateSecurityPackagesA(&count, &packages), SEC_E_OK);
    FreeContextBuffer(packages);
    return 0;
}

/* Packages and tables that live as long as the process are there. */
static int warm_up(void **state)
{
    struct side client, server;

    reset(state);
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    end(&client, &server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_first, start),
        cmocka_unit_test_setup(test_preferred, warm_up),
        cmocka_unit_test_setup(test_fallback, warm_up),
        cmocka_unit_test_setup(test_ntlm, warm_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
