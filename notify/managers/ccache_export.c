/*
 * See the header. What kinit -R does with a cache, but for tickets of others in it.
 */
#include "notify/managers/ccache_export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void ccache_export_open(struct ccache_export *e, krb5_context krb, const char *name)
{
    memset(e, 0, sizeof(*e));
    e->krb = krb;
    e->name = name;
}

void ccache_export_close(struct ccache_export *e)
{
    krb5_free_principal(e->krb, e->client);
    free(e->cache);
    memset(e, 0, sizeof(*e));
}

static int64_t now(krb5_context krb)
{
    krb5_timestamp t;

    return krb5_timeofday(krb, &t) ? 0 : (int64_t)(uint32_t)t;
}

int64_t ccache_export_half_life(const struct ccache_export *e)
{
    int64_t left = e->begin + (e->end - e->begin) / 2 - now(e->krb);

    return left > 0 ? left : 0;
}

/* ---- what is in a cache -------------------------------------------------------------------- */

static bool is_tgt(krb5_context krb, krb5_const_principal server, krb5_const_principal client)
{
    return server->length == 2 && server->data[0].length == KRB5_TGS_NAME_SIZE &&
           !memcmp(server->data[0].data, KRB5_TGS_NAME, KRB5_TGS_NAME_SIZE) &&
           krb5_realm_compare(krb, server, client);
}

/* The end of the newest TGT in the cache; 0: none. */
static int64_t tgt_end(krb5_context krb, krb5_ccache cache)
{
    krb5_principal client = NULL;
    krb5_cc_cursor cursor;
    krb5_creds creds;
    int64_t end = 0;

    if (krb5_cc_get_principal(krb, cache, &client) || krb5_cc_start_seq_get(krb, cache, &cursor)) {
        krb5_free_principal(krb, client);
        return 0;
    }
    while (!krb5_cc_next_cred(krb, cache, &cursor, &creds)) {
        if (is_tgt(krb, creds.server, client) && (int64_t)(uint32_t)creds.times.endtime > end)
            end = (int64_t)(uint32_t)creds.times.endtime;
        krb5_free_cred_contents(krb, &creds);
    }
    krb5_cc_end_seq_get(krb, cache, &cursor);
    krb5_free_principal(krb, client);
    return end;
}

/* ---- whose file ---------------------------------------------------------------------------- */

/* Of this person or root: nobody else could put another one in its place. */
static bool is_safe_directory(const char *path)
{
    struct stat st;

    if (lstat(path, &st) != 0 || (st.st_uid != 0 && st.st_uid != geteuid()))
        return false;
    if (S_ISLNK(st.st_mode) && stat(path, &st) != 0)
        return false;
    return S_ISDIR(st.st_mode) && (st.st_uid == 0 || st.st_uid == geteuid()) &&
           (!(st.st_mode & (S_IWGRP | S_IWOTH)) || (st.st_mode & S_ISVTX));
}

/* Nobody but this person can read or write it. */
static bool is_own_file(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
           !(st.st_mode & (S_IRWXG | S_IRWXO));
}

/* A cache in a file lies where others may put files, too: libkrb5 would write into whatever is
 * there under its name. *own: the file can be used as it is; else it must be made anew. */
static krb5_error_code look_at_file(krb5_context krb, krb5_ccache cache, bool *own)
{
    const char *type = krb5_cc_get_type(krb, cache), *path = krb5_cc_get_name(krb, cache), *end;
    char *directory;
    bool safe;

    *own = true;
    if (strcmp(type, "FILE") != 0 && strcmp(type, "DIR") != 0)
        return 0;
    path += *path == ':'; /* how DIR writes one of its files */
    end = strrchr(path, '/');
    directory = end ? strndup(path, end > path ? (size_t)(end - path) : 1) : strdup(".");
    if (!directory)
        return ENOMEM;
    safe = is_safe_directory(directory);
    free(directory);
    *own = is_own_file(path);
    if (safe)
        return 0;
    krb5_set_error_message(krb, KRB5_CC_BADNAME, "others can write to its directory");
    return KRB5_CC_BADNAME;
}

/* ---- which cache --------------------------------------------------------------------------- */

/* Of a collection: the one of that principal, the first one if nobody's ticket is in it, or a new
 * one. */
