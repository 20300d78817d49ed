/*
 * Runs krb5kdc and its tools for a test.
 */
#include "tests/unit/kerberos/realm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

char realm_directory[] = "/tmp/credmgr-realm-XXXXXX";

static struct {
    int port;
    pid_t kdc;
    int silent[2]; /* sockets that nobody reads, plus one */
    char enctypes[256];
} realm;

static void fail(const char *what)
{
    fprintf(stderr, "test realm: %s: %s\n", what, strerror(errno));
    realm_stop();
    exit(2);
}

static FILE *create(const char *name)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", realm_directory, name);
    f = fopen(path, "w");
    if (!f)
        fail(path);
    return f;
}

/* A port that is free for UDP and TCP, and not on its way out for anybody's outgoing connection. */
static int free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(a);

    for (int attempt = 0; attempt < 50; attempt++) {
        int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
        bool free_for_both;

        a.sin_port = 0;
        free_for_both = bind(udp, (struct sockaddr *)&a, sizeof(a)) == 0 &&
                        getsockname(udp, (struct sockaddr *)&a, &size) == 0 &&
                        bind(tcp, (struct sockaddr *)&a, sizeof(a)) == 0;
        close(udp);
        close(tcp);
        if (free_for_both)
            return ntohs(a.sin_port);
    }
    fail("no free port");
    return 0;
}

#define SERVER "KRB5_CONFIG=$KRB5_SERVER_CONFIG "

/* Runs a command with its output in the directory's log; `input` on its standard input. */
static void run(const char *command, const char *input)
{
    char line[1024];
    FILE *p;

    snprintf(line, sizeof(line), "PATH=$PATH:/usr/sbin; { %s; } >>%s/log 2>&1", command,
             realm_directory);
    fflush(stdout);
    p = popen(line, "w");
    if (!p || fputs(input, p) < 0 || pclose(p) != 0) {
        snprintf(line, sizeof(line), "tail -n 20 %s/log %s/kdc.log >&2", realm_directory,
                 realm_directory);
        if (system(line) == 0)
            fail(command);
        fail("and no log");
    }
}

/* The KDC and its tools have a krb5.conf of their own: a running KDC notices when it changes. */
static void write_configuration(const char *name, const char *libdefaults)
{
    FILE *f = create(name);

    fprintf(f,
            "[libdefaults]\n default_realm = " REALM "\n dns_lookup_kdc = false\n"
            " dns_lookup_realm = false\n dns_canonicalize_hostname = false\n rdns = false\n%s\n"
            "[realms]\n " REALM " = {\n  kdc = 127.0.0.1:%d\n }\n"
            "[domain_realm]\n .credmgr.test = " REALM "\n",
            libdefaults, realm.port);
    fclose(f);
}

void realm_configure(const char *libdefaults)
{
    write_configuration("krb5.conf", libdefaults);
}

static void configure_kdc(void)
{
    FILE *f = create("kdc.conf");

    fprintf(f,
            "[kdcdefaults]\n kdc_listen = 127.0.0.1:%d\n kdc_tcp_listen = 127.0.0.1:%d\n"
            "[realms]\n " REALM
            " = {\n  database_name = %s/principal\n  key_stash_file = %s/stash\n"
            "  acl_file = %s/acl\n  max_life = 10h\n  max_renewable_life = 7d\n"
            "  supported_enctypes = %s\n }\n[logging]\n kdc = FILE:%s/kdc.log\n",
            realm.port, realm.port, realm_directory, realm_directory, realm_directory,
            realm.enctypes, realm_directory);
    fclose(f);
}

/* Sets a variable to `prefix`, the directory, and `name` in it. */
static void point_to(const char *variable, const char *prefix, const char *name)
{
    char value[256];

    snprintf(value, sizeof(value), "%s%s%s", prefix, realm_directory, name);
    setenv(variable, value, 1);
}

static bool answers(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)realm.port)};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    bool up = connect(s, (struct sockaddr *)&a, sizeof(a)) == 0;

    close(s);
    return up;
}

