/*
 * What one uid takes of lsad: connections, handles, memory, threads. Its bounds are why nobody can
 * starve the others.
 */
#ifndef CREDMGR_LSAD_USER_H
#define CREDMGR_LSAD_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "lsad/config.h"

struct lsad_call;

struct lsad_user {
    struct lsad_user *next;
    uid_t uid;
    unsigned references;
    unsigned clients, handles, calls; /* calls: queued and running */
    size_t buffered; /* bytes of messages that are not complete, or not taken by the peer */
    /* the pool's, under its lock */
    unsigned running;
    struct lsad_call *first, *last; /* queued */
    struct lsad_user *next_waiting; /* users with queued calls take turns */
    bool waiting;
};

enum user_resource { USER_CLIENTS, USER_HANDLES, USER_CALLS };

/* The limits; uid 0 may have 16 times as much, since it brings the logons of all. */
void users_open(const struct lsad_config *config);
/* Finds or makes the record and counts a reference; NULL without memory. */
struct lsad_user *user_get(uid_t uid);
void user_put(struct lsad_user *user);
/* Counts one more; false when that would be over the limit. */
bool user_take(struct lsad_user *user, enum user_resource resource);
void user_give(struct lsad_user *user, enum user_resource resource);
/* The same for bytes. */
bool user_take_bytes(struct lsad_user *user, size_t bytes);
void user_give_bytes(struct lsad_user *user, size_t bytes);

#endif
