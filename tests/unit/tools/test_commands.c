/* The commands of credmgr(1), with an lsad and a libsspi that answer what the test says. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <ntsecapi.h>
#include <ntstatus.h>
#include "libsspi/lsa/client.h"
#include "notify/statistics.h"
#include "tools/credmgr/commands.h"

/*
 * ---- lsad and libsspi -------------------------------------------------------------------------
 */

static struct {
    NTSTATUS status;
    struct lsa_session_info sessions[3];
    size_t count;
    NTSTATUS package_status, protocol_status;
    unsigned package_calls;
    LUID asked[3];
    ULONG claimed;    /* tickets that the response says it has; 0: those it has */
    bool deny_others; /* as to a user who is not root */
    ULONG cut;        /* bytes missing at its end */
} lsad;

NTSTATUS lsa_client_sessions(struct lsa_session_info **sessions, size_t *count)
{
    *sessions = NULL;
    *count = 0;
    if (lsad.status != STATUS_SUCCESS)
        return lsad.status;
    *sessions = calloc(lsad.count + 1, sizeof **sessions);
    assert_non_null(*sessions);
    memcpy(*sessions, lsad.sessions, lsad.count * sizeof **sessions);
    *count = lsad.count;
    return STATUS_SUCCESS;
}

void lsa_client_free_sessions(struct lsa_session_info *sessions, size_t count)
{
    (void)count;
    free(sessions);
}

NTSTATUS lsa_client_status(struct lsa_status_info *status)
{
    *status = (struct lsa_status_info){.version = (char *)"9.9",
                                       .started = 951782400,
                                       .pid = 77,
                                       .sessions = 3,
                                       .clients = 2,
                                       .threads = 5,
                                       .landlock = true,
                                       .locked_memory = true};
    return lsad.status;
}

void lsa_client_free_status(struct lsa_status_info *status)
{
    (void)status;
}

static UNICODE_STRING unicode(const WCHAR *s)
{
    USHORT units = 0;

    while (s[units])
        units++;
    return (UNICODE_STRING){(USHORT)(units * 2), (USHORT)(units * 2), (WCHAR *)(uintptr_t)s};
}

SECURITY_STATUS lsa_client_call_package(const WCHAR *package, const void *submit, ULONG submit_size,
                                        void **reply, ULONG *reply_size, NTSTATUS *protocol_status)
{
    const KERB_QUERY_TKT_CACHE_REQUEST *request = submit;
    KERB_QUERY_TKT_CACHE_EX_RESPONSE *response;

    assert_memory_equal(package, u"Kerberos", 18);
    assert_int_equal(submit_size, sizeof *request);
    assert_int_equal(request->MessageType, KerbQueryTicketCacheExMessage);
    lsad.asked[lsad.package_calls++] = request->LogonId;
    *reply = NULL;
    *reply_size = 0;
    *protocol_status = lsad.protocol_status;
    if (lsad.deny_others && (request->LogonId.LowPart || request->LogonId.HighPart)) {
        *protocol_status = STATUS_ACCESS_DENIED;
        return STATUS_SUCCESS;
    }
    if (lsad.package_status != STATUS_SUCCESS || lsad.protocol_status != STATUS_SUCCESS)
        return lsad.package_status;
    *reply_size = sizeof *response;
    *reply = response = calloc(1, sizeof *response);
    assert_non_null(response);
    response->MessageType = KerbQueryTicketCacheExMessage;
    response->CountOfTickets = lsad.claimed ? lsad.claimed : 1;
    response->Tickets[0] = (KERB_TICKET_CACHE_INFO_EX){
        .ClientName = unicode(u"alice"),
        .ClientRealm = unicode(u"EXAMPLE.ORG"),
        .ServerName = unicode(u"krbtgt/EXAMPLE.ORG"),
        .ServerRealm = unicode(u"EXAMPLE.ORG"),
        .StartTime = {.QuadPart = 125962560000000000}, /* 2000-02-29 00:00 UTC */
        .EndTime = {.QuadPart = 125962920000000000},
        .RenewTime = {.QuadPart = 125963424000000000},
        .EncryptionType = 18,
        .TicketFlags = KERB_TICKET_FLAGS_forwardable | KERB_TICKET_FLAGS_initial | 0x00098000,
    };
    *reply_size -= lsad.cut;
    return STATUS_SUCCESS;
}

