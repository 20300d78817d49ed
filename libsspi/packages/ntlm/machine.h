/*
 * Which names are this machine's: the ones it says in its messages, and the ones a client may have
 * meant it by.
 */
#ifndef CREDMGR_NTLM_MACHINE_H
#define CREDMGR_NTLM_MACHINE_H

#include <ntsecpkg.h>

#include "libsspi/packages/ntlm/handshake/handshake.h"

/* False without memory. NTLM's crypto must have been started. */
bool ntlm_machine_describe(const SECPKG_PARAMETERS *parameters, struct ntlm_machine *machine);
void ntlm_machine_clear(struct ntlm_machine *machine);

/*
 * The host in an SPN: SERVICE/HOST, SERVICE/HOST:PORT, SERVICE/HOST/NAME, any of them with @REALM,
 * or a host alone. An address of version 6 with a port behind it stands in brackets; the dot at the
 * end of a complete name of DNS is left out. Moves *spn there and gives the host's size.
 */
size_t ntlm_spn_host(const char **spn);

/*
 * Whether a client that meant the SPN `target` meant this machine: the host in it is the machine's
 * name in either form, "localhost", an address of one of its interfaces, or one of `more`
 * (separated by blanks or commas, without regard to case). SEC_E_OK, SEC_E_WRONG_PRINCIPAL with a
 * reason, SEC_E_INSUFFICIENT_MEMORY.
 */
SECURITY_STATUS ntlm_machine_is_meant(const struct ntlm_machine *machine,
                                      const struct ntlm_text *target, const char *more);

#endif
