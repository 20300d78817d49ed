/*
 * One password at a time for each uid, and longer and longer pauses for one that guesses: nobody
 * else waits for that, and no thread does.
 */
#ifndef CREDMGR_LSAD_LANE_H
#define CREDMGR_LSAD_LANE_H

#include "lsad/client.h"

#define LANE_WAITING_MAX 2     /* calls of a uid that wait for their turn */
#define LANE_HUNG_MAX    2     /* verifications of a uid that nobody waits for any more */
#define LANE_PAUSE_MAX   16000 /* ms after the fifth wrong password and all that follow */
#define LANE_FORGET      600   /* seconds without a wrong password: then all is forgotten */

enum lane_turn { LANE_YOURS, LANE_WAIT, LANE_FULL };

/*
 * A call comes in. LANE_YOURS: it is its turn in *pause milliseconds (0: now). LANE_WAIT: a later
 * lane_leave() gives it back. LANE_FULL: too many wait.
 */
enum lane_turn lane_enter(uid_t uid, struct lsad_call *call, unsigned *pause);
/* The call whose turn it was is answered. The next one, whose turn it is in *pause ms; NULL: none.
 */
struct lsad_call *lane_leave(uid_t uid, unsigned *pause);

/* A wrong password: how many there have been, and the ms until the next one is looked at. */
unsigned lane_wrong(uid_t uid, unsigned *pause);
/* A right one: those before are forgotten. */
void lane_right(uid_t uid);
/* Verifications that go on although their call is answered: adds `change`, returns how many. */
unsigned lane_hung(uid_t uid, int change);

#endif
