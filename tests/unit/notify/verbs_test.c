/*
 * notify/verbs and managers/lsa.c against an LSA of this test's own: what each end tells lsad, and
 * what comes of its answers. The functions of the client are defined here, in place of those that
 * talk to lsad.
 */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "libsspi/lsa/client.h"
#include "libsspi/lsa/protocol.h"
#include "notify/authent.h"
#include "notify/managers/lsa.h"
#include "notify/verbs.h"
#include "tests/unit/notify/world.h"

#include <npapi.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the LSA ------------------------------------------------------------------------------- */

static struct {
    NTSTATUS status; /* what every call answers */
    bool kerberos;
    const char *session_user; /* of the one session lsad lists; NULL: none */
    char calls[2048];         /* what it was asked, a line each */
    char socket[128];
} lsa;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    size_t used = strlen(lsa.calls);
    va_list args;

    va_start(args, format);
    vsnprintf(lsa.calls + used, sizeof(lsa.calls) - used, format, args);
    va_end(args);
}

static const char *text(const char *s)
{
    return s ? s : "-";
}

void lsa_client_set_socket(const char *path)
{
    snprintf(lsa.socket, sizeof(lsa.socket), "%s", path);
}

NTSTATUS lsa_client_create_session(const struct lsa_session_request *request,
                                   struct lsa_session_created *created)
{
    note("create %s %u %s %s %s %d leader=%d\n", request->user, request->uid, request->service,
         text(request->tty), text(request->rhost), request->interactive,
         request->leader == getpid());
    memset(created, 0, sizeof(*created));
    if (lsa.status != STATUS_SUCCESS)
        return lsa.status;
    created->luid = (LUID){.LowPart = 0x9abcdef0, .HighPart = 0x12345678};
    created->kerberos = lsa.kerberos;
    created->domain = strdup("EXAMPLE.COM");
    return STATUS_SUCCESS;
}

NTSTATUS lsa_client_accept_credentials(const LUID *luid, const char *user, const char *domain,
                                       const char *password, const char *old_password)
{
    note("accept %08x%08x %s %s %s %s\n", (unsigned)luid->HighPart, (unsigned)luid->LowPart, user,
         domain, password, text(old_password));
    assert_true(secret_owns(password));
    return lsa.status;
}

NTSTATUS lsa_client_change_password(const char *user, const char *domain, uid_t uid,
                                    const char *old_password, const char *new_password)
{
    note("change %s %s %u %s %s\n", user, domain, uid, text(old_password), new_password);
    return lsa.status;
}

NTSTATUS lsa_client_end_session(const LUID *luid)
{
    note("end %08x%08x\n", (unsigned)luid->HighPart, (unsigned)luid->LowPart);
    return lsa.status;
}

NTSTATUS lsa_client_sessions(struct lsa_session_info **sessions, size_t *count)
{
    *sessions = NULL;
    *count = 0;
    if (lsa.status != STATUS_SUCCESS || !lsa.session_user)
        return lsa.status;
    *sessions = calloc(1, sizeof(**sessions));
    (*sessions)->user = strdup(lsa.session_user);
    (*sessions)->domain = strdup("EXAMPLE.COM");
    (*sessions)->packages = strdup("Kerberos NTLM");
    *count = 1;
    return STATUS_SUCCESS;
}

void lsa_client_free_sessions(struct lsa_session_info *sessions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(sessions[i].user);
        free(sessions[i].domain);
        free(sessions[i].packages);
    }
    free(sessions);
}

/* ---- the verbs ----------------------------------------------------------------------------- */

static char statistics_directory[128];
static struct mpr_config config = {
    .logon = {.managers = {{.name = "good", .timeout = 5000}}, .count = 1},
    .password_change = {.managers = {{.name = "good", .timeout = 5000}}, .count = 1},
    .manager_directory = world_directory,
    .statistics_directory = statistics_directory,
};
static struct mpr_trouble trouble;

