/*
 * What the files of the Schannel package share of the LSA.
 */
#ifndef CREDMGR_SCHANNEL_PACKAGE_H
#define CREDMGR_SCHANNEL_PACKAGE_H

#include <ntsecpkg.h>

/* Set by SpInitialize, then only read. */
extern const LSA_SECPKG_FUNCTION_TABLE *tls_lsa;

#endif
