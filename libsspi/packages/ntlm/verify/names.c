/*
 * Names of accounts: see the header.
 */
#include "libsspi/packages/ntlm/verify/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"

/* The LSA calls its own accounts by all of the first label, NetBIOS by 15 characters of it. */
static bool is_label(const struct ntlm_machine *machine, const struct ntlm_text *domain)
{
    const struct ntlm_text *host = &machine->dns_computer;
    struct ntlm_text label = {0};
    size_t units = 0;
    bool same;

    while (units < host->units && host->string[units] != u'.')
        units++;
    same = ntlm_text_set(&label, host->string, units) && ntlm_text_same(domain, &label);
    ntlm_text_free(&label);
    return same;
}

bool ntlm_name_is_here(const struct ntlm_machine *machine, const struct ntlm_text *domain)
{
    return !domain->units || (domain->units == 1 && domain->string[0] == u'.') ||
           ntlm_text_same(domain, &machine->nb_computer) ||
           ntlm_text_same(domain, &machine->dns_computer) || is_label(machine, domain);
}

static bool is_ours(const struct ntlm_machine *machine, const struct ntlm_text *domain)
{
    return machine->in_domain && domain->units &&
           (ntlm_text_same(domain, &machine->nb_domain) ||
            ntlm_text_same(domain, &machine->dns_domain));
}

bool ntlm_name_same_domain(const struct ntlm_machine *machine, const struct ntlm_text *a,
                           const struct ntlm_text *b)
{
    return ntlm_text_same(a, b) || (is_ours(machine, a) && is_ours(machine, b));
}

/* Where the last '@' of a user principal name stands; 0: it is none. */
static size_t find_at(const struct ntlm_text *user)
{
    for (size_t i = user->units; i-- > 1;)
        if (user->string[i] == u'@')
            return i;
    return 0;
}

bool ntlm_name_of(const struct ntlm_claim *claim, const struct ntlm_machine *machine,
                  struct ntlm_name *name)
{
    const struct ntlm_text *user = claim->user, *domain = claim->domain;
    size_t at = domain->units ? 0 : find_at(user);

    memset(name, 0, sizeof(*name));
    if (!ntlm_text_set(&name->user, user->string, at ? at : user->units) ||
        !(at ? ntlm_text_set(&name->domain, user->string + at + 1, user->units - at - 1)
             : ntlm_text_set(&name->domain, domain->string, domain->units)))
        return false;
    name->user8 = utf16_to_utf8(name->user.string, name->user.units, NULL);
    name->here = ntlm_name_is_here(machine, &name->domain);
    name->in_ours = is_ours(machine, &name->domain);
    return name->user8 != NULL;
}

void ntlm_name_clear(struct ntlm_name *name)
{
    ntlm_text_free(&name->user);
    ntlm_text_free(&name->domain);
    free(name->user8);
    name->user8 = NULL;
}
