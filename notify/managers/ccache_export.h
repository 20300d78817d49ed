/*
 * A ticket-granting ticket in a credential cache of the person's own, beside what they keep there.
 */
#ifndef CREDMGR_NOTIFY_MANAGERS_CCACHE_EXPORT_H
#define CREDMGR_NOTIFY_MANAGERS_CCACHE_EXPORT_H

#include <krb5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ccache_export {
    krb5_context krb;
    const char *name;      /* as in KRB5CCNAME; borrowed */
    krb5_principal client; /* of the ticket written last; NULL: none yet */
    int64_t begin, end;    /* its times */
    char *cache;           /* full name of the cache that it is in */
};

void ccache_export_open(struct ccache_export *e, krb5_context krb, const char *name);
/*
 * Puts the ticket of a KRB-CRED that is not encrypted into the cache, unless it has one that is
 * good for as long. Service tickets that programs have put there stay. What belongs to another
 * principal is never touched: in a collection (DIR, KEYRING, KCM) the ticket gets a cache beside
 * it, otherwise KRB5_CC_BADNAME as long as those tickets are good. Other codes of libkrb5.
 */
krb5_error_code ccache_export_write(struct ccache_export *e, const void *cred, size_t size);
/* Seconds until half of the ticket's life is over; 0: it is. */
int64_t ccache_export_half_life(const struct ccache_export *e);
/* Takes the cache away, if the ticket in it is the one that was written last, or older. */
void ccache_export_remove(struct ccache_export *e);
void ccache_export_close(struct ccache_export *e);

#endif
