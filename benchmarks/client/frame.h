/* Reads a frame of ticks ({"offset":n,"t":[..],"y":[[..],..]}) and checks its values.
 *
 * The benchmark's sources make every value a function of the tick's offset (see
 * benchmarks/ticks.py), so that what arrives can be checked completely, reduced or not.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame {
    uint64_t offset; /* of the last tick */
    uint32_t n;
    bool is_reduced;
    const double *time_ms; /* n of them */
    const char *fault;     /* NULL when everything is as it should be */
};

/* Read the frame in `json`. The answer is good until the next call.
 *
 * A frame goes to all viewers with the same bytes: one that was read lately is recognized and
 * not parsed again.
 */
const struct frame *frame_read(const char *json, size_t length);

#endif
