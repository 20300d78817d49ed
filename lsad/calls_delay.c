/*
 * Who guesses passwords waits, and no thread does: a leg that its package wants to be made again
 * later, and a refusal that is told later. The call moves into memory of its own meanwhile, so that
 * whoever ran it can let go of it as of any other.
 */
#include "base/log.h"
#include "base/reason.h"
#include "lsad/calls.h"
#include "lsad/pool.h"

#include <ntstatus.h>
#include <stdlib.h>

struct delayed {
    struct lsad_call *call;
    size_t bytes; /* counted for the user */
    SECURITY_STATUS status;
    uint64_t context;
    struct reason reason;
};

static void delayed_free(struct delayed *d)
{
    user_give_bytes(d->call->client->user, d->bytes);
    call_free(d->call);
    free(d);
}

/* NULL: no memory, or that user has too much of it. */
static struct delayed *delay(struct lsad_call *call)
{
    struct delayed *d = calloc(1, sizeof(*d));
    size_t bytes = sizeof(*d) + sizeof(*call) + call->arena.size;

    if (!d || !lsad_state.later || !user_take_bytes(call->client->user, bytes)) {
        free(d);
        return NULL;
    }
    d->bytes = bytes;
    d->call = malloc(sizeof(*d->call));
    if (!d->call) {
        user_give_bytes(call->client->user, bytes);
        free(d);
        return NULL;
    }
    *d->call = *call;
    call->client = NULL;
    call->request = NULL;
    call->arena = (struct lsa_arena){.memory = NULL};
    return d;
}

/* ---- once more ----------------------------------------------------------------------------- */

static void run_again(struct lsad_call *call)
{
    struct delayed *d = call->work;

    user_give_bytes(call->client->user, d->bytes);
    free(d);
    call->work = NULL;
    reason_clear();
    call_leg(call);
    call_free(call);
}

static void on_again(void *arg, bool closing)
{
    struct delayed *d = arg;
    struct lsad_call *call = d->call;

    if (closing) {
        delayed_free(d);
        return;
    }
    call->again = true;
    call->run = run_again;
    call->work = d;
    call->charged = user_get(call->client->uid);
    if (call->charged && pool_submit(call))
        return;
    user_put(call->charged);
    client_reply_status(call, SEC_E_INSUFFICIENT_MEMORY);
    delayed_free(d);
}

static bool run_later(struct lsad_call *call, unsigned milliseconds)
{
    struct delayed *d = delay(call);

    if (d)
        lsad_state.later(milliseconds, on_again, d);
    return d != NULL;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static void on_answer(void *arg, bool closing)
{
    struct delayed *d = arg;
    Lsa__LegDone out = LSA__LEG_DONE__INIT;
    Lsa__Reply reply = LSA__REPLY__INIT;

    if (!closing) {
        out.context = d->context;
        reply.status = (uint32_t)d->status;
        reply.result_case = LSA__REPLY__RESULT_LEG;
        reply.leg = &out;
        reason_set(d->reason.code, "%s", d->reason.text);
        client_reply(d->call, &reply);
    }
    delayed_free(d);
}

static bool refuse_later(struct lsad_call *call, SECURITY_STATUS status, uint64_t context,
                         unsigned milliseconds)
{
    struct delayed *d = delay(call);

    if (!d)
        return false;
    d->status = status;
    d->context = context;
    d->reason = *reason_get();
    reason_clear();
    lsad_state.later(milliseconds, on_answer, d);
    return true;
}

bool call_put_off(struct lsad_call *call, const struct lsa_call_delay *wanted,
                  SECURITY_STATUS status, uint64_t context)
{
    if (!wanted->again || status != STATUS_RETRY)
        return wanted->answer && status < 0 && refuse_later(call, status, context, wanted->answer);
    if (!run_later(call, wanted->again))
        client_reply_status(call, SEC_E_INSUFFICIENT_MEMORY);
    return true;
}
