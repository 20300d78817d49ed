/* The mpnotify for tests; see fake_mpnotify.h. */
#include "tests/unit/pam/fake_mpnotify.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <windows.h>
#include <ntstatus.h>
#include "base/secret.h"
#include "notify/request.h"

extern char **environ;

static const char *config = "/dev/null";
static char behaviour[64] = "ok";

static void die(const char *what)
{
    fprintf(stderr, "fake mpnotify: %s\n", what);
    exit(99);
}

static void read_orders(const char *verb)
{
    FILE *f = fopen(config, "re");
    char word[32], what[64];

    if (!f)
        return;
    while (fscanf(f, "%31s %63s", word, what) == 2)
        if (strcmp(word, verb) == 0)
            strcpy(behaviour, what);
    fclose(f);
}

static bool does(const char *what)
{
    return strcmp(behaviour, what) == 0;
}

/* "yes", or what of the calling process has come along that should not have. */
static const char *clean(void)
{
    DIR *d = opendir("/proc/self/fd");
    struct dirent *e;
    struct sigaction action;
    sigset_t mask;
    char cwd[8] = "";
    int fds = 0;

    while (d && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d))
            fds++;
    if (d)
        closedir(d);
    if (fds != 3)
        return "descriptors";
    if (!environ[0] || environ[1] || strncmp(environ[0], "PATH=/usr/sbin:", 15) != 0)
        return "environment";
    if (!getcwd(cwd, sizeof cwd) || strcmp(cwd, "/") != 0)
        return "directory";
    if (getsid(0) != getpid())
        return "session";
    sigprocmask(SIG_SETMASK, NULL, &mask);
    if (!sigisemptyset(&mask))
        return "mask";
    for (int s = 1; s < 32; s++) /* (three may have a handler of AddressSanitizer's) */
        if (s != SIGSEGV && s != SIGBUS && s != SIGFPE && sigaction(s, NULL, &action) == 0 &&
            action.sa_handler != SIG_DFL)
            return "signals";
    return "yes";
}

/* A list in one word; "-": none. */
static const char *joined(char **list)
{
    static char text[2 * MPR_LIST_MAX];

    strcpy(text, list ? "" : "-");
    for (; list && *list; list++) {
        size_t used = strlen(text);

        snprintf(text + used, sizeof text - used, "%s%s", used ? "|" : "", *list);
    }
    for (char *c = text; *c; c++)
        *c = *c == ' ' ? '_' : *c;
    return text;
}

static void append_log(const char *verb, const struct mpr_request *r, int argc)
{
    const char *is_clean = clean();
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s.log", config);
    f = fopen(path, "ae");
    if (!f)
        die("no log");
#define OR(x) ((x) ? (x) : "-")
    fprintf(f,
            "%s user=%s service=%s tty=%s rhost=%s password=%s old=%s staged=%s leader=%ld "
            "luid=%llx require=%d args=%d ccache=%s scripts=%s ",
            verb, OR(r->user), OR(r->service), OR(r->tty), OR(r->rhost), OR(r->password),
            OR(r->old_password), r->staged ? "yes" : "-", (long)r->leader,
            (unsigned long long)r->luid, r->require, argc, OR(r->ccache), joined(r->scripts));
    fprintf(f, "environment=%s clean=%s\n", joined(r->environment), is_clean);
    fclose(f);
}

/*
 * The staged records: lines "NAME USER SERVICE PASSWORD". Takes out `name`; true when it was there
 * and fits.
 */
static bool take_record(const char *name, const char *user, const char *service)
{
    char path[256], n[64], u[64], s[64], p[64], *kept = NULL;
    size_t size = 0;
    FILE *f, *out = open_memstream(&kept, &size);
    bool found = false;

    snprintf(path, sizeof path, "%s.staged", config);
    f = fopen(path, "re");
    while (f && fscanf(f, "%63s %63s %63s %63s", n, u, s, p) == 4) {
        if (strcmp(n, name) != 0)
            fprintf(out, "%s %s %s %s\n", n, u, s, p);
        else
            found = !user || (strcmp(u, user) == 0 && strcmp(s, service) == 0);
    }
    fclose(out);
    if (f)
        fclose(f);
    f = fopen(path, "we");
    if (!f || fwrite(kept, 1, size, f) != size || fclose(f) != 0)
        die("no records");
    free(kept);
    return found;
}

