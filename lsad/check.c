/*
 * lsad --check: what in lsa.conf would not work, before lsad is started anew with it. What keeps
 * lsad from starting is told by the parser; here is what it could only pass over: names that no
 * package knows, values that mean something else than somebody thought, users and keytabs that are
 * not there.
 */
#include "base/conf.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/tspkg/policy.h"
#include "lsad/config.h"

#include <ctype.h>
#include <errno.h>
#include <krb5.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define KEYTAB "keytab="
#define SPNS   "service principal names with one * each at most, such as TERMSRV/*.example.com"

struct checking {
    const char *path;
    char *text; /* of the file, for the numbers of its lines; NULL: not to be had */
    unsigned found;
};

/* ---- telling ------------------------------------------------------------------------------- */

/* The line of `name` in [section]; 0: not found. */
static int line_of(const struct checking *c, const char *section, const char *name)
{
    bool inside = false;
    int line = 0;

    for (const char *at = c->text; at && *at; at += strcspn(at, "\n"), at += *at == '\n') {
        const char *word = at + strspn(at, " \t");
        size_t size;

        line++;
        if (*word == '[') {
            size = strcspn(word + 1, "]\n");
            inside = size == strlen(section) && strncasecmp(word + 1, section, size) == 0;
            continue;
        }
        size = strcspn(word, "=\n");
        while (size && isspace((unsigned char)word[size - 1]))
            size--;
        if (inside && size == strlen(name) && strncasecmp(word, name, size) == 0)
            return line;
    }
    return 0;
}

