/*
 * The client of an established context as a token. Who that is on this system, the verifier has
 * said: a user by the system's own name, or SIDs of a domain. Where it knew names only (an acceptor
 * that brought the account along), accounts of this machine alone are users of it by their name: of
 * others the client alone has said which domain they are of.
 */
#include "libsspi/packages/ntlm/user_mode/user_half.h"

#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/ntlm/lsa_half.h"
#include "libsspi/packages/ntlm/verify/authorization.h"

/* A SID as winnt.h lays it out, with room for the longest. */
union sid {
    SID sid;
    uint8_t room[offsetof(SID, SubAuthority) + NTLM_SID_PARTS * sizeof(DWORD)];
};

struct sids {
    size_t room, count;
    union sid *all;       /* the account's own first */
    TOKEN_GROUPS *groups; /* the others */
};

static bool count_sid(size_t index, const struct ntlm_sid *sid, void *arg)
{
    (void)sid;
    *(size_t *)arg = index + 1;
    return true;
}

static bool take_sid(size_t index, const struct ntlm_sid *sid, void *arg)
{
    struct sids *sids = arg;
    union sid *out = &sids->all[index];

    if (index == sids->room)
        return false;
    out->sid.Revision = SID_REVISION;
    out->sid.SubAuthorityCount = sid->count;
    memcpy(out->sid.IdentifierAuthority.Value, sid->authority, sizeof(sid->authority));
    memcpy(out->room + offsetof(SID, SubAuthority), sid->parts, sid->count * sizeof(DWORD));
    if (index > 0)
        sids->groups->Groups[sids->groups->GroupCount++] =
            (SID_AND_ATTRIBUTES){out, sid->attributes};
    sids->count = index + 1;
    return true;
}

/* False without memory, or when the bytes are no authorization. */
static bool read_sids(const struct ntlm_user_context *c, struct ntlm_bytes *local_user,
                      struct sids *sids)
{
    if (!ntlm_authorization_read(c->authorization, c->authorization_size, local_user, count_sid,
                                 &sids->room))
        return false;
    sids->all = calloc(sids->room + 1, sizeof(*sids->all));
    sids->groups = calloc(1, sizeof(*sids->groups) + sids->room * sizeof(SID_AND_ATTRIBUTES));
    return sids->all && sids->groups &&
           ntlm_authorization_read(c->authorization, c->authorization_size, local_user, take_sid,
                                   sids);
}

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

static NTSTATUS make(const struct ntlm_user_context *c, UNICODE_STRING *user,
                     UNICODE_STRING *authority, const struct sids *sids, PHANDLE token)
{
    LSA_TOKEN_INFORMATION_V1 information = {.ExpirationTime = c->expiry};
    TOKEN_SOURCE source = {.SourceName = "NtLmSsp"};
    LUID luid = {0, 0};
    NTSTATUS sub_status;

    if (sids->count) {
        information.User.User.Sid = &sids->all[0];
        information.Groups = sids->groups;
    }
    return ntlm_lsa.table->CreateToken(
        &luid, &source, Network,
        c->attributes & ASC_RET_IDENTIFY ? SecurityIdentification : SecurityImpersonation,
        LsaTokenInformationV1, &information, NULL, user, authority, NULL, NULL, token, &sub_status);
}

NTSTATUS ntlm_make_token(const struct ntlm_user_context *c, PHANDLE token)
{
    UNICODE_STRING user = counted(&c->user), authority = counted(&c->domain);
    UNICODE_STRING here = counted(&ntlm_lsa.machine.dns_computer);
    struct ntlm_text own_name = {0}; /* as the system has it */
    struct ntlm_bytes local_user;
    struct sids sids = {0};
    NTSTATUS status = SEC_E_NO_IMPERSONATION;

    if (c->client || !c->user.units)
        goto out;
    if (!c->authorization_size) {
        if (of_this_machine(&c->domain))
            status = make(c, &user, &here, &sids, token);
        goto out;
    }
    status = SEC_E_INSUFFICIENT_MEMORY;
    if (!read_sids(c, &local_user, &sids))
        goto out;
    if (!local_user.size) { /* without an authority it would be the system's own name */
        status = SEC_E_NO_IMPERSONATION;
        if (c->domain.units)
            status = make(c, &user, &authority, &sids, token);
    } else if (ntlm_text_set_bytes(&own_name, local_user)) {
        user = counted(&own_name);
        status = make(c, &user, NULL, &sids, token);
    }
out:
    ntlm_text_free(&own_name);
    free(sids.all);
    free(sids.groups);
    return status;
}
