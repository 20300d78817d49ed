/*
 * The program ccache-reader as it is built: what it reads, as whom, and what it refuses. As root it
 * becomes nobody; without root it stays who runs the test. It reads what libkrb5 has written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <krb5.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libsspi/packages/kerberos/kerberos.h"
#include "tests/unit/kerberos/realm.h"

static krb5_context krb;
static char reader[4096], directory[300], user[64], uid[16];
static uid_t owner;

/* ---- running it ------------------------------------------------------------------------------ */

static struct {
    uint8_t bytes[1 << 20];
    size_t size;
    int status; /* exit status, or minus the signal */
    double seconds;
} result;

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_as(const char *number, const char *name, const char *cache)
{
    int ends[2], status;
    double begin = seconds_now();
    ssize_t n;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        setenv("KRB5CCNAME", "FILE:/nonexistent", 1);
        execl(reader, reader, number, name, cache, NULL);
        _exit(99);
    }
    close(ends[1]);
    result.size = 0;
    while ((n = read(ends[0], result.bytes + result.size, sizeof(result.bytes) - 1 - result.size)) >
           0)
        result.size += (size_t)n;
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    result.bytes[result.size] = 0;
    result.seconds = seconds_now() - begin;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return result.status;
}

static int run(const char *cache)
{
    return run_as(uid, user, cache);
}

/* Refused with these words. */
static void refused(const char *cache, const char *words)
{
    if (run(cache) != 1 || !strstr((char *)result.bytes, words))
        fail_msg("%s: %d %s", cache, result.status, result.bytes);
}

/* It gave `count` tickets of this client. */
static void gave(const char *cache, size_t count, const char *client)
{
    krb5_creds **creds;
    char *name;
    size_t n = 0;

    if (run(cache) != 0)
        fail_msg("%s: %d %s", cache, result.status, result.bytes);
    assert_int_equal(kerb_cred_read(krb, result.bytes, result.size, NULL, &creds), 0);
    for (; creds[n]; n++) {
        assert_int_equal(krb5_unparse_name(krb, creds[n]->client, &name), 0);
        assert_string_equal(name, client);
        krb5_free_unparsed_name(krb, name);
    }
    assert_int_equal(n, count);
    assert_memory_equal(creds[0]->server->data[0].data, "krbtgt", 6);
    krb5_free_tgt_creds(krb, creds);
}

/* ---- caches ---------------------------------------------------------------------------------- */

static const char *named(const char *type, const char *name)
{
    static char text[4][512];
    static unsigned at;

    at = (at + 1) % 4;
    snprintf(text[at], sizeof(text[at]), "%s%s/%s", type, directory, name);
    return text[at];
}

static const char *path(const char *name)
{
    return named("", name);
}

static const char *file(const char *name)
{
    return named("FILE:", name);
}

static void give_away(const char *name, mode_t mode)
{
    assert_int_equal(chmod(path(name), mode), 0);
    assert_int_equal(lchown(path(name), owner, (gid_t)-1), 0);
}

static void write_bytes(const char *name, const void *data, size_t size)
{
    FILE *f = fopen(path(name), "w");

    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, size, f), size);
    fclose(f);
    give_away(name, 0600);
}

/* A cache with `count` tickets for services behind, or before, what kinit has got. */
static void make_cache(const char *name, const char *client, const char *password, size_t count,
                       bool first)
{
    krb5_ccache from, to;
    krb5_cc_cursor cursor;
    krb5_creds tgt, other;
    char service[64];

    realm_kinit(client, password, "-f");
    assert_int_equal(krb5_cc_default(krb, &from), 0);
    assert_int_equal(krb5_cc_start_seq_get(krb, from, &cursor), 0);
    memset(&tgt, 0, sizeof(tgt));
    do {
        krb5_free_cred_contents(krb, &tgt);
        assert_int_equal(krb5_cc_next_cred(krb, from, &cursor, &tgt), 0);
    } while (krb5_is_config_principal(krb, tgt.server));
    krb5_cc_end_seq_get(krb, from, &cursor);
    assert_int_equal(krb5_cc_resolve(krb, file(name), &to), 0);
    assert_int_equal(krb5_cc_initialize(krb, to, tgt.client), 0);
    if (first)
        assert_int_equal(krb5_cc_store_cred(krb, to, &tgt), 0);
    other = tgt; /* but for the name and the time, which change */
    for (size_t i = 0; i < count; i++) {
        snprintf(service, sizeof(service), "HTTP/web%zu.credmgr.test@" REALM, i);
        assert_int_equal(krb5_parse_name(krb, service, &other.server), 0);
        other.times.endtime = i % 2 ? tgt.times.endtime : 1000; /* every other one has expired */
        assert_int_equal(krb5_cc_store_cred(krb, to, &other), 0);
        krb5_free_principal(krb, other.server);
    }
    if (!first)
        assert_int_equal(krb5_cc_store_cred(krb, to, &tgt), 0);
    krb5_free_cred_contents(krb, &tgt);
    krb5_cc_close(krb, to);
    krb5_cc_close(krb, from);
    give_away(name, 0600);
}