static int set_up(void **state)
{
    if (world_open(state) != 0)
        return -1;
    snprintf(statistics_directory, sizeof(statistics_directory), "%s/statistics", world_directory);
    world_install("good", NULL);
    world_install("odd", NULL);
    return 0;
}

static int before_each(void **state)
{
    (void)state;
    memset(&lsa, 0, sizeof(lsa));
    memset(&trouble, 0, sizeof(trouble));
    strcpy(config.logon.managers[0].name, "good");
    world_forget();
    return 0;
}

static struct mpr_reply perform(enum mpr_verb verb, const struct mpr_request *request)
{
    struct mpr_reply reply = {.status = 0};

    mpr_perform(&config, verb, request, &reply, &trouble);
    return reply;
}

static char root[] = "root", service[] = "login", tty[] = "/dev/tty1", rhost[] = "there",
            cron[] = "cron", password[] = "geheim", old_password[] = "zuvor";

static struct mpr_request logon_request(void)
{
    return (struct mpr_request){.user = root,
                                .service = service,
                                .tty = tty,
                                .rhost = rhost,
                                .leader = getpid(),
                                .password = password};
}

static void logon_with_kerberos(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    lsa.kerberos = true;
    request.old_password = old_password;
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == UINT64_C(0x123456789abcdef0));
    assert_string_equal(trouble.text, "");
    assert_string_equal(lsa.calls, "create root 0 login /dev/tty1 there 1 leader=1\n");
    assert_non_null(strstr(world_seen("good"),
                           "logon luid=12345678:9abcdef0 script=(nil)\n"
                           "now Kerberos:Interactive message=2\n"
                           "domain=EXAMPLE.COM max=2\nuser=root max=2\npassword=geheim max=2\n"
                           "previous Kerberos:Interactive message=2\n"));
    mpr_reply_clear(&reply);
}

static void logon_of_a_service(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    request.tty = cron;
    request.rhost = NULL;
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_string_equal(lsa.calls, "create root 0 login cron - 0 leader=1\n");
    assert_non_null(strstr(world_seen("good"), "now MSV1_0:Interactive"));
    assert_non_null(strstr(world_seen("good"), "station=SvcCtl\n"));
    mpr_reply_clear(&reply);
}

/* A session that no manager filled is still one, and its LUID is told: it has to be ended. */
static void logon_that_no_manager_took(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    strcpy(config.logon.managers[0].name, "odd");
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid != 0);
    assert_string_equal(trouble.text, "credential manager odd: returned error (4711)");
    mpr_reply_clear(&reply);
    request.require = true;
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_UNSUCCESSFUL);
    assert_true(reply.luid != 0);
    mpr_reply_clear(&reply);
}

static void logon_that_lsad_refuses(void **state)
{
    static const struct {
        NTSTATUS status;
        const char *text;
    } cases[] = {
        {LSA_CLIENT_UNREACHABLE, "no logon session: lsad does not answer at " LSA_SOCKET_PATH
                                 " (is lsad.service running?)"},
        {STATUS_QUOTA_EXCEEDED, "no logon session: the key quota of root is used up (raise "
                                "kernel.keys.root_maxbytes and root_maxkeys)"},
        {STATUS_ACCESS_DENIED, "no logon session: lsad at " LSA_SOCKET_PATH " answered 0xc0000022"},
    };
    struct mpr_request request = logon_request();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mpr_reply reply;

        before_each(NULL);
        lsa.status = cases[i].status;
        reply = perform(MPR_LOGON, &request);
        assert_true(reply.luid == 0);
        assert_string_equal(trouble.text, cases[i].text);
        assert_non_null(world_seen("good")); /* the other managers are called all the same */
        mpr_reply_clear(&reply);
    }
}

