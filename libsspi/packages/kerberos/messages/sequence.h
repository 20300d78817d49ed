/*
 * Replay and sequence detection for received messages, RFC 2743 1.2.3: a window over the last 64
 * numbers.
 */
#ifndef CREDMGR_KERBEROS_SEQUENCE_H
#define CREDMGR_KERBEROS_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

struct kerb_sequence {
    bool replay;   /* refuse what was seen before */
    bool order;    /* refuse whatever is not the next one */
    uint64_t next; /* the number expected */
    uint64_t seen; /* bit i: next - 1 - i was seen */
    uint64_t mask; /* numbers wrap at 32 bits in RFC 4757, at 64 in RFC 4121 */
};

void kerb_sequence_init(struct kerb_sequence *s, uint64_t first, bool replay, bool order,
                        bool wide);
/* Takes note of a genuine message; false when it must be reported as out of sequence. */
bool kerb_sequence_check(struct kerb_sequence *s, uint64_t number);

#endif
