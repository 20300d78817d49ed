/*
 * notify/verbs and managers/lsa.c against an LSA of this test's own: what each end tells lsad, and
 * what comes of its answers.
 */
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "libsspi/lsa/protocol.h"
#include "notify/authent.h"
#include "notify/managers/lsa.h"
#include "notify/managers/tickets.h"
#include "notify/verb.h"
#include "notify/verbs.h"
#include "tests/unit/notify/lsa.h"
#include "tests/unit/notify/world.h"

#include <ctype.h>
#include <npapi.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- the verbs ----------------------------------------------------------------------------- */

static char statistics_directory[128];
static char *no_service[] = {NULL}, *quiet_services[] = {(char *)"cron", NULL},
            *seated_services[] = {(char *)"gdm-password", NULL},
            *other_services[] = {(char *)"ftp", NULL};
static struct mpr_config config = {
    .interactive_services = seated_services,
    .noninteractive_services = other_services,
    .silent_services = quiet_services,
    .logon = {.managers = {{.name = "good", .timeout = 5000}}, .count = 1},
    .password_change = {.managers = {{.name = "good", .timeout = 5000}}, .count = 1},
    .manager_directory = world_directory,
    .statistics_directory = statistics_directory,
};
static struct mpr_trouble trouble;

static int set_up(void **state)
{
    lsa_test_open();
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
    config.logon.count = 1;
    config.notify_without_password = false;
    config.logon_scripts = true;
    config.silent_services = quiet_services;
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

static void logon_by_the_service(void **state)
{
    static const struct {
        const char *service, *tty;
        const char *station; /* NULL: nobody is notified */
    } cases[] = {
        {"gdm-password", NULL, "WinSta_0"}, {"gdm-password", ":0", "WinSta_0"},
        {"ftp", "/dev/tty1", "SvcCtl"},     {"other", "/dev/tty1", "WinSta_0"},
        {"other", "ssh", "SvcCtl"},         {"other", "cron", "SvcCtl"},
        {"other", NULL, "SvcCtl"},          {"cron", "cron", NULL},
        {"cron", "/dev/tty1", NULL},
    };
    struct mpr_request request = logon_request();
    char expected[64];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mpr_reply reply;

        before_each(NULL);
        request.service = (char *)cases[i].service;
        request.tty = (char *)cases[i].tty;
        reply = perform(MPR_LOGON, &request);
        if (!cases[i].station) {
            assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
            assert_true(reply.luid == 0);
            assert_null(world_seen("good"));
            assert_string_equal(lsa.calls, "");
        } else {
            snprintf(expected, sizeof(expected), "station=%s\n", cases[i].station);
            assert_non_null(strstr(world_seen("good"), expected));
            assert_true(reply.luid != 0);
        }
        mpr_reply_clear(&reply);
    }
    config.silent_services = no_service;
    request.service = cron;
    assert_int_equal(perform(MPR_LOGON, &request).status, 0);
}

