/*
 * ccache-reader UID USER NAME: reads the credential cache that another PAM module, or sshd, has
 * filled for the person, and writes its tickets to standard output, as one unencrypted KRB-CRED.
 * The manager lsa runs it. It is a program of its own for two reasons: the name comes from the PAM
 * environment, in which any user can write, so it is opened with the person's rights and nothing
 * else; and a login without tickets does not pay for libkrb5.
 *
 * Exit status: 0; 2 when there is nothing; 1 when the cache is not used, then standard output says
 * why in one line.
 */
#include "base/keyring.h"
#include "notify/managers/ccache_open.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECONDS     4      /* for all of it: the login waits */
#define TICKETS_MAX 64     /* what one KERB_SUBMIT_TKT_REQUEST may hold */
#define BYTES_MAX   200000 /* of all of them; the request: 262,144 */
#define TICKET_MAX  60000  /* bytes of one */
#define LOOKED_AT   1024   /* entries of the cache */
#define NOTHING     2      /* exit status */

_Noreturn static void __attribute__((format(printf, 1, 2))) refuse(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    _exit(1);
}

/* ---- becoming the person ------------------------------------------------------------------- */

static void limit(int resource, rlim_t value)
{
    const struct rlimit l = {value, value};

    if (setrlimit(resource, &l) != 0)
        refuse("setrlimit: %s", strerror(errno));
}

/* No files, no programs, little memory, and not for long. */
static void confine(void)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, SECONDS);
    limit(RLIMIT_NOFILE, 32);
    limit(RLIMIT_NPROC, 0);
#ifndef __SANITIZE_ADDRESS__
    limit(RLIMIT_AS, 256 << 20);
#endif
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
        refuse("prctl: %s", strerror(errno));
}

/* The person's ids and no capability, for good. Root's own cache is read as root, without its
 * power over others. */
static void become(const struct passwd *person)
{
    if (geteuid() != 0 && geteuid() != person->pw_uid)
        refuse("was started by uid %u", (unsigned)geteuid());
    if (geteuid() == 0 &&
        (prctl(PR_SET_KEEPCAPS, 0) != 0 || initgroups(person->pw_name, person->pw_gid) != 0 ||
         setresgid(person->pw_gid, person->pw_gid, person->pw_gid) != 0 ||
         setresuid(person->pw_uid, person->pw_uid, person->pw_uid) != 0))
        refuse("cannot become uid %u: %s", (unsigned)person->pw_uid, strerror(errno));
    capng_clear(CAPNG_SELECT_CAPS);
    if (capng_apply(CAPNG_SELECT_CAPS) != 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) != 0)
        refuse("cannot give up capabilities");
    if (person->pw_uid != 0 && setresuid(0, 0, 0) == 0)
        refuse("can become root again");
    /* The session keyring that came along is root's: KEYRING:session: is none that we could find */
    if (keyring_own_session() != 0)
        refuse("no session keyring: %s", strerror(errno));
}

/* The account, as the logon session has it. */
static void find_person(const char *uid, const char *user, struct passwd *out)
{
    static char buffer[16384];
    struct passwd *found = NULL;
    char *end;
    unsigned long wanted = strtoul(uid, &end, 10);

    if (getpwnam_r(user, out, buffer, sizeof(buffer), &found) != 0 || !found)
        refuse("there is no user \"%s\"", user);
    if (!*uid || *end || found->pw_uid != wanted)
        refuse("the user \"%s\" has uid %u, not %s", user, (unsigned)found->pw_uid, uid);
}

static void leave_caller_behind(void)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGALRM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    alarm(SECONDS);
    umask(077);
    if (clearenv() != 0 || chdir("/") != 0 || close_range(STDERR_FILENO + 1, ~0u, 0) != 0)
        refuse("%s", strerror(errno));
}

/* ---- the tickets --------------------------------------------------------------------------- */

/* These may be tickets of the person whose account this is. */
static bool may_be(krb5_context krb, krb5_principal client, const char *user)
{
    char name[256];

    return krb5_kuserok(krb, client, user) ||
           (!krb5_aname_to_localname(krb, client, sizeof(name), name) && strcmp(name, user) == 0);
}

static bool is_wanted(krb5_context krb, krb5_const_principal client, const krb5_creds *c)
{
    krb5_timestamp now;

    return !krb5_timeofday(krb, &now) && !krb5_is_config_principal(krb, c->server) &&
           (uint32_t)c->times.endtime > (uint32_t)now && !(c->ticket_flags & TKT_FLG_INVALID) &&
           c->second_ticket.length == 0 && c->ticket.length > 0 && c->ticket.length <= TICKET_MAX &&
           krb5_principal_compare(krb, client, c->client);
}

