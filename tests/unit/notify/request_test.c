/* notify/request: what is written is read again, and nothing else is. */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "base/wire.h"
#include "notify/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char staged_name[] = "00112233445566778899aabbccddeeff";

static void request_round_trip(void **state)
{
    char user[] = "carla", service[] = "sshd", tty[] = "pts/3", rhost[] = "host.example",
         password[] = "ßecret€", old[] = "", ccache[] = "FILE:/tmp/krb5cc_1000_x",
         script[] = "/usr/bin/mount-home --now", variable[] = "LANG=C",
         type[] = "MSV1_0:Interactive", domain[] = "EXAMPLE.COM", station[] = "WinSta_0";
    char *scripts[] = {script, script, NULL}, *environment[] = {variable, NULL};
    const struct mpr_request in = {
        .user = user,
        .service = service,
        .tty = tty,
        .rhost = rhost,
        .staged = staged_name,
        .password = password,
        .old_password = old,
        .leader = 4711,
        .luid = 0x1122334455667788u,
        .require = true,
        .ccache = ccache,
        .scripts = scripts,
        .environment = environment,
        .authenticator = service,
        .type = type,
        .domain = domain,
        .previous_type = type,
        .previous_user = user,
        .previous_domain = domain,
        .station = station,
        .change = 3,
    };
    struct mpr_request out;
    size_t size;
    uint8_t *data = mpr_request_write(&in, &size);

    (void)state;
    assert_non_null(data);
    assert_true(secret_owns(data));
    assert_true(mpr_request_read(data, size, &out));
    assert_string_equal(out.user, user);
    assert_string_equal(out.service, service);
    assert_string_equal(out.tty, tty);
    assert_string_equal(out.rhost, rhost);
    assert_string_equal(out.staged, staged_name);
    assert_string_equal(out.password, password);
    assert_string_equal(out.old_password, ""); /* an empty password is a password */
    assert_true(secret_owns(out.password));
    assert_true(secret_owns(out.old_password));
    assert_int_equal(out.leader, 4711);
    assert_true(out.luid == in.luid);
    assert_true(out.require);
    assert_string_equal(out.ccache, ccache);
    assert_string_equal(out.scripts[0], script);
    assert_string_equal(out.scripts[1], script);
    assert_null(out.scripts[2]);
    assert_string_equal(out.environment[0], variable);
    assert_null(out.environment[1]);
    assert_string_equal(out.authenticator, service);
    assert_string_equal(out.type, type);
    assert_string_equal(out.domain, domain);
    assert_string_equal(out.previous_type, type);
    assert_string_equal(out.previous_user, user);
    assert_string_equal(out.previous_domain, domain);
    assert_string_equal(out.station, station);
    assert_int_equal(out.change, 3);
    mpr_request_clear(&out);
    assert_null(out.password);

    /* every prefix of a message is an error or a shorter message, never a read outside */
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut ? cut : 1);

        memcpy(copy, data, cut);
        if (mpr_request_read(copy, cut, &out))
            mpr_request_clear(&out);
        else
            assert_null(out.user);
        free(copy);
    }
    secret_free(data);
}

static void empty_request(void **state)
{
    const struct mpr_request in = {.user = NULL};
    struct mpr_request out;
    size_t size;
    uint8_t *data = mpr_request_write(&in, &size);

    (void)state;
    assert_int_equal(size, 4);
    assert_true(mpr_request_read(data, size, &out));
    assert_null(out.user);
    assert_null(out.password);
    assert_int_equal(out.leader, 0);
    secret_free(data);
}

static void reply_round_trip(void **state)
{
    char one[] = "KRB5CCNAME=KEYRING:persistent:1000", two[] = "EMPTY=", message[] = "one line",
         manager[] = "vault", why[] = "returned WN_BAD_PASSWORD (86)";
    char *environment[] = {one, two, NULL};
    const struct mpr_reply in = {.status = 0xC000005Fu,
                                 .luid = 0x1234,
                                 .staged = staged_name,
                                 .environment = environment,
                                 .scripts = environment,
                                 .manager = manager,
                                 .error = 86,
                                 .error_text = why,
                                 .message = message};
    struct mpr_reply out;
    size_t size;
    uint8_t *data = mpr_reply_write(&in, &size);

    (void)state;
    assert_true(mpr_reply_read(data, size, &out));
    assert_int_equal(out.status, 0xC000005Fu);
    assert_true(out.luid == 0x1234);
    assert_string_equal(out.staged, staged_name);
    assert_string_equal(out.environment[0], one);
    assert_string_equal(out.environment[1], two);
    assert_null(out.environment[2]);
    assert_string_equal(out.scripts[1], two);
    assert_string_equal(out.manager, manager);
    assert_int_equal(out.error, 86);
    assert_string_equal(out.error_text, why);
    assert_string_equal(out.message, message);
    mpr_reply_clear(&out);
    assert_null(out.environment);
    secret_free(data);
}

static void unwritable(void **state)
{
    char long_text[MPR_FIELD_MAX + 2], latin1[] = "m\xfcller",
                                       name[] = "XX112233445566778899aabbccddeeff";
    struct mpr_request r = {.user = long_text};
    size_t size;
    uint8_t *data;

    (void)state;
    memset(long_text, 'a', sizeof(long_text));
    long_text[MPR_FIELD_MAX + 1] = 0;
    assert_null(mpr_request_write(&r, &size));
    assert_int_equal(errno, EMSGSIZE);
    long_text[MPR_FIELD_MAX] = 0;
    data = mpr_request_write(&r, &size);
    assert_non_null(data);
    secret_free(data);
    r = (struct mpr_request){.password = latin1};
    assert_null(mpr_request_write(&r, &size));
    assert_int_equal(errno, EILSEQ);
    r = (struct mpr_request){.staged = name};
    assert_null(mpr_request_write(&r, &size));
    assert_int_equal(errno, EINVAL);
    r = (struct mpr_request){.leader = -1};
    assert_null(mpr_request_write(&r, &size));
    assert_int_equal(errno, EINVAL);
}