/* Names as winbind has them for the machine's own accounts. */
static void kind_of_account(void **state)
{
    char machine[HOST_NAME_MAX + 1], name[HOST_NAME_MAX + 32];
    struct mpr_kind kind;

    (void)state;
    mpr_machine_name(machine);
    assert_true(mpr_kind_of("alice", true, "EXAMPLE.COM", &kind));
    assert_true(kind.kerberos);
    assert_string_equal(kind.domain, "EXAMPLE.COM");
    assert_string_equal(kind.user, "alice");
    free(kind.domain);
    assert_true(mpr_kind_of("alice", false, "box", &kind)); /* lsad has no realm */
    assert_false(kind.kerberos);
    assert_string_equal(kind.domain, "box");
    free(kind.domain);
    assert_true(mpr_kind_of("alice", true, NULL, &kind)); /* there is no lsad */
    assert_false(kind.kerberos);
    assert_string_equal(kind.domain, machine);
    free(kind.domain);
    for (int i = 0; i < 2; i++) {
        for (char *c = machine; i && *c; c++)
            *c = (char)toupper((unsigned char)*c);
        snprintf(name, sizeof(name), "%s\\alice", machine);
        assert_true(mpr_kind_of(name, true, "EXAMPLE.COM", &kind));
        assert_false(kind.kerberos);
        assert_int_equal(strcasecmp(kind.domain, machine), 0);
        assert_string_equal(kind.user, "alice");
        free(kind.domain);
    }
    snprintf(name, sizeof(name), "x%s\\alice", machine);
    assert_true(mpr_kind_of(name, true, "EXAMPLE.COM", &kind));
    assert_true(kind.kerberos);
    assert_string_equal(kind.user, name);
    free(kind.domain);
    snprintf(name, sizeof(name), "%s\\", machine);
    assert_true(mpr_kind_of(name, true, "EXAMPLE.COM", &kind));
    assert_true(kind.kerberos);
    free(kind.domain);
}

/* A public key: nobody hears of it, unless the administrator wishes so. */
static void logon_without_password(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    request.password = NULL;
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_string_equal(lsa.calls, "");
    assert_null(world_seen("good"));
    assert_string_equal(trouble.text, "");
    mpr_reply_clear(&reply);

    config.notify_without_password = true;
    lsa.kerberos = true;
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == UINT64_C(0x123456789abcdef0));
    assert_non_null(strstr(world_seen("good"), "now Kerberos:Interactive message=2\n"
                                               "domain=EXAMPLE.COM max=2\nuser=root max=2\n"
                                               "password= max=2\nprevious none\n"));
    mpr_reply_clear(&reply);
    world_forget();
    request.service = cron; /* silent remains silent */
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_null(world_seen("good"));
    mpr_reply_clear(&reply);
}

static void add_manager_lsa(void)
{
    struct mpr_manager *m = &config.logon.managers[config.logon.count++];

    memset(m, 0, sizeof(*m));
    strcpy(m->name, "lsa");
    m->timeout = 5000;
}

/* Tickets only: for the manager lsa alone. A stand-in of its name says what it saw. */
static void logon_with_tickets(void **state)
{
    static char ccache[] = "FILE:/tmp/krb5cc_x";
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    request.password = NULL;
    request.ccache = ccache;
    reply = perform(MPR_LOGON, &request); /* the manager lsa is not configured */
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_string_equal(lsa.calls, "");
    assert_null(world_seen("good"));
    mpr_reply_clear(&reply);

    add_manager_lsa();
    world_install("lsa", NULL);
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_true(reply.luid == UINT64_C(0x123456789abcdef0));
    assert_string_equal(mpr_logon_ccache(), ccache);
    assert_non_null(strstr(world_seen("lsa"), "password= max=2\n"));
    assert_null(world_seen("good"));
    assert_string_equal(lsa.calls, "create root 0 login /dev/tty1 there 1 leader=1\n");
    mpr_reply_clear(&reply);

    /* It could not take them: the session, which would be empty, is not kept. */
    memset(&trouble, 0, sizeof(trouble));
    world_install("lsa", "/nonexistent");
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, (uint32_t)STATUS_NO_SUCH_LOGON_SESSION);
    assert_true(reply.luid == 0);
    assert_non_null(strstr(lsa.calls, "\nend 123456789abcdef0\n"));
    assert_non_null(strstr(trouble.text, "the tickets were not taken over"));
    mpr_reply_clear(&reply);

    request.ccache = NULL;
    request.password = password;
    config.logon.count = 1;
    reply = perform(MPR_LOGON, &request);
    assert_null(mpr_logon_ccache());
    mpr_reply_clear(&reply);
}

