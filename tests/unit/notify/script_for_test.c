/* notify/script.c with less patience. */
#define MPR_SCRIPT_PATIENCE 1
#include "notify/script.c"
