/*
 * What programs of root's tell the package: that a password was changed.
 */
#ifndef CREDMGR_NTLM_CALL_PACKAGE_H
#define CREDMGR_NTLM_CALL_PACKAGE_H

#include "libsspi/packages/ntlm/lsa_half.h"

LSA_AP_CALL_PACKAGE ntlm_call_package;

#endif