/* What a manager names as logon script comes back, unless that is turned off. */
static void logon_scripts(void **state)
{
    struct mpr_request request = logon_request();
    struct mpr_reply reply;

    (void)state;
    strcpy(config.logon.managers[0].name, "script");
    world_install("script", NULL);
    reply = perform(MPR_LOGON, &request);
    assert_string_equal(reply.scripts[0], "cmd /C größe");
    assert_null(reply.scripts[1]);
    mpr_reply_clear(&reply);
    config.logon_scripts = false;
    reply = perform(MPR_LOGON, &request);
    assert_int_equal(reply.status, 0);
    assert_true(!reply.scripts || !reply.scripts[0]);
    mpr_reply_clear(&reply);
}

/* export_ccache of lsa.conf: KRB5CCNAME, and what fills that cache, for a session with Kerberos. */
static void exported_tickets(void **state)
{
    static const struct {
        const char *template, *user, *name; /* name NULL: refused */
    } cases[] = {
        {"KEYRING:persistent:%{uid}", "alice", "KEYRING:persistent:1000"},
        {"FILE:/tmp/krb5cc_%{USERID}_%{luid}", "alice", "FILE:/tmp/krb5cc_1000_0000000100000002"},
        {"DIR:/run/user/%{euid}/%{username}", "alice", "DIR:/run/user/1000/alice"},
        {"FILE:%{TEMP}/%{uid", "alice", "FILE:/tmp/%{uid"},
        {"FILE:/tmp/%{username}", "a\"b", NULL},
        {"FILE:/tmp/%{username}", "a\\b", NULL},
        {"FILE:/tmp/%{username}", "a\nb", NULL},
    };
    LUID luid = {.LowPart = 2, .HighPart = 1};
    char expected[200], long_one[2000];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mpr_reply reply = {.status = 0};

        trouble.used = 0;
        mpr_export_tickets(cases[i].template, cases[i].user, 1000, luid, &reply, &trouble);
        assert_int_equal(trouble.used > 0, !cases[i].name);
        if (cases[i].name) {
            snprintf(expected, sizeof(expected), "KRB5CCNAME=%s", cases[i].name);
            assert_string_equal(reply.environment[0], expected);
            assert_null(reply.environment[1]);
            assert_true(mpr_is_exporter(reply.scripts[0]));
            snprintf(expected, sizeof(expected), " \"%s\"", cases[i].name);
            assert_non_null(strstr(reply.scripts[0], expected));
            assert_null(reply.scripts[1]);
        } else {
            assert_null(reply.environment);
            assert_null(reply.scripts);
        }
        mpr_reply_clear(&reply);
    }
    for (size_t i = 0; i < 2; i++) {
        struct mpr_reply reply = {.status = 0};

        memset(long_one, 'x', sizeof(long_one) - 1);
        long_one[sizeof(long_one) - 1] = 0;
        trouble.used = 0;
        mpr_export_tickets(i ? long_one : NULL, "alice", 1000, luid, &reply, &trouble);
        assert_int_equal(trouble.used > 0, i);
        assert_null(reply.scripts);
        mpr_reply_clear(&reply);
    }
    assert_false(mpr_is_exporter("/usr/bin/ccache-exporter x"));
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

