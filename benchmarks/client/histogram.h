/* A histogram of latencies, about 1.5 % wide in each bucket, from 1 us to over an hour. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 40)

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t total;
    uint64_t below_zero; /* the clocks disagree, or a tick was stamped ahead of its time */
    double max_us;
};

void histogram_clear(struct histogram *h);
void histogram_add(struct histogram *h, double us);
/* Return the value below which `share` (0..1) of what was added lies, in us; 0 when empty. */
double histogram_quantile(const struct histogram *h, double share);

#endif
