/*
 * What a client can send to lsad: bytes go through the reassembly of frames, the unpacking of
 * messages and the dispatcher into the real calls, with the NTLM package behind them and kernel
 * keys of the fuzzer's own.
 *
 * The first byte chooses: bit 0: the hello has been said; bit 1: the client is not root; bit 2: the
 * rest are messages, each behind a u16le with its size, instead of a stream; bit 3: the client
 * belongs to a logon session that holds credentials. Replies are checked to be frames of the
 * protocol.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <keyutils.h>
#include <ntstatus.h>

#include "base/keyring.h"
#include "base/log.h"
#include "base/wire.h"
#include "libsspi/lsa/saved.h"
#include "libsspi/lsa/session.h"
#include "libsspi/lsa/store.h"
#include "lsad/calls.h"
#include "lsad/pool.h"

#define USER_UID 54001

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct builtin_package lsa_builtin_packages[] = {
    {"NTLM", ntlm_lsa_mode_initialize, ntlm_user_mode_initialize, 0}, {NULL, NULL, NULL, 0}};

static LUID logged_in[2]; /* root's, the user's */

static bool watch(const LUID *luid, int fd)
{
    (void)luid, (void)fd;
    return true;
}

static void unwatch(const LUID *luid)
{
    (void)luid;
}

static unsigned count(void)
{
    return 1;
}

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_ipc: %s\n", what);
        abort();
    }
}

static struct lsad_client *client_of(uid_t uid, int fd)
{
    struct lsad_user *user = user_get(uid);
    struct lsad_client *client;

    must(user && user_take(user, USER_CLIENTS), "no user");
    client = client_new(fd, getpid(), uid, user);
    must(client != NULL, "no client");
    return client;
}

/* A logon session that stays, with credentials. */
static LUID log_in(uid_t uid)
{
    struct lsa_session details = {
        .uid = uid, .leader = getpid(), .user = (char *)(uintptr_t) "alice", .interactive = true};
    Lsa__AcceptCredentials call = LSA__ACCEPT_CREDENTIALS__INIT;
    Lsa__Request request = LSA__REQUEST__INIT;
    struct lsad_client *client;
    uint8_t message[256];
    int fds[2], leader;
    LUID luid;

    must(lsa_session_create(&details, &luid, &leader) == STATUS_SUCCESS, "no session");
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "no sockets");
    client = client_of(0, fds[0]);
    client->greeted = true;
    call.luid = lsa_luid_number(&luid);
    call.user = details.user;
    call.password = (char *)(uintptr_t) "password";
    request.id = 2;
    request.call_case = LSA__REQUEST__CALL_ACCEPT_CREDENTIALS;
    request.accept_credentials = &call;
    must(protobuf_c_message_get_packed_size(&request.base) <= sizeof(message), "too long");
    must(calls_dispatch(client, message, protobuf_c_message_pack(&request.base, message)),
         "no credentials");
    client_close(client);
    client_unref(client);
    close(fds[1]);
    return luid;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct lsad_config config = {
        .max_clients_per_user = 16, .max_handles_per_user = 16, .max_calls_per_user = 16};
    const struct lsa_host_config host = {
        .in_lsa = true, .store = &lsa_keyring_store, .host_name = "fuzz"};
    keyring_serial anchor;

    (void)argc, (void)argv;
    log_open("fuzz_ipc", false, false);
    must(keyring_own_session() == 0,
         "no session keyring"); /* the anchor goes with it, at the end */
    anchor = keyring_make(KEY_SPEC_SESSION_KEYRING, "fuzz_ipc");
    must(anchor > 0, "no anchor");
    lsad_state =
        (struct lsad_state){.domain = "FUZZ", .clients = count, .watch = watch, .unwatch = unwatch};
    users_open(&config);
    pool_open(0, 0); /* no threads: calls run here */
    must(lsa_host_start(&host) == STATUS_SUCCESS, "no package");
    must(lsa_sessions_open(anchor, NULL) == STATUS_SUCCESS, "no sessions");
    logged_in[0] = log_in(0);
    logged_in[1] = log_in(USER_UID);
    return 0;
}

/* What the client would get; all of it must be whole replies. */
static void read_replies(int fd, struct wire_writer *replies)
{
    uint8_t bytes[65536];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        wire_put_bytes(replies, bytes, (size_t)n);
}

static void check_replies(const struct wire_writer *replies)
{
    struct wire_reader r = wire_reader(replies->data, replies->offset);

    must(wire_write_ok(replies), "too many replies");
    while (wire_left(&r)) {
        size_t size = wire_u32be(&r);
        const uint8_t *message = wire_bytes(&r, size);
        Lsa__Reply *reply;

        must(message && size <= LSA_FRAME_MAX, "half a reply");
        reply = lsa__reply__unpack(NULL, size, message);
        must(reply && reply->id != 0, "no reply");
        lsa__reply__free_unpacked(reply, NULL);
    }
}

static void feed(struct lsad_client *client, int peer, bool framed, struct wire_reader *r,
                 struct wire_writer *replies)
{
    bool open = true;

    for (size_t round = 0; open && wire_left(r); round++) {
        size_t n = framed ? wire_u16le(r) : 1 + round * 37 % 500;

        if (n > wire_left(r))
            n = wire_left(r);
        const uint8_t *bytes = wire_bytes(r, n);
        if (!bytes)
            break;
        open = framed ? calls_dispatch(client, bytes, n) : client_received(client, bytes, n);
        read_replies(peer, replies);
    }
}

/* No input finds what another one has saved. */
static void forget_saved(uid_t uid)
{
    struct lsa_saved *list;
    size_t count;

    must(lsa_saved_list(uid, &list, &count) == STATUS_SUCCESS, "no list");
    for (size_t i = 0; i < count; i++)
        must(lsa_saved_delete(uid, list[i].target) == STATUS_SUCCESS, "not deleted");
    lsa_saved_free(list, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reader r = wire_reader(data, size);
    struct wire_writer replies = wire_writer_grow(16u << 20);
    uint8_t choice = wire_u8(&r);
    uid_t uid = choice & 2 ? USER_UID : 0;
    struct lsad_client *client;
    int fds[2];
    size_t left;
    LUID *sessions;

    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "no sockets");
    client = client_of(uid, fds[0]);
    client->greeted = choice & 1;
    if (choice & 8)
        client->luid_hint = lsa_luid_number(&logged_in[uid != 0]);
    feed(client, fds[1], choice & 4, &r, &replies);
    client_close(client);
    client_unref(client);
    check_replies(&replies);
    wire_writer_free(&replies);
    close(fds[1]);
    forget_saved(0);
    forget_saved(USER_UID);
    sessions = lsa_sessions_list(NULL, &left);
    for (size_t i = 0; i < left; i++)
        if (!SecEqualLuid(&sessions[i], &logged_in[0]) &&
            !SecEqualLuid(&sessions[i], &logged_in[1]))
            lsa_session_end(&sessions[i]);
    free(sessions);
    return 0;
}