/* ---- good ones ------------------------------------------------------------------------------- */

static void client_name(char *out, size_t room)
{
    snprintf(out, room, "%s@" REALM, user);
}

static void test_files(void **state)
{
    char client[128];

    (void)state;
    client_name(client, sizeof(client));
    make_cache("cc", user, "x", 0, true);
    gave(file("cc"), 1, client);
    gave(path("cc"), 1, client);
    assert_int_equal(symlink(path("cc"), path("link")), 0);
    gave(file("link"), 1, client);
    /* what has expired is left out, whatever comes first */
    make_cache("some", user, "x", 10, true);
    gave(file("some"), 6, client);
    make_cache("some", user, "x", 10, false);
    gave(file("some"), 6, client);
    make_cache("many", user, "x", 300, false);
    gave(file("many"), 64, client);
}

static void test_directories(void **state)
{
    char client[128];

    (void)state;
    client_name(client, sizeof(client));
    assert_int_equal(mkdir(path("dir"), 0700), 0);
    give_away("dir", 0700);
    make_cache("dir/tkt", user, "x", 0, true);
    make_cache("dir/tktOther", user, "x", 2, true);
    gave(named("DIR:", "dir"), 1, client);
    gave(named("DIR::", "dir/tktOther"), 2, client);
    write_bytes("dir/primary", "tktOther\n", 9);
    gave(named("DIR:", "dir"), 2, client);
    write_bytes("dir/primary", "tktNone\n", 8);
    assert_int_equal(run(named("DIR:", "dir")), 2);
    write_bytes("dir/primary", "tkt/../../cc\n", 13);
    refused(named("DIR:", "dir"), "names no cache");
    write_bytes("dir/primary", "../cc\n", 6);
    refused(named("DIR:", "dir"), "names no cache");
    assert_int_equal(unlink(path("dir/primary")), 0);
    assert_int_equal(mkfifo(path("dir/primary"), 0600), 0);
    give_away("dir/primary", 0600);
    refused(named("DIR:", "dir"), "not a regular file");
    assert_int_equal(run(named("DIR:", "no-such")), 2);
}

static void test_nothing(void **state)
{
    krb5_ccache cache;
    krb5_principal client;

    (void)state;
    assert_int_equal(run(file("not-there")), 2);
    assert_int_equal(run(file("not-there/cc")), 2);
    write_bytes("empty", "", 0);
    assert_int_equal(run(file("empty")), 2);
    assert_int_equal(krb5_parse_name(krb, user, &client), 0);
    assert_int_equal(krb5_cc_resolve(krb, file("bare"), &cache), 0);
    assert_int_equal(krb5_cc_initialize(krb, cache, client), 0);
    krb5_cc_close(krb, cache);
    krb5_free_principal(krb, client);
    give_away("bare", 0600);
    assert_int_equal(run(file("bare")), 2);
    assert_int_equal(result.size, 0);
}

/* ---- whose ----------------------------------------------------------------------------------- */

static void test_of_somebody_else(void **state)
{
    char number[16];

    (void)state;
    make_cache("hers", "alice", ALICE_PASSWORD, 0, true);
    refused(file("hers"), "tickets of alice@" REALM ", who is not ");
    make_cache("cc", user, "x", 0, true);
    snprintf(number, sizeof(number), "%u", (unsigned)owner + 1);
    assert_int_equal(run_as(number, user, file("cc")), 1);
    assert_non_null(strstr((char *)result.bytes, "has uid"));
    assert_int_equal(run_as("", user, file("cc")), 1);
    assert_int_equal(run_as(uid, "no-such-user-here", file("cc")), 1);
    assert_non_null(strstr((char *)result.bytes, "there is no user"));
    if (geteuid() != 0)
        return;
    /* root's file, which the person may read, and root's own, which it may not */
    assert_int_equal(chown(path("cc"), 0, 0), 0);
    refused(file("cc"), "Permission denied");
    assert_int_equal(chmod(path("cc"), 0644), 0);
    refused(file("cc"), "a file of uid 0");
}

/* ---- what would hang or fill memory ---------------------------------------------------------- */

