/**
 * Hands out the ticks held, for tests and for the curious.
 *
 *     main.dispatchEvent(new CustomEvent("chartserver:dump", { detail: { reply } }))
 *
 * calls `reply` at once with {epoch, offset, exactFrom, t, y}: plain numbers, bit for bit as they came,
 * null for missing.
 */

export function answerDumps(target, viewer) {
  target.addEventListener("chartserver:dump", ({ detail }) => detail?.reply?.(dump(viewer)));
}

export function dump({ epoch, offset, exactFrom, columns }) {
  const row = (i) => Array.from(columns.values(i), (value) => (Number.isNaN(value) ? null : value));
  return { epoch, offset, exactFrom, t: Array.from(columns.time_ms), y: Array.from({ length: columns.seriesCount }, (_, i) => row(i)) };
}
