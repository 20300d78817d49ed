/* A session keyring for tests that are not about keyrings; test_keyring.c has the kernel's. */
#include <errno.h>
#include <stdint.h>
#include "pam_credmgr/module.h"
#include "tests/unit/pam/fake_pam.h"

struct fake_key fake_key;

int32_t luid_key_put(uid_t uid, gid_t gid, uint64_t luid)
{
    fake_key.puts++;
    fake_key.uid = uid;
    fake_key.gid = gid;
    fake_key.luid = luid;
    errno = fake_key.error;
    return fake_key.error ? -1 : 4711;
}

bool luid_key_names(uint64_t luid)
{
    return fake_key.present && fake_key.present == luid;
}

void luid_key_remove(int32_t key)
{
    if (key == 4711)
        fake_key.removes++;
}