/* A message of one field. */
static bool reads(uint8_t tag, const void *value, uint32_t size)
{
    static uint8_t buffer[MPR_LIST_MAX + 64];
    struct wire_writer w = wire_writer(buffer, sizeof(buffer));
    struct mpr_request out;
    bool ok;

    wire_put_bytes(&w, "CMN1", 4);
    wire_put_u8(&w, tag);
    wire_put_u32be(&w, size);
    wire_put_bytes(&w, value, size);
    assert_true(wire_write_ok(&w));
    ok = mpr_request_read(buffer, w.offset, &out);
    mpr_request_clear(&out);
    return ok;
}

static void hostile_fields(void **state)
{
    static const char zeros[MPR_FIELD_MAX + 1];
    static char text[MPR_LIST_MAX + 1];

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_true(reads(1, "carla", 5));
    assert_true(reads(1, text, MPR_FIELD_MAX));
    assert_false(reads(1, text, MPR_FIELD_MAX + 1));
    assert_false(reads(1, zeros, 3)); /* a zero within */
    assert_false(reads(1, "\xff", 1));
    assert_false(reads(0, "x", 1)); /* unknown tags */
    assert_false(reads(22, "x", 1));
    assert_false(reads(255, "x", 1));
    assert_true(reads(5, staged_name, 32));
    assert_false(reads(5, staged_name, 31));
    assert_false(reads(5, "00112233445566778899AABBCCDDEEFF", 32));
    assert_true(reads(8, "\0\0\0\1", 4));
    assert_false(reads(8, "\0\0\0\0", 4));
    assert_false(
        reads(8, "\xff\xff\xff\xff", 4)); /* a negative pid: kill(2) would mean everybody */
    assert_false(reads(8, "\0\0\1", 3));
    assert_false(reads(8, "\0\0\0\1\0", 5));
    assert_true(reads(9, "\0\0\0\0\0\0\0\1", 8));
    assert_false(reads(9, "\0\0\0\0\0\0\0\0", 8));
    assert_true(reads(10, "\1", 1));
    assert_false(reads(10, "\0", 1));
    assert_false(reads(10, "\2", 1));
    assert_true(reads(12, "/bin/a\0/bin/b", 14)); /* scripts */
    assert_false(reads(12, "/bin/a\0/bin/b", 13));
    text[MPR_LIST_MAX - 1] = text[MPR_LIST_MAX] = 0;
    assert_true(reads(12, text, MPR_LIST_MAX));
    assert_false(reads(12, text, MPR_LIST_MAX + 1));
    assert_true(reads(21, "\0\0\0\1", 4));
    assert_false(reads(21, "\0\0\0\0", 4));
}

static void hostile_messages(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {
        {"", 0},
        {"CMN", 3},
        {"CMN2", 4},
        {"CMN1\1", 5},
        {"CMN1\1\0\0\0\5carl", 13},
        {"CMN1\1\xff\xff\xff\xff", 9},
        {"CMN1\1\0\0\0\1a\1\0\0\0\1b", 16}, /* the user twice */
        {"CMN1\1\0\0\0\1a\6\0\0\0\1p\6\0\0\0\1p",
         22}, /* a secret twice: both are wiped and freed */
    };
    struct mpr_request request;
    struct mpr_reply reply;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(mpr_request_read((const uint8_t *)bad[i].bytes, bad[i].size, &request));
        assert_null(request.user);
        assert_null(request.password);
    }
    /* environment: not ended by a zero; no UTF-8; empty */
    assert_false(mpr_reply_read((const uint8_t *)"CMN1\4\0\0\0\3A=b", 12, &reply));
    assert_false(mpr_reply_read((const uint8_t *)"CMN1\4\0\0\0\5A=b\0\xff\0", 15, &reply));
    assert_false(mpr_reply_read((const uint8_t *)"CMN1\4\0\0\0\6A=b\0\xff", 15, &reply));
    assert_false(mpr_reply_read((const uint8_t *)"CMN1\4\0\0\0\0", 9, &reply));
    assert_true(mpr_reply_read((const uint8_t *)"CMN1\4\0\0\0\4A=b\0", 13, &reply));
    mpr_reply_clear(&reply);
}

static void too_long_a_message(void **state)
{
    uint8_t *data = calloc(1, MPR_MESSAGE_MAX + 1);
    struct mpr_request out;

    (void)state;
    memcpy(data, "CMN1", 4);
    assert_false(mpr_request_read(data, MPR_MESSAGE_MAX + 1, &out));
    free(data);
}

static void verbs(void **state)
{
    enum mpr_verb verb;

    (void)state;
    for (enum mpr_verb v = MPR_STAGE; v <= MPR_CHANGE; v++) {
        assert_true(mpr_verb_parse(mpr_verb_name(v), &verb));
        assert_int_equal(verb, v);
    }
    assert_false(mpr_verb_parse("", &verb));
    assert_false(mpr_verb_parse("Logon", &verb));
    assert_string_equal(mpr_verb_name((enum mpr_verb)99), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_round_trip), cmocka_unit_test(empty_request),
        cmocka_unit_test(reply_round_trip),   cmocka_unit_test(unwritable),
        cmocka_unit_test(hostile_fields),     cmocka_unit_test(hostile_messages),
        cmocka_unit_test(too_long_a_message), cmocka_unit_test(verbs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
