/* The two clocks: one that never jumps, for spans; the wall's, which ticks are stamped with. */
#ifndef CLOCK_H
#define CLOCK_H

#include <time.h>

static inline double clock_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline double steady_s(void) { return clock_s(CLOCK_MONOTONIC); }

static inline double wall_ms(void) { return clock_s(CLOCK_REALTIME) * 1000; }

#endif
