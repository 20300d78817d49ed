/*
 * What the two halves of a context share once it is established: the channel, which stays, and what
 * TSPkg has found, which a reauthentication renews.
 */
#include "libsspi/packages/credssp/credssp.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/handover.h"

struct credssp_established *credssp_established_new(bool initiator, struct lsa_inner_context *tls,
                                                    const struct credssp_half *tls_half,
                                                    const struct credssp_server *server,
                                                    struct lsa_inner_context *ts,
                                                    const struct credssp_half *ts_half,
                                                    ULONG attributes)
{
    struct credssp_established *e = calloc(1, sizeof(*e));

    if (!e)
        return NULL;
    atomic_init(&e->references, 1);
    atomic_init(&e->wants_tls_leg, false);
    pthread_mutex_init(&e->lock, NULL);
    e->initiator = initiator;
    e->tls = tls;
    e->tls_half = *tls_half;
    e->server = *server;
    e->ts = ts;
    e->ts_half = *ts_half;
    e->attributes = attributes;
    return e;
}

void credssp_established_renew(struct credssp_established *e, struct lsa_inner_context *ts,
                               const struct credssp_half *ts_half, ULONG attributes)
{
    struct lsa_inner_context *before;

    pthread_mutex_lock(&e->lock);
    before = e->ts;
    e->ts = ts;
    e->ts_half = *ts_half;
    e->attributes = attributes;
    pthread_mutex_unlock(&e->lock);
    lsa_inner()->remove(before);
}

struct credssp_established *credssp_established_hold(struct credssp_established *e)
{
    atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
    return e;
}

void credssp_established_put(struct credssp_established *e)
{
    if (!e || atomic_fetch_sub_explicit(&e->references, 1, memory_order_acq_rel) != 1)
        return;
    lsa_inner()->remove(e->ts);
    lsa_inner()->remove(e->tls);
    credssp_server_clear(&e->server);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

/* ---- from one half to the other ---------------------------------------------------------------
 */

static struct handle_map on_the_way = HANDLE_MAP_INIT;

SECURITY_STATUS credssp_established_pack(struct credssp_established *e, PSecBuffer packed)
{
    SECURITY_STATUS status = handover_pack(&on_the_way, credssp_established_hold(e), packed);

    if (status != SEC_E_OK)
        credssp_established_put(e);
    return status;
}

struct credssp_established *credssp_established_unpack(const SecBuffer *packed)
{
    return handover_unpack(&on_the_way, packed);
}
