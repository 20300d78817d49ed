/*
 * What the peer sends right behind a message that wants a leg: read together with it, it stays, and
 * the leg answers all the same.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

static void assert_message(struct ours *o, struct bytes *in, const char *expected)
{
    char text[64];

    assert_int_equal(ours_receive(o, in, text, sizeof(text)), SEC_E_OK);
    assert_string_equal(text, expected);
}

static void assert_renegotiate(struct ours *o, struct bytes *in)
{
    char text[64];

    assert_int_equal(ours_receive(o, in, text, sizeof(text)), SEC_I_RENEGOTIATE);
    assert_string_equal(text, "");
    assert_true(in->size > 0);
}

/* Both go on with the new keys. */
static void assert_talk(struct ours *o, struct theirs *t)
{
    struct bytes wire = {NULL, 0};
    char text[64];

    ours_send(o, "ours", &wire);
    assert_int_equal(theirs_receive(t, &wire, text, sizeof(text)), 4);
    theirs_send(t, "theirs", &wire);
    assert_message(o, &wire, "theirs");
    bytes_free(&wire);
}

/* All of the next record is there, a part of it, or nothing is given. */
static void new_keys(void **state)
{
    (void)state;
    for (int way = 0; way < 6; way++) {
        struct bytes to_us = {NULL, 0}, to_them = {NULL, 0}, late = {NULL, 0};
        bool server = way & 1;
        struct theirs t;
        struct ours o;
        char text[4];

        if (server)
            ours_server(&o);
        else
            ours_client(&o);
        theirs_new(&t, !server);
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        assert_int_equal(SSL_key_update(t.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        theirs_send(&t, "behind", &to_us);
        if (way >= 2) { /* four bytes come later */
            to_us.size -= 4;
            bytes_add(&late, to_us.data + to_us.size, 4);
        }
        assert_renegotiate(&o, &to_us);
        if (way < 4) {
            size_t before = to_us.size;

            assert_int_equal(ours_leg(&o, &to_us, &to_them), SEC_E_OK);
            assert_int_equal(o.rest_type, SECBUFFER_EXTRA);
            assert_int_equal(to_us.size, before);
        } else {
            assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_E_OK);
        }
        assert_true(to_them.size > 0);
        bytes_add(&to_us, late.data, late.size);
        assert_message(&o, &to_us, "behind");
        theirs_receive(&t, &to_them, text, sizeof(text));
        assert_talk(&o, &t);
        bytes_free(&to_us);
        bytes_free(&to_them);
        bytes_free(&late);
        ours_end(&o);
        theirs_end(&t);
    }
}

/* Until it has the client's answer, the server goes on sending; of that all is there, or a part. */
static void hello_request(void **state)
{
    (void)state;
    for (int part = 0; part < 2; part++) {
        struct bytes to_us = {NULL, 0}, to_them = {NULL, 0}, late = {NULL, 0};
        SECURITY_STATUS status;
        struct theirs t;
        struct ours o;
        size_t before;
        char text[4];

        ours_client(&o);
        o.flags &= ~(ULONG)ISC_REQ_EXTENDED_ERROR; /* what fails has no token then */
        theirs_new(&t, true);
        SSL_set_max_proto_version(t.ssl, TLS1_2_VERSION);
        assert_int_equal(shake(&o, &t), SEC_E_OK);
        assert_int_equal(SSL_renegotiate(t.ssl), 1);
        assert_int_equal(SSL_do_handshake(t.ssl), 1);
        theirs_send(&t, "behind", &to_us);
        if (part) {
            to_us.size -= 4;
            bytes_add(&late, to_us.data + to_us.size, 4);
        }
        theirs_send(&t, "and more", part ? &late : &to_us);
        assert_renegotiate(&o, &to_us);
        before = to_us.size;
        status = ours_leg(&o, &to_us, &to_them);
        assert_int_equal(status, SEC_I_CONTINUE_NEEDED);
        assert_int_equal(to_us.size, before);
        assert_true(to_them.size > 0);
        bytes_add(&to_us, late.data, late.size);
        assert_message(&o, &to_us, "behind");
        assert_message(&o, &to_us, "and more");
        for (int leg = 0; leg < 4 && status == SEC_I_CONTINUE_NEEDED; leg++) {
            theirs_receive(&t, &to_them, text, sizeof(text));
            theirs_flush(&t, &to_us);
            status = ours_leg(&o, &to_us, &to_them);
        }
        assert_int_equal(status, SEC_E_OK);
        theirs_receive(&t, &to_them, text, sizeof(text));
        assert_talk(&o, &t);
        bytes_free(&to_us);
        bytes_free(&to_them);
        bytes_free(&late);
        ours_end(&o);
        theirs_end(&t);
    }
}

/* The server asks for a certificate, and does not wait. */
static void certificate_request(void **state)
{
    PCCERT_CONTEXT own = certificate_of(&world.client, true);
    SCH_CREDENTIALS c = {.dwVersion = SCH_CREDENTIALS_VERSION,
                         .cCreds = 1,
                         .paCred = &own,
                         .hRootStore = world.roots};
    struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
    struct ours o = {.server = false};
    struct theirs t;
    size_t before;
    char text[4];

    (void)state;
    assert_int_equal(ours_acquire(&o, false, &c), SEC_E_OK);
    CertFreeCertificateContext(own);
    theirs_new(&t, true);
    assert_int_equal(shake(&o, &t), SEC_E_OK);
    SSL_set_verify(t.ssl, SSL_VERIFY_PEER, NULL);
    assert_int_equal(SSL_verify_client_post_handshake(t.ssl), 1);
    assert_int_equal(SSL_do_handshake(t.ssl), 1);
    theirs_send(&t, "behind", &to_us);
    assert_renegotiate(&o, &to_us);
    before = to_us.size;
    assert_int_equal(ours_leg(&o, &to_us, &to_them), SEC_E_OK);
    assert_int_equal(to_us.size, before);
    assert_message(&o, &to_us, "behind");
    theirs_receive(&t, &to_them, text, sizeof(text));
    assert_non_null(SSL_get0_peer_certificate(t.ssl));
    theirs_flush(&t, &to_us);
    while (to_us.size) /* tickets */
        assert_message(&o, &to_us, "");
    assert_talk(&o, &t);
    bytes_free(&to_us);
    bytes_free(&to_them);
    ours_end(&o);
    theirs_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(new_keys), cmocka_unit_test(hello_request),
                                       cmocka_unit_test(certificate_request)};

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
