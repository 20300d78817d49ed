/*
 * FAST (RFC 6113): the AS exchange of a logon within a tunnel under a key of the machine, so that
 * nobody on the network can try passwords on what they heard. The machine's own ticket, got with
 * its keytab, is the armor of everybody's.
 */
#include "libsspi/packages/kerberos/credentials/armor.h"

#include <string.h>

#include "libsspi/lsa/host.h"

#define CACHE "MEMORY:credmgr-armor"
#define SPARE 60 /* seconds before its end that a ticket is not used any more */

static struct {
    pthread_mutex_t lock;
    krb5_ccache cache; /* keeps the MEMORY cache alive */
    int64_t until;     /* seconds since 1970 */
} armor = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* libkrb5 puts beside the ticket what the KDC said of FAST: that is why it fills the cache. */
static krb5_error_code log_on(krb5_context krb, krb5_principal machine, krb5_keytab keytab)
{
    krb5_get_init_creds_opt *options = NULL;
    krb5_creds tgt = {0};
    krb5_error_code code = krb5_get_init_creds_opt_alloc(krb, &options);

    if (!code)
        code = krb5_get_init_creds_opt_set_out_ccache(krb, options, armor.cache);
    if (!code)
        code = krb5_get_init_creds_keytab(krb, &tgt, machine, keytab, 0, NULL, options);
    if (!code)
        armor.until = (int64_t)(uint32_t)tgt.times.endtime - SPARE;
    krb5_free_cred_contents(krb, &tgt);
    krb5_get_init_creds_opt_free(krb, options);
    return code;
}

static krb5_error_code open_keytab(krb5_context krb, krb5_keytab *keytab)
{
    const char *name = lsa_setting(KERB_PACKAGE, "keytab", "");

    return *name ? krb5_kt_resolve(krb, name, keytab) : krb5_kt_default(krb, keytab);
}

/* Not every key is of a name that may be a client: an Active Directory has those of one account. */
static krb5_error_code log_on_as_any(krb5_context krb, krb5_keytab keytab)
{
    krb5_kt_cursor cursor;
    krb5_keytab_entry entry;
    krb5_principal tried = NULL;
    krb5_error_code code = krb5_kt_start_seq_get(krb, keytab, &cursor);

    if (code)
        return code;
    code = KRB5_KT_NOTFOUND;
    while (code && code != KRB5_KDC_UNREACH && !krb5_kt_next_entry(krb, keytab, &entry, &cursor)) {
        if (!tried || !krb5_principal_compare(krb, tried, entry.principal)) {
            krb5_free_principal(krb, tried);
            tried = NULL;
            if (!krb5_copy_principal(krb, entry.principal, &tried))
                code = log_on(krb, tried, keytab);
        }
        krb5_free_keytab_entry_contents(krb, &entry);
    }
    krb5_kt_end_seq_get(krb, keytab, &cursor);
    krb5_free_principal(krb, tried);
    return code;
}

static krb5_error_code make_armor(krb5_context krb)
{
    krb5_keytab keytab = NULL;
    krb5_timestamp now;
    krb5_error_code code = krb5_timeofday(krb, &now);

    if (code || armor.until > (int64_t)(uint32_t)now)
        return code;
    if (!armor.cache)
        code = krb5_cc_resolve(krb, CACHE, &armor.cache);
    if (!code)
        code = open_keytab(krb, &keytab);
    if (!code)
        code = log_on_as_any(krb, keytab);
    if (keytab)
        krb5_kt_close(krb, keytab);
    return code;
}

krb5_error_code kerb_armor(krb5_context krb, krb5_get_init_creds_opt *options)
{
    const char *setting = lsa_setting(KERB_PACKAGE, "fast", "no");
    bool demanded = strcmp(setting, "demand") == 0;
    krb5_error_code code;

    if (!demanded && strcmp(setting, "try") != 0)
        return 0;
    pthread_mutex_lock(&armor.lock);
    code = make_armor(krb);
    pthread_mutex_unlock(&armor.lock);
    if (code) {
        kerb_status(krb, code, KERB_LOGON, "the machine's ticket for FAST");
        return demanded ? code : 0;
    }
    code = krb5_get_init_creds_opt_set_fast_ccache_name(krb, options, CACHE);
    if (!code && demanded)
        code = krb5_get_init_creds_opt_set_fast_flags(krb, options, KRB5_FAST_REQUIRED);
    return code;
}

void kerb_armor_shutdown(krb5_context krb)
{
    pthread_mutex_lock(&armor.lock);
    if (krb && armor.cache)
        krb5_cc_destroy(krb, armor.cache);
    armor.cache = NULL;
    armor.until = 0;
    pthread_mutex_unlock(&armor.lock);
}
