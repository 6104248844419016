/** What is to be seen of the ticks held, worked out once for all panes and cards. Pure. */

import { extent } from "./extent.js";
import { mosaicOf } from "./mosaic.js";
import { usualSpacing } from "./spacing.js";
import { digitsFor } from "./text.js";
import { firstWindow } from "./window.js";

/**
 * @typedef {object} SeriesView
 * @property {Float64Array} values - beside `time_ms`
 * @property {number} min - of what is in view, as `max`, `first` and `last`; NaN when there is nothing
 * @property {[number, number]} line - the lowest and highest of its line in view, which may come in and go out between two ticks;
 *   NaN where there is none
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
 * @property {[number, number][]} unknown - times of which nothing has been fetched yet
 * @property {[number, number]|null} past_ms - the range for which the ticks held do not do
 * @property {number|null} run - the run of ticks held that this is, to which only newer ones are added; null: of the past, too
 * @property {boolean} isFollowing - it ends with the newest tick
 * @property {number} beat_ms - about how far ticks are apart, be they held or not
 * @property {number} newest_ms - the time of the newest tick of all
 * @property {number} spacing_ms - the beat, or what takes its place
 * @property {SeriesView[]} series - one for each of the description
 */

/** What `reach` of a look is to be told of the ticks held, and of the oldest that the server has. */
export function reachOf({ columns: { time_ms } }, description, oldest_ms = Infinity) {
  const spacing_ms = description.interval_ms ?? usualSpacing(time_ms);
  return { oldest_ms: Math.min(time_ms[0], oldest_ms), newest_ms: time_ms[time_ms.length - 1], spacing_ms };
}

/** Tell a look how far the ticks held reach, and the window to begin with; return their spacing in ms. */
export function reach(look, viewer, description, oldest_ms) {
  const found = reachOf(viewer, description, oldest_ms);
  look.reach(found);
  look.suggest(firstWindow(found.spacing_ms, viewer.exactFrom > 0));
  return found.spacing_ms;
}

/**
 * @param {import("./viewer.js").Viewer} viewer
 * @param {{interval_ms: number|null, series: {digits: number|null}[]}} description
 * @param {import("./look.js").Look} look - was told the reach of these ticks
 * @param {object} [more]
 * @param {import("./past.js").Past|null} [more.past] - has ticks that are not held, or finer ones
 * @param {number} [more.oldest_ms] - of all that the server has, NaN when that is not known
 * @param {number} [more.width_px]
 * @returns {View}
 */
export function viewOf(viewer, description, look, { past = null, oldest_ms = NaN, width_px = 1000 } = {}) {
  const { time_ms } = viewer.columns;
  const interval_ms = description.interval_ms ?? null;
  const range_ms = look.range_ms();
  const seriesCount = description.series.length;
  // A window that is not full yet is no reason to ask for what may be before it.
  const known_ms = Number.isNaN(oldest_ms) && look.isFollowing ? time_ms[0] : oldest_ms;
  const beat_ms = interval_ms ?? (time_ms[time_ms.length - 1] - time_ms[0]) / viewer.offset;
  const { rows, ...mosaic } = mosaicOf(viewer, { range_ms, width_px, interval_ms, beat_ms, seriesCount, oldest_ms: known_ms }, past);
  const ends = endsOf(mosaic, range_ms);
  return {
    ...mosaic,
    range_ms,
    beat_ms,
    spacing_ms: interval_ms ?? usualSpacing(time_ms),
    newest_ms: time_ms[time_ms.length - 1],
    isFollowing: look.isFollowing,
    series: description.series.map(({ digits }, i) => seriesView(rows[i], mosaic, ends, digits, nowOf(viewer.columns, i))),
  };
}

function nowOf(columns, i) {
  return columns.length ? columns.values(i)[columns.length - 1] : NaN;
}

function seriesView(values, { from, to }, ends, digits, now) {
  const found = extent(values, from, to);
  const inked = [found.min, found.max, ...ends.map((end) => end(values))].filter((value) => !Number.isNaN(value));
  const line = inked.length ? [Math.min(...inked), Math.max(...inked)] : [NaN, NaN];
  const size = Math.max(Math.abs(found.min), Math.abs(found.max));
  return { values, now, ...found, line, digits: digits ?? Math.min(isWhole(values) ? 0 : Infinity, digitsFor(size, found.max - found.min)) };
}

/** What returns the value of a line where it comes in and where it goes out, between two ticks; NaN in a gap. */
function endsOf({ time_ms, from, to, breaks }, range_ms) {
  return [from, to].map((i, end) => {
    const share = breaks.includes(i) ? NaN : (range_ms[end] - time_ms[i - 1]) / (time_ms[i] - time_ms[i - 1]);
    return (values) => values[i - 1] + (values[i] - values[i - 1]) * share;
  });
}

/** Counts have no decimals: look at the newest few. */
function isWhole(values) {
  return values.slice(-50).every((value) => Number.isNaN(value) || Number.isInteger(value));
}
