/*
 * Reader of the PAC. Its inner structures are NDR ([MS-RPCE] 2.2.6, type serialization version 1):
 * a structure with numbers for pointers, then what the pointers lead to, in the order in which they
 * stood.
 */
#include "libsspi/packages/kerberos/user_mode/pac.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ulType, [MS-PAC] 2.4 */
enum {
    PAC_LOGON_INFO = 1,
    PAC_CLIENT_INFO = 10,
    PAC_UPN_DNS_INFO = 12,
    PAC_REQUESTOR = 18,
};

#define PAC_BUFFERS_MAX 64u
#define GROUPS_MAX      16384u
#define UPN_EXTENDED    2u /* UPN_DNS_INFO has a SAM name and a SID, too */

/* ---- NDR ----------------------------------------------------------------------------------- */

static void align(struct wire_reader *r)
{
    wire_skip(r, (4 - r->offset % 4) % 4);
}

/* [MS-RPCE] 2.2.6.1, 2.2.6.2: version 1, little endian. */
static void read_ndr_headers(struct wire_reader *r)
{
    if (wire_u8(r) != 1 || wire_u8(r) != 0x10 || wire_u16le(r) != 8)
        wire_read_fail(r);
    wire_skip(r, 4); /* filler */
    if (wire_u32le(r) > r->size)
        wire_read_fail(r);
    wire_skip(r, 4);
}

/* RPC_UNICODE_STRING within a structure: its size, and whether there is more to it. */
struct string_head {
    uint16_t size; /* bytes */
    bool present;
};

static struct string_head read_string_head(struct wire_reader *r)
{
    struct string_head head = {.size = wire_u16le(r)};

    wire_skip(r, 2); /* MaximumLength */
    head.present = wire_u32le(r) != 0;
    if (head.size % 2 || (head.size && !head.present))
        wire_read_fail(r);
    return head;
}

/* The string itself: a conformant and varying array of characters. */
static struct kerb_pac_text read_string(struct wire_reader *r, const struct string_head *head)
{
    struct kerb_pac_text text = {.bytes = NULL};
    uint32_t room, offset, units;

    if (!head->present)
        return text;
    align(r);
    room = wire_u32le(r);
    offset = wire_u32le(r);
    units = wire_u32le(r);
    if (offset || units > room || units != head->size / 2u)
        wire_read_fail(r);
    text.size = head->size;
    text.bytes = wire_bytes(r, text.size);
    return text;
}

/* RPC_SID, [MS-DTYP] 2.4.2.3, without the size that NDR puts before it. */
static struct kerb_sid read_sid(struct wire_reader *r)
{
    struct kerb_sid sid = {.present = true};

    if (wire_u8(r) != 1)
        wire_read_fail(r);
    sid.count = wire_u8(r);
    if (sid.count > KERB_SID_PARTS)
        wire_read_fail(r);
    sid.authority = (uint64_t)wire_u16be(r) << 32;
    sid.authority |= wire_u32be(r);
    for (uint8_t i = 0; i < sid.count && wire_ok(r); i++)
        sid.parts[i] = wire_u32le(r);
    if (!wire_ok(r))
        memset(&sid, 0, sizeof(sid));
    return sid;
}

static struct kerb_sid read_ndr_sid(struct wire_reader *r)
{
    uint32_t parts;
    struct kerb_sid sid;

    align(r);
    parts = wire_u32le(r);
    sid = read_sid(r);
    if (sid.count != parts)
        wire_read_fail(r);
    return sid;
}

/* An array of `count` items of eight bytes each, where the reader stands. */
static void read_array(struct wire_reader *r, uint32_t count, bool present,
                       struct kerb_pac_array *array)
{
    if (count > GROUPS_MAX || (count && !present))
        wire_read_fail(r);
    if (!present)
        return;
    align(r);
    if (wire_u32le(r) != count)
        wire_read_fail(r);
    array->items = *r;
    wire_skip(r, count * (size_t)8);
    array->count = wire_ok(r) ? count : 0;
    array->targets = *r;
}

/* ExtraSids: an array of pointers to SIDs with attributes, then the SIDs. */
static void read_extra_sids(struct wire_reader *r, uint32_t count, bool present,
                            struct kerb_pac_array *array)
{
    struct wire_reader items;

