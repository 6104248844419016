/** The span of time that is looked at: which can be chosen, and where it lies. Pure. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const ALL = { label: "All", span_ms: Infinity };

/** A window that is not yet full shows at least this many intervals. */
const INTERVALS_MIN = 20;
/** Of a view, what time without ticks may take at its end: what was before stays to be seen. */
const AHEAD_SHARE = 0.25;
/** On a beat no longer than this, five minutes are enough to see something. */
const FAST_MS = 10 * SECOND_MS;

/** The windows to choose from: minutes, or months and years for ticks that are hours apart. */
export function windowsFor(spacing_ms) {
  const spans = spacing_ms >= HOUR_MS
    ? [["1M", 30 * DAY_MS], ["6M", 182 * DAY_MS], ["1Y", 365 * DAY_MS], ["5Y", 1826 * DAY_MS]]
    : [["1m", MINUTE_MS], ["5m", 5 * MINUTE_MS], ["15m", 15 * MINUTE_MS], ["1h", HOUR_MS]];
  return [...spans.map(([label, span_ms]) => ({ label, span_ms })), ALL];
}

/** The window to begin with: five minutes where ticks come fast and are held exactly, else all. */
export function firstWindow(spacing_ms, isReduced) {
  return spacing_ms <= FAST_MS && !isReduced ? 5 * MINUTE_MS : Infinity;
}

/**
 * Return the range of times in view of one who follows, the newest near its end.
 *
 * `ahead_ms` are to be seen after the newest: time in which none came.
 *
 * @returns {[number, number]} ms
 */
export function followed({ oldest_ms, newest_ms, spacing_ms, ahead_ms = 0 }, span_ms) {
  if (!Number.isFinite(newest_ms)) return [0, 1];
  const least_ms = Math.min(span_ms, INTERVALS_MIN * (spacing_ms || SECOND_MS));
  const held_ms = Math.max(newest_ms - oldest_ms || 0, least_ms);
  // Where there is room it is made longer for them, and nothing of what was before is left out.
  const shown_ms = Math.min(span_ms, held_ms + Math.min(ahead_ms, (held_ms * AHEAD_SHARE) / (1 - AHEAD_SHARE)));
  const end_ms = newest_ms + Math.min(ahead_ms, AHEAD_SHARE * shown_ms);
  return [end_ms - shown_ms, end_ms];
}

/** Return `range` moved, and where it must be cut, so that it lies within `bounds`. */
export function within([from, to], [oldest_ms, newest_ms]) {
  if (!(newest_ms > oldest_ms)) return [from, to];
  if (to - from >= newest_ms - oldest_ms) return [oldest_ms, newest_ms];
  const by_ms = Math.max(0, oldest_ms - from) + Math.min(0, newest_ms - to);
  return [from + by_ms, to + by_ms];
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

/** The index of the first time after `time_ms`. */
export function indexAfter(times, time_ms) {
  let i = indexAt(times, time_ms);
  while (times[i] === time_ms) i += 1;
  return i;
}

/** The index in [from, to) of the time nearest to `time_ms`, -1 when there is none. */
export function nearest(times, time_ms, from = 0, to = times.length) {
  if (from >= to) return -1;
  const at = Math.min(to - 1, Math.max(from, indexAt(times, time_ms)));
  return at > from && time_ms - times[at - 1] < times[at] - time_ms ? at - 1 : at;
}

/**
 * Redraws a second that can be seen: half a pixel of movement each.
 *
 * A window of which only a part is filled yet is judged by what it shows.
 */
export function redraw_hz(width_px, shown_ms) {
  return Math.min(30, Math.max(1, (2 * width_px) / (shown_ms / SECOND_MS)));
}

/** Points to ask for so that all that there is fills a plot; what is looked at closer is fetched then. */
export function pointsFor(width_px) {
  return Math.ceil(2 * Math.max(160, width_px));
}
