/*
 * The client's forwarded ticket, in the acceptor.
 */
#ifndef CREDMGR_KERBEROS_DELEGATION_H
#define CREDMGR_KERBEROS_DELEGATION_H

#include "libsspi/packages/kerberos/kerberos.h"

/*
 * Makes the network logon session c->logon with the ticket that the checksum field brings, if it is
 * one of `client`, and adds ASC_RET_DELEGATE. A ticket that cannot be read or kept is no reason to
 * refuse the client: delegation is not granted, that is all.
 */
void kerb_delegation_take(krb5_context krb, struct kerb_context *c,
                          const struct kerb_checksum *checksum, krb5_const_principal client);
/*
 * Makes the network logon session with the client's ticket itself, where nothing was delegated and
 * the credential keeps such tickets: evidence for services that this one may delegate to ([MS-SFU]
 * 3.2.5.2.2, constrained delegation). `request` is the AP-REQ.
 */
void kerb_delegation_keep_evidence(krb5_context krb, struct kerb_context *c,
                                   const krb5_ticket *ticket, const krb5_data *request);
/* Ends the session of a context that did not get as far as its user-mode half. */
void kerb_delegation_drop(struct kerb_context *c);

#endif
