/**
 * Hands out the ticks held, for tests and for the curious.
 *
 *     main.dispatchEvent(new CustomEvent("chartserver:dump", { detail: { reply } }))
 *
 * calls `reply` at once with {epoch, offset, exactFrom, t, y, drawn}: plain numbers, bit for bit as they came,
 * null for missing; `drawn()` tells what each panel has drawn last.
 */

/**
 * @param {EventTarget} target
 * @param {import("./viewer.js").Viewer} viewer
 * @param {() => object[]} drawn - see `drawnOf`
 */
export function answerDumps(target, viewer, drawn = () => []) {
  target.addEventListener("chartserver:dump", ({ detail }) => detail?.reply?.({ ...dump(viewer), drawn }));
}

export function dump({ epoch, offset, exactFrom, columns }) {
  const row = (i) => Array.from(columns.values(i), (value) => (Number.isNaN(value) ? null : value));
  return { epoch, offset, exactFrom, t: Array.from(columns.time_ms), y: Array.from({ length: columns.seriesCount }, (_, i) => row(i)) };
}