    read_array(r, count, present, array);
    items = array->items;
    for (uint32_t i = 0; i < array->count && wire_ok(r); i++) {
        if (wire_u32le(&items))
            (void)read_ndr_sid(r);
        wire_skip(&items, 4);
    }
}

/* ---- KERB_VALIDATION_INFO, [MS-PAC] 2.5 ---------------------------------------------------- */

static void read_logon_info(struct wire_reader *r, struct kerb_pac *out)
{
    struct string_head account, full_name, others[4], server, domain;
    uint32_t groups, extra_sids, resource_groups;
    bool has_groups, has_domain, has_extra_sids, has_resource_domain, has_resource_groups;

    read_ndr_headers(r);
    if (!wire_u32le(r)) /* the one pointer, to all of it */
        wire_read_fail(r);
    out->logon_time = wire_u64le(r);
    out->logoff_time = wire_u64le(r);
    out->kickoff_time = wire_u64le(r);
    out->password_last_set = wire_u64le(r);
    out->password_can_change = wire_u64le(r);
    out->password_must_change = wire_u64le(r);
    account = read_string_head(r);
    full_name = read_string_head(r);
    for (size_t i = 0; i < 4; i++) /* LogonScript, ProfilePath, HomeDirectory, HomeDirectoryDrive */
        others[i] = read_string_head(r);
    wire_skip(r, 4); /* LogonCount, BadPasswordCount */
    out->user_id = wire_u32le(r);
    out->primary_group_id = wire_u32le(r);
    groups = wire_u32le(r);
    has_groups = wire_u32le(r) != 0;
    out->user_flags = wire_u32le(r);
    wire_skip(r, 16); /* UserSessionKey, of NTLM */
    server = read_string_head(r);
    domain = read_string_head(r);
    has_domain = wire_u32le(r) != 0;
    wire_skip(r, 8); /* Reserved1 */
    out->account_control = wire_u32le(r);
    wire_skip(r, 28); /* SubAuthStatus, interactive logons, Reserved3 */
    extra_sids = wire_u32le(r);
    has_extra_sids = wire_u32le(r) != 0;
    has_resource_domain = wire_u32le(r) != 0;
    resource_groups = wire_u32le(r);
    has_resource_groups = wire_u32le(r) != 0;

    out->account = read_string(r, &account);
    out->full_name = read_string(r, &full_name);
    for (size_t i = 0; i < 4; i++)
        (void)read_string(r, &others[i]);
    read_array(r, groups, has_groups, &out->groups);
    out->logon_server = read_string(r, &server);
    out->domain = read_string(r, &domain);
    if (has_domain)
        out->domain_sid = read_ndr_sid(r);
    read_extra_sids(r, extra_sids, has_extra_sids, &out->extra_sids);
    if (has_resource_domain)
        out->resource_sid = read_ndr_sid(r);
    read_array(r, resource_groups, has_resource_groups, &out->resource_groups);
    out->has_logon = wire_ok(r);
}

/* ---- the smaller buffers ------------------------------------------------------------------- */

/* [MS-PAC] 2.7 */
static void read_client_info(struct wire_reader *r, struct kerb_pac *out)
{
    wire_skip(r, 8); /* ClientId: when the TGT was issued */
    out->client_name.size = wire_u16le(r);
    out->client_name.bytes = wire_bytes(r, out->client_name.size);
}

/* Length and offset of a string of UPN_DNS_INFO, [MS-PAC] 2.10. */
static struct kerb_pac_text read_placed(struct wire_reader *r)
{
    size_t size = wire_u16le(r), offset = wire_u16le(r);
    struct wire_reader place = wire_slice(r, offset, size);
    struct kerb_pac_text text = {.bytes = wire_bytes(&place, size), .size = size};

    if (!wire_ok(&place) || size % 2)
        wire_read_fail(r);
    return text;
}

static void read_upn_dns_info(struct wire_reader *r, struct kerb_pac *out)
{
    uint32_t flags;
    size_t size, offset;
    struct wire_reader place;
    struct kerb_sid sid;

    out->upn = read_placed(r);
    out->dns_domain = read_placed(r);
    flags = wire_u32le(r);
    if (!(flags & UPN_EXTENDED))
        return;
    out->sam_name = read_placed(r);
    size = wire_u16le(r);
    offset = wire_u16le(r);
    place = wire_slice(r, offset, size);
    sid = read_sid(&place);
    if (!wire_ok(&place))
        wire_read_fail(r);
    else if (!out->requestor.present)
        out->requestor = sid;
}

