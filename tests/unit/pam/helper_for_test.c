/* notify/helper.c with the tests' mpnotify and the tests' patience. */
#include "tests/unit/pam/fake_mpnotify.h"

const char *fake_mpnotify = FAKE_MPNOTIFY;
int fake_deadline = 5000;

#define MPNOTIFY_PATH         fake_mpnotify
#define HELPER_DEADLINE(verb) ((void)(verb), fake_deadline)
#include "notify/helper.c"
