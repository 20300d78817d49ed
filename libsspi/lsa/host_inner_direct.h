/*
 * How packages of lsad open others: directly, in the name of the client of the call, and only to
 * initiate (host_inner.h).
 */
#ifndef CREDMGR_LSA_HOST_INNER_DIRECT_H
#define CREDMGR_LSA_HOST_INNER_DIRECT_H

#include "libsspi/lsa/host_inner.h"

extern const struct lsa_inner_ops lsa_inner_direct;

#endif
