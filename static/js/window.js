/** The span of time that is looked at: which can be chosen, and where it lies. Pure. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ALL = { label: "All", span_ms: Infinity };

/** A window that is not yet full shows at least this many intervals. */
const INTERVALS_MIN = 20;
/** On a beat no longer than this, five minutes are enough to see something. */
const FAST_MS = 10 * SECOND_MS;

/** The windows to choose from: minutes, or months and years for ticks that are hours apart. */
export function windowsFor(spacing_ms) {
  const spans = spacing_ms >= HOUR_MS
    ? [["1M", 30 * DAY_MS], ["6M", 182 * DAY_MS], ["1Y", 365 * DAY_MS], ["5Y", 1826 * DAY_MS]]
    : [["1m", MINUTE_MS], ["5m", 5 * MINUTE_MS], ["15m", 15 * MINUTE_MS], ["1h", HOUR_MS]];
  return [...spans.map(([label, span_ms]) => ({ label, span_ms })), ALL];
}

/** The label to begin with: five minutes where ticks come fast and are held exactly, else all. */
export function firstWindow(spacing_ms, isReduced) {
  return spacing_ms <= FAST_MS && !isReduced ? "5m" : "All";
}

/**
 * Return the range of times in view, the newest at its end.
 *
 * @param {ArrayLike<number>} times
 * @returns {[number, number]} ms
 */
export function rangeOf(times, span_ms, spacing_ms) {
  if (times.length === 0) return [0, 1];
  const end_ms = times[times.length - 1];
  const least_ms = Math.min(span_ms, INTERVALS_MIN * (spacing_ms || SECOND_MS));
  const held_ms = end_ms - times[0];
  return [end_ms - Math.min(span_ms, Math.max(held_ms, least_ms)), end_ms];
}

/** The index of the first time at or after `time_ms`. */
export function indexAt(times, time_ms) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time_ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Redraws a second that can be seen: half a pixel of movement each.
 *
 * A window of which only a part is filled yet is judged by what it shows.
 */
export function redraw_hz(width_px, shown_ms) {
  return Math.min(30, Math.max(1, (2 * width_px) / (shown_ms / SECOND_MS)));
}

/** Points to ask for so that a window of `span_ms` is full of them out of `held_ms`. */
export function pointsFor(width_px, held_ms, span_ms, max) {
  const share = Number.isFinite(span_ms) ? Math.max(1, held_ms / span_ms) : 1;
  return Math.min(max, Math.ceil(2 * Math.max(160, width_px) * share));
}