/* ---- PACTYPE, [MS-PAC] 2.3 ----------------------------------------------------------------- */

/* One PAC_INFO_BUFFER and what it describes; those of other types are left alone. */
static void read_buffer(struct wire_reader *r, struct kerb_pac *out)
{
    uint32_t type = wire_u32le(r), size = wire_u32le(r);
    uint64_t offset = wire_u64le(r);
    struct wire_reader inner;

    if (offset > r->size) {
        wire_read_fail(r);
        return;
    }
    inner = wire_slice(r, (size_t)offset, size);
    if (type == PAC_LOGON_INFO && !out->has_logon)
        read_logon_info(&inner, out);
    else if (type == PAC_CLIENT_INFO)
        read_client_info(&inner, out);
    else if (type == PAC_UPN_DNS_INFO)
        read_upn_dns_info(&inner, out);
    else if (type == PAC_REQUESTOR)
        out->requestor = read_sid(&inner);
    if (!wire_ok(&inner))
        wire_read_fail(r);
}

bool kerb_pac_read(const void *data, size_t size, struct kerb_pac *out)
{
    struct wire_reader r = wire_reader(data, size);
    uint32_t count = wire_u32le(&r);

    memset(out, 0, sizeof(*out));
    if (count > PAC_BUFFERS_MAX || wire_u32le(&r) != 0) /* Version */
        wire_read_fail(&r);
    for (uint32_t i = 0; i < count && wire_ok(&r); i++)
        read_buffer(&r, out);
    if (!wire_ok(&r))
        memset(out, 0, sizeof(*out));
    return wire_ok(&r);
}

/* ---- groups -------------------------------------------------------------------------------- */

/* GROUP_MEMBERSHIP, [MS-PAC] 2.2.2: members of one domain. False when the visitor has enough. */
static bool visit_members(const struct kerb_pac_array *array, const struct kerb_sid *domain,
                          bool (*visit)(const struct kerb_sid *, uint32_t, void *), void *arg)
{
    struct wire_reader items = array->items;

    for (uint32_t i = 0; i < array->count; i++) {
        struct kerb_sid sid = kerb_sid_with(domain, wire_u32le(&items));
        uint32_t attributes = wire_u32le(&items);

        if (sid.present && !visit(&sid, attributes, arg))
            return false;
    }
    return true;
}

void kerb_pac_each_group(const struct kerb_pac *pac,
                         bool (*visit)(const struct kerb_sid *, uint32_t, void *), void *arg)
{
    struct wire_reader items = pac->extra_sids.items, targets = pac->extra_sids.targets;

    if (!visit_members(&pac->groups, &pac->domain_sid, visit, arg))
        return;
    for (uint32_t i = 0; i < pac->extra_sids.count; i++) {
        bool present = wire_u32le(&items) != 0;
        uint32_t attributes = wire_u32le(&items);
        struct kerb_sid sid = {.present = false};

        if (present)
            sid = read_ndr_sid(&targets);
        if (sid.present && !visit(&sid, attributes, arg))
            return;
    }
    (void)visit_members(&pac->resource_groups, &pac->resource_sid, visit, arg);
}

/* ---- SIDs ---------------------------------------------------------------------------------- */

struct kerb_sid kerb_sid_with(const struct kerb_sid *domain, uint32_t rid)
{
    struct kerb_sid sid = *domain;

    if (!sid.present || sid.count == KERB_SID_PARTS)
        return (struct kerb_sid){.present = false};
    sid.parts[sid.count++] = rid;
    return sid;
}

void kerb_sid_text(const struct kerb_sid *sid, char text[KERB_SID_TEXT_SIZE])
{
    int at;

    text[0] = '\0';
    if (!sid->present)
        return;
    at = snprintf(text, KERB_SID_TEXT_SIZE,
                  sid->authority >> 32 ? "S-1-0x%" PRIx64 : "S-1-%" PRIu64, sid->authority);
    for (uint8_t i = 0; i < sid->count; i++)
        at += snprintf(text + at, KERB_SID_TEXT_SIZE - (size_t)at, "-%" PRIu32, sid->parts[i]);
}
