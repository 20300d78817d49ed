/*
 * What a client learns from being refused: nothing about which part of what it claimed was wrong.
 * Status and token are the same for an account that there is not and for a wrong password.
 */
#include "tests/unit/hostile/handshake.h"

#include <string.h>

#include "libsspi/lsa/host.h"

const struct builtin_package lsa_builtin_packages[] = {
    {"Negotiate", nego_lsa_mode_initialize, nego_user_mode_initialize, BUILTIN_IN_PROCESS},
    {"Kerberos", kerb_lsa_mode_initialize, kerb_user_mode_initialize, 0},
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0},
    {NULL, NULL, NULL, 0},
};

static const struct {
    const char *what, *user, *domain, *password;
} wrong[] = {
    {"a wrong password", "alice", "EXAMPLE", "not hers"},
    {"no password", "alice", "EXAMPLE", ""},
    {"another account", "mallory", "EXAMPLE", "not hers"},
    {"another account with that password", "mallory", "EXAMPLE", "open sesame"},
    {"another domain", "alice", "OTHER", "open sesame"},
    {"no account", "x", "", "open sesame"},
    {"a name that is long", "alicealicealicealicealicealicealicealice", "EXAMPLE", "x"},
};

/* The bytes that both kinds of handshakes choose at random stand in no refusal. */
static void compare(const WCHAR *package, const char *packages)
{
    static struct hostile_token first, told;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct hostile_handshake h = {.package = package,
                                      .target = u"cifs/127.0.0.1",
                                      .client_wants = ISC_REQ_INTEGRITY,
                                      .server_packages = packages};
        SECURITY_STATUS status;

        hostile_acquire(&h, true, wrong[i].user, wrong[i].domain, wrong[i].password);
        hostile_acquire(&h, false, "alice", "EXAMPLE", "open sesame");
        status = hostile_refused(&h, &told);
        hostile_end(&h);
        if (status != SEC_E_LOGON_DENIED)
            fail_msg("%s: 0x%08X", wrong[i].what, (unsigned)status);
        if (i == 0)
            first = told;
        else if (told.size != first.size || memcmp(told.data, first.data, told.size) != 0)
            fail_msg("%s: told otherwise than %s", wrong[i].what, wrong[0].what);
    }
}

static void test_ntlm(void **state)
{
    (void)state;
    compare(u"NTLM", NULL);
}

static void test_negotiate(void **state)
{
    (void)state;
    compare(u"Negotiate", "!kerberos");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ntlm),
        cmocka_unit_test(test_negotiate),
    };

    return cmocka_run_group_tests_name("hostile: refusals", tests, NULL, NULL);
}
