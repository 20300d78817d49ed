/*
 * clock-ahead.so, for LD_PRELOAD: the program's clock is CLOCK_AHEAD seconds ahead of the
 * machine's, for the functions by which libkrb5 asks for the time.
 */
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define EXPORTED __attribute__((visibility("default")))

static time_t ahead(void)
{
    const char *seconds = getenv("CLOCK_AHEAD");

    return seconds ? (time_t)atol(seconds) : 0;
}

EXPORTED int gettimeofday(struct timeval *restrict tv, void *restrict zone);
int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    tv->tv_sec = now.tv_sec + ahead();
    tv->tv_usec = now.tv_nsec / 1000;
    return 0;
}

EXPORTED time_t time(time_t *out);
time_t time(time_t *out)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec += ahead();
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