static void put_record(char *name, const struct mpr_request *r)
{
    unsigned char random[16];
    char path[256];
    FILE *f;

    if (!secret_random(random, sizeof random))
        die("no random bytes");
    for (size_t i = 0; i < sizeof random; i++)
        sprintf(name + 2 * i, "%02x", random[i]);
    snprintf(path, sizeof path, "%s.staged", config);
    f = fopen(path, "ae");
    if (!f)
        die("no records");
    fprintf(f, "%s %s %s %s\n", name, r->user, r->service, r->password);
    fclose(f);
}

static void work(enum mpr_verb verb, const struct mpr_request *r, struct mpr_reply *reply)
{
    static char name[33], *environment[] = {(char *)"KRB5CCNAME=KEYRING:persistent:1001", NULL};
    static const char *const scripts[] = {"/opt/first one", "second", NULL};
    bool staged;

    switch (verb) {
    case MPR_STAGE:
        put_record(name, r);
        reply->staged = name;
        break;
    case MPR_LOGON:
        staged = r->staged && take_record(r->staged, r->user, r->service);
        if (does("scripts") || does("only-scripts"))
            reply->scripts = (char **)(uintptr_t)scripts;
        if (does("only-scripts")) {
            reply->status = 0; /* there is no LSA, but there are other managers */
        } else if (staged || r->password || r->ccache || does("any")) {
            reply->luid = FAKE_LUID;
            reply->environment = environment;
        } else {
            reply->status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
        }
        break;
    case MPR_DISCARD:
        take_record(r->staged, NULL, NULL);
        break;
    case MPR_UNLOCK:
        reply->luid = r->luid ? r->luid : does("session") ? FAKE_OTHER_LUID : 0;
        if (!reply->luid)
            reply->status = (uint32_t)STATUS_NO_SUCH_LOGON_SESSION;
        break;
    case MPR_PASSWORD:
    case MPR_LOGOFF:
    case MPR_SCRIPT:
    case MPR_NOTIFY:
    case MPR_CHANGE:
        break;
    }
    if (sscanf(behaviour, "status=%x", &reply->status) == 1) {
        reply->luid = 0;
        reply->staged = NULL;
        reply->message = (char *)"what the manager said";
    } else {
        sscanf(behaviour, "partly=%x", &reply->status);
    }
}

static void put(const void *data, size_t size)
{
    const char *p = data;

    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, p, size);

        if (n <= 0)
            exit(98);
        p += n;
        size -= (size_t)n;
    }
}

int main(int argc, char **argv)
{
    static uint8_t message[MPR_MESSAGE_MAX + 1];
    struct mpr_request request;
    struct mpr_reply reply = {0};
    size_t size = 0, answer_size = 0;
    uint8_t *answer;
    enum mpr_verb verb;
    ssize_t n;

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--config=", 9) == 0)
            config = argv[i] + 9;
    if (argc < 2 || !mpr_verb_parse(argv[argc - 1], &verb))
        die("no verb");
    read_orders(argv[argc - 1]);

    if (does("crash"))
        raise(SIGSEGV);
    if (does("complain"))
        die("cannot open shared object file");
    if (does("deaf")) { /* answers without having listened */
        close(STDIN_FILENO);
        put("CMN1", 4);
        _exit(0);
    }
    while (size < sizeof message &&
           (n = read(STDIN_FILENO, message + size, sizeof message - size)) > 0)
        size += (size_t)n;
    if (!mpr_request_read(message, size, &request))
        die("a request that cannot be read");
    append_log(argv[argc - 1], &request, argc);
    if (does("brood") && fork() == 0) { /* what it started must not outlive it */
        usleep(500000);
        append_log("survivor", &request, argc);
        _exit(0);
    }
    if (does("hang") || does("brood"))
        for (;;)
            pause();
    if (does("silent"))
        _exit(3);
    if (does("garbage")) {
        put("<html>503</html>", 16);
        _exit(0);
    }
    if (does("huge")) {
        for (int i = 0; i < 100; i++)
            put(message, sizeof message);
        _exit(0);
    }

    work(verb, &request, &reply);
    answer = mpr_reply_write(&reply, &answer_size);
    if (!answer)
        die("no answer");
    if (does("chatter")) /* more on standard error than a pipe holds */
        for (int i = 0; i < 20000; i++)
            fputs("a manager that talks a lot\n", stderr);
    put(answer, does("cut") ? answer_size - 1 : answer_size);
    if (does("linger") && fork() == 0) { /* a manager's own process, which keeps our output open */
        sleep(3);
        _exit(0);
    }
    if (does("stuck")) { /* has answered, but does not end */
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        for (;;)
            pause();
    }
    secret_free(answer);
    mpr_request_clear(&request);
    return 0;
}
