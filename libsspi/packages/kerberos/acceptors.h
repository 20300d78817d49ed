/*
 * Acceptors that act in the names of their clients (constrained delegation, [MS-SFU]): whether they
 * may, and as whom they ask for it.
 */
#ifndef CREDMGR_KERBEROS_ACCEPTORS_H
#define CREDMGR_KERBEROS_ACCEPTORS_H

#include "libsspi/packages/kerberos/kerberos.h"

/* constrained_delegation in lsa.conf: acceptors keep their clients' tickets as evidence. */
bool kerb_keeps_evidence(void);
/*
 * Makes c (outbound, of no source yet) a client: the account behind the service, with its key. In
 * lsad that is a service that [acceptors] lets the client of this call accept as, in a process one
 * of the default keytab. SEC_E_NO_CREDENTIALS: there is no such key.
 */
SECURITY_STATUS kerb_use_acceptor(krb5_context krb, struct kerb_credential *c,
                                  krb5_const_principal service);

#endif