static SECURITY_STATUS enumerate_status;

SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesW(PULONG count, PSecPkgInfoW *packages)
{
    static SecPkgInfoW list[] = {
        {SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_LOGON, 1, 16, 12000,
         (SEC_WCHAR *)(uintptr_t)u"Kerberos", (SEC_WCHAR *)(uintptr_t)u"Kerberos v5"},
        {0, 1, 10, 2888, (SEC_WCHAR *)(uintptr_t)u"NTLM", (SEC_WCHAR *)(uintptr_t)u"NTLM \xd800!"},
    };

    *count = 2;
    *packages = list;
    return enumerate_status;
}

SECURITY_STATUS SEC_ENTRY FreeContextBuffer(PVOID buffer)
{
    (void)buffer;
    return SEC_E_OK;
}

/*
 * ---- running a command ------------------------------------------------------------------------
 */

static struct command_options options = {.json = true};
static char output[8192], complaint[1024];

static void run(int (*command)(const struct command_options *, struct report **), int expected,
                bool (*print)(const struct report *, FILE *))
{
    struct report *report = NULL;
    FILE *out = fmemopen(output, sizeof output, "we"), *err = tmpfile();
    int kept = dup(STDERR_FILENO), result;
    size_t size;

    assert_non_null(out);
    assert_non_null(err);
    memset(output, 0, sizeof output);
    fflush(stderr);
    dup2(fileno(err), STDERR_FILENO);
    result = command(&options, &report);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(err);
    size = fread(complaint, 1, sizeof complaint - 1, err);
    complaint[size] = '\0';
    fclose(err);
    if (report)
        assert_true(print(report, out));
    fclose(out);
    report_free(report);
    assert_int_equal(result, expected);
    assert_int_equal(expected == EXIT_SUCCESS ? 0 : 1, complaint[0] ? 1 : 0);
}

static void has(const char *what)
{
    if (!strstr(output, what))
        fail_msg("\"%s\" is not in \"%s\"", what, output);
}

static void complains(const char *what)
{
    assert_true(strncmp(complaint, "credmgr: ", 9) == 0);
    if (!strstr(complaint, what))
        fail_msg("\"%s\" is not in \"%s\"", what, complaint);
}

static struct lsa_session_info session(uint32_t low, const char *user, int64_t since)
{
    return (struct lsa_session_info){.luid = {.LowPart = low, .HighPart = 1},
                                     .uid = 1001,
                                     .leader = 4321,
                                     .logon_time = since * INT64_C(1000000000),
                                     .user = (char *)(uintptr_t)user,
                                     .domain = (char *)"EXAMPLE.ORG",
                                     .service = (char *)"sshd",
                                     .tty = (char *)"",
                                     .rhost = (char *)"192.0.2.7",
                                     .packages = (char *)"Kerberos NTLM"};
}

static int set_up(void **state)
{
    (void)state;
    memset(&lsad, 0, sizeof lsad);
    options = (struct command_options){.json = true};
    enumerate_status = SEC_E_OK;
    return 0;
}

/*
 * ---- the tests ----------------------------------------------------------------------------------
 */

static void test_status(void **state)
{
    (void)state;
    run(command_status, EXIT_SUCCESS, report_print_json_object);
    has("\"version\": \"9.9\"");
    has("\"pid\": 77");
    has("\"started\": \"2000-02-29T00:00:00Z\"");
    has("\"landlock\": true");
    has("\"seccomp\": false");
    run(command_status, EXIT_SUCCESS, report_print_lines);
    has("system calls confined (seccomp): no\n");
}

static void test_no_lsad(void **state)
{
    int (*const all[])(const struct command_options *,
                       struct report **) = {command_status, command_sessions, command_tickets};

    (void)state;
    lsad.status = LSA_CLIENT_UNREACHABLE;
    options.socket = "/run/other.sock";
    for (size_t i = 0; i < 3; i++) {
        run(all[i], EXIT_FAILURE, report_print_table);
        complains("lsad does not answer at /run/other.sock (start it");
        assert_string_equal(output, "");
    }
    lsad.status = STATUS_PRIVILEGE_NOT_HELD;
    run(command_sessions, EXIT_FAILURE, report_print_table);
    complains("0xc0000061");
}

