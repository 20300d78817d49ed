/*
 * Brings the in-process half of the LSA to life: the packages of this process serve the credentials
 * that the caller supplies, and the user-mode half of every context.
 */
#include "libsspi/api/api.h"

#include <string.h>

#include "base/thread_identity.h"
#include "libsspi/lsa/host_inner.h"
#include "libsspi/lsa/host_token.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool started;

static void start(void)
{
    static const struct lsa_host_config config = {.in_lsa = false,
                                                  .store = &lsa_process_store,
                                                  .settings = api_settings,
                                                  .inner = &api_inner};

    api_settings_read();
    started = handles_start() && NT_SUCCESS(lsa_host_start(&config));
}

bool api_start(void)
{
    pthread_once(&once, start);
    return started;
}

void api_call_begin(struct lsa_call *call, ULONG attributes)
{
    memset(call, 0, sizeof(*call));
    call->client.ImpersonationLevel = SecurityImpersonation;
    call->call_attributes = SECPKG_CALL_IN_PROC | attributes;
    call->uid = thread_identity_own_uid();
    if (lsa_thread_token())
        call->client.LogonId = lsa_thread_token()->luid;
    lsa_call_begin(call);
}
