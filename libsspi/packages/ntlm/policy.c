/*
 * Reader of [ntlm] in lsa.conf, and "Restrict NTLM": to whom nobody authenticates with NTLM, and
 * who is not let in by it.
 */
#include "libsspi/packages/ntlm/policy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf.h"
#include "base/log.h"
#include "base/reason.h"
#include "base/utf16.h"
#include "libsspi/lsa/host.h"
#include "libsspi/packages/ntlm/machine.h"
#include "libsspi/packages/ntlm/wire/message.h"

#define BETWEEN " \t,"

/* ---- settings ----------------------------------------------------------------------- */

static const char *setting_text(const char *name)
{
    return lsa_setting("NTLM", name, "");
}

static void no_value(const char *name, const char *value)
{
    log_warn("lsa.conf: \"%s\" is no value for [ntlm] %s: the default is used", value, name);
}

static bool setting_switch(const char *name)
{
    const char *value = setting_text(name);
    bool on = false;

    if (*value && !conf_parse_bool(value, &on))
        no_value(name, value);
    return on;
}

struct word {
    const char *word;
    int value;
};

static int setting_word(const char *name, const struct word *words, int fallback)
{
    const char *value = setting_text(name);

    for (; *value && words->word; words++)
        if (strcasecmp(words->word, value) == 0)
            return words->value;
    if (*value)
        no_value(name, value);
    return fallback;
}

/* The next word of a list; its size, 0 at the end. */
static size_t next(const char **at)
{
    *at += strspn(*at, BETWEEN);
    return strcspn(*at, BETWEEN);
}

static bool is(const char *at, size_t size, const char *word)
{
    return strlen(word) == size && strncasecmp(at, word, size) == 0;
}

static unsigned setting_level(const char *name)
{
    const char *value = setting_text(name);

    if (!*value)
        return NTLM_LEVEL_DEFAULT;
    if (strlen(value) == 1 && *value >= '0' && *value <= '0' + NTLM_LEVEL_MAX)
        return (unsigned)(*value - '0');
    no_value(name, value);
    return NTLM_LEVEL_DEFAULT;
}

/* Not set, it is both: a session that protects messages is not talked down. */
static uint32_t setting_minimum(const char *name)
{
    const char *value = setting_text(name);
    uint32_t minimum = 0;

    if (!*value)
        return NTLM_EXTENDED_SECURITY | NTLM_128;
    for (size_t size; (size = next(&value)) > 0; value += size) {
        if (is(value, size, "ntlmv2"))
            minimum |= NTLM_EXTENDED_SECURITY;
        else if (is(value, size, "128"))
            minimum |= NTLM_128;
        else if (!is(value, size, "none"))
            no_value(name, setting_text(name));
    }
    return minimum;
}

static void setting_sources(const char *name, struct ntlm_policy *p)
{
    static const char *const words[] = {"sessions", "accounts", "domain"};
    const char *value = setting_text(name);

    p->source_count = 0;
    if (!*value)
        value = "sessions accounts domain";
    for (size_t size; (size = next(&value)) > 0; value += size) {
        size_t source = 0;
        bool twice = false;

        while (source < NTLM_SOURCES && !is(value, size, words[source]))
            source++;
        for (size_t i = 0; i < p->source_count; i++)
            twice = twice || p->sources[i] == (enum ntlm_source)source;
        if (source < NTLM_SOURCES && !twice)
            p->sources[p->source_count++] = (enum ntlm_source)source;
        else if (!is(value, size, "none"))
            no_value(name, setting_text(name));
    }
}

static unsigned setting_timeout(const char *name)
{
    const char *value = setting_text(name);
    unsigned milliseconds = 0;

    if (*value && (!conf_parse_milliseconds(value, &milliseconds) || !milliseconds ||
                   milliseconds > NTLM_DOMAIN_TIMEOUT_MAX))
        no_value(name, value);
    else if (*value)
        return milliseconds;
    return NTLM_DOMAIN_TIMEOUT;
}

void ntlm_policy_read(struct ntlm_policy *p)
{
    static const struct word wanted[] = {{"no", NTLM_WANTED_NO},
                                         {"when_given", NTLM_WANTED_WHEN_GIVEN},
                                         {"always", NTLM_WANTED_ALWAYS},
                                         {NULL, 0}};
    static const struct word scopes[] = {{"no", NTLM_SCOPE_NONE},
                                         {"domain", NTLM_SCOPE_DOMAIN},
                                         {"all", NTLM_SCOPE_ALL},
                                         {"yes", NTLM_SCOPE_ALL},
                                         {NULL, 0}};

    p->level = setting_level("lm_compatibility_level");
    p->minimum_client = setting_minimum("minimum_client_security");
    p->minimum_server = setting_minimum("minimum_server_security");
    p->require_mic = setting_switch("require_mic");
    p->channel_bindings =
        (enum ntlm_wanted)setting_word("channel_bindings", wanted, NTLM_WANTED_ALWAYS);
    p->target_name = (enum ntlm_wanted)setting_word("target_name", wanted, NTLM_WANTED_NO);
    p->target_names = setting_text("target_names");
    setting_sources("verify", p);
    p->domain_timeout = setting_timeout("domain_timeout");
    p->keep_local_accounts = setting_switch("keep_local_accounts");
    p->deny_outbound = setting_text("deny_outbound");
    p->allow_outbound = setting_text("allow_outbound");
    p->audit_outbound = setting_switch("audit_outbound");
    p->deny_inbound = (enum ntlm_scope)setting_word("deny_inbound", scopes, NTLM_SCOPE_NONE);
    p->audit_inbound = (enum ntlm_scope)setting_word("audit_inbound", scopes, NTLM_SCOPE_NONE);
}

