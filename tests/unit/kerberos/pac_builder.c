/*
 * The writing side of [MS-PAC], for tests alone.
 */
#include "tests/unit/kerberos/pac_builder.h"

#include <string.h>

#define NEVER UINT64_C(0x7fffffffffffffff)
#define LOGON UINT64_C(133500000000000000)

static const uint32_t domain[] = {21, 1004336348, 1177238915, 682003330};

static void align(struct wire_writer *w, size_t size)
{
    wire_put_zeros(w, (size - w->offset % size) % size);
}

static void put_ascii(struct wire_writer *w, const char *text)
{
    for (; *text; text++)
        wire_put_u16le(w, (unsigned char)*text);
}

/* A string's head; with text there is a pointer. */
static void head(struct wire_writer *w, const char *text, uint32_t pointer)
{
    wire_put_u16le(w, (uint16_t)(2 * strlen(text)));
    wire_put_u16le(w, (uint16_t)(2 * strlen(text) + 2));
    wire_put_u32le(w, pointer);
}

static void string(struct wire_writer *w, const char *text)
{
    align(w, 4);
    wire_put_u32le(w, (uint32_t)strlen(text) + 1);
    wire_put_u32le(w, 0);
    wire_put_u32le(w, (uint32_t)strlen(text));
    put_ascii(w, text);
}

static void sid(struct wire_writer *w, const uint32_t *parts, uint8_t count, uint8_t authority)
{
    wire_put_u8(w, 1);
    wire_put_u8(w, count);
    wire_put_zeros(w, 5);
    wire_put_u8(w, authority);
    for (uint8_t i = 0; i < count; i++)
        wire_put_u32le(w, parts[i]);
}

static void ndr_sid(struct wire_writer *w, const uint32_t *parts, uint8_t count, uint8_t authority)
{
    align(w, 4);
    wire_put_u32le(w, count);
    sid(w, parts, count, authority);
}

static void groups_from(struct wire_writer *w, uint32_t first, uint32_t count)
{
    align(w, 4);
    wire_put_u32le(w, count);
    for (uint32_t i = 0; i < count; i++) {
        wire_put_u32le(w, first + i);
        wire_put_u32le(w, 7);
    }
}

void pac_logon_info(struct wire_writer *w, uint32_t groups)
{
    static const uint32_t asserted[] = {1}, builtin[] = {32, 545};
    static const char *const names[] = {"alice", "Alice Liddell", "", "", "", ""};
    size_t size_at;

    wire_put_u8(w, 1);
    wire_put_u8(w, 0x10);
    wire_put_u16le(w, 8);
    wire_put_u32le(w, 0xcccccccc);
    size_at = w->offset;
    wire_put_u32le(w, 0);
    wire_put_u32le(w, 0);
    wire_put_u32le(w, 0x20000);
    wire_put_u64le(w, LOGON);
    wire_put_u64le(w, NEVER);
    wire_put_u64le(w, NEVER);
    wire_put_u64le(w, LOGON - 1);
    wire_put_u64le(w, LOGON);
    wire_put_u64le(w, LOGON + 10000000);
    for (size_t i = 0; i < 6; i++)
        head(w, names[i], 0x20004);
    wire_put_u16le(w, 3);
    wire_put_u16le(w, 0);
    wire_put_u32le(w, 1105);
    wire_put_u32le(w, 513);
    wire_put_u32le(w, groups);
    wire_put_u32le(w, 0x2001c);
    wire_put_u32le(w, 0x20);
    wire_put_zeros(w, 16);
    head(w, "DC", 0x20020);
    head(w, "CREDMGR", 0x20024);
    wire_put_u32le(w, 0x20028);
    wire_put_zeros(w, 8);
    wire_put_u32le(w, 0x10);
    wire_put_zeros(w, 28);
    wire_put_u32le(w, 2);
    wire_put_u32le(w, 0x2002c);
    wire_put_u32le(w, 0x20038);
    wire_put_u32le(w, 1);
    wire_put_u32le(w, 0x2003c);

    for (size_t i = 0; i < 6; i++)
        string(w, names[i]);
    groups_from(w, 513, groups);
    string(w, "DC");
    string(w, "CREDMGR");
    ndr_sid(w, domain, 4, 5);
    align(w, 4);
    wire_put_u32le(w, 2);
    wire_put_u32le(w, 0x20030);
    wire_put_u32le(w, 7);
    wire_put_u32le(w, 0x20034);
    wire_put_u32le(w, 0x20000007);
    ndr_sid(w, asserted, 1, 18);
    ndr_sid(w, builtin, 2, 5);
    ndr_sid(w, domain, 4, 5);
    groups_from(w, 2000, 1);
    wire_patch_u32le(w, size_at, (uint32_t)(w->offset - size_at - 8));
    align(w, 8);
}

void pac_upn_info(struct wire_writer *w)
{
    static const uint32_t user[] = {21, 1004336348, 1177238915, 682003330, 1105};
    static const char upn[] = "alice@credmgr.test", dns[] = "CREDMGR.TEST", sam[] = "alice";
    uint16_t at = 24;

    wire_put_u16le(w, 2 * (sizeof(upn) - 1));
    wire_put_u16le(w, at);
    at = (uint16_t)(at + 2 * (sizeof(upn) - 1));
    wire_put_u16le(w, 2 * (sizeof(dns) - 1));
    wire_put_u16le(w, at);
    at = (uint16_t)(at + 2 * (sizeof(dns) - 1));
    wire_put_u32le(w, 2);
    wire_put_u16le(w, 2 * (sizeof(sam) - 1));
    wire_put_u16le(w, at);
    at = (uint16_t)(at + 2 * (sizeof(sam) - 1));
    wire_put_u16le(w, 28);
    wire_put_u16le(w, at);
    wire_put_zeros(w, 4);
    put_ascii(w, upn);
    put_ascii(w, dns);
    put_ascii(w, sam);
    sid(w, user, 5, 5);
    align(w, 8);
}

static void client_info(struct wire_writer *w)
{
    wire_put_u64le(w, LOGON);
    wire_put_u16le(w, 10);
    put_ascii(w, "alice");
    align(w, 8);
}

static void requestor(struct wire_writer *w)
{
    static const uint32_t user[] = {21, 1004336348, 1177238915, 682003330, 1105};

    sid(w, user, 5, 5);
    align(w, 8);
}

static void unknown(struct wire_writer *w)
{
    wire_put_u64le(w, UINT64_MAX);
}

static uint32_t logon_groups;

static void logon(struct wire_writer *w)
{
    pac_logon_info(w, logon_groups);
}

void pac_whole(struct wire_writer *w, uint32_t groups)
{
    static const struct {
        uint32_t type;
        void (*write)(struct wire_writer *w);
    } buffers[] = {
        {1, logon}, {10, client_info}, {12, pac_upn_info}, {18, requestor}, {999, unknown}};
    static uint8_t parts[5][262144];
    size_t sizes[5], offset = 8 + 16 * 5;

    logon_groups = groups;
    for (size_t i = 0; i < 5; i++) {
        struct wire_writer part = wire_writer(parts[i], sizeof(parts[i]));

        buffers[i].write(&part);
        sizes[i] = part.offset;
    }
    wire_put_u32le(w, 5);
    wire_put_u32le(w, 0);
    for (size_t i = 0; i < 5; i++) {
        wire_put_u32le(w, buffers[i].type);
        wire_put_u32le(w, (uint32_t)sizes[i]);
        wire_put_u64le(w, offset);
        offset += sizes[i];
    }
    for (size_t i = 0; i < 5; i++)
        wire_put_bytes(w, parts[i], sizes[i]);
}
