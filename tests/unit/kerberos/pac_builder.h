/*
 * PACs for tests, written as a domain controller does: for the reader's test, and to be signed.
 */
#ifndef CREDMGR_TEST_KERBEROS_PAC_BUILDER_H
#define CREDMGR_TEST_KERBEROS_PAC_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

#define PAC_DOMAIN_SID "S-1-5-21-1004336348-1177238915-682003330"

/* KERB_VALIDATION_INFO of CREDMGR\alice (RID 1105, primary group 513) with `groups` groups of the
 * domain from 513 on, two extra SIDs and one resource group. */
void pac_logon_info(struct wire_writer *w, uint32_t groups);
/* UPN_DNS_INFO with a SAM name and a SID. */
void pac_upn_info(struct wire_writer *w);
/* PACTYPE with these two, a PAC_CLIENT_INFO, a PAC_REQUESTOR and a buffer of an unknown type. */
void pac_whole(struct wire_writer *w, uint32_t groups);

#endif
