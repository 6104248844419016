/** The smallest, largest, first and last of the values in view. Pure. */

/**
 * @param {ArrayLike<number>} values - NaN for missing
 * @returns {{min: number, max: number, first: number, last: number}} NaN when there is no value
 */
export function extent(values, from = 0, to = values.length) {
  const found = { min: NaN, max: NaN, first: NaN, last: NaN };
  for (let i = from; i < to; i += 1) {
    const value = values[i];
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(found.first)) found.first = found.min = found.max = value;
    if (value < found.min) found.min = value;
    if (value > found.max) found.max = value;
    found.last = value;
  }
  return found;
}

/** The last value that is not missing, NaN when there is none. */
export function lastOf(values) {
  return values.findLast((value) => !Number.isNaN(value)) ?? NaN;
}

/** The range of an axis for values from `min` to `max`, with a little room. */
export function axisRange(min, max) {
  if (Number.isNaN(min)) return [0, 1];
  const room = max > min ? 0.06 * (max - min) : 0.05 * Math.abs(max) || 1;
  return [min - room, max + room];
}
