/** How far apart things usually are: ticks in time, or their arrivals. Pure. */

/** What counts as "usually": nine spacings in ten are no longer. */
const SHARE = 0.9;
/** The newest spacings are looked at, this many at most. */
const SPACINGS_MAX = 512;

/**
 * Return the spacing that nine in ten keep within, or NaN when there is none above 0.
 *
 * Not the median: ticks that come in bursts have one of next to nothing, and every pause between
 * two bursts would look like a loss. On a fixed beat both are the same.
 *
 * @param {ArrayLike<number>} times - never falling
 */
export function usualSpacing(times, from = 0, to = times.length) {
  const spacings = [];
  for (let i = Math.max(from + 1, to - SPACINGS_MAX); i < to; i += 1) {
    if (times[i] > times[i - 1]) spacings.push(times[i] - times[i - 1]);
  }
  if (spacings.length === 0) return NaN;
  spacings.sort((a, b) => a - b);
  return spacings[Math.ceil(SHARE * spacings.length) - 1];
}

/**
 * Return how far two neighbours of a reduced run can lie apart without anything missing.
 *
 * The run was made of buckets with a minimum and a maximum of each series; neighbours are less than two
 * buckets apart. Spacings beyond the bound are left out of the mean, which they had raised, and
 * the bound is drawn again.
 *
 * @param {ArrayLike<number>} times - those of the reduced run, `to` exclusive
 */
export function reducedSpacing(times, to, seriesCount) {
  if (to < 2) return NaN;
  const perBucket = 2 * Math.max(1, seriesCount);
  let bound = Infinity;
  for (let round = 0; round < 3; round += 1) {
    let sum = 0;
    let n = 0;
    for (let i = 1; i < to; i += 1) {
      const spacing = times[i] - times[i - 1];
      if (spacing <= bound) {
        sum += spacing;
        n += 1;
      }
    }
    bound = (2 * perBucket * sum) / n;
  }
  return bound;
}