static bool gets_tickets(krb5_context krb, const krb5_creds *c)
{
    return c->server->length == 2 && krb5_realm_compare(krb, c->client, c->server) &&
           c->server->data[0].length == 6 && memcmp(c->server->data[0].data, "krbtgt", 6) == 0;
}

struct tickets {
    krb5_creds *list[TICKETS_MAX + 1];
    size_t count, bytes;
};

/* The ticket-granting ticket comes first, and is there when there is no room for all. */
static void add(krb5_context krb, struct tickets *t, const krb5_creds *c)
{
    bool first = gets_tickets(krb, c);
    krb5_creds *copy;

    while (first && t->count &&
           (t->count == TICKETS_MAX || t->bytes + c->ticket.length > BYTES_MAX)) {
        t->bytes -= t->list[--t->count]->ticket.length;
        krb5_free_creds(krb, t->list[t->count]);
        t->list[t->count] = NULL;
    }
    if (t->count == TICKETS_MAX || t->bytes + c->ticket.length > BYTES_MAX ||
        krb5_copy_creds(krb, c, &copy))
        return;
    t->bytes += copy->ticket.length;
    t->list[t->count++] = copy;
    if (first) {
        t->list[t->count - 1] = t->list[0];
        t->list[0] = copy;
    }
}

static krb5_error_code collect(krb5_context krb, krb5_ccache cache, krb5_const_principal client,
                               struct tickets *out)
{
    krb5_cc_cursor cursor;
    krb5_creds one;
    krb5_error_code code = krb5_cc_start_seq_get(krb, cache, &cursor);

    if (code)
        return code;
    for (int i = 0; i < LOOKED_AT && !krb5_cc_next_cred(krb, cache, &cursor, &one); i++) {
        if (is_wanted(krb, client, &one))
            add(krb, out, &one);
        krb5_free_cred_contents(krb, &one);
    }
    krb5_cc_end_seq_get(krb, cache, &cursor);
    return 0;
}

/* RFC 4120 5.8, without encryption: it goes through a pipe to root. */
static krb5_error_code pack(krb5_context krb, struct tickets *t, krb5_data **message)
{
    krb5_auth_context auth = NULL;
    krb5_error_code code = krb5_auth_con_init(krb, &auth);

    if (!code)
        code = krb5_auth_con_setflags(krb, auth, 0);
    if (!code)
        code = krb5_mk_ncred(krb, auth, t->list, message, NULL);
    krb5_auth_con_free(krb, auth);
    return code;
}

static bool write_out(const krb5_data *message)
{
    ssize_t n = 1;

    for (size_t done = 0; done<message->length; done += n> 0 ? (size_t)n : 0) {
        n = write(STDOUT_FILENO, message->data + done, message->length - done);
        if (n < 0 && errno != EINTR)
            return false;
    }
    return true;
}

/* In libkrb5's words, but for the name of the copy that it has read. */
_Noreturn static void refuse_for(krb5_context krb, krb5_error_code code)
{
    const char *text = krb5_get_error_message(krb, code), *file = strstr(text, " (filename:");

    refuse("%.*s", (int)(file ? file - text : (ptrdiff_t)strlen(text)), text);
}

int main(int argc, char **argv)
{
    struct tickets tickets = {.count = 0};
    krb5_principal client = NULL;
    krb5_ccache cache = NULL;
    krb5_data *message = NULL;
    krb5_context krb = NULL;
    struct passwd person;
    char why[256], *name;
    krb5_error_code code;
    enum ccache_result result;

    if (argc != 4) {
        fputs("Usage: ccache-reader UID USER NAME\nIs run by mpnotify when somebody logs on.\n",
              stderr);
        return 1;
    }
    leave_caller_behind();
    find_person(argv[1], argv[2], &person);
    become(&person);
    confine();
    code = krb5_init_secure_context(&krb);
    if (code)
        refuse_for(krb, code);
    result = ccache_open(krb, argv[3], &cache, why, sizeof(why));
    if (result != CCACHE_GOOD && *why)
        refuse("%s", why);
    if (result != CCACHE_GOOD)
        _exit(NOTHING);
    code = krb5_cc_get_principal(krb, cache, &client);
    if (code == KRB5_FCC_NOFILE || code == KRB5_CC_NOTFOUND)
        _exit(NOTHING);
    if (code)
        refuse_for(krb, code);
    if (!may_be(krb, client, person.pw_name)) {
        code = krb5_unparse_name(krb, client, &name);
        refuse("tickets of %s, who is not %s by ~/.k5login or krb5.conf", code ? "somebody" : name,
               person.pw_name);
    }
    code = collect(krb, cache, client, &tickets);
    if (code)
        refuse_for(krb, code);
    if (!tickets.count)
        _exit(NOTHING);
    code = pack(krb, &tickets, &message);
    if (code)
        refuse_for(krb, code);
    _exit(write_out(message) ? 0 : 1); /* the end of the process frees the rest */
}
