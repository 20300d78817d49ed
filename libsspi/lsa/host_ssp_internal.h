/*
 * What the two halves of the packages of host_ssp.h share.
 */
#ifndef CREDMGR_LSA_HOST_SSP_INTERNAL_H
#define CREDMGR_LSA_HOST_SSP_INTERNAL_H

#include "libsspi/lsa/host_attributes.h"
#include "libsspi/lsa/host_internal.h"

struct ssp {
    PSecurityFunctionTableW table;
    SecPkgInfoW info; /* its strings are ours */
};

/* One context for both halves: whoever lets go last deletes it. */
struct ssp_context {
    atomic_uint references;
    struct ssp *ssp;
    CtxtHandle handle;
    bool mapped; /* the user-mode half has got its reference */
};
void ssp_put(struct ssp_context *c);
/* QueryContextAttributes of the SSP; what it allocates becomes LSA heap. */
NTSTATUS ssp_query(struct ssp_context *c, ULONG attribute, PVOID buffer);
/* The same for any structure that the SSP has filled; `a` may be NULL. */
NTSTATUS ssp_move_parts(const struct ssp *ssp, const struct lsa_attribute *a, void *structure);

/* host_ssp_user.c: the user-mode half, which takes the address of the context as packed context. */
extern const SECPKG_USER_FUNCTION_TABLE ssp_user_table;

#endif
