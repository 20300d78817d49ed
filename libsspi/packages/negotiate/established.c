/*
 * What a negotiation has come to, shared by the two halves of a context: the LSA half renews it
 * when the peers negotiate anew, the user-mode half finds the package's context in it for every
 * message, without a lock.
 */
#include "libsspi/packages/negotiate/negotiate.h"

#include <stdlib.h>

#include "libsspi/packages/handover.h"

/* Contexts that were replaced while messages were under way; who is always so busy must stop. */
#define KEPT_MAX 64

static struct nego_established *made(const struct lsa_package *package, LSA_SEC_HANDLE user,
                                     struct lsa_inner_context *context)
{
    struct nego_established *e = calloc(1, sizeof(*e));

    if (e) {
        e->package = package;
        e->user = user;
        e->context = context;
    }
    return e;
}

struct nego_outcome *nego_outcome_new(const struct lsa_package *package, LSA_SEC_HANDLE user,
                                      struct lsa_inner_context *context)
{
    struct nego_outcome *o = calloc(1, sizeof(*o));
    struct nego_established *e = made(package, user, context);

    if (!o || !e) {
        free(o);
        free(e);
        return NULL;
    }
    atomic_init(&o->references, 1);
    atomic_init(&o->current, e);
    return o;
}

static void give_up(struct nego_established *e)
{
    struct nego_established *before;

    for (; e; e = before) {
        before = e->before;
        if (e->context)
            lsa_inner()->remove(e->context);
        else if (e->package->user->DeleteUserModeContext)
            e->package->user->DeleteUserModeContext(e->user);
        free(e);
    }
}

/* Whoever comes from now on finds the current one: with nobody inside, nobody has one before it. */
static void forget_those_before(struct nego_outcome *o)
{
    struct nego_established *e = atomic_load(&o->current);

    if (atomic_load(&o->inside) != 0)
        return;
    give_up(e->before);
    e->before = NULL;
    o->kept = 0;
}

SECURITY_STATUS nego_outcome_renew(struct nego_outcome *o, const struct lsa_package *package,
                                   LSA_SEC_HANDLE user, struct lsa_inner_context *context)
{
    struct nego_established *e;

    forget_those_before(o);
    if (o->kept == KEPT_MAX)
        return SEC_E_INSUFFICIENT_MEMORY;
    e = made(package, user, context);
    if (!e)
        return SEC_E_INSUFFICIENT_MEMORY;
    e->before = atomic_load(&o->current);
    atomic_store(&o->current, e);
    o->kept++;
    forget_those_before(o);
    return SEC_E_OK;
}

const struct nego_established *nego_outcome_enter(struct nego_outcome *o)
{
    atomic_fetch_add(&o->inside, 1);
    return atomic_load(&o->current);
}

void nego_outcome_leave(struct nego_outcome *o)
{
    atomic_fetch_sub(&o->inside, 1);
}

struct nego_outcome *nego_outcome_hold(struct nego_outcome *o)
{
    atomic_fetch_add_explicit(&o->references, 1, memory_order_relaxed);
    return o;
}

void nego_outcome_put(struct nego_outcome *o)
{
    if (!o || atomic_fetch_sub_explicit(&o->references, 1, memory_order_acq_rel) != 1)
        return;
    give_up(atomic_load(&o->current));
    free(o);
}

/* ---- from one half to the other ---------------------------------------------------------------
 */

static struct handle_map on_the_way = HANDLE_MAP_INIT;

SECURITY_STATUS nego_outcome_pack(struct nego_outcome *o, PSecBuffer packed)
{
    SECURITY_STATUS status = handover_pack(&on_the_way, nego_outcome_hold(o), packed);

    if (status != SEC_E_OK)
        nego_outcome_put(o);
    return status;
}

struct nego_outcome *nego_outcome_unpack(const SecBuffer *packed)
{
    return handover_unpack(&on_the_way, packed);
}
