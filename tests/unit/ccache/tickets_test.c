/*
 * What starts the reader of credential caches does not wait for it, nor believe it: readers that
 * hang, flood, crash, are not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>

static const char *reader_path;

#define CCACHE_READER_PATH reader_path
#include "notify/managers/tickets.c"

#define DIRECTORY "/tmp/credmgr-tickets-test.XXXXXX"

static char directory[] = DIRECTORY, script[sizeof(DIRECTORY) + 16];
static const LUID luid = {.LowPart = 7, .HighPart = 1};

/* ---- an LSA ---------------------------------------------------------------------------------- */

static struct {
    NTSTATUS session, status, protocol;
    ULONG size;        /* of the last request; 0: none came */
    uint8_t bytes[64]; /* … its tickets begin like this */
} lsa;

NTSTATUS lsa_client_session(const LUID *asked, struct lsa_session_info **session)
{
    *session = NULL;
    if (lsa.session)
        return lsa.session;
    assert_memory_equal(asked, &luid, sizeof(luid));
    *session = calloc(1, sizeof(**session));
    **session = (struct lsa_session_info){.luid = luid, .uid = 4711, .user = strdup("CORP\\carla")};
    return STATUS_SUCCESS;
}

void lsa_client_free_sessions(struct lsa_session_info *sessions, size_t count)
{
    assert_int_equal(count, sessions != NULL);
    if (sessions)
        free(sessions->user);
    free(sessions);
}

SECURITY_STATUS lsa_client_call_package(const WCHAR *package, const void *request, ULONG size,
                                        void **reply, ULONG *reply_size, NTSTATUS *protocol_status)
{
    const KERB_SUBMIT_TKT_REQUEST *r = request;

    assert_memory_equal(package, u"Kerberos", sizeof(u"Kerberos"));
    assert_int_equal(r->MessageType, KerbSubmitTicketMessage);
    assert_memory_equal(&r->LogonId, &luid, sizeof(luid));
    assert_int_equal(r->Key.Length, 0);
    assert_int_equal(r->KerbCredOffset, sizeof(*r));
    assert_int_equal(r->KerbCredSize, size - sizeof(*r));
    lsa.size = size;
    memcpy(lsa.bytes, r + 1, r->KerbCredSize < 64 ? r->KerbCredSize : 64);
    *reply = NULL;
    *reply_size = 0;
    *protocol_status = lsa.protocol;
    return lsa.status;
}

/* ---- readers --------------------------------------------------------------------------------- */

static void reader(const char *text)
{
    FILE *f = fopen(script, "w");

    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", text);
    fclose(f);
    chmod(script, 0700);
    reader_path = script;
    memset(&lsa, 0, sizeof(lsa));
}

static char why[TICKETS_WHY_MAX];

static enum tickets_result import(void)
{
    return tickets_import(&luid, "FILE:/some where", why);
}

static size_t descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void test_good(void **state)
{
    size_t before = descriptors();

    (void)state;
    reader("printf 'tickets'");
    assert_int_equal(import(), TICKETS_TAKEN);
    assert_int_equal(lsa.size, sizeof(KERB_SUBMIT_TKT_REQUEST) + 7);
    assert_memory_equal(lsa.bytes, "tickets", 7);
    assert_int_equal(descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

/* The person is the session's, and the environment is nobody's. */
static void test_arguments(void **state)
{
    (void)state;
    setenv("KRB5CCNAME", "FILE:/elsewhere", 1);
    reader("printf '%s|%s|%s|%s|%s' \"$#\" \"$1\" \"$2\" \"$3\" \"${KRB5CCNAME-none}\"; "
           "test \"$(readlink /proc/self/fd/0)\" = /dev/null");
    assert_int_equal(import(), TICKETS_TAKEN);
    assert_memory_equal(lsa.bytes, "3|4711|CORP\\carla|FILE:/some where|none", 39);
}

static void test_nothing(void **state)
{
    (void)state;
    reader("exit 2");
    assert_int_equal(import(), TICKETS_NONE);
    assert_int_equal(lsa.size, 0);
    reader("printf tickets");
    lsa.status = SEC_E_SECPKG_NOT_FOUND;
    assert_int_equal(import(), TICKETS_NONE);
}

static void test_refused(void **state)
{
    (void)state;
    reader("echo 'not a regular file'; echo more; exit 1");
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_string_equal(why, "not a regular file");
    reader("head -c 1000 /dev/zero | tr '\\0' x; exit 1");
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_int_equal(strlen(why), TICKETS_WHY_MAX - 1);
    reader("exit 1");
    assert_int_equal(import(), TICKETS_REFUSED);
    reader("kill -SEGV $$");
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_int_equal(lsa.size, 0);
    reader("printf half; kill -KILL $$");
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_int_equal(lsa.size, 0);
    reader_path = "/nonexistent/ccache-reader";
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_string_equal(why, "/nonexistent/ccache-reader: No such file or directory");
}

static void test_of_the_lsa(void **state)
{
    (void)state;
    reader("printf tickets");
    lsa.protocol = SEC_E_NOT_OWNER;
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_string_equal(why, "lsad answered 0x80090306");
    lsa.protocol = 0;
    lsa.status = LSA_CLIENT_UNREACHABLE;
    assert_int_equal(import(), TICKETS_REFUSED);
    reader("printf tickets");
    lsa.session = STATUS_NO_SUCH_LOGON_SESSION;
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_int_equal(lsa.size, 0);
    lsa.session = LSA_CLIENT_UNREACHABLE;
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_int_equal(lsa.size, 0);
}

static void test_hang(void **state)
{
    int64_t begin = now_ms();

    (void)state;
    reader("exec sleep 60");
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_in_range(now_ms() - begin, READER_MS - 100, READER_MS + 2000);
    /* one that closes its output first */
    begin = now_ms();
    reader("printf half; exec sleep 60 >/dev/null");
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_in_range(now_ms() - begin, READER_MS - 100, READER_MS + 2000);
    assert_int_equal(lsa.size, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_flood(void **state)
{
    int64_t begin = now_ms();

    (void)state;
    reader("exec cat /dev/zero");
    assert_int_equal(import(), TICKETS_REFUSED);
    assert_true(now_ms() - begin < READER_MS);
    assert_int_equal(lsa.size, 0);
    /* as much as there may be */
    reader("exec head -c 262143 /dev/zero");
    assert_int_equal(import(), TICKETS_TAKEN);
    assert_int_equal(lsa.size, sizeof(KERB_SUBMIT_TKT_REQUEST) + 262143);
}

static int start_all(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(script, sizeof(script), "%s/reader", directory);
    return 0;
}

static int stop_all(void **state)
{
    (void)state;
    unlink(script);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),       cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_nothing),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_of_the_lsa), cmocka_unit_test(test_hang),
        cmocka_unit_test(test_flood),
    };

    return cmocka_run_group_tests_name("tickets of others", tests, start_all, stop_all);
}