static void test_sessions(void **state)
{
    (void)state;
    lsad.count = 2;
    lsad.sessions[0] = session(0xbeef, "bob\x1b[31m", 951782500);
    lsad.sessions[1] = session(0xabc, "alice", 951782400);
    lsad.sessions[1].current = true;
    run(command_sessions, EXIT_SUCCESS, report_print_json);
    has("\"luid\": \"0000000100000abc\"");
    has("\"packages\": [\"Kerberos\", \"NTLM\"]");
    has("\"tty\": null");
    has("\"user\": \"bob\\u001b[31m\"");
    assert_true(strstr(output, "alice") < strstr(output, "bob")); /* by time */
    assert_true(strstr(output, "\"current\": true") < strstr(output, "\"current\": false"));
    setenv("TZ", "UTC", 1);
    run(command_sessions, EXIT_SUCCESS, report_print_table);
    assert_string_equal(output, "   LUID              USER         DOMAIN       SERVICE  TERMINAL  "
                                "FROM       LEADER  SINCE                PACKAGES\n"
                                "*  0000000100000abc  alice        EXAMPLE.ORG  sshd     -         "
                                "192.0.2.7    4321  2000-02-29 00:00:00  Kerberos NTLM\n"
                                "   000000010000beef  bob\\x1b[31m  EXAMPLE.ORG  sshd     -        "
                                " 192.0.2.7    4321  2000-02-29 00:01:40  Kerberos NTLM\n");
}

static void test_no_sessions(void **state)
{
    struct report *report = NULL;

    (void)state;
    run(command_sessions, EXIT_SUCCESS, report_print_json);
    has("\"sessions\": []");
    options.json = false; /* for a person: in words, on standard error */
    assert_int_equal(command_sessions(&options, &report), EXIT_SUCCESS);
    assert_null(report);
}

static void test_tickets(void **state)
{
    (void)state;
    lsad.count = 2;
    lsad.sessions[0] = session(0xabc, "alice", 1);
    lsad.sessions[0].current = true;
    lsad.sessions[1] = session(0xdef, "alice", 2);
    run(command_tickets, EXIT_SUCCESS, report_print_json);
    assert_int_equal(lsad.package_calls, 2);
    assert_int_equal(lsad.asked[0].LowPart, 0);
    assert_int_equal(lsad.asked[0].HighPart, 0);
    assert_int_equal(lsad.asked[1].LowPart, 0xdef);
    assert_int_equal(lsad.asked[1].HighPart, 1);
    has("\"luid\": \"0000000100000abc\"");
    has("\"luid\": \"0000000100000def\"");
    has("\"server\": \"krbtgt/EXAMPLE.ORG@EXAMPLE.ORG\"");
    has("\"client\": \"alice@EXAMPLE.ORG\"");
    has("\"start_time\": \"2000-02-29T00:00:00Z\"");
    has("\"end_time\": \"2000-02-29T10:00:00Z\"");
    has("\"renew_until\": null"); /* it is not renewable, whatever the time says */
    has("\"encryption\": \"aes256-cts-hmac-sha1-96\"");
    has("\"flags\": [\"forwardable\", \"initial\", \"transited-policy-checked\", \"enc-pa-rep\", "
        "\"anonymous\"]");
}

/*
 * The other sessions of a user keep their tickets to themselves: of no interest while there are
 * some to show.
 */
static void test_tickets_of_others(void **state)
{
    (void)state;
    lsad.deny_others = true;
    lsad.count = 2;
    lsad.sessions[0] = session(0xabc, "alice", 1);
    lsad.sessions[1] = session(0xdef, "alice", 2);
    lsad.sessions[1].current = true;
    run(command_tickets, EXIT_SUCCESS, report_print_json);
    has("\"luid\": \"0000000100000def\"");
    assert_null(strstr(output, "0000000100000abc"));
    lsad.package_calls = 0;
    lsad.sessions[1].current = false;
    run(command_tickets, EXIT_FAILURE, report_print_json);
    complains("this process is in none of your logon sessions");
}