static void kind_of_a_changed_password(void **state)
{
    struct mpr_request request = {.user = root, .password = password, .old_password = old_password};
    struct mpr_reply reply;

    (void)state;
    lsa.kerberos = true;
    reply = perform(MPR_PASSWORD, &request); /* without a logon session */
    assert_int_equal(reply.status, 0);
    assert_non_null(strstr(world_seen("good"),
                           "password_change info=1\nnow Kerberos:Interactive message=2\n"
                           "domain=EXAMPLE.COM max=2\n"));
    mpr_reply_clear(&reply);
    lsa.sessions[0] = (struct lsa_test_session){.user = "root", .luid = 5, .domain = "OTHER.TEST"};
    reply = perform(MPR_PASSWORD, &request);
    assert_non_null(strstr(world_seen("good"), "domain=OTHER.TEST max=2\n"));
    mpr_reply_clear(&reply);
    lsa.sessions[0].user = "toor"; /* another name of uid 0 is another account */
    reply = perform(MPR_PASSWORD, &request);
    assert_non_null(strstr(world_seen("good"), "domain=EXAMPLE.COM max=2\n"));
    mpr_reply_clear(&reply);
    lsa.kerberos = false;
    reply = perform(MPR_PASSWORD, &request);
    assert_non_null(strstr(world_seen("good"), "now MSV1_0:Interactive message=2\n"
                                               "domain=BOX max=2\n"));
    mpr_reply_clear(&reply);
    lsa.status = LSA_CLIENT_UNREACHABLE;
    reply = perform(MPR_PASSWORD, &request);
    assert_non_null(strstr(world_seen("good"), "now MSV1_0:Interactive message=2\n"));
    mpr_reply_clear(&reply);
    world_forget();
    request.service = cron;
    reply = perform(MPR_PASSWORD, &request);
    assert_int_equal(reply.status, 0);
    assert_null(world_seen("good"));
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

/* Tickets are taken first; their lack is no failure, and an empty password is none. */
static void manager_tickets(void **state)
{
    void *now = mpr_authent_new(true, "root", "EXAMPLE.COM", "neu"),
         *none = mpr_authent_new(true, "root", "EXAMPLE.COM", "");

    (void)state;
    mpr_use_ccache("FILE:/tmp/krb5cc_x");
    lsa.tickets = TICKETS_TAKEN;
    assert_int_equal(logon(MPR_TYPE_KERBEROS, none, NULL, NULL), WN_SUCCESS);
    assert_string_equal(lsa.calls, "tickets 0000000700000005 FILE:/tmp/krb5cc_x\n");
    assert_int_equal(logon(MPR_TYPE_KERBEROS, now, NULL, NULL), WN_SUCCESS);
    assert_non_null(strstr(lsa.calls, "\naccept 0000000700000005 root EXAMPLE.COM neu -\n"));
    lsa.tickets = TICKETS_REFUSED;
    assert_int_equal(logon(MPR_TYPE_KERBEROS, none, NULL, NULL), WN_NOT_SUPPORTED);
    assert_int_equal(logon(MPR_TYPE_KERBEROS, now, NULL, NULL), WN_SUCCESS);
    lsa.tickets = TICKETS_NONE;
    assert_int_equal(logon(MPR_TYPE_KERBEROS, none, NULL, NULL), WN_NOT_SUPPORTED);
    mpr_use_ccache(NULL);
    lsa.calls[0] = 0;
    assert_int_equal(logon(MPR_TYPE_KERBEROS, none, NULL, NULL), WN_NOT_SUPPORTED);
    assert_string_equal(lsa.calls, "");
    secret_free(now);
    secret_free(none);
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
        cmocka_unit_test_setup(logon_by_the_service, before_each),
        cmocka_unit_test_setup(kind_of_account, before_each),
        cmocka_unit_test_setup(logon_without_password, before_each),
        cmocka_unit_test_setup(logon_with_tickets, before_each),
        cmocka_unit_test_setup(logon_scripts, before_each),
        cmocka_unit_test_setup(exported_tickets, before_each),
        cmocka_unit_test_setup(logon_that_no_manager_took, before_each),
        cmocka_unit_test_setup(logon_that_lsad_refuses, before_each),
        cmocka_unit_test_setup(kind_of_a_changed_password, before_each),
        cmocka_unit_test_setup(logoffs, before_each),
        cmocka_unit_test_setup(manager_capabilities, before_each),
        cmocka_unit_test_setup(manager_logon, before_each),
        cmocka_unit_test_setup(manager_tickets, before_each),
        cmocka_unit_test_setup(manager_password_change, before_each),
        cmocka_unit_test_setup(manager_results, before_each),
    };

    return cmocka_run_group_tests(tests, set_up, world_close);
}
