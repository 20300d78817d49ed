/*
 * What a leg says of its input, to the byte: half a record, more than one, bytes of the application
 * behind the last of them, things that are no TLS at all.
 */
#include "tests/unit/schannel/sides.h"

#include <string.h>

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static size_t record_at(const struct bytes *b, size_t at)
{
    return 5 + ((size_t)b->data[at + 3] << 8 | b->data[at + 4]);
}

/* All prefixes of the first record are too short, and say by how much; then all that is whole. */
static SECURITY_STATUS feed(struct ours *o, struct bytes *in, struct bytes *out)
{
    SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;

    while (in->size && status == SEC_I_CONTINUE_NEEDED) {
        size_t record = record_at(in, 0);

        for (size_t part = 1; part < record; part++) {
            assert_int_equal(ours_raw(o, in->data, part, out), SEC_E_INCOMPLETE_MESSAGE);
            assert_int_equal(o->rest_type, SECBUFFER_MISSING);
            assert_int_equal(o->rest_size, part < 5 ? 5 - part : record - part);
        }
        /* The record and half of what follows, all of which stays. */
        if (in->size > record + 1) {
            size_t more = (in->size - record) / 2;

            status = ours_raw(o, in->data, record + more, out);
            if (status >= 0 && more < 5)
                assert_int_equal(o->rest_size, more);
        } else {
            status = ours_raw(o, in->data, record, out);
        }
        if (status < 0)
            return status;
        if (o->rest_type == SECBUFFER_EXTRA) {
            size_t given = in->size > record + 1 ? record + (in->size - record) / 2 : record;

            bytes_drop(in, given - o->rest_size);
        } else {
            bytes_drop(in, in->size > record + 1 ? record + (in->size - record) / 2 : record);
        }
    }
    return status;
}

static void halves(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
        SECURITY_STATUS status = SEC_I_CONTINUE_NEEDED;
        struct theirs t;
        struct ours o;
        bool done = false;

        if (i < 2)
            ours_client(&o);
        else
            ours_server(&o);
        theirs_new(&t, i < 2);
        SSL_set_max_proto_version(t.ssl, versions[i % 2]);
        if (i < 2)
            assert_int_equal(ours_leg(&o, NULL, &to_them), SEC_I_CONTINUE_NEEDED);
        for (int leg = 0; leg < 5 && status != SEC_E_OK; leg++) {
            done = theirs_step(&t, &to_them, &to_us);
            status = feed(&o, &to_us, &to_them);
        }
        assert_int_equal(status, SEC_E_OK);
        assert_true(done || theirs_step(&t, &to_them, &to_us));
        bytes_free(&to_us);
        bytes_free(&to_them);
        theirs_end(&t);
        ours_end(&o);
    }
}

/* What the application sends at once with the last flight is not the handshake's. */
static void extra(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bytes to_us = {NULL, 0}, to_them = {NULL, 0};
        struct theirs t;
        struct ours o;
        size_t before;
        char text[32];

        ours_server(&o);
        theirs_new(&t, false);
        SSL_set_max_proto_version(t.ssl, versions[i]);
        theirs_step(&t, NULL, &to_us);
        assert_int_equal(ours_leg(&o, &to_us, &to_them), SEC_I_CONTINUE_NEEDED);
        if (i == 0) { /* the client is done one flight later */
            theirs_step(&t, &to_them, &to_us);
            assert_int_equal(ours_leg(&o, &to_us, &to_them), SEC_E_OK);
            assert_true(theirs_step(&t, &to_them, &to_us));
            theirs_send(&t, "early", &to_us);
        } else {
            assert_true(theirs_step(&t, &to_them, &to_us));
            before = to_us.size;
            theirs_send(&t, "early", &to_us);
            before = to_us.size - before;
            assert_int_equal(ours_raw(&o, to_us.data, to_us.size, &to_them), SEC_E_OK);
            assert_int_equal(o.rest_type, SECBUFFER_EXTRA);
            assert_int_equal(o.rest_size, before);
            bytes_drop(&to_us, to_us.size - before);
        }
        assert_int_equal(ours_receive(&o, &to_us, text, sizeof(text)), SEC_E_OK);
        assert_string_equal(text, "early");
        bytes_free(&to_us);
        bytes_free(&to_them);
        theirs_end(&t);
        ours_end(&o);
    }
}

static void no_tls(void **state)
{
    static const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
                                        "\x80\x2e\x01\x03\x01\x00\x15", "\x16\x02\x00\x00\x05xxxxx",
                                        "\x16\x03\x01\xff\xff"};
    struct ours o;

    (void)state;
    ours_server(&o);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct bytes out = {NULL, 0};
        SECURITY_STATUS status = ours_raw(&o, texts[i], i == 4 ? 5 : strlen(texts[i]), &out);

        if (i == 2)
            status = ours_raw(&o, "\x80\x2e\x01\x03\x01\x00\x15\x00\x00\x00\x10", 11, &out);
        if (status != SEC_E_INVALID_TOKEN && status != SEC_E_UNSUPPORTED_FUNCTION &&
            status != SEC_E_ILLEGAL_MESSAGE)
            fail_msg("%zu: 0x%08x", i, (unsigned)status);
        assert_false(o.has_context);
        bytes_free(&out);
    }
    ours_end(&o);
}

/* A server cannot begin, and a client has nothing to read when it does. */
static void nothing(void **state)
{
    struct bytes out = {NULL, 0};
    struct ours o;

    (void)state;
    ours_server(&o);
    assert_int_equal(ours_raw(&o, NULL, 0, &out), SEC_E_INCOMPLETE_MESSAGE);
    assert_int_equal(o.rest_type, SECBUFFER_MISSING);
    assert_int_equal(o.rest_size, 5);
    ours_end(&o);
    ours_client(&o);
    assert_int_equal(ours_raw(&o, NULL, 0, &out), SEC_I_CONTINUE_NEEDED);
    assert_true(out.size > 0);
    assert_int_equal(ours_raw(&o, NULL, 0, &out), SEC_E_INCOMPLETE_MESSAGE);
    ours_end(&o);
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves),
        cmocka_unit_test(extra),
        cmocka_unit_test(no_tls),
        cmocka_unit_test(nothing),
    };

    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
