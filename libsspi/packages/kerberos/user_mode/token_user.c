/*
 * The client of an established context as a token: its local name and, when the ticket has a PAC,
 * its SIDs, for the LSA to find the user.
 */
#include "libsspi/packages/kerberos/user_mode/user_mode.h"

#include <ntstatus.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "libsspi/packages/kerberos/kerberos.h"
#include "libsspi/packages/kerberos/user_mode/pac.h"

#define GROUPS_MAX 4096 /* of a PAC; the others are left out */

/* A SID as winnt.h lays it out, with room for the longest. */
union sid {
    SID sid;
    uint8_t room[offsetof(SID, SubAuthority) + KERB_SID_PARTS * sizeof(DWORD)];
};

struct sids {
    union sid user;
    union sid *of_groups;
    TOKEN_GROUPS *groups;
};

static bool put_sid(union sid *out, const struct kerb_sid *sid)
{
    if (!sid->present || sid->count > KERB_SID_PARTS)
        return false;
    memset(out, 0, sizeof(*out));
    out->sid.Revision = SID_REVISION;
    out->sid.SubAuthorityCount = sid->count;
    for (size_t i = 0; i < 6; i++)
        out->sid.IdentifierAuthority.Value[i] = (BYTE)(sid->authority >> (8 * (5 - i)));
    memcpy(out->room + offsetof(SID, SubAuthority), sid->parts, sid->count * sizeof(DWORD));
    return true;
}

static bool count_group(const struct kerb_sid *sid, uint32_t attributes, void *arg)
{
    (void)sid, (void)attributes;
    return ++*(DWORD *)arg < GROUPS_MAX;
}

static bool take_group(const struct kerb_sid *sid, uint32_t attributes, void *arg)
{
    struct sids *sids = arg;
    DWORD i = sids->groups->GroupCount;

    if (put_sid(&sids->of_groups[i], sid)) {
        sids->groups->Groups[i] = (SID_AND_ATTRIBUTES){&sids->of_groups[i], attributes};
        sids->groups->GroupCount++;
    }
    return i + 1 < GROUPS_MAX;
}

/* False without memory; no SIDs without a PAC. */
static bool read_sids(const struct kerb_user_context *c, struct sids *sids,
                      LSA_TOKEN_INFORMATION_V1 *information)
{
    struct kerb_sid user;
    struct kerb_pac pac;
    DWORD count = 0;

    if (!c->pac.size || !kerb_pac_read(c->pac.bytes, c->pac.size, &pac) || !pac.has_logon)
        return true;
    user = kerb_sid_with(&pac.domain_sid, pac.user_id);
    if (put_sid(&sids->user, &user))
        information->User.User.Sid = &sids->user;
    kerb_pac_each_group(&pac, count_group, &count);
    sids->of_groups = calloc(count + 1, sizeof(*sids->of_groups));
    sids->groups = calloc(1, sizeof(*sids->groups) + count * sizeof(SID_AND_ATTRIBUTES));
    if (!sids->of_groups || !sids->groups)
        return false;
    kerb_pac_each_group(&pac, take_group, sids);
    information->Groups = sids->groups;
    return true;
}

/* ISC_REQ_IDENTIFY is the client's wish that nobody acts in its name. */
static SECURITY_IMPERSONATION_LEVEL level_of(const struct kerb_user_context *c)
{
    if (c->attributes & ASC_RET_IDENTIFY)
        return SecurityIdentification;
    return c->attributes & ASC_RET_DELEGATE ? SecurityDelegation : SecurityImpersonation;
}

NTSTATUS kerb_make_token(const struct kerb_user_context *c, PHANDLE token)
{
    LSA_TOKEN_INFORMATION_V1 information = {.ExpirationTime.QuadPart = INT64_MAX};
    TOKEN_SOURCE source = {.SourceName = "Kerberos"};
    struct sids sids = {.groups = NULL};
    UNICODE_STRING account = {.Length = 0};
    LUID luid = {.LowPart = (DWORD)c->logon, .HighPart = (LONG)(c->logon >> 32)};
    NTSTATUS status = SEC_E_INSUFFICIENT_MEMORY, sub_status;
    size_t units = 0;

    if (c->initiator)
        return SEC_E_NO_IMPERSONATION;
    account.Buffer = utf16_from_utf8(c->local_user, strlen(c->local_user), &units);
    account.Length = account.MaximumLength = (USHORT)(units * sizeof(WCHAR)); /* KERB_TEXT_MAX */
    if (account.Buffer && read_sids(c, &sids, &information))
        status = kerb_lsa->CreateToken(&luid, &source, Network, level_of(c), LsaTokenInformationV1,
                                       &information, NULL, &account, NULL, NULL, NULL, token,
                                       &sub_status);
    free(account.Buffer);
    free(sids.of_groups);
    free(sids.groups);
    return status;
}
