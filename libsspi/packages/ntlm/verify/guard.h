/*
 * Who guesses passwords is slowed down: for each account, as each service verifies it, and for all
 * accounts together that a service asks about. Nobody is locked out: an account that is guessed at
 * through one service is as before for every other, and for logins.
 *
 * One proof after another is looked at, with longer and longer pauses between them; too many at a
 * time are refused without a look. What is right forgets what was wrong with that account, and
 * nothing else: whoever guesses may well have an account. An account that came in a while ago, with
 * nothing wrong since, does not wait for what is guessed at others.
 */
#ifndef CREDMGR_NTLM_GUARD_H
#define CREDMGR_NTLM_GUARD_H

#include <stdbool.h>
#include <sys/types.h>
#include <windows.h>

#define NTLM_GUARD_FREE      3     /* wrong proofs of an account before the first pause */
#define NTLM_GUARD_PAUSE_MAX 16000 /* ms */
#define NTLM_GUARD_WAIT_MAX  40000 /* ms: who would wait longer is refused */
#define NTLM_GUARD_UID_FREE  64    /* wrong proofs of all accounts of a service */
#define NTLM_GUARD_UID_PAUSE 500   /* ms between proofs at most, of all accounts */
#define NTLM_GUARD_FORGET    900   /* seconds without a proof */
#define NTLM_GUARD_RECORDS   4096  /* of which the service with the most loses the next one */
#define NTLM_GUARD_ANSWER    300   /* ms: when a refusal is told, whatever it took to find it out */

/*
 * A proof for `user` (without its domain, NULL-terminated) comes in through a service of `uid`. In
 * how many milliseconds it may be looked at; 0: now. -1: not at all.
 */
int ntlm_guard_turn(uid_t uid, const WCHAR *user);
/* It was wrong: how many there have been for that account. */
unsigned ntlm_guard_wrong(uid_t uid, const WCHAR *user);
/* It was right. */
void ntlm_guard_right(uid_t uid, const WCHAR *user);
/* Milliseconds after boot, and how long after it a refusal is told of a question that came at
 * `began`: at the next multiple of NTLM_GUARD_ANSWER, so that the time tells nothing. */
int64_t ntlm_guard_now(void);
unsigned ntlm_guard_answer(int64_t began);

#endif
