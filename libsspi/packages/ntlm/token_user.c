/*
 * The client of an established context as a token. Only accounts of this machine are users of it by
 * their name: of others the client alone has said which domain they are of.
 */
#include "libsspi/packages/ntlm/user_half.h"

#include "libsspi/packages/ntlm/lsa_half.h"

static UNICODE_STRING counted(const struct ntlm_text *text)
{
    USHORT size = (USHORT)(text->units * sizeof(WCHAR)); /* at most a message's string */

    return (UNICODE_STRING){size, size, text->string};
}

static bool of_this_machine(const struct ntlm_text *domain)
{
    const struct ntlm_machine *machine = &ntlm_lsa.machine;

    return !domain->units || ntlm_text_same(domain, &machine->nb_computer) ||
           ntlm_text_same(domain, &machine->dns_computer);
}

NTSTATUS ntlm_make_token(const struct ntlm_user_context *c, PHANDLE token)
{
    LSA_TOKEN_INFORMATION_NULL information = {.ExpirationTime = c->expiry};
    UNICODE_STRING user = counted(&c->user), here = counted(&ntlm_lsa.machine.dns_computer);
    TOKEN_SOURCE source = {.SourceName = "NtLmSsp"};
    LUID luid = {0, 0};
    NTSTATUS sub_status;

    if (c->client || !c->user.units || !of_this_machine(&c->domain))
        return SEC_E_NO_IMPERSONATION;
    return ntlm_lsa.table->CreateToken(
        &luid, &source, Network,
        c->attributes & ASC_RET_IDENTIFY ? SecurityIdentification : SecurityImpersonation,
        LsaTokenInformationNull, &information, NULL, &user, &here, NULL, NULL, token, &sub_status);
}
