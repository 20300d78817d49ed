/*
 * What Kerberos knows of an acceptor's client: the attributes of credmgr.h, and those of SSPI that
 * only the PAC of a domain controller can answer.
 */
#include <credmgr.h>

#include "libsspi/packages/kerberos/user_mode/user_mode.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/utf16.h"
#include "libsspi/packages/kerberos/user_mode/pac.h"

#define FILETIME_EPOCH  INT64_C(116444736000000000) /* 100 ns from 1601 to 1970 */
#define FILETIME_SECOND INT64_C(10000000)

/* ---- one block of memory ------------------------------------------------------------------- */

/*
 * FreeContextBuffer releases one block, so all that an answer points to stands in it. It is written
 * twice: without memory, to learn its size, and then in earnest.
 */
struct block {
    uint8_t *memory; /* NULL: only measured */
    size_t size;     /* so far */
};

static void *put(struct block *b, const void *data, size_t size)
{
    size_t at = (b->size + 7) & ~(size_t)7;

    b->size = at + size;
    if (!b->memory)
        return NULL;
    if (data)
        memcpy(b->memory + at, data, size);
    return b->memory + at;
}

static const char *put_text(struct block *b, const char *text)
{
    return put(b, text, strlen(text) + 1);
}

/* Malformed text, which no domain controller sends, is none. */
static const char *put_wide(struct block *b, const struct kerb_pac_text *text)
{
    char *narrow = NULL;
    WCHAR *aligned = malloc(text->size + sizeof(WCHAR));
    const char *put_at;

    if (aligned) {
        if (text->size)
            memcpy(aligned, text->bytes, text->size);
        narrow = utf16_to_utf8(aligned, text->size / sizeof(WCHAR), NULL);
    }
    put_at = put_text(b, narrow ? narrow : "");
    free(aligned);
    free(narrow);
    return put_at;
}

static const char *put_sid(struct block *b, const struct kerb_sid *sid)
{
    char text[KERB_SID_TEXT_SIZE];

    kerb_sid_text(sid, text);
    return put_text(b, text);
}

/* ---- the PAC ------------------------------------------------------------------------------- */

struct group_writer {
    struct block *block;
    CREDMGR_GROUP *groups; /* NULL: only counted */
    ULONG count;
};

static bool count_group(const struct kerb_sid *sid, uint32_t attributes, void *arg)
{
    (void)sid, (void)attributes;
    ++*(ULONG *)arg;
    return true;
}

static bool put_group(const struct kerb_sid *sid, uint32_t attributes, void *arg)
{
    struct group_writer *w = arg;
    const char *text = put_sid(w->block, sid);

    if (w->groups)
        w->groups[w->count] = (CREDMGR_GROUP){.Sid = text, .Attributes = attributes};
    w->count++;
    return true;
}

static LONGLONG filetime(uint64_t time)
{
    return time > INT64_MAX ? INT64_MAX : (LONGLONG)time;
}

static void put_names(struct block *b, const struct kerb_pac *pac, CREDMGR_PAC *out)
{
    struct kerb_sid user = kerb_sid_with(&pac->domain_sid, pac->user_id);
    struct kerb_sid primary = kerb_sid_with(&pac->domain_sid, pac->primary_group_id);

    out->AccountName = put_wide(b, &pac->account);
    out->FullName = put_wide(b, &pac->full_name);
    out->DomainName = put_wide(b, &pac->domain);
    out->LogonServer = put_wide(b, &pac->logon_server);
    out->Upn = put_wide(b, &pac->upn);
    out->DnsDomainName = put_wide(b, &pac->dns_domain);
    /* The user's number is 0 when the SID is none of the domain: it is the first extra SID then,
     * and PAC_REQUESTOR has it, too. */
    out->UserSid = put_sid(b, pac->user_id ? &user : &pac->requestor);
    out->PrimaryGroupSid = put_sid(b, &primary);
}

static void write_pac(struct block *b, const struct kerb_pac *pac, const struct kerb_blob *raw)
{
    CREDMGR_PAC *at = put(b, NULL, sizeof(*at)), out = {0};
    struct group_writer writer = {.block = b};

    put_names(b, pac, &out);
    out.LogonTime = filetime(pac->logon_time);
    out.LogoffTime = filetime(pac->logoff_time);
    out.KickoffTime = filetime(pac->kickoff_time);
    out.PasswordLastSet = filetime(pac->password_last_set);
    out.PasswordCanChange = filetime(pac->password_can_change);
    out.PasswordMustChange = filetime(pac->password_must_change);
    out.UserFlags = pac->user_flags;
    out.UserAccountControl = pac->account_control;
    kerb_pac_each_group(pac, count_group, &out.GroupCount);
    out.Groups = writer.groups = put(b, NULL, out.GroupCount * sizeof(CREDMGR_GROUP));
    kerb_pac_each_group(pac, put_group, &writer);
    out.RawSize = (ULONG)raw->size;
    out.Raw = put(b, raw->bytes, raw->size);
    if (at)
        *at = out;
}