static void password_of_an_account_with_a_session(void **state)
{
    struct mpr_request request = {.user = root, .password = password, .old_password = old_password};
    struct mpr_reply reply;

    (void)state;
    lsa.session_user = "root";
    reply = perform(MPR_PASSWORD, &request);
    assert_int_equal(reply.status, 0);
    assert_non_null(strstr(world_seen("good"),
                           "password_change info=1\nnow Kerberos:Interactive message=2\n"
                           "domain=EXAMPLE.COM max=2\n"));
    mpr_reply_clear(&reply);
    lsa.session_user = "toor"; /* another name of uid 0 is another account */
    reply = perform(MPR_PASSWORD, &request);
    assert_non_null(strstr(world_seen("good"), "now MSV1_0:Interactive"));
    mpr_reply_clear(&reply);
}

static void logoffs(void **state)
{
    struct mpr_request request = {.luid = UINT64_C(0x8234567800000001)};
    struct mpr_reply reply = perform(MPR_LOGOFF, &request);

    (void)state;
    assert_int_equal(reply.status, 0);
    assert_string_equal(lsa.calls, "end 8234567800000001\n");
    lsa.status = STATUS_NO_SUCH_LOGON_SESSION; /* its leader had died before */
    reply = perform(MPR_LOGOFF, &request);
    assert_int_equal(reply.status, 0);
    lsa.status = STATUS_ACCESS_DENIED;
    reply = perform(MPR_LOGOFF, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_ACCESS_DENIED);
    assert_string_equal(trouble.text,
                        "logon session 8234567800000001 was not ended: lsad at " LSA_SOCKET_PATH
                        " answered "
                        "0xc0000022");
}

/* ---- the credential manager lsa -------------------------------------------------------------- */

/* managers/lsa.h: what mpnotify would tell it. NULL: the usual socket. */
static const char *socket_of_host;
const char *mpr_lsa_socket(void)
{
    return socket_of_host;
}

static DWORD logon(const WCHAR *type, void *info, const WCHAR *previous_type, void *previous)
{
    LUID luid = {.LowPart = 5, .HighPart = 7};
    WCHAR station[] = u"WinSta_0";
    LPWSTR script = (LPWSTR)1;
    DWORD status =
        NPLogonNotify(&luid, type, info, previous_type, previous, station, NULL, &script);

    assert_null(script);
    return status;
}

static void manager_capabilities(void **state)
{
    (void)state;
    assert_int_equal(NPGetCaps(WNNC_SPEC_VERSION), WNNC_SPEC_VERSION51);
    assert_int_equal(NPGetCaps(WNNC_NET_TYPE), WNNC_CRED_MANAGER);
    assert_int_equal(NPGetCaps(WNNC_START), WNNC_WAIT_FOR_START);
    assert_int_equal(NPGetCaps(WNNC_CONNECTION), 0);
}

static void manager_logon(void **state)
{
    KERB_INTERACTIVE_LOGON *now = mpr_authent_new(true, "käthe", "EXAMPLE.COM", "g€heim");
    void *before = mpr_authent_new(false, "käthe", "EXAMPLE.COM", "");

    (void)state;
    assert_int_equal(logon(MPR_TYPE_KERBEROS, now, NULL, NULL), WN_SUCCESS);
    assert_int_equal(logon(MPR_TYPE_MSV1_0, now, MPR_TYPE_MSV1_0, before), WN_SUCCESS);
    assert_string_equal(lsa.calls, "accept 0000000700000005 käthe EXAMPLE.COM g€heim -\n"
                                   "accept 0000000700000005 käthe EXAMPLE.COM g€heim \n");
    assert_string_equal(lsa.socket, LSA_SOCKET_PATH);
    socket_of_host = "/tmp/other.sock";
    assert_int_equal(logon(MPR_TYPE_KERBEROS, now, NULL, NULL), WN_SUCCESS);
    assert_string_equal(lsa.socket, "/tmp/other.sock");
    socket_of_host = NULL;

    lsa.calls[0] = 0;
    assert_int_equal(logon(u"SmartCard:Interactive", now, NULL, NULL), WN_NOT_SUPPORTED);
    assert_int_equal(logon(NULL, NULL, NULL, NULL), WN_BAD_POINTER);
    now->MessageType = KerbSmartCardLogon;
    assert_int_equal(logon(MPR_TYPE_KERBEROS, now, NULL, NULL), WN_NOT_SUPPORTED);
    now->MessageType = KerbInteractiveLogon;
    now->UserName.Buffer[0] = 0xD800; /* half a character */
    assert_int_equal(logon(MPR_TYPE_KERBEROS, now, NULL, NULL), WN_BAD_VALUE);
    assert_string_equal(lsa.calls, "");
    secret_free(now);
    secret_free(before);
}

