/*
 * Packages that are no SSP/AP but an SSP: a library with InitSecurityInterface, whose code runs in
 * the program alone. The host serves them like the others, by tables that call them.
 */
#ifndef CREDMGR_LSA_HOST_SSP_H
#define CREDMGR_LSA_HOST_SSP_H

#include "libsspi/lsa/host.h"

/*
 * Adds the packages that `table` enumerates; it must stay valid for good. Their contexts keep their
 * LSA half, so they can be initialized again and take control tokens when they are established.
 * SEC_E_CANNOT_INSTALL, SEC_E_UNSUPPORTED_FUNCTION (a member that SSPI cannot do without is NULL).
 */
NTSTATUS lsa_host_add_ssp(PSecurityFunctionTableW table, const char *library, size_t *added);

#endif
