/*
 * See the header.
 */
#include "tests/unit/ts_protocol/changes.h"

#include <stdlib.h>
#include <string.h>

static struct ts_bytes *field_of(struct ts_request *request, enum field field)
{
    switch (field) {
    case TOKEN:
        return &request->nego_token;
    case KEY:
        return &request->pub_key_auth;
    case AUTH:
        return &request->auth_info;
    default:
        return &request->nonce;
    }
}

void change_apply(struct ts_request *request, void *arg)
{
    static uint8_t any[TS_NONCE_SIZE], copy[1024];
    const struct change *c = arg;
    struct ts_bytes *bytes = field_of(request, c->field);

    switch (c->what) {
    case REMOVE:
        assert_non_null(bytes->data);
        *bytes = (struct ts_bytes){NULL, 0};
        break;
    case EMPTY:
        *bytes = (struct ts_bytes){any, 0};
        break;
    case FLIP:
        assert_non_null(bytes->data);
        assert_true(bytes->size && bytes->size <= sizeof(copy));
        memcpy(copy, bytes->data, bytes->size);
        copy[bytes->size - 1] ^= 1;
        bytes->data = copy;
        break;
    case ADD:
        assert_null(bytes->data);
        *bytes = (struct ts_bytes){any, sizeof(any)};
        break;
    case VERSION:
        request->version = c->value;
        break;
    default:
        request->failed = true;
        request->error = (int32_t)c->value;
        break;
    }
}

void change_between(struct message *m, unsigned number, void *arg)
{
    const struct change *c = arg;

    if (number != c->number)
        return;
    if (c->what == CUT) {
        m->size--;
    } else if (c->what == JUNK) {
        m->data = realloc(m->data, m->size + 1);
        assert_non_null(m->data);
        m->data[m->size++] = 0;
    } else {
        message_change(m, change_apply, arg);
    }
}
