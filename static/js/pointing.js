/** Pointing by keys: the tick beside the one pointed at, and what it says, in words. Pure but for the catalogue. */

import { latestText } from "./alternative.js";
import { listed } from "./status.js";
import { moment } from "./text.js";
import { indexAfter, indexAt, nearest } from "./window.js";

/**
 * @param {import("./view.js").View} view
 * @param {number|null} at_ms - pointed at; null or out of view: the newest in view is next
 * @param {-1|1} way
 * @param {number} least_ms - what is nearer cannot be told apart on the screen
 * @returns {number|null} its time; null after the newest: nothing is pointed at any more
 */
export function tickBeside({ time_ms, from, to }, at_ms, way, least_ms) {
  if (to <= from) return null;
  const newest_ms = time_ms[to - 1];
  if (at_ms === null || at_ms < time_ms[from] || at_ms > newest_ms) return newest_ms;
  if (way > 0 && at_ms === newest_ms) return null;
  const beside = way > 0
    ? Math.max(indexAfter(time_ms, at_ms), indexAt(time_ms, at_ms + least_ms))
    : Math.min(indexAt(time_ms, at_ms), indexAfter(time_ms, at_ms - least_ms)) - 1;
  return time_ms[Math.min(to - 1, Math.max(from, beside))];
}

/** What the series are at a time, said to who does not see it. */
export function pointText(series, view, at_ms, hidden) {
  const at = nearest(view.time_ms, at_ms, view.from, view.to);
  const then = view.series.map((one) => ({ ...one, last: one.values[at] ?? NaN }));
  return listed(moment(at_ms, view.spacing_ms), latestText(series, { series: then }, hidden));
}
