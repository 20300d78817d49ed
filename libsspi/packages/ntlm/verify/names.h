/*
 * Whom a client means by a user and a domain, or by user@domain.
 */
#ifndef CREDMGR_NTLM_NAMES_H
#define CREDMGR_NTLM_NAMES_H

#include "libsspi/packages/ntlm/handshake/handshake.h"

/* Texts of its own. */
struct ntlm_name {
    struct ntlm_text user, domain;
    char *user8;  /* the user in UTF-8 */
    bool here;    /* the domain is this machine's name, or none at all */
    bool in_ours; /* the domain is the one that this machine is in */
};

/* False without memory, or for what is no text; ntlm_name_clear() in any case. */
bool ntlm_name_of(const struct ntlm_claim *claim, const struct ntlm_machine *machine,
                  struct ntlm_name *name);
void ntlm_name_clear(struct ntlm_name *name);
/* No domain, ".", or a name of this machine. */
bool ntlm_name_is_here(const struct ntlm_machine *machine, const struct ntlm_text *domain);
/* Both are the domain that this machine is in, by either of its names, or they are the same. */
bool ntlm_name_same_domain(const struct ntlm_machine *machine, const struct ntlm_text *a,
                           const struct ntlm_text *b);

#endif
