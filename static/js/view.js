/** What is to be seen of the ticks held, worked out once for all panes and cards. Pure. */

import { extent } from "./extent.js";
import { breaks, gapLimits } from "./gaps.js";
import { usualSpacing } from "./spacing.js";
import { digitsFor } from "./text.js";
import { indexAt, rangeOf } from "./window.js";

/**
 * @typedef {object} View
 * @property {Float64Array} time_ms
 * @property {[number, number]} range_ms
 * @property {number[]} breaks - indices before which there is a gap
 * @property {boolean} isReduced - the range holds ticks of a reduced run
 * @property {number} spacing_ms - the beat, or what takes its place
 * @property {{values: Float64Array, min: number, max: number, first: number, last: number, digits: number}[]} series
 */

/**
 * @param {import("./viewer.js").Viewer} viewer
 * @param {{interval_ms: number|null, series: {digits: number|null}[]}} description
 * @param {number} span_ms
 * @returns {View}
 */
export function viewOf({ columns, exactFrom }, description, span_ms) {
  const time_ms = columns.time_ms;
  const interval_ms = description.interval_ms ?? null;
  const spacing_ms = interval_ms ?? usualSpacing(time_ms);
  const range_ms = rangeOf(time_ms, span_ms, spacing_ms);
  const from = indexAt(time_ms, range_ms[0]);
  const limits = gapLimits(time_ms, { exactFrom, interval_ms, seriesCount: columns.seriesCount });
  return {
    time_ms,
    range_ms,
    spacing_ms,
    isReduced: from < exactFrom,
    // One tick more, for the line that comes in from the left.
    breaks: breaks(time_ms, limits, Math.max(0, from - 1)),
    series: description.series.map((series, i) => seriesView(columns.values(i), from, series.digits)),
  };
}

function seriesView(values, from, digits) {
  const found = extent(values, from);
  const size = Math.max(Math.abs(found.min), Math.abs(found.max));
  return { values, ...found, digits: digits ?? (isWhole(values) ? 0 : digitsFor(size, found.max - found.min)) };
}

/** Counts have no decimals: look at the newest few. */
function isWhole(values) {
  return values.slice(-50).every((value) => Number.isNaN(value) || Number.isInteger(value));
}