static krb5_error_code choose(struct ccache_export *e, krb5_principal client, krb5_ccache *cache,
                              bool *alone)
{
    krb5_context krb = e->krb;
    krb5_principal owner = NULL;
    krb5_error_code code = krb5_cc_set_default_name(krb, e->name);
    bool free_to_use;

    *alone = true;
    if (!code)
        code = krb5_cc_default(krb, cache);
    if (code)
        return code;
    code = krb5_cc_get_principal(krb, *cache, &owner);
    free_to_use =
        code || krb5_principal_compare(krb, owner, client) || tgt_end(krb, *cache) <= now(krb);
    krb5_free_principal(krb, owner);
    if (free_to_use)
        return 0;
    *alone = false;
    if (!krb5_cc_support_switch(krb, krb5_cc_get_type(krb, *cache))) {
        krb5_set_error_message(krb, KRB5_CC_BADNAME, "it holds tickets of another principal");
        return KRB5_CC_BADNAME;
    }
    const char *type = krb5_cc_get_type(krb, *cache);

    krb5_cc_close(krb, *cache);
    *cache = NULL;
    code = krb5_cc_cache_match(krb, client, cache);
    if (code)
        code = krb5_cc_new_unique(krb, type, NULL, cache);
    return code;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* The old TGT goes, where the new one does not take its place by itself. */
static void drop_old(krb5_context krb, krb5_ccache cache, krb5_creds *fresh)
{
    krb5_creds match = {.client = fresh->client, .server = fresh->server};

    (void)krb5_cc_remove_cred(krb, cache, 0, &match);
}

static krb5_error_code store(struct ccache_export *e, krb5_ccache cache, bool own, krb5_creds *tgt)
{
    krb5_context krb = e->krb;
    krb5_principal owner = NULL;
    krb5_error_code code = 0;
    bool same = own && !krb5_cc_get_principal(krb, cache, &owner) &&
                krb5_principal_compare(krb, owner, tgt->client);
    krb5_free_principal(krb, owner);
    if (!same) /* of a file: the old one is taken away, and a new one made that was not there */
        code = krb5_cc_initialize(krb, cache, tgt->client);
    else
        drop_old(krb, cache, tgt);
    return code ? code : krb5_cc_store_cred(krb, cache, tgt);
}

static krb5_error_code remember(struct ccache_export *e, krb5_ccache cache, const krb5_creds *tgt)
{
    char *name = NULL;
    krb5_principal client = NULL;
    krb5_error_code code = krb5_copy_principal(e->krb, tgt->client, &client);

    if (!code)
        code = krb5_cc_get_full_name(e->krb, cache, &name);
    if (code) {
        krb5_free_principal(e->krb, client);
        return code;
    }
    krb5_free_principal(e->krb, e->client);
    e->client = client;
    free(e->cache);
    e->cache = strdup(name);
    krb5_free_string(e->krb, name);
    e->begin =
        (int64_t)(uint32_t)(tgt->times.starttime ? tgt->times.starttime : tgt->times.authtime);
    e->end = (int64_t)(uint32_t)tgt->times.endtime;
    return e->cache ? 0 : ENOMEM;
}

static krb5_error_code read_cred(krb5_context krb, const void *cred, size_t size,
                                 krb5_creds ***creds)
{
    krb5_data message = {.length = (unsigned)size, .data = (char *)(uintptr_t)cred};
    krb5_auth_context auth = NULL;
    krb5_error_code code = krb5_auth_con_init(krb, &auth);

    *creds = NULL;
    if (!code)
        code = krb5_auth_con_setflags(krb, auth, 0);
    if (!code)
        code = krb5_rd_cred(krb, auth, &message, creds, NULL);
    krb5_auth_con_free(krb, auth);
    if (!code && (!*creds || !**creds))
        code = KRB5_CC_NOTFOUND;
    return code;
}

krb5_error_code ccache_export_write(struct ccache_export *e, const void *cred, size_t size)
{
    krb5_creds **creds = NULL, *tgt;
    krb5_ccache cache = NULL;
    bool alone = true, own = false;
    krb5_error_code code = read_cred(e->krb, cred, size, &creds);

    if (code)
        return code;
    tgt = creds[0];
    code = choose(e, tgt->client, &cache, &alone);
    if (!code)
        code = look_at_file(e->krb, cache, &own);
    /* Another session of the same person may have put a newer one there. */
    if (!code && (!own || tgt_end(e->krb, cache) < (int64_t)(uint32_t)tgt->times.endtime))
        code = store(e, cache, own, tgt);
    if (!code)
        code = remember(e, cache, tgt);
    if (cache)
        krb5_cc_close(e->krb, cache);
    krb5_free_tgt_creds(e->krb, creds);
    return code;
}

void ccache_export_remove(struct ccache_export *e)
{
    krb5_ccache cache = NULL;
    krb5_principal owner = NULL;

    if (!e->cache || krb5_cc_resolve(e->krb, e->cache, &cache))
        return;
    if (!krb5_cc_get_principal(e->krb, cache, &owner) &&
        krb5_principal_compare(e->krb, owner, e->client) && tgt_end(e->krb, cache) <= e->end)
        krb5_cc_destroy(e->krb, cache);
    else
        krb5_cc_close(e->krb, cache);
    krb5_free_principal(e->krb, owner);
}