static void manager_password_change(void **state)
{
    void *now = mpr_authent_new(true, "root", "EXAMPLE.COM", "neu"),
         *before = mpr_authent_new(true, "root", "EXAMPLE.COM", "alt");
    void *nobody = mpr_authent_new(true, "no-such-user-anywhere", "EXAMPLE.COM", "neu");
    WCHAR station[] = u"SvcCtl";

    (void)state;
    assert_int_equal(NPPasswordChangeNotify(MPR_TYPE_KERBEROS, now, MPR_TYPE_KERBEROS, before,
                                            station, NULL, WN_VALID_LOGON_ACCOUNT),
                     WN_SUCCESS);
    assert_int_equal(NPPasswordChangeNotify(MPR_TYPE_KERBEROS, now, NULL, NULL, station, NULL,
                                            WN_VALID_LOGON_ACCOUNT),
                     WN_SUCCESS);
    assert_string_equal(lsa.calls,
                        "change root EXAMPLE.COM 0 alt neu\nchange root EXAMPLE.COM 0 - neu\n");
    lsa.calls[0] = 0;
    assert_int_equal(NPPasswordChangeNotify(MPR_TYPE_KERBEROS, now, NULL, NULL, station, NULL, 0),
                     WN_NOT_SUPPORTED);
    assert_int_equal(NPPasswordChangeNotify(MPR_TYPE_KERBEROS, nobody, NULL, NULL, station, NULL,
                                            WN_VALID_LOGON_ACCOUNT),
                     WN_BAD_USER);
    assert_string_equal(lsa.calls, "");
    secret_free(now);
    secret_free(before);
    secret_free(nobody);
}

static void manager_results(void **state)
{
    static const struct {
        NTSTATUS status;
        DWORD result;
    } cases[] = {
        {LSA_CLIENT_UNREACHABLE, WN_EXTENDED_ERROR},
        {STATUS_NO_MEMORY, WN_OUT_OF_MEMORY},
        {STATUS_QUOTA_EXCEEDED, WN_EXTENDED_ERROR},
        {STATUS_PRIVILEGE_NOT_HELD, WN_ACCESS_DENIED},
        {STATUS_NO_SUCH_LOGON_SESSION, WN_EXTENDED_ERROR},
        {STATUS_INVALID_PARAMETER, WN_EXTENDED_ERROR},
    };
    void *now = mpr_authent_new(true, "root", "EXAMPLE.COM", "neu");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lsa.status = cases[i].status;
        assert_int_equal(logon(MPR_TYPE_KERBEROS, now, NULL, NULL), cases[i].result);
    }
    secret_free(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(logon_with_kerberos, before_each),
        cmocka_unit_test_setup(logon_of_a_service, before_each),
        cmocka_unit_test_setup(logon_that_no_manager_took, before_each),
        cmocka_unit_test_setup(logon_that_lsad_refuses, before_each),
        cmocka_unit_test_setup(password_of_an_account_with_a_session, before_each),
        cmocka_unit_test_setup(logoffs, before_each),
        cmocka_unit_test_setup(manager_capabilities, before_each),
        cmocka_unit_test_setup(manager_logon, before_each),
        cmocka_unit_test_setup(manager_password_change, before_each),
        cmocka_unit_test_setup(manager_results, before_each),
    };

    return cmocka_run_group_tests(tests, set_up, world_close);
}
