/*
 * The system's policy for TLS (openssl.cnf) holds for what a credential enables; and what one
 * server gives us does not drive out what we have of others.
 */
#include "tests/unit/schannel/sides.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Before OpenSSL reads it. */
static void set_policy(char *path)
{
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    if (!file)
        abort();
    fputs("openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = tls\n"
          "[tls]\nMinProtocol = TLSv1.3\n",
          file);
    fclose(file);
    setenv("OPENSSL_CONF", path, 1);
    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
    unlink(path);
}

static void versions(void **state)
{
    SCHANNEL_CRED old = {.dwVersion = SCHANNEL_CRED_VERSION,
                         .hRootStore = world.roots,
                         .grbitEnabledProtocols = SP_PROT_TLS1_2_CLIENT};
    SecPkgCred_SupportedProtocols protocols;
    struct ours o = {.server = false};
    struct theirs t;

    (void)state;
    assert_int_equal(ours_acquire(&o, false, &old), SEC_E_ALGORITHM_MISMATCH);
    ours_client(&o);
    assert_int_equal(
        QueryCredentialsAttributesW(&o.credential, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &protocols),
        SEC_E_OK);
    assert_int_equal(protocols.grbitProtocol, SP_PROT_TLS1_3_CLIENT);
    theirs_new(&t, true);
    SSL_set_min_proto_version(t.ssl, TLS1_2_VERSION);
    SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
    assert_int_not_equal(shake(&o, &t), SEC_E_OK);
    ours_end(&o);
    theirs_end(&t);
}

#define MANY 40

/* Not of the same connection: that one would only end sooner. */
static void many_tickets(void **state)
{
    struct theirs one, other;
    struct ours o;

    (void)state;
    ours_client(&o);
    o.flags |= ISC_REQ_MANUAL_CRED_VALIDATION;
    theirs_new(&other, true);
    o.target = u"other.test";
    assert_int_equal(shake(&o, &other), SEC_E_OK);
    theirs_new(&one, true);
    SSL_CTX_set_num_tickets(one.context, MANY);
    o.target = u"server.test";
    for (uint8_t i = 0; i < 1000 / MANY + 1; i++) {
        ours_reset(&o);
        theirs_connect(&one);
        SSL_set_session_id_context(one.ssl, &i, 1); /* what it takes up gets one ticket only */
        assert_int_equal(shake(&o, &one), SEC_E_OK);
        assert_false(SSL_session_reused(one.ssl));
    }
    ours_reset(&o);
    theirs_connect(&other);
    o.target = u"other.test";
    assert_int_equal(shake(&o, &other), SEC_E_OK);
    assert_true(SSL_session_reused(other.ssl));
    ours_end(&o);
    theirs_end(&one);
    theirs_end(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(versions), cmocka_unit_test(many_tickets)};
    char path[] = "/tmp/credmgr-openssl.XXXXXX";

    set_policy(path);
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
