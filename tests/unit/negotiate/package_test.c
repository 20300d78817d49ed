/*
 * Which package Negotiate speaks: packages in the place of Kerberos that do as they are told, and
 * our NTLM.
 */
#include "tests/unit/negotiate/package_sides.h"

#include <credmgr.h>
#include <krb5.h>
#include <pthread.h>
#include <string.h>

/* ---- which package ----------------------------------------------------------------------------
 */

static void test_preferred(void **state)
{
    struct side client, server;
    struct token one, two, three;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(client.expiry.QuadPart, 1000);
    assert_int_equal(step(&client, ISC_REQ_CONFIDENTIALITY, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_negotiated(&client, "Kerberos", SECPKG_NEGOTIATION_OPTIMISTIC);
    assert_int_equal(one.data[0], 0x60);
    assert_int_equal(client.attributes, ISC_RET_CONNECTION);
    assert_int_equal(step(&server, 0, &one, &two), SEC_E_OK);
    assert_negotiated(&server, "Kerberos", SECPKG_NEGOTIATION_COMPLETE);
    assert_int_equal(step(&client, 0, &two, &three), SEC_E_OK);
    assert_int_equal(three.size, 0);
    assert_negotiated(&client, "Kerberos", SECPKG_NEGOTIATION_COMPLETE);
    assert_int_equal(client.attributes, ISC_RET_INTEGRITY);
    assert_int_equal(server.attributes, ASC_RET_INTEGRITY);
    assert_int_equal(client.expiry.QuadPart, 500);
    assert_messages(&client, &server);
    end(&client, &server);
}

/* What Kerberos is asked for is what the application asked for; what comes in its place is asked
 * for integrity. */
static void test_requirements(void **state)
{
    struct side client, server;
    struct token one;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(step(&client, ISC_REQ_MUTUAL_AUTH, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fakes[KERBEROS].requirements & ~(ULONG)ISC_REQ_ALLOCATE_MEMORY,
                     ISC_REQ_MUTUAL_AUTH);
    assert_int_equal(memcmp(fakes[KERBEROS].target, u"host/box", 16), 0);
    forget(&client);
    fakes[KERBEROS].first_leg = SEC_E_TARGET_UNKNOWN;
    assert_int_equal(step(&client, ISC_REQ_MUTUAL_AUTH, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fakes[OTHER].requirements & ~(ULONG)ISC_REQ_ALLOCATE_MEMORY,
                     ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY);
    forget(&client);
    assert_int_equal(step(&client, ISC_REQ_NO_INTEGRITY, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(fakes[OTHER].requirements & ISC_REQ_INTEGRITY, 0);
    end(&client, &server);
}

/* That Kerberos could not be had once is no reason to do without the MIC when it can: the server of
 * the second negotiation might not be asked at all. */
static void test_requirements_again(void **state)
{
    struct side client, server;
    struct token one, two;

    (void)state;
    fakes[KERBEROS].first_leg = SEC_E_TARGET_UNKNOWN;
    assert_int_equal(acquire_for(&client, true, u"kerberos,ntlm"), SEC_E_OK);
    assert_int_equal(acquire_for(&server, false, u"ntlm"), SEC_E_OK);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&client, "NTLM", SECPKG_NEGOTIATION_COMPLETE);
    assert_int_equal(client.attributes & ISC_RET_INTEGRITY, 0); /* a list of one */
    fakes[KERBEROS].first_leg = SEC_E_OK;
    assert_int_equal(step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(one.data[0], 0x60);
    assert_int_equal(step(&server, 0, &one, &two), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(step(&client, 0, &two, &one), SEC_I_CONTINUE_NEEDED); /* NTLM's first */
    assert_int_equal(client.attributes & ISC_RET_INTEGRITY, ISC_RET_INTEGRITY);
    end(&client, &server);
}

static void test_fallback(void **state)
{
    static const SECURITY_STATUS reasons[] = {SEC_E_NO_AUTHENTICATING_AUTHORITY,
                                              SEC_E_TARGET_UNKNOWN, SEC_E_KDC_UNABLE_TO_REFER,
                                              SEC_E_NO_CREDENTIALS};
    struct side client, server;

    (void)state;
    for (size_t i = 0; i < ARRAYSIZE(reasons); i++) {
        fakes[KERBEROS].first_leg = reasons[i];
        acquire(&client, &server);
        assert_int_equal(shake(&client, &server), SEC_E_OK);
        assert_negotiated(&client, "Other", SECPKG_NEGOTIATION_COMPLETE);
        assert_negotiated(&server, "Other", SECPKG_NEGOTIATION_COMPLETE);
        assert_messages(&client, &server);
        end(&client, &server);
    }
}

/* Whoever is told these must not be let in another way. */
static void test_no_fallback(void **state)
{
    static const SECURITY_STATUS refusals[] = {
        SEC_E_LOGON_DENIED,        SEC_E_TIME_SKEW,      SEC_E_CONTEXT_EXPIRED,
        SEC_E_WRONG_PRINCIPAL,     SEC_E_INTERNAL_ERROR, SEC_E_UNKNOWN_CREDENTIALS,
        SEC_E_UNSUPPORTED_PREAUTH, SEC_E_BAD_BINDINGS,   SEC_E_INSUFFICIENT_MEMORY};
    static const struct {
        SECURITY_STATUS status; /* a reason to fall back, but for the code */
        int32_t code;
    } of_kdc[] = {{SEC_E_TARGET_UNKNOWN, (int32_t)KRB5KDC_ERR_SERVICE_EXP},
                  {SEC_E_TARGET_UNKNOWN, (int32_t)KRB5KDC_ERR_SERVICE_REVOKED},
                  {SEC_E_TARGET_UNKNOWN, (int32_t)KRB5KDC_ERR_SERVICE_NOTYET},
                  {SEC_E_NO_CREDENTIALS, (int32_t)KRB5KDC_ERR_TGT_REVOKED}};
    struct side client, server;
    struct token one;

    (void)state;
    acquire(&client, &server);
    for (size_t i = 0; i < ARRAYSIZE(refusals); i++) {
        fakes[KERBEROS].first_leg = refusals[i];
        fakes[OTHER].requirements = 1;
        assert_int_equal(step(&client, 0, NULL, &one), refusals[i]);
        assert_int_equal(fakes[OTHER].requirements, 1); /* was not asked */
        assert_int_equal(one.size, 0);
    }
    for (size_t i = 0; i < ARRAYSIZE(of_kdc); i++) {
        fakes[KERBEROS].first_leg = of_kdc[i].status;
        fakes[KERBEROS].reason = of_kdc[i].code;
        fakes[OTHER].requirements = 1;
        assert_int_equal(step(&client, 0, NULL, &one), of_kdc[i].status);
        assert_int_equal(fakes[OTHER].requirements, 1);
    }
    end(&client, &server);
}

/* NTLM alone goes out bare; when it fails too, both say why. */
static void test_ntlm(void **state)
{
    struct side client, server;
    struct token one;

    (void)state;
    fakes[KERBEROS].first_leg = fakes[OTHER].first_leg = SEC_E_TARGET_UNKNOWN;
    acquire(&client, &server);
    assert_int_equal(step(&client, 0, NULL, &one), SEC_I_CONTINUE_NEEDED);
    assert_memory_equal(one.data, "NTLMSSP", 8);
    assert_negotiated(&client, "NTLM", SECPKG_NEGOTIATION_DIRECT);
    forget(&client);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&server, "NTLM", SECPKG_NEGOTIATION_COMPLETE);
    assert_messages(&client, &server);
    end(&client, &server);
    acquire(&client, &server);
    FreeCredentialsHandle(&client.credential);
    assert_int_equal(acquire_for(&client, true, u"Kerberos,Other"), SEC_E_OK);
    assert_int_equal(step(&client, 0, NULL, &one), SEC_E_TARGET_UNKNOWN);
    assert_string_equal(CredmgrLastErrorText(NULL),
                        "Kerberos: it was told to; Other: it was told to");
    end(&client, &server);
}

/* Who has waited for a dead KDC does not wait again for every context, with that handle. */
static void test_silence(void **state)
{
    struct side client, server;

    (void)state;
    fakes[KERBEROS].first_leg = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    acquire(&client, &server);
    for (ULONG i = 1; i <= 3; i++) { /* a quick answer is asked for again */
        assert_int_equal(shake(&client, &server), SEC_E_OK);
        assert_int_equal(fakes[KERBEROS].asked, i);
        forget(&client);
        forget(&server);
    }
    fakes[KERBEROS].first_leg_seconds = 27;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(shake(&client, &server), SEC_E_OK);
        assert_negotiated(&client, "Other", SECPKG_NEGOTIATION_COMPLETE);
        assert_int_equal(fakes[KERBEROS].asked, 4);
        forget(&client);
        forget(&server);
    }
    fakes_seconds_ahead += 61;
    fakes[KERBEROS].first_leg = SEC_E_OK;
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&client, "Kerberos", SECPKG_NEGOTIATION_COMPLETE);
    end(&client, &server);
    /* Where nothing else may be spoken there is nothing to go to. */
    fakes[KERBEROS].first_leg = SEC_E_NO_AUTHENTICATING_AUTHORITY;
    assert_int_equal(acquire_for(&client, true, u"kerberos"), SEC_E_OK);
    for (ULONG i = 5; i <= 6; i++) {
        assert_int_equal(shake(&client, &server), SEC_E_NO_AUTHENTICATING_AUTHORITY);
        assert_int_equal(fakes[KERBEROS].asked, i);
    }
    end(&client, &server);
}

/* The acceptor has not what the initiator prefers: the list is protected then. */
static void test_peer_without(void **state)
{
    struct side client, server;

    (void)state;
    fakes[KERBEROS].no_inbound = true;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&client, "Other", SECPKG_NEGOTIATION_COMPLETE);
    assert_messages(&client, &server); /* numbers 1 and on: both MICs were 0 */
    end(&client, &server);
    fakes[OTHER].no_inbound = true;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_OK);
    assert_negotiated(&client, "NTLM", SECPKG_NEGOTIATION_COMPLETE);
    assert_negotiated(&server, "NTLM", SECPKG_NEGOTIATION_COMPLETE);
    assert_messages(&client, &server);
    end(&client, &server);
}

/* What either end says of a negotiation at each stage of it. */
static void test_stages(void **state)
{
    struct side client, server;
    struct token hints, tokens[6];
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    (void)state;
    fakes[KERBEROS].no_inbound = fakes[OTHER].no_inbound = true;
    acquire(&client, &server);
    assert_int_equal(step(&server, 0, NULL, &hints), SEC_I_CONTINUE_NEEDED);
    assert_negotiated(&server, "Negotiate", SECPKG_NEGOTIATION_IN_PROGRESS);
    assert_int_equal(step(&client, 0, &hints, &tokens[0]), SEC_I_CONTINUE_NEEDED);
    assert_negotiated(&client, "Kerberos", SECPKG_NEGOTIATION_OPTIMISTIC);
    for (int i = 1; status == SEC_I_CONTINUE_NEEDED; i++) {
        assert_in_range(i, 1, 5);
        status = step(i % 2 ? &server : &client, 0, &tokens[i - 1], &tokens[i]);
        assert_negotiated(i % 2 ? &server : &client, "NTLM",
                          status == SEC_E_OK ? SECPKG_NEGOTIATION_COMPLETE
                                             : SECPKG_NEGOTIATION_IN_PROGRESS);
        if (i == 5)
            assert_int_equal(step(&client, 0, &tokens[i], &hints), SEC_E_OK);
    }
    assert_int_equal(status, SEC_E_OK);
    assert_negotiated(&client, "NTLM", SECPKG_NEGOTIATION_COMPLETE);
    end(&client, &server);
    /* without SPNEGO */
    acquire(&client, &server);
    FreeCredentialsHandle(&client.credential);
    assert_int_equal(acquire_for(&client, true, u"ntlm"), SEC_E_OK);
    assert_int_equal(step(&client, 0, NULL, &tokens[0]), SEC_I_CONTINUE_NEEDED);
    assert_negotiated(&client, "NTLM", SECPKG_NEGOTIATION_DIRECT);
    assert_int_equal(step(&server, 0, &tokens[0], &tokens[1]), SEC_I_CONTINUE_NEEDED);
    assert_negotiated(&server, "NTLM", SECPKG_NEGOTIATION_DIRECT);
    assert_int_equal(step(&client, 0, &tokens[1], &tokens[2]), SEC_E_OK);
    assert_negotiated(&client, "NTLM", SECPKG_NEGOTIATION_COMPLETE);
    assert_int_equal(step(&server, 0, &tokens[2], &tokens[3]), SEC_E_OK);
    assert_negotiated(&server, "NTLM", SECPKG_NEGOTIATION_COMPLETE);
    end(&client, &server);
}

static void test_acceptor_refuses(void **state)
{
    struct side client, server;

    (void)state;
    fakes[KERBEROS].acceptor = SEC_E_LOGON_DENIED;
    acquire(&client, &server);
    assert_int_equal(shake(&client, &server), SEC_E_LOGON_DENIED);
    end(&client, &server);
}

/* A server that speaks first, with its list. */
static void test_server_first(void **state)
{
    struct side client, server;
    struct token hints, one, two, three;

    (void)state;
    acquire(&client, &server);
    assert_int_equal(step(&server, 0, NULL, &hints), SEC_I_CONTINUE_NEEDED);
    assert_true(hints.size > 0);
    assert_int_equal(step(&client, 0, &hints, &one), SEC_I_CONTINUE_NEEDED);
    assert_negotiated(&client, "Kerberos", SECPKG_NEGOTIATION_OPTIMISTIC);
    assert_int_equal(step(&server, 0, &one, &two), SEC_E_OK);
    assert_int_equal(step(&client, 0, &two, &three), SEC_E_OK);
    assert_messages(&client, &server);
    end(&client, &server);
}

/* Handshakes of several threads with the same two credentials; each is asked what was negotiated
 * while it lasts. */
static void *handshakes(void *arg)
{
    const struct side *both = arg;
    struct side client = both[0], server = both[1];
    SecPkgContext_NegotiationInfoW info;
    struct token one;
    uintptr_t failed = 0;

    for (int i = 0; i < 50; i++) {
        failed += step(&client, 0, NULL, &one) != SEC_I_CONTINUE_NEEDED;
        failed += QueryContextAttributesW(&client.context, SECPKG_ATTR_NEGOTIATION_INFO, &info) !=
                  SEC_E_OK;
        FreeContextBuffer(info.PackageInfo);
        failed += DeleteSecurityContext(&client.context) != SEC_E_OK;
        client.has_context = false;
        failed += shake(&client, &server) != SEC_E_OK;
        failed += send_signed(&client, &server) != SEC_E_OK;
        failed += DeleteSecurityContext(&client.context) != SEC_E_OK;
        failed += DeleteSecurityContext(&server.context) != SEC_E_OK;
        client.has_context = server.has_context = false;
    }
    return (void *)failed;
}

static void test_threads(void **state)
{
    struct side both[2];
    pthread_t threads[4];
    void *failed;

    (void)state;
    assert_int_equal(acquire_for(&both[0], true, u"ntlm"), SEC_E_OK);
    assert_int_equal(acquire_for(&both[1], false, u"ntlm"), SEC_E_OK);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, handshakes, both), 0);
    for (size_t i = 0; i < ARRAYSIZE(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    end(&both[0], &both[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_preferred, reset),
        cmocka_unit_test_setup(test_requirements, reset),
        cmocka_unit_test_setup(test_requirements_again, reset),
        cmocka_unit_test_setup(test_fallback, reset),
        cmocka_unit_test_setup(test_no_fallback, reset),
        cmocka_unit_test_setup(test_ntlm, reset),
        cmocka_unit_test_setup(test_silence, reset),
        cmocka_unit_test_setup(test_peer_without, reset),
        cmocka_unit_test_setup(test_stages, reset),
        cmocka_unit_test_setup(test_acceptor_refuses, reset),
        cmocka_unit_test_setup(test_server_first, reset),
        cmocka_unit_test_setup(test_threads, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