static void test_tickets_without_kerberos(void **state)
{
    (void)state;
    lsad.count = 1;
    lsad.sessions[0] = session(0xabc, "alice", 1);
    lsad.protocol_status = STATUS_NO_SUCH_LOGON_SESSION;
    run(command_tickets, EXIT_SUCCESS, report_print_json);
    has("\"tickets\": []");
    lsad.protocol_status = STATUS_SUCCESS;
    lsad.package_status = SEC_E_SECPKG_NOT_FOUND;
    run(command_tickets, EXIT_FAILURE, report_print_json);
    complains("no such security package");
}

/* An answer that says it has more tickets than there is room for is not believed. */
static void test_tickets_malformed(void **state)
{
    (void)state;
    lsad.count = 1;
    lsad.sessions[0] = session(0xabc, "alice", 1);
    lsad.claimed = 2;
    run(command_tickets, EXIT_FAILURE, report_print_json);
    has("\"tickets\": []");
    lsad.claimed = 0xffffffff;
    run(command_tickets, EXIT_FAILURE, report_print_json);
    lsad.claimed = 1;
    lsad.cut = 1;
    run(command_tickets, EXIT_FAILURE, report_print_json);
    lsad.package_calls = 0;
    lsad.cut = sizeof(KERB_QUERY_TKT_CACHE_EX_RESPONSE) - 4;
    run(command_tickets, EXIT_FAILURE, report_print_json);
}

static void test_packages(void **state)
{
    (void)state;
    run(command_packages, EXIT_SUCCESS, report_print_json);
    has("\"name\": \"Kerberos\"");
    has("\"rpc_id\": 16");
    has("\"max_token\": 2888");
    has("\"capabilities\": [\"integrity\", \"logon\"]");
    has("\"comment\": \"NTLM \xef\xbf\xbd!\"");
    enumerate_status = SEC_E_INTERNAL_ERROR;
    run(command_packages, EXIT_FAILURE, report_print_json);
    complains("0x80090304");
}

static void write_config(const char *path, const char *folder, const char *text)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fprintf(f, "%smanagers: directory=%s\nstatistics: directory=%s\n", text, folder, folder);
    assert_int_equal(fclose(f), 0);
    chmod(path, 0644);
}

static void remove_folder(const char *folder)
{
    DIR *d = opendir(folder);
    const struct dirent *e;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
    closedir(d);
    assert_int_equal(rmdir(folder), 0);
}

static void test_providers(void **state)
{
    char folder[] = "/tmp/credmgr-test-XXXXXX", config[64], file[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(config, sizeof config, "%s/credmgr.conf", folder);
    snprintf(file, sizeof file, "%s/libcredmgr_lsa.so.1", folder);
    options.config = config;
    write_config(config, folder, "logon: lsa [timeout=2s] other\npassword_change: third lsa\n");
    assert_int_equal(close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644)), 0);
    assert_true(mpr_statistics_add(folder, "lsa", 3000, false, 0, NULL));
    assert_true(mpr_statistics_add(folder, "lsa", 5000, true, 1222, "no network"));
    run(command_providers, EXIT_SUCCESS, report_print_table);
    assert_non_null(
        strstr(output, "NAME   LOGON  PASSWORD CHANGE  INSTALLED  CALLS  FAILURES  LAST CALL"));
    assert_non_null(
        strstr(output, "\nlsa        1                2  yes            2         1  20"));
    assert_non_null(strstr(output, "  5.0 ms      4.0 ms  20"));
    assert_non_null(strstr(output, "  no network\n"));
    assert_non_null(
        strstr(output, "\nother      2                -  no             0         0  -"));
    assert_non_null(
        strstr(output, "\nthird      -                1  no             0         0  -"));
    run(command_providers, EXIT_SUCCESS, report_print_json);
    has("\"timeout\": 2000000");
    has("\"last_error\": 1222");

    /* A mistake is told, and what is right is shown. */
    write_config(config, folder, "logon: lsa [timeout=soon]\npassword_change: third lsa\n");
    run(command_providers, EXIT_FAILURE, report_print_table);
    complains("credmgr.conf:1: ");
    assert_non_null(strstr(output, "\nthird      -                1  no "));
    remove_folder(folder);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_status),
        TEST(test_no_lsad),
        TEST(test_sessions),
        TEST(test_no_sessions),
        TEST(test_tickets),
        TEST(test_tickets_without_kerberos),
        TEST(test_tickets_of_others),
        TEST(test_tickets_malformed),
        TEST(test_packages),
        TEST(test_providers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
