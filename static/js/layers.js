/** Ticks held, as the layers Epoch draws. Pure. */

/** Ticks that the chart shows, one beside the other. */
export const WINDOW_TICKS = 60;

/**
 * Return one layer per series with the newest ticks up to `end`, times in seconds.
 *
 * The labels are safe: Epoch makes CSS classes of them, and throws at a "#" or a ".".
 */
export function layersOf(columns, seriesCount, end = columns.length) {
  const from = Math.max(0, end - WINDOW_TICKS);
  const times = columns.time_ms.subarray(from, end);
  return Array.from({ length: seriesCount }, (_, i) => {
    // NaN stays: Epoch's scales pass it by, while null would be drawn as 0.
    const values = i < columns.seriesCount ? columns.values(i).subarray(from, end) : [];
    return { label: `Series ${i + 1}`, values: Array.from(values, (y, k) => ({ time: times[k] / 1000, y })) };
  });
}

/** The tick at index `i`, as Epoch's `push` takes it. */
export function entryOf(columns, seriesCount, i) {
  return layersOf(columns, seriesCount, i + 1).map(({ values }) => values.at(-1));
}
