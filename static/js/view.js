/** What is to be seen of the ticks held, worked out once for all panes and cards. Pure. */

import { extent } from "./extent.js";
import { breaks, gapLimits } from "./gaps.js";
import { usualSpacing } from "./spacing.js";
import { digitsFor } from "./text.js";
import { indexAfter, indexAt } from "./window.js";

/**
 * @typedef {object} SeriesView
 * @property {Float64Array} values - beside `time_ms`
 * @property {number} min - of what is in view, as `max`, `first` and `last`; NaN when there is nothing
 * @property {number} now - the newest value of all, NaN when it is missing
 * @property {number} digits
 *
 * @typedef {object} View
 * @property {Float64Array} time_ms - of ticks in view, and of some before and after
 * @property {[number, number]} range_ms
 * @property {number} from - the index of the first tick in view
 * @property {number} to - the index after that of the last
 * @property {number[]} breaks - indices before which there is a gap
 * @property {boolean} isReduced - the range holds ticks of a reduced run
 * @property {boolean} isFollowing - it ends with the newest tick
 * @property {number} newest_ms - the time of the newest tick of all
 * @property {number} spacing_ms - the beat, or what takes its place
 * @property {SeriesView[]} series - one for each of the description
 */

/** What `reach` of a look is to be told of the ticks held. */
export function reachOf({ columns }, description) {
  const { time_ms } = columns;
  const spacing_ms = description.interval_ms ?? usualSpacing(time_ms);
  return { oldest_ms: time_ms[0], newest_ms: time_ms[time_ms.length - 1], spacing_ms };
}

/**
 * @param {import("./viewer.js").Viewer} viewer
 * @param {{interval_ms: number|null, series: {digits: number|null}[]}} description
 * @param {import("./look.js").Look} look - was told the reach of these ticks
 * @returns {View}
 */
export function viewOf({ columns, exactFrom }, description, look) {
  const { time_ms } = columns;
  const interval_ms = description.interval_ms ?? null;
  const range_ms = look.range_ms();
  const [from, to] = [indexAt(time_ms, range_ms[0]), indexAfter(time_ms, range_ms[1])];
  const limits = gapLimits(time_ms, { exactFrom, interval_ms, seriesCount: columns.seriesCount });
  return {
    time_ms,
    range_ms,
    from,
    to,
    spacing_ms: interval_ms ?? usualSpacing(time_ms),
    newest_ms: time_ms[time_ms.length - 1],
    isFollowing: look.isFollowing,
    isReduced: from < exactFrom,
    // One tick more at both ends, for the lines that come in and go out.
    breaks: breaks(time_ms, limits, Math.max(0, from - 1), Math.min(time_ms.length, to + 1)),
    series: description.series.map((series, i) => seriesView(columns.values(i), [from, to], series.digits)),
  };
}

function seriesView(values, [from, to], digits) {
  const found = extent(values, from, to);
  const now = values.length ? values[values.length - 1] : NaN;
  const size = Math.max(Math.abs(found.min), Math.abs(found.max));
  return { values, now, ...found, digits: digits ?? (isWhole(values) ? 0 : digitsFor(size, found.max - found.min)) };
}

/** Counts have no decimals: look at the newest few. */
function isWhole(values) {
  return values.slice(-50).every((value) => Number.isNaN(value) || Number.isInteger(value));
}
