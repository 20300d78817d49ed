/* See event.h. */
#include "tests/unit/notify/event.h"
#include "tests/unit/base/test.h"
#include "base/secret.h"
#include "notify/authent.h"
#include "notify/request.h"
#include "notify/router.h"
#include "tests/unit/notify/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct mpr_call event_call;

int event_open(void **state)
{
    if (world_open(state) != 0)
        return -1;
    event_call = (struct mpr_call){.luid = {.LowPart = 0x55667788, .HighPart = 0x11223344},
                                   .type = MPR_TYPE_KERBEROS,
                                   .station = u"WinSta_0"};
    event_call.info = mpr_authent_new(true, "carla", "EXAMPLE.COM", "g€heim");
    return event_call.info ? 0 : -1;
}

int event_close(void **state)
{
    secret_free(event_call.info);
    return world_close(state);
}

struct mpr_outcome event_script(const char *name, unsigned timeout, char *script)
{
    int64_t end = mpr_now() + timeout;
    struct mpr_provider p;
    struct mpr_outcome out;

    assert_true(mpr_provider_begin(&p, world_directory, EVENT_MEMORY, name, &event_call, &out));
    while (!mpr_provider_wait(&p, timeout, &out) && mpr_now() < end) {
        assert_true(out.waits);
        usleep(20000);
        mpr_provider_again(&p);
    }
    mpr_provider_end(&p, MPR_LEAVE_MS);
    if (script)
        snprintf(script, MPR_FIELD_MAX + 1, "%s", out.script ? out.script : "");
    free(out.script);
    out.script = NULL;
    return out;
}

struct mpr_outcome event(const char *name, unsigned timeout)
{
    return event_script(name, timeout, NULL);
}

struct mpr_outcome event_with(const char *name)
{
    world_install(name, NULL);
    return event(name, 10000);
}