void realm_kdc_up(void)
{
    char log[256];

    for (size_t i = 0; i < 2; i++) {
        if (realm.silent[i])
            close(realm.silent[i] - 1);
        realm.silent[i] = 0;
    }
    snprintf(log, sizeof(log), "%s/kdc.out", realm_directory);
    fflush(stdout);
    realm.kdc = fork();
    if (realm.kdc == 0) {
        setenv("KRB5_CONFIG", getenv("KRB5_SERVER_CONFIG"), 1);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* whatever becomes of the test */
        if (freopen(log, "a", stdout) && freopen(log, "a", stderr)) {
            execlp("krb5kdc", "krb5kdc", "-n", (char *)NULL);
            execl("/usr/sbin/krb5kdc", "krb5kdc", "-n", (char *)NULL);
        }
        _exit(127);
    }
    for (int i = 0; i < 500; i++) {
        if (answers())
            return;
        if (waitpid(realm.kdc, NULL, WNOHANG) == realm.kdc)
            break;
        usleep(10000);
    }
    fail("krb5kdc does not start");
}

void realm_kdc_down(void)
{
    if (realm.kdc > 0) {
        kill(realm.kdc, SIGKILL);
        waitpid(realm.kdc, NULL, 0);
    }
    realm.kdc = 0;
}

void realm_kdc_silent(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons((uint16_t)realm.port)};

    realm_kdc_down();
    for (int i = 0; i < 2; i++) {
        int s = socket(AF_INET, i ? SOCK_STREAM : SOCK_DGRAM, 0), on = 1;

        setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (s < 0 || bind(s, (struct sockaddr *)&a, sizeof(a)) || (i && listen(s, 100)))
            fail("the silent KDC");
        realm.silent[i] = s + 1;
    }
}

void realm_admin(const char *command)
{
    char line[512];

    snprintf(line, sizeof(line), "%s\n", command);
    run(SERVER "kadmin.local", line);
}

void realm_kinit(const char *user, const char *password, const char *options)
{
    char line[256];

    if (!*user) {
        run("kdestroy || true", "");
        return;
    }
    snprintf(line, sizeof(line), "kinit %s %s", options, user);
    run(line, password);
}

unsigned realm_requests(const char *word)
{
    char path[256], line[4096];
    unsigned count = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/kdc.log", realm_directory);
    f = fopen(path, "r");
    while (f && fgets(line, sizeof(line), f))
        count += strstr(line, word) && strstr(line, "ISSUE");
    if (f)
        fclose(f);
    return count;
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    if (!f || fputs(text, f) < 0 || fclose(f))
        fail(path);
}

/* Without root the mounting needs a user namespace, too. */
void realm_install(void)
{
    unsigned uid = geteuid(), gid = getegid();
    char map[64];

    if (unshare(uid ? CLONE_NEWNS | CLONE_NEWUSER : CLONE_NEWNS))
        fail("no mount namespace");
    if (uid) {
        write_text("/proc/self/setgroups", "deny");
        snprintf(map, sizeof(map), "%u %u 1", uid, uid);
        write_text("/proc/self/uid_map", map);
        snprintf(map, sizeof(map), "%u %u 1", gid, gid);
        write_text("/proc/self/gid_map", map);
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount(getenv("KRB5_CONFIG"), "/etc/krb5.conf", NULL, MS_BIND, NULL))
        fail("krb5.conf cannot be mounted over /etc/krb5.conf");
}

int realm_start(const char *enctypes)
{
    snprintf(realm.enctypes, sizeof(realm.enctypes), "%s",
             enctypes ? enctypes : "aes256-cts:normal aes128-cts:normal");
    if (!mkdtemp(realm_directory))
        fail("mkdtemp");
    realm.port = free_port();
    point_to("KRB5_CONFIG", "", "/krb5.conf");
    point_to("KRB5_SERVER_CONFIG", "", "/server.conf");
    point_to("KRB5_KDC_PROFILE", "", "/kdc.conf");
    point_to("KRB5CCNAME", "FILE:", "/ccache");
    point_to("KRB5_KTNAME", "FILE:", "/keytab");
    setenv("KRB5RCACHENAME", "dfl:", 1);
    point_to("KRB5RCACHEDIR", "", "");
    realm_configure("");
    write_configuration("server.conf", " allow_rc4 = true\n");
    configure_kdc();
    run(SERVER "kdb5_util create -s", "master\nmaster\n");
    run(SERVER "kadmin.local",
        "addprinc -pw \"" ALICE_PASSWORD "\" alice\naddprinc -pw \"" BOB_PASSWORD "\" bob\n"
        "addprinc -randkey " SERVICE "\naddprinc -randkey " OTHER_SERVICE "\n"
        "ktadd " SERVICE " " OTHER_SERVICE "\n");
    realm_kdc_up();
    return 0;
}

int realm_stop(void)
{
    char line[128];

    realm_kdc_down();
    snprintf(line, sizeof(line), "rm -rf %s", realm_directory);
    return system(line);
}
