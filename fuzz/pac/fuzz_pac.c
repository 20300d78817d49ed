/*
 * The PAC of a ticket: NDR within a message of offsets, and every group walked.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libsspi/packages/kerberos/user_mode/pac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition)
{
    if (!condition)
        abort();
}

struct walk {
    size_t groups;
    uint32_t attributes;
};

static bool walk_group(const struct kerb_sid *sid, uint32_t attributes, void *arg)
{
    struct walk *walk = arg;
    char text[KERB_SID_TEXT_SIZE];

    must(sid->present && sid->count <= KERB_SID_PARTS);
    kerb_sid_text(sid, text);
    must(strncmp(text, "S-1-", 4) == 0 && strlen(text) < sizeof(text));
    walk->groups++;
    walk->attributes ^= attributes;
    return true;
}

/* Every byte that the reader says is there can be read. */
static void touch(const struct kerb_pac_text *text)
{
    volatile uint8_t sum = 0;

    for (size_t i = 0; i < text->size; i++)
        sum = (uint8_t)(sum + text->bytes[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct walk walk = {0, 0};
    struct kerb_pac pac;
    struct kerb_sid user;

    if (!kerb_pac_read(data, size, &pac))
        return 0;
    touch(&pac.client_name);
    touch(&pac.upn);
    touch(&pac.dns_domain);
    touch(&pac.sam_name);
    touch(&pac.account);
    touch(&pac.full_name);
    touch(&pac.logon_server);
    touch(&pac.domain);
    user = kerb_sid_with(&pac.domain_sid, pac.user_id);
    must(!user.present || user.parts[user.count - 1] == pac.user_id);
    kerb_pac_each_group(&pac, walk_group, &walk);
    must(walk.groups <= size / 8);
    return 0;
}
