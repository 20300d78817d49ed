/*
 * The handles of a connection: numbers the client sees for credentials and contexts of packages. A
 * number names a slot and how often that was used before, so a stale one is recognized; it is worth
 * nothing on another connection.
 */
#include "lsad/client.h"

#include <stdlib.h>
#include <string.h>

#define NO_SLOT UINT32_MAX

static uint64_t number_of(const struct lsad_client *client, uint32_t slot)
{
    return (uint64_t)client->handles[slot].generation << 32 | (slot + 1);
}

/* The entry of a number, or NULL; the lock is held. */
static struct lsad_handle *entry_of(struct lsad_client *client, uint64_t number, int kind)
{
    uint32_t slot = (uint32_t)number - 1; /* 0 wraps, and is out of range */
    struct lsad_handle *h;

    if (slot >= client->handle_count)
        return NULL;
    h = &client->handles[slot];
    if ((int)h->kind != kind || h->generation != number >> 32 || h->doomed)
        return NULL;
    return h;
}

/* Takes the entry out; the lock is held. While a slot is free its `users` holds the next free one.
 */
static struct lsad_handle take_out(struct lsad_client *client, struct lsad_handle *h)
{
    struct lsad_handle copy = *h;

    memset(h, 0, sizeof(*h));
    h->generation = copy.generation + 1;
    h->users = client->first_free;
    client->first_free = (uint32_t)(h - client->handles);
    user_give(client->user, USER_HANDLES);
    return copy;
}

/* Gives the package its handle back. Without a lock: this is a call into the package. */
static void give_back(const struct lsad_client *client, const struct lsad_handle *h)
{
    struct lsa_call frame = {.client = {.LogonId = h->luid,
                                        .ProcessID = (ULONG)client->pid,
                                        .ThreadID = (ULONG)client->pid,
                                        .HasTcbPrivilege = client->uid == 0},
                             .call_attributes = SECPKG_CALL_CLEANUP,
                             .uid = client->uid};

    if (!h->handle)
        return;
    lsa_call_begin(&frame);
    if (h->kind == HANDLE_CONTEXT && h->package->lsa->DeleteContext)
        h->package->lsa->DeleteContext(h->handle);
    if (h->kind == HANDLE_CREDENTIAL && h->package->lsa->FreeCredentialsHandle)
        h->package->lsa->FreeCredentialsHandle(h->handle);
    lsa_call_end();
}

static bool grow(struct lsad_client *client)
{
    uint32_t count = client->handle_count ? client->handle_count * 2 : 8;
    struct lsad_handle *bigger = realloc(client->handles, count * sizeof(*bigger));

    if (!bigger)
        return false;
    client->handles = bigger;
    for (uint32_t i = client->handle_count; i < count; i++) {
        memset(&bigger[i], 0, sizeof(bigger[i]));
        bigger[i].generation = 1;
        bigger[i].users = i + 1 < count ? i + 1 : NO_SLOT;
    }
    client->first_free = client->handle_count;
    client->handle_count = count;
    return true;
}

uint64_t client_handle_add(struct lsad_client *client, const struct lsad_handle *handle)
{
    uint64_t number = 0;
    uint32_t slot, generation;

    if (!user_take(client->user, USER_HANDLES))
        return 0;
    pthread_mutex_lock(&client->lock);
    if (!client->closed && (client->first_free != NO_SLOT || grow(client))) {
        slot = client->first_free;
        client->first_free = client->handles[slot].users;
        generation = client->handles[slot].generation;
        client->handles[slot] = *handle;
        client->handles[slot].generation = generation;
        client->handles[slot].users = 0;
        client->handles[slot].doomed = false;
        number = number_of(client, slot);
    }
    pthread_mutex_unlock(&client->lock);
    if (!number)
        user_give(client->user, USER_HANDLES);
    return number;
}

bool client_handle_get(struct lsad_client *client, uint64_t number, int kind,
                       struct lsad_handle *copy)
{
    struct lsad_handle *h;

    pthread_mutex_lock(&client->lock);
    h = entry_of(client, number, kind);
    if (h && kind == HANDLE_CONTEXT && h->users)
        h = NULL; /* two legs of one handshake at once: neither could succeed */
    if (h) {
        h->users++;
        *copy = *h;
    }
    pthread_mutex_unlock(&client->lock);
    return h != NULL;
}

void client_handle_put(struct lsad_client *client, uint64_t number)
{
    struct lsad_handle *h, gone = {.kind = HANDLE_FREE};

    pthread_mutex_lock(&client->lock);
    h = &client->handles[(uint32_t)number - 1];
    if (--h->users == 0 && (h->doomed || client->closed))
        gone = take_out(client, h);
    pthread_mutex_unlock(&client->lock);
    give_back(client, &gone);
}

void client_handle_remove(struct lsad_client *client, uint64_t number, int kind)
{
    struct lsad_handle *h, gone = {.kind = HANDLE_FREE};

    pthread_mutex_lock(&client->lock);
    h = entry_of(client, number, kind);
    if (h && h->users)
        h->doomed = true;
    else if (h)
        gone = take_out(client, h);
    pthread_mutex_unlock(&client->lock);
    give_back(client, &gone);
}

void client_handle_forget(struct lsad_client *client, uint64_t number)
{
    pthread_mutex_lock(&client->lock);
    client->handles[(uint32_t)number - 1].handle = 0;
    client->handles[(uint32_t)number - 1].doomed = true;
    pthread_mutex_unlock(&client->lock);
}

/* Contexts go before the credentials they were made with. */
void client_handles_close(struct lsad_client *client)
{
    static const int order[] = {HANDLE_CONTEXT, HANDLE_CREDENTIAL};

    for (size_t pass = 0; pass < 2; pass++) {
        for (uint32_t slot = 0;; slot++) {
            struct lsad_handle gone = {.kind = HANDLE_FREE};
            bool end;

            pthread_mutex_lock(&client->lock);
            end = slot >= client->handle_count;
            if (!end && (int)client->handles[slot].kind == order[pass] &&
                !client->handles[slot].users)
                gone = take_out(client, &client->handles[slot]);
            pthread_mutex_unlock(&client->lock);
            if (end)
                break;
            give_back(client, &gone);
        }
    }
}
