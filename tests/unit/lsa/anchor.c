/* See the header. */
#include "tests/unit/lsa/anchor.h"

#include <keyutils.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

keyring_serial anchor = -1;
char anchor_name[64];

int anchor_setup(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        fprintf(stderr, "needs root: keys below root's user keyring are what is tested\n");
        return -1;
    }
    snprintf(anchor_name, sizeof(anchor_name), "lsa-unit-%ld", (long)getpid());
    if (keyring_own_session() < 0)
        return -1;
    anchor = keyring_anchor(anchor_name);
    return anchor < 0 ? -1 : 0;
}

int anchor_teardown(void **state)
{
    (void)state;
    return keyring_destroy(KEY_SPEC_USER_KEYRING, anchor);
}

static bool count(const char *type, const char *name, keyring_serial key, void *arg)
{
    unsigned *n = arg;

    (void)name;
    ++*n;
    if (strcmp(type, "keyring") == 0)
        keyring_each(key, count, n);
    return true;
}

unsigned anchor_keys(void)
{
    unsigned n = 0;

    keyring_each(anchor, count, &n);
    return n;
}
