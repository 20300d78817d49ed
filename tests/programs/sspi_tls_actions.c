/*
 * What the TLS test programs do with a connection, told on the command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/programs/sspi_tls.h"
#include "tests/programs/wire.h"

const char tls_actions_usage[] = "actions: send=TEXT receive receive=TEXT echo big=N sink=N "
                                 "renegotiate shutdown wait describe\n";

/* A pattern that shows what is lost, doubled or moved. */
static uint8_t pattern(size_t at)
{
    return (uint8_t)(at * 7 + at / 251);
}

static bool send_line(struct tls_end *e, const char *text)
{
    size_t size = strlen(text);
    char *line = malloc(size + 1);
    bool sent;

    if (!line)
        return false;
    memcpy(line, text, size);
    line[size] = '\n';
    sent = tls_send(e, line, size + 1);
    free(line);
    return sent;
}

/* What comes; with a text, pieces until it came. */
static bool receive(struct tls_end *e, const char *text)
{
    static char all[65536];
    size_t have = 0, size;
    uint8_t *data;

    do {
        if (!tls_receive(e, &data, &size))
            return false;
        if (size == 0) {
            complain("the peer has ended before it sent %s", text ? text : "anything");
            return false;
        }
        if (have + size >= sizeof(all))
            return false;
        memcpy(all + have, data, size);
        have += size;
        all[have] = '\0';
    } while (text && !strstr(all, text));
    printf("received: %s%s", all, all[have - 1] == '\n' ? "" : "\n");
    return true;
}

static bool say_end(const struct tls_end *e)
{
    printf("%s\n", e->peer_closed ? "the peer has closed" : "truncated");
    return true;
}

static bool echo(struct tls_end *e)
{
    uint8_t *data;
    size_t size;

    do {
        if (!tls_receive(e, &data, &size) || !tls_send(e, data, size))
            return false;
    } while (size > 0);
    return say_end(e);
}

static bool wait_for_end(struct tls_end *e)
{
    uint8_t *data;
    size_t size;

    do
        if (!tls_receive(e, &data, &size))
            return false;
    while (size > 0);
    return say_end(e);
}

static bool send_big(struct tls_end *e, size_t size)
{
    uint8_t *data = malloc(size);
    bool sent;

    if (!data)
        return false;
    for (size_t i = 0; i < size; i++)
        data[i] = pattern(i);
    sent = tls_send(e, data, size);
    free(data);
    return sent;
}

static bool sink(struct tls_end *e, size_t want)
{
    uint8_t *data;
    size_t size;

    for (size_t at = 0; at < want; at += size) {
        if (!tls_receive(e, &data, &size))
            return false;
        for (size_t i = 0; i < size; i++)
            if (data[i] != pattern(at + i)) {
                complain("byte %zu is another one", at + i);
                return false;
            }
        if (size == 0) {
            complain("the peer has ended after %zu bytes", at);
            return false;
        }
    }
    printf("sunk: %zu\n", want);
    return true;
}

static bool act(struct tls_end *e, const char *action)
{
    const char *value = strchr(action, '=');
    size_t size = value ? (size_t)(value - action) : strlen(action);
#define IS(word) (size == sizeof(word) - 1 && memcmp(action, word, size) == 0)

    value = value ? value + 1 : NULL;
    if (IS("send") && value)
        return send_line(e, value);
    if (IS("receive"))
        return receive(e, value);
    if (IS("echo"))
        return echo(e);
    if (IS("big") && value)
        return send_big(e, strtoul(value, NULL, 10));
    if (IS("sink") && value)
        return sink(e, strtoul(value, NULL, 10));
    if (IS("renegotiate"))
        return tls_control(e, SCHANNEL_RENEGOTIATE);
    if (IS("shutdown"))
        return tls_control(e, SCHANNEL_SHUTDOWN);
    if (IS("wait"))
        return wait_for_end(e);
    if (IS("describe")) {
        tls_describe(e);
        return true;
    }
    complain("unknown action %s", action);
    return false;
}

bool tls_act(struct tls_end *e, int count, char **actions)
{
    for (int i = 0; i < count; i++) {
        bool done = act(e, actions[i]);

        fflush(stdout);
        if (!done)
            return false;
    }
    return true;
}
