/** Where a line must be broken: times that are too far apart. Pure. */

import { reducedSpacing, usualSpacing } from "./spacing.js";

/** A spacing of more than this many intervals is a gap. */
const GAP_INTERVALS = 3;

/**
 * How far neighbours may lie apart: `reduced_ms` before the index `exactFrom`, `exact_ms` from it.
 *
 * @typedef {{exact_ms: number, reduced_ms: number, exactFrom: number}} Limits
 */

/**
 * Return the limits for these times.
 *
 * @param {ArrayLike<number>} times
 * @param {number} exactFrom - the ticks before this index are of a reduced run
 * @param {number|null} interval_ms - the beat, null when there is none
 * @returns {Limits}
 */
export function gapLimits(times, { exactFrom, interval_ms, seriesCount }) {
  const usual_ms = interval_ms ?? usualSpacing(times, exactFrom);
  const exact_ms = GAP_INTERVALS * usual_ms;
  const reduced_ms = Math.max(reducedSpacing(times, exactFrom, seriesCount), interval_ms === null ? 0 : exact_ms);
  return { exact_ms, reduced_ms, exactFrom };
}

/**
 * Return each index i in (from, to) for which there is a gap between i - 1 and i.
 *
 * A limit of NaN breaks nothing.
 *
 * @param {Limits} limits
 */
export function breaks(times, limits, from = 0, to = times.length) {
  const found = [];
  for (let i = from + 1; i < to; i += 1) {
    const limit_ms = i < limits.exactFrom ? limits.reduced_ms : limits.exact_ms;
    if (times[i] - times[i - 1] > limit_ms) found.push(i);
  }
  return found;
}
