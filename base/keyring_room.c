/*
 * How much of root's key quota is left. The secrets of all who are logged on share it, and a login
 * that finds none left fails: so what a user without privilege brings is taken only while there is
 * plenty.
 *
 * proc_keys(5): /proc/key-users has a line for each uid,
 * "uid: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes".
 */
#include "base/keyring_internal.h"

#include <inttypes.h>
#include <stdio.h>

const char *keyring_users_file = "/proc/key-users";

bool keyring_has_room(size_t bytes)
{
    FILE *file = fopen(keyring_users_file, "re");
    uint64_t keys, max_keys, used, max_bytes;
    bool room = true;
    char line[256];
    unsigned uid;

    while (file && room && fgets(line, sizeof(line), file))
        if (sscanf(line, "%u: %*u %*u/%*u %" SCNu64 "/%" SCNu64 " %" SCNu64 "/%" SCNu64, &uid,
                   &keys, &max_keys, &used, &max_bytes) == 5 &&
            uid == 0)
            room = keys <= max_keys / 4 * 3 && used <= max_bytes / 4 * 3 &&
                   bytes <= max_bytes / 4 * 3 - used;
    if (file)
        fclose(file);
    return room;
}
