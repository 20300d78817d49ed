/*
 * Any bytes as a request and as a reply. What is accepted keeps the rules of request.h, and written
 * and read again it is the same message.
 */
#include "base/secret.h"
#include "notify/request.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right)
        abort();
}

static void check_text(const char *s)
{
    check(!s || strlen(s) <= MPR_FIELD_MAX);
}

static void check_list(char **list)
{
    size_t size = 0;

    for (; list && *list; list++) {
        check_text(*list);
        size += strlen(*list) + 1;
    }
    check(size <= MPR_LIST_MAX);
}

static void try_request(const uint8_t *data, size_t size)
{
    struct mpr_request request, again;
    size_t first_size, second_size;
    uint8_t *first, *second;

    if (!mpr_request_read(data, size, &request)) {
        check(!request.user && !request.password && !request.staged);
        return;
    }
    check_text(request.user);
    check_text(request.password);
    check(!request.password || secret_owns(request.password));
    check(!request.old_password || secret_owns(request.old_password));
    check(!request.staged || mpr_staged_valid(request.staged));
    check(request.leader >= 0);
    check_list(request.scripts);
    check_list(request.environment);
    check_text(request.type);
    check_text(request.previous_domain);
    check_text(request.station);
    first = mpr_request_write(&request, &first_size);
    check(first && first_size == size); /* only the order of the fields may differ */
    check(mpr_request_read(first, first_size, &again));
    second = mpr_request_write(&again, &second_size);
    check(second && second_size == first_size && memcmp(first, second, first_size) == 0);
    secret_free(first);
    secret_free(second);
    mpr_request_clear(&request);
    mpr_request_clear(&again);
}

static void try_reply(const uint8_t *data, size_t size)
{
    struct mpr_reply reply, again;
    size_t first_size;
    uint8_t *first;

    if (!mpr_reply_read(data, size, &reply)) {
        check(!reply.message && !reply.environment && !reply.staged);
        return;
    }
    check_list(reply.environment);
    check_list(reply.scripts);
    check_text(reply.manager);
    check_text(reply.error_text);
    first = mpr_reply_write(&reply, &first_size);
    check(first && first_size == size);
    check(mpr_reply_read(first, first_size, &again));
    check(again.status == reply.status && again.luid == reply.luid);
    secret_free(first);
    mpr_reply_clear(&reply);
    mpr_reply_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    check(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    try_request(copy, size);
    try_reply(copy, size);
    free(copy);
    return 0;
}
