/*
 * The window of numbers seen. A gap is reported once, with the message behind it; the expectation
 * then moves on.
 */
#include "libsspi/packages/kerberos/messages/sequence.h"

void kerb_sequence_init(struct kerb_sequence *s, uint64_t first, bool replay, bool order, bool wide)
{
    s->replay = replay;
    s->order = order;
    s->mask = wide ? UINT64_MAX : UINT32_MAX;
    s->next = first & s->mask;
    s->seen = UINT64_MAX; /* there was nothing before the first: it can only be forged or old */
}

bool kerb_sequence_check(struct kerb_sequence *s, uint64_t number)
{
    uint64_t ahead = (number - s->next) & s->mask;
    uint64_t behind = (s->next - number) & s->mask;
    uint64_t bit;

    if (!s->replay && !s->order)
        return true;
    if (ahead <= s->mask / 2) {
        s->seen = ahead < 63 ? s->seen << (ahead + 1) | 1 : 1;
        s->next = (number + 1) & s->mask;
        return ahead == 0 || !s->order;
    }
    if (behind > 64)
        return false;
    bit = UINT64_C(1) << (behind - 1);
    if (s->seen & bit)
        return false;
    s->seen |= bit;
    return !s->order;
}