static NTSTATUS query_pac(const struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                          const struct kerb_pac *pac, void *buffer)
{
    struct block b = {.memory = NULL};

    write_pac(&b, pac, &c->pac);
    b.memory = heap->AllocateHeap((ULONG)b.size);
    if (!b.memory)
        return SEC_E_INSUFFICIENT_MEMORY;
    b.size = 0;
    write_pac(&b, pac, &c->pac);
    ((SecPkgContext_CredmgrPac *)buffer)->Pac = (PCREDMGR_PAC)(void *)b.memory;
    return SEC_E_OK;
}

/* ---- the client ---------------------------------------------------------------------------- */

static void write_client(struct block *b, const struct kerb_user_context *c)
{
    CREDMGR_CLIENT *at = put(b, NULL, sizeof(*at)), out = {0};

    out.Principal = put_text(b, c->principal);
    out.LocalUser = put_text(b, c->local_user);
    out.LogonId.LowPart = (ULONG)c->logon;
    out.LogonId.HighPart = (LONG)(c->logon >> 32);
    out.AuthTime = c->auth_time ? c->auth_time * FILETIME_SECOND + FILETIME_EPOCH : 0;
    out.TicketFlags = c->ticket_flags;
    if (at)
        *at = out;
}

static NTSTATUS query_client(const struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                             void *buffer)
{
    struct block b = {.memory = NULL};

    write_client(&b, c);
    b.memory = heap->AllocateHeap((ULONG)b.size);
    if (!b.memory)
        return SEC_E_INSUFFICIENT_MEMORY;
    b.size = 0;
    write_client(&b, c);
    ((SecPkgContext_CredmgrClient *)buffer)->Client = (PCREDMGR_CLIENT)(void *)b.memory;
    return SEC_E_OK;
}

/* ---- which --------------------------------------------------------------------------------- */

/* SSPI's times are local; "never" stays that. */
static TimeStamp local_time(uint64_t time)
{
    if (filetime(time) > INT64_MAX - 86400 * FILETIME_SECOND || filetime(time) <= FILETIME_EPOCH)
        return (TimeStamp){.QuadPart = INT64_MAX};
    return kerb_timestamp((filetime(time) - FILETIME_EPOCH) / FILETIME_SECOND);
}

static NTSTATUS query_of_pac(const struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                             ULONG attribute, void *buffer)
{
    struct kerb_pac pac;

    if (!c->pac.size || !kerb_pac_read(c->pac.bytes, c->pac.size, &pac))
        return SEC_E_UNSUPPORTED_FUNCTION;
    switch (attribute) {
    case SECPKG_ATTR_CREDMGR_PAC:
        return query_pac(c, heap, &pac, buffer);
    case SECPKG_ATTR_USER_FLAGS:
        ((SecPkgContext_UserFlags *)buffer)->UserFlags = pac.user_flags;
        return SEC_E_OK;
    case SECPKG_ATTR_LOGOFF_TIME:
        ((SecPkgContext_LogoffTime *)buffer)->tsLogoffTime = local_time(pac.logoff_time);
        return SEC_E_OK;
    case SECPKG_ATTR_PASSWORD_EXPIRY:
        ((SecPkgContext_PasswordExpiry *)buffer)->tsPasswordExpires =
            local_time(pac.password_must_change);
        return SEC_E_OK;
    default:
        return SEC_E_UNSUPPORTED_FUNCTION;
    }
}

NTSTATUS kerb_query_client(const struct kerb_user_context *c, const SECPKG_DLL_FUNCTIONS *heap,
                           ULONG attribute, void *buffer)
{
    if (c->initiator)
        return SEC_E_UNSUPPORTED_FUNCTION;
    switch (attribute) {
    case SECPKG_ATTR_CREDMGR_CLIENT:
        return query_client(c, heap, buffer);
    default:
        return query_of_pac(c, heap, attribute, buffer);
    }
}