static void test_hostile_files(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(mkfifo(path("fifo"), 0600), 0);
    give_away("fifo", 0600);
    refused(file("fifo"), "not a regular file");
    assert_int_equal(symlink("/dev/zero", path("zero")), 0);
    refused(file("zero"), "not a regular file");
    refused("FILE:/dev/zero", "not a regular file");
    refused("FILE:/", "not a regular file");
    refused("FILE:/dev/tty", "");
    fd = open(path("sparse"), O_CREAT | O_WRONLY, 0600);
    assert_int_equal(ftruncate(fd, 1 << 30), 0);
    close(fd);
    give_away("sparse", 0600);
    refused(file("sparse"), "a file of 1073741824 bytes");
    assert_true(result.seconds < 3);
    assert_int_equal(truncate(path("sparse"), 1 << 20), 0);
    refused(file("sparse"), "");
    /* a lock that its owner does not give back */
    make_cache("cc", user, "x", 0, true);
    fd = open(path("cc"), O_RDWR);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &(struct flock){.l_type = F_WRLCK}), 0);
    assert_int_equal(run(file("cc")), 0);
    close(fd);
}

static void test_broken_files(void **state)
{
    static uint8_t whole[65536], broken[65536];
    FILE *f;
    size_t size;

    (void)state;
    make_cache("cc", user, "x", 3, true);
    f = fopen(path("cc"), "r");
    size = fread(whole, 1, sizeof(whole), f);
    fclose(f);
    for (size_t i = 0; i < size; i += 7) { /* every way of ending early, nearly */
        write_bytes("broken", whole, i);
        run(file("broken"));
        assert_in_range(result.status, 0, 2);
    }
    for (size_t i = 0; i < size; i += 5) {
        memcpy(broken, whole, size);
        broken[i] ^= 0xff;
        write_bytes("broken", broken, size);
        run(file("broken"));
        assert_in_range(result.status, 0, 2);
    }
    memset(broken, 0xff, sizeof(broken));
    write_bytes("broken", broken, sizeof(broken));
    refused(file("broken"), "");
}

static void test_names(void **state)
{
    static char name[5000];

    (void)state;
    refused("", "not a FILE:");
    refused("FILE:", "a relative path");
    refused("FILE:cc", "a relative path");
    refused("cc", "not a FILE:");
    refused("MEMORY:cc", "not a FILE:");
    refused("API:cc", "not a FILE:");
    refused("MSLSA:", "not a FILE:");
    refused("WRFILE:/tmp/cc", "not a FILE:");
    refused("DIR:", "a relative path");
    refused("DIR:relative", "a relative path");
    refused("DIR::relative", "a relative path");
    refused("KEYRING:nonsense:x:y", "");
    refused("KEYRING:persistent:1", "");
    refused("KCM:1", "");
    refused("KCM", "not a FILE:"); /* libkrb5 takes it for the name of a file */
    memset(name, '/', sizeof(name) - 1);
    refused(name, "a name of 4999 bytes");
    assert_int_equal(run("KEYRING:session:cc"), 2); /* this is not the person's session */
    assert_int_equal(run("KEYRING:process:cc"), 2);
    assert_int_equal(run("KEYRING:thread:cc"), 2);
}

/* ---- the tests ------------------------------------------------------------------------------- */

/* build/tests/unit/this → build/libexec/ccache-reader */
static void find_reader(void)
{
    ssize_t n = readlink("/proc/self/exe", reader, sizeof(reader) - 32);

    assert_true(n > 0);
    reader[n] = 0;
    for (int up = 0; up < 3; up++)
        *strrchr(reader, '/') = 0;
    strcat(reader, "/libexec/ccache-reader");
    assert_int_equal(access(reader, X_OK), 0);
}

static int start_all(void **state)
{
    const struct passwd *person = getpwuid(geteuid() ? geteuid() : 65534);
    char line[128];

    (void)state;
    assert_non_null(person);
    owner = person->pw_uid;
    snprintf(user, sizeof(user), "%s", person->pw_name);
    snprintf(uid, sizeof(uid), "%u", (unsigned)owner);
    find_reader();
    realm_start(NULL);
    realm_install();
    snprintf(line, sizeof(line), "addprinc -pw x %s", user);
    realm_admin(line);
    snprintf(directory, sizeof(directory), "%s/caches", realm_directory);
    assert_int_equal(chmod(realm_directory, 0711), 0);
    assert_int_equal(mkdir(directory, 0711), 0);
    return krb5_init_context(&krb);
}

static int stop_all(void **state)
{
    (void)state;
    krb5_free_context(krb);
    return realm_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),         cmocka_unit_test(test_directories),
        cmocka_unit_test(test_nothing),       cmocka_unit_test(test_of_somebody_else),
        cmocka_unit_test(test_hostile_files), cmocka_unit_test(test_broken_files),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("ccache-reader", tests, start_all, stop_all);
}
