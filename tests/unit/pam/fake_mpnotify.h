/*
 * A mpnotify for tests. It takes its orders from the file that config=FILE names, one "VERB
 * BEHAVIOUR" a line, and appends what it was told, a line a call, to FILE.log. Behaviours: ok (the
 * default)  stages, consumes and logs on as the real one would, with records in FILE.staged
 *   any               logon: also without a password or tickets
 *   scripts           logon: with logon scripts; only-scripts: with them and without a session
 *   session           unlock: there is a session (FAKE_OTHER_LUID)
 *   status=HEX        answers with this status and no session
 *   partly=HEX        answers with this status and a session
 *   silent, garbage, cut, huge, crash, hang, brood, deaf, stuck, complain, chatter, linger: see
 * fake_mpnotify.c
 */
#ifndef CREDMGR_TEST_FAKE_MPNOTIFY_H
#define CREDMGR_TEST_FAKE_MPNOTIFY_H

#define FAKE_LUID       0x0123456789abcdefull
#define FAKE_OTHER_LUID 0x5555ull

extern const char *fake_mpnotify; /* the program that helper.c runs */
extern int fake_deadline;         /* its patience, in milliseconds */

#endif