static void __attribute__((format(printf, 4, 5)))
tell(struct checking *c, const char *section, const char *name, const char *format, ...)
{
    int line = line_of(c, section, name);
    va_list args;

    c->found++;
    printf("%s:", c->path);
    if (line)
        printf("%d:", line);
    putchar(' ');
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* ---- what packages read -------------------------------------------------------------------- */

static bool is_switch(const char *value)
{
    static const char *const words[] = {"yes", "no", "true", "false", "1", "0"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}

static bool is_number(const char *value)
{
    return *value && strspn(value, "0123456789") == strlen(value);
}

static bool is_export(const char *value)
{
    static const char *const types[] = {"FILE:", "DIR:", "KEYRING:", "KCM:"};

    if (!*value || strcasecmp(value, "none") == 0)
        return true;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strncmp(value, types[i], strlen(types[i])) == 0 && value[strlen(types[i])])
            return true;
    return false;
}

static bool is_keytab(const char *value)
{
    return value[0] == '/' || strncmp(value, "FILE:/", strlen("FILE:/")) == 0;
}

static bool is_fast(const char *value)
{
    return strcmp(value, "no") == 0 || strcmp(value, "try") == 0 || strcmp(value, "demand") == 0;
}

static bool is_anything(const char *value)
{
    return *value != 0;
}

/* Every word of the list is one of `words`, which is ended by NULL. */
static bool are_words(const char *value, const char *const *words)
{
    static const char between[] = " \t,";

    for (value += strspn(value, between); *value; value += strspn(value, between)) {
        size_t size = strcspn(value, between), i = 0;

        while (words[i] && (strlen(words[i]) != size || strncasecmp(words[i], value, size) != 0))
            i++;
        if (!words[i])
            return false;
        value += size;
    }
    return true;
}

static bool is_level(const char *value)
{
    return strlen(value) == 1 && *value >= '0' && *value <= '5';
}

static bool is_protocol(const char *value)
{
    return strcasecmp(value, "tls1.2") == 0 || strcasecmp(value, "tls1.3") == 0;
}

static bool are_minimums(const char *value)
{
    static const char *const words[] = {"ntlmv2", "128", "none", NULL};

    return *value && are_words(value, words);
}

static bool are_sources(const char *value)
{
    static const char *const words[] = {"sessions", "accounts", "domain", "none", NULL};

    return *value && are_words(value, words);
}

static bool is_wanted(const char *value)
{
    static const char *const words[] = {"no", "when_given", "always", NULL};

    return *value && !strpbrk(value, " ,") && are_words(value, words);
}

static bool is_scope(const char *value)
{
    static const char *const words[] = {"no", "domain", "all", "yes", NULL};

    return *value && !strpbrk(value, " ,") && are_words(value, words);
}

static bool is_duration(const char *value)
{
    unsigned milliseconds;

    return conf_parse_milliseconds(value, &milliseconds) && milliseconds;
}

static bool is_version(const char *value)
{
    return strlen(value) == 1 && *value >= '2' && *value <= '6';
}

static bool is_restriction(const char *value)
{
    static const char *const words[] = {"none", "restricted_admin", "remote_credential_guard",
                                        "either", NULL};

    return *value && !strpbrk(value, " ,") && are_words(value, words);
}

static const struct known {
    const char *section, *name;
    bool (*good)(const char *value);
    const char *takes;
} known[] = {
    {"kerberos", "realm", is_anything, "the name of a realm"},
    {"kerberos", "ticket_wait", is_number, "a number of seconds"},
    {"kerberos", "keep_password", is_switch, "yes or no"},
    {"kerberos", "canonicalize", is_switch, "yes or no"},
    {"kerberos", "fast", is_fast, "no, try or demand"},
    {"kerberos", "constrained_delegation", is_switch, "yes or no"},
    {"kerberos", "keytab", is_keytab, "an absolute path"},
    {"kerberos", "export_ccache", is_export, "none, or FILE:, DIR:, KEYRING: or KCM: and a name"},
    {"ntlm", "domain", is_anything, "the name of a domain"},
    {"ntlm", "require_mic", is_switch, "yes or no"},
    {"ntlm", "lm_compatibility_level", is_level, "0 to 5"},
    {"ntlm", "minimum_client_security", are_minimums, "ntlmv2, 128, or none"},
    {"ntlm", "minimum_server_security", are_minimums, "ntlmv2, 128, or none"},
    {"ntlm", "channel_bindings", is_wanted, "no, when_given or always"},
    {"ntlm", "target_name", is_wanted, "no, when_given or always"},
    {"ntlm", "target_names", is_anything, "names of services or hosts"},
    {"ntlm", "verify", are_sources, "sessions, accounts and domain, or none"},
    {"ntlm", "domain_timeout", is_duration, "a time, such as 15s"},
    {"ntlm", "keep_local_accounts", is_switch, "yes or no"},
    {"ntlm", "deny_outbound", is_anything, "patterns of services or hosts"},
    {"ntlm", "allow_outbound", is_anything, "patterns of services or hosts"},
    {"ntlm", "audit_outbound", is_switch, "yes or no"},
    {"ntlm", "deny_inbound", is_scope, "no, domain or all"},
    {"ntlm", "audit_inbound", is_scope, "no, domain or all"},
    {"schannel", "minimum_protocol", is_protocol, "tls1.2 or tls1.3"},
    {"schannel", "renegotiation", is_switch, "yes or no"},
    {"negotiate", "packages", is_anything, "names of security packages"},
    {"tspkg", "allow_default_credentials", ts_policy_list_is_good, SPNS},
    {"tspkg", "allow_default_credentials_ntlm_only", ts_policy_list_is_good, SPNS},
    {"tspkg", "deny_default_credentials", ts_policy_list_is_good, SPNS},
    {"tspkg", "allow_saved_credentials", ts_policy_list_is_good, SPNS},
    {"tspkg", "allow_saved_credentials_ntlm_only", ts_policy_list_is_good, SPNS},
    {"tspkg", "deny_saved_credentials", ts_policy_list_is_good, SPNS},
    {"tspkg", "allow_fresh_credentials", ts_policy_list_is_good, SPNS},
    {"tspkg", "allow_fresh_credentials_ntlm_only", ts_policy_list_is_good, SPNS},
    {"tspkg", "deny_fresh_credentials", ts_policy_list_is_good, SPNS},
    {"tspkg", "oldest_peer_version", is_version, "2 to 6"},
    {"tspkg", "restrict_delegation", is_restriction,
     "none, restricted_admin, remote_credential_guard or either"},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

static void check_package(struct checking *c, const char *section)
{
    const struct lsa_setting *s = lsad_config_settings(section);

    for (; s && s->name; s++) {
        const struct known *k = NULL;

        for (size_t i = 0; i < KNOWN; i++)
            if (strcasecmp(known[i].section, section) == 0 &&
                strcasecmp(known[i].name, s->name) == 0)
                k = &known[i];
        if (!k)
            tell(c, section, s->name,
                 "[%s] has no setting \"%s\": it is passed over (see lsa.conf(5))", section,
                 s->name);
        else if (!k->good(s->value))
            tell(c, section, s->name, "\"%s\" is no value for \"%s\" (it takes %s)", s->value,
                 s->name, k->takes);
    }
}

/* ---- acceptors ----------------------------------------------------------------------------- */

/* A key of that service is in the keytab. Who may not read it is told nothing. */
static void check_keys(struct checking *c, const char *service, const char *path)
{
    krb5_context krb = NULL;
    krb5_keytab keytab = NULL;
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    char name[1024];
    bool has = false;
    krb5_error_code code = krb5_init_context(&krb);

    if (!code && path)
        snprintf(name, sizeof(name), "%s", path);
    else if (!code)
        code = krb5_kt_default_name(krb, name, sizeof(name));
    if (!code)
        code = krb5_kt_resolve(krb, name, &keytab);
    if (!code)
        code = krb5_kt_start_seq_get(krb, keytab, &cursor);
    if (!code) {
        while (!krb5_kt_next_entry(krb, keytab, &entry, &cursor)) {
            char *principal = NULL;

            if (!krb5_unparse_name(krb, entry.principal, &principal))
                has = has || lsa_acceptor_matches(service, principal);
            krb5_free_unparsed_name(krb, principal);
            krb5_free_keytab_entry_contents(krb, &entry);
        }
        krb5_kt_end_seq_get(krb, keytab, &cursor);
        if (!has)
            tell(c, "acceptors", service,
                 "there is no key of %s in %s (ktadd, or net ads keytab add)", service, name);
    } else if (code != EACCES) {
        const char *text = krb5_get_error_message(krb, code);

        tell(c, "acceptors", service,
             "the keys of %s cannot be read: %s (keytab=PATH names another file)", service, text);
        krb5_free_error_message(krb, text);
    }
    if (keytab)
        krb5_kt_close(krb, keytab);
    krb5_free_context(krb);
}

static const char *kerberos_keytab(void)
{
    const struct lsa_setting *s = lsad_config_settings("kerberos");

    for (; s && s->name; s++)
        if (strcasecmp(s->name, "keytab") == 0)
            return s->value;
    return NULL;
}

static void check_acceptor(struct checking *c, const struct lsa_setting *s)
{
    char *copy = strdup(s->value), *save = NULL;
    const char *keytab = kerberos_keytab();
    unsigned users = 0;
    uid_t uid;

    for (char *word = copy ? strtok_r(copy, " \t,", &save) : NULL; word;
         word = strtok_r(NULL, " \t,", &save)) {
        if (strncmp(word, KEYTAB, strlen(KEYTAB)) == 0) {
            keytab = word + strlen(KEYTAB);
            if (!is_keytab(keytab))
                tell(c, "acceptors", s->name, "keytab \"%s\": an absolute path is needed", keytab);
            continue;
        }
        users++;
        if (!lsa_acceptor_uid(word, &uid))
            tell(c, "acceptors", s->name,
                 "there is no user \"%s\" to accept as %s (getent passwd, or a uid)", word,
                 s->name);
    }
    if (!users)
        tell(c, "acceptors", s->name, "nobody may accept as %s (write users behind the =)",
             s->name);
    if (strcasecmp(s->name, "NTLM") != 0) /* who verifies with NTLM needs no key */
        check_keys(c, s->name, keytab);
    free(copy);
}

static void check_packages(struct checking *c, const char *const *names)
{
    for (; *names; names++) {
        const struct builtin_package *p = lsa_builtin_packages;

        while (p->name && strcasecmp(p->name, *names) != 0)
            p++;
        if (!p->name)
            tell(c, "lsa", "packages", "unknown security package \"%s\" (see credmgr packages)",
                 *names);
        else if (strcasecmp(p->name, "negotiate") == 0)
            tell(c, "lsa", "packages", "negotiate runs in programs, and not in lsad: leave it out");
    }
}

unsigned lsad_config_check(const struct lsad_config *config)
{
    struct checking c = {.path = config->path};
    const struct lsa_setting *s = lsad_config_settings("acceptors");
    char *error = NULL;
    size_t size;

    if (!conf_load(config->path, false, &c.text, &size, &error))
        free(error);
    check_packages(&c, config->packages);
    check_package(&c, "kerberos");
    check_package(&c, "ntlm");
    check_package(&c, "negotiate");
    check_package(&c, "tspkg");
    check_package(&c, "schannel");
    for (; s && s->name; s++)
        check_acceptor(&c, s);
    free(c.text);
    return c.found;
}
