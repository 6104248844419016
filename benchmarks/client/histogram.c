#include "histogram.h"

#include <string.h>

/* Values below 64 have a bucket each; above, each octave has 64 buckets. */
static unsigned bucket_of(uint64_t us)
{
    if (us < 64)
        return (unsigned)us;
    unsigned octave = 63 - (unsigned)__builtin_clzll(us) - 6;
    unsigned bucket = 64 * (octave + 1) + (unsigned)((us >> octave) & 63);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static double middle_of(unsigned bucket)
{
    if (bucket < 64)
        return bucket + 0.5;
    unsigned octave = bucket / 64 - 1;
    return (64 + bucket % 64 + 0.5) * (double)(1ull << octave);
}

void histogram_clear(struct histogram *h)
{
    memset(h, 0, sizeof *h);
}

void histogram_add(struct histogram *h, double us)
{
    if (us < 0) {
        h->below_zero++;
        us = 0;
    }
    if (us > h->max_us)
        h->max_us = us;
    h->counts[bucket_of((uint64_t)us)]++;
    h->total++;
}

double histogram_quantile(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)h->total);
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        seen += h->counts[bucket];
        if (h->counts[bucket] && seen > wanted)
            return middle_of(bucket);
    }
    return h->max_us;
}
