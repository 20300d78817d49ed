/*
 * X.224 Connection Request and Confirm, as the remote desktop protocol has them: a TPKT header of
 * four bytes, seven bytes of X.224, and the negotiation.
 */
#include "rdp.h"

#include <string.h>

#include "channel.h"

#define TPKT_SIZE        4
#define X224_SIZE        7
#define NEGOTIATION_SIZE 8
#define PACKET_MAX       512 /* bytes; a cookie or routing token is far shorter */

#define X224_REQUEST 0xe0
#define X224_CONFIRM 0xd0

#define TYPE_REQUEST 1
#define TYPE_ANSWER  2
#define TYPE_FAILURE 3

static bool packet_send(int fd, BYTE x224, BYTE type, BYTE flags, ULONG value)
{
    BYTE p[TPKT_SIZE + X224_SIZE + NEGOTIATION_SIZE] = {3,
                                                        0,
                                                        0,
                                                        sizeof(p), /* TPKT */
                                                        sizeof(p) - TPKT_SIZE - 1,
                                                        x224};
    BYTE *negotiation = p + TPKT_SIZE + X224_SIZE;

    negotiation[0] = type;
    negotiation[1] = flags;
    negotiation[2] = NEGOTIATION_SIZE;
    for (int i = 0; i < 4; i++)
        negotiation[4 + i] = (BYTE)(value >> 8 * i);
    return socket_send(fd, p, sizeof(p));
}

/* What follows the header of X.224 goes to `rest`, *size bytes of it. */
static bool packet_receive(int fd, BYTE x224, BYTE rest[PACKET_MAX], size_t *size)
{
    BYTE head[TPKT_SIZE + X224_SIZE];
    size_t total;

    if (!socket_receive(fd, head, sizeof(head)))
        return false;
    total = (size_t)head[2] << 8 | head[3];
    if (head[0] != 3 || head[5] != x224 || total < sizeof(head) || total > PACKET_MAX)
        return false;
    *size = total - sizeof(head);
    return socket_receive(fd, rest, *size);
}

static bool negotiation_read(const BYTE *p, size_t size, BYTE *type, BYTE *flags, ULONG *value)
{
    if (size != NEGOTIATION_SIZE || p[2] != NEGOTIATION_SIZE || p[3] != 0)
        return false;
    *type = p[0];
    *flags = p[1];
    *value = (ULONG)p[4] | (ULONG)p[5] << 8 | (ULONG)p[6] << 16 | (ULONG)p[7] << 24;
    return true;
}

bool rdp_ask(int fd, const struct rdp_negotiation *request, struct rdp_negotiation *answer,
             ULONG *failure)
{
    BYTE rest[PACKET_MAX], type;
    size_t size;

    *failure = 0;
    if (!packet_send(fd, X224_REQUEST, TYPE_REQUEST, request->flags, request->protocols) ||
        !packet_receive(fd, X224_CONFIRM, rest, &size) ||
        !negotiation_read(rest, size, &type, &answer->flags, &answer->protocols))
        return false;
    if (type == TYPE_FAILURE)
        *failure = answer->protocols;
    return type == TYPE_ANSWER;
}

bool rdp_hear(int fd, struct rdp_negotiation *request)
{
    BYTE rest[PACKET_MAX], *p = rest, *end, type;
    size_t size;

    if (!packet_receive(fd, X224_REQUEST, rest, &size))
        return false;
    /* A cookie ("Cookie: mstshash=…") or a routing token may come before it, and ends a line. */
    end = memchr(rest, '\n', size);
    if (end && end > rest && end[-1] == '\r')
        p = end + 1;
    size -= (size_t)(p - rest);
    /* Something else may follow it: a correlation identifier. */
    if (size > NEGOTIATION_SIZE)
        size = NEGOTIATION_SIZE;
    return negotiation_read(p, size, &type, &request->flags, &request->protocols) &&
           type == TYPE_REQUEST;
}

bool rdp_choose(int fd, const struct rdp_negotiation *answer)
{
    return packet_send(fd, X224_CONFIRM, TYPE_ANSWER, answer->flags, answer->protocols);
}

bool rdp_refuse(int fd, ULONG failure)
{
    return packet_send(fd, X224_CONFIRM, TYPE_FAILURE, 0, failure);
}
