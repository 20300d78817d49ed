/*
 * The staged records in the kernel. Their form is that of a request, so there is no second format
 * to read.
 */
#include "notify/stage.h"
#include "base/keyring.h"
#include "base/secret.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool mpr_stage_put(const struct mpr_config *config, const struct mpr_request *request,
                   char staged[MPR_STAGED_DIGITS + 1])
{
    const struct mpr_request record = {
        .user = request->user,
        .service = request->service,
        .password = request->password,
        .old_password = request->old_password,
    };
    uint8_t name[MPR_STAGED_DIGITS / 2], *data = NULL;
    keyring_serial anchor;
    size_t size;
    bool ok = false;

    if (!secret_random(name, sizeof(name))) {
        errno = EIO;
        goto out;
    }
    for (size_t i = 0; i < sizeof(name); i++)
        snprintf(staged + 2 * i, 3, "%02x", name[i]);
    data = mpr_request_write(&record, &size);
    if (!data)
        goto out;
    anchor = keyring_anchor(config->stage_keyring);
    ok = anchor >= 0 && keyring_put(anchor, staged, data, size, config->stage_timeout) >= 0;
out:
    secret_free(data);
    return ok;
}

bool mpr_stage_take(const struct mpr_config *config, const char *staged, const char *user,
                    const char *service, struct mpr_request *out)
{
    void *data = NULL;
    keyring_serial anchor;
    size_t size;
    bool ok = false;

    memset(out, 0, sizeof(*out));
    if (!mpr_staged_valid(staged)) {
        errno = ENOKEY;
        return false;
    }
    anchor = keyring_anchor(config->stage_keyring);
    if (anchor < 0 || keyring_take(anchor, staged, &data, &size) < 0)
        return false;
    ok = mpr_request_read(data, size, out) && out->user && out->service && out->password &&
         strcmp(out->user, user) == 0 && strcmp(out->service, service) == 0;
    if (!ok) {
        mpr_request_clear(out);
        errno = ENOKEY;
    }
    secret_free(data);
    return ok;
}

bool mpr_stage_discard(const struct mpr_config *config, const char *staged)
{
    keyring_serial anchor;

    if (!mpr_staged_valid(staged)) {
        errno = EINVAL;
        return false;
    }
    anchor = keyring_anchor(config->stage_keyring);
    return anchor >= 0 && keyring_remove(anchor, staged) == 0;
}
