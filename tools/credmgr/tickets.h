/*
 * What the commands about tickets share.
 */
#ifndef CREDMGR_TOOLS_TICKETS_H
#define CREDMGR_TOOLS_TICKETS_H

#include <ntsecapi.h>
#include "libsspi/lsa/client.h"

/* The tickets of a session, free(); NULL after a failure: why none are to be had. */
NTSTATUS tickets_query(const struct lsa_session_info *session,
                       KERB_QUERY_TKT_CACHE_EX_RESPONSE **response);

#endif
