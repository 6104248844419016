/** A series as it lies in a strip of so many px: the lowest and highest value of each column. Pure. */

/**
 * @param {ArrayLike<number>} times
 * @param {ArrayLike<number>} values
 * @param {[number, number]} range_ms
 * @param {number} width_px
 * @returns {{low: Float64Array, high: Float64Array, min: number, max: number}} NaN in columns without a value
 */
export function columnsOf(times, values, [from_ms, to_ms], width_px) {
  const low = new Float64Array(width_px).fill(NaN);
  const high = new Float64Array(width_px).fill(NaN);
  let [min, max] = [Infinity, -Infinity];
  const per_ms = (width_px - 1) / Math.max(1e-9, to_ms - from_ms);
  for (let i = 0; i < times.length; i += 1) {
    const value = values[i];
    const x = Math.round((times[i] - from_ms) * per_ms);
    if (Number.isNaN(value) || x < 0 || x >= width_px) continue;
    if (!(low[x] <= value)) low[x] = value;
    if (!(high[x] >= value)) high[x] = value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { low, high, min, max };
}
