/** The smallest, largest, mean, first and last of the values in view. Pure. */

/**
 * @param {ArrayLike<number>} values - NaN for missing
 * @returns {{min: number, max: number, mean: number, first: number, last: number}} NaN when there is no value
 */
export function extent(values, from = 0, to = values.length) {
  const found = { min: NaN, max: NaN, mean: NaN, first: NaN, last: NaN };
  let sum = 0;
  let n = 0;
  for (let i = from; i < to; i += 1) {
    const value = values[i];
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(found.first)) found.first = found.min = found.max = value;
    if (value < found.min) found.min = value;
    if (value > found.max) found.max = value;
    found.last = value;
    sum += value;
    n += 1;
  }
  if (n > 0) found.mean = sum / n;
  return found;
}

/** The last value that is not missing, NaN when there is none. */
export function lastOf(values) {
  return values.findLast((value) => !Number.isNaN(value)) ?? NaN;
}

/** An axis that went further would have a length that is no number: what lies beyond is drawn beyond the pane. */
const FURTHEST = 1e307;

/** The range of an axis for values from `least` to `most`, with a little room. */
export function axisRange(least, most) {
  if (Number.isNaN(least)) return [0, 1];
  const [min, max] = [least, most].map((end) => Math.max(-FURTHEST, Math.min(FURTHEST, end)));
  const room = max > min ? 0.06 * (max - min) : 0.05 * Math.abs(max) || 1;
  return [min - room, max + room];
}

/** Steps of a range are this much finer than it is, as a power of two, or up to twice as much. */
const STEPS_LOG2 = 5;

/** A range widened to steps, so that an axis stands still while its values move a little; no round number is its end. */
export function stepped([low, high]) {
  const step = 2 ** (Math.ceil(Math.log2(high - low)) - STEPS_LOG2);
  return [step * (Math.floor(low / step - 0.5) + 0.5), step * (Math.ceil(high / step + 0.5) - 0.5)];
}

/** A limit further from the values than this share of their range is no part of the axis. */
const NEAR = 0.5;

/**
 * Widen the range of values to what limits lie near it.
 *
 * @param {import("./alert-state.js").Limit[]} limits
 */
export function withLimits([min, max], limits) {
  const near = NEAR * (max - min || Math.abs(max));
  const levels = limits.map(levelOf).filter((level) => level >= min - near && level <= max + near);
  return levels.length ? [Math.min(min, ...levels), Math.max(max, ...levels)] : [min, max];
}

/** The value that a limit is at. */
export function levelOf({ above, below }) {
  return above ?? below;
}