/* ---- patterns ----------------------------------------------------------------------- */

static bool fits(const char *pattern, size_t size, const char *name, size_t name_size)
{
    const char *star = memchr(pattern, '*', size);
    size_t before = star ? (size_t)(star - pattern) : size;

    if (star ? name_size < before : name_size != size)
        return false;
    if (strncasecmp(pattern, name, before) != 0)
        return false;
    pattern += before;
    name += before;
    size -= before;
    name_size -= before;
    while (size) { /* at a star: what is behind it stands here, or further on */
        star = memchr(pattern + 1, '*', size - 1);
        before = (star ? (size_t)(star - pattern) : size) - 1;
        if (name_size < before)
            return false;
        if (!star)
            return strncasecmp(pattern + 1, name + name_size - before, before) == 0;
        for (; strncasecmp(pattern + 1, name, before) != 0; name++, name_size--)
            if (name_size == before)
                return false;
        pattern += before + 1;
        size -= before + 1;
        name += before;
        name_size -= before;
    }
    return true;
}

bool ntlm_policy_matches(const char *list, const char *name)
{
    const char *host = name;
    size_t host_size = ntlm_spn_host(&host);

    for (size_t size; (size = next(&list)) > 0; list += size)
        if (fits(list, size, name, strlen(name)) || fits(list, size, host, host_size))
            return true;
    return false;
}

/*
 * An exception for hosts is for nobody else who has such a name somewhere else in theirs:
 * "ldap/dc.example.com/example.org" is at dc.example.com.
 */
static bool is_excepted(const char *list, const char *name)
{
    const char *host = name;
    size_t host_size = ntlm_spn_host(&host);

    for (size_t size; (size = next(&list)) > 0; list += size)
        if (memchr(list, '/', size) ? fits(list, size, name, strlen(name))
                                    : fits(list, size, host, host_size))
            return true;
    return false;
}

/* ---- restrict NTLM ------------------------------------------------------------------ */

SECURITY_STATUS ntlm_policy_outbound(const struct ntlm_policy *p, struct ntlm_bytes target)
{
    SECURITY_STATUS status = SEC_E_OK;
    struct ntlm_text text = {0};
    char *name = NULL;
    bool denied;

    if (!*p->deny_outbound && !p->audit_outbound)
        return status;
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!ntlm_text_set_bytes(&text, target))
        goto out;
    status = SEC_E_TARGET_UNKNOWN;
    name = utf16_to_utf8(text.string, utf16_length(text.string), NULL);
    if (!name)
        goto out;
    denied = ntlm_policy_matches(p->deny_outbound, name) && !is_excepted(p->allow_outbound, name);
    status = denied ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK;
    if (denied)
        reason_set(0, "lsa.conf denies NTLM to %s ([ntlm] deny_outbound; allow_outbound excepts)",
                   *name ? name : "whom nobody named");
    if (denied || p->audit_outbound)
        log_line(LOG_NOTICE, "NTLM to %s: %s", *name ? name : "(no target)",
                 denied ? "denied by [ntlm] deny_outbound" : "audited, let out");
out:
    free(name);
    ntlm_text_free(&text);
    return status;
}

static bool is_meant(enum ntlm_scope scope, bool local)
{
    return scope == NTLM_SCOPE_ALL || (scope == NTLM_SCOPE_DOMAIN && !local);
}

SECURITY_STATUS ntlm_policy_inbound(const struct ntlm_policy *p, const struct ntlm_text *user,
                                    const struct ntlm_text *domain, bool local)
{
    bool denied = is_meant(p->deny_inbound, local);
    char *name, *of;

    if (!denied && !is_meant(p->audit_inbound, local))
        return SEC_E_OK;
    name = utf16_to_utf8(user->string ? user->string : u"", user->units, NULL);
    of = utf16_to_utf8(domain->string ? domain->string : u"", domain->units, NULL);
    log_line(LOG_NOTICE, "NTLM from %s%s%s: %s", of ? of : "", of && *of ? "\\" : "",
             name && *name ? name : "a client",
             denied ? "denied by [ntlm] deny_inbound" : "audited, let in");
    free(name);
    free(of);
    if (!denied)
        return SEC_E_OK;
    reason_set(0, "lsa.conf denies NTLM from accounts of %s ([ntlm] deny_inbound)",
               p->deny_inbound == NTLM_SCOPE_ALL ? "all" : "domains");
    return SEC_E_UNSUPPORTED_FUNCTION;
}
