/**
 * The ticks in view: those held live where they do, which copies nothing; else what the past puts together. Pure.
 */

import { breaks, gapLimits } from "./gaps.js";
import { indexAfter, indexAt } from "./window.js";

/** A reduced run is fine enough with a point for so many px. */
const FINE_PX = 1.5;

/**
 * @typedef {object} Mosaic
 * @property {Float64Array} time_ms
 * @property {Float64Array[]} rows - one per series
 * @property {number} from - the index of the first tick in view
 * @property {number} to - the index after that of the last
 * @property {number[]} breaks - indices before which there is a gap
 * @property {boolean} isReduced - ticks in view were left out
 * @property {[number, number][]} unknown - times of which nothing is held yet
 * @property {[number, number]|null} past_ms - the range for which the ticks held do not do
 * @property {number|null} run - the run of ticks held that this is, to which only newer ones are added; null: of the past, too
 */

/**
 * @param {import("./viewer.js").Viewer} viewer
 * @param {{range_ms: [number, number], width_px: number, interval_ms: number|null, beat_ms: number, seriesCount: number,
 *   oldest_ms: number}} seen - `beat_ms`: about how far ticks are apart, be they held or not; `oldest_ms`: of all that the server
 *   has, NaN when that is not known
 * @param {import("./past.js").Past|null} past - null: as long as nobody looked back
 * @returns {Mosaic}
 */
export function mosaicOf(viewer, seen, past) {
  const { columns, exactFrom } = viewer;
  const live = { columns, exactFrom, begin: beginOf(viewer, seen) };
  const past_ms = pastRange(live, seen);
  return past && past_ms ? { ...past.compose(live, seen, past_ms), past_ms } : { ...ofLive(live, seen), past_ms };
}

/** The index from which the ticks held will do. */
function beginOf({ columns: { time_ms }, exactFrom }, { range_ms, width_px }) {
  if (exactFrom === 0 || range_ms[0] > time_ms[exactFrom]) return 0;
  const spacing_ms = (time_ms[exactFrom - 1] - time_ms[0]) / Math.max(1, exactFrom - 1);
  if (spacing_ms <= (FINE_PX * (range_ms[1] - range_ms[0])) / width_px) return 0;
  // Of ticks of one time, some may have been left out.
  let i = exactFrom;
  while (i > 0 && time_ms[i] === time_ms[i - 1]) i += 1;
  return Math.min(i, indexAt(time_ms, time_ms[time_ms.length - 1]));
}

function pastRange({ columns: { time_ms }, begin }, { range_ms: [from_ms, to_ms], beat_ms, oldest_ms }) {
  const cut_ms = begin < time_ms.length ? time_ms[begin] : Infinity;
  // Between two ticks both are wanted.
  const beyond_ms = to_ms - from_ms < 2 * beat_ms ? beat_ms : 0;
  const range_ms = [Math.max(from_ms - beyond_ms, Number.isNaN(oldest_ms) ? -Infinity : oldest_ms), Math.min(to_ms + beyond_ms, cut_ms, time_ms[time_ms.length - 1])];
  return range_ms[0] < range_ms[1] ? range_ms : null;
}

function ofLive({ columns, exactFrom }, { range_ms, interval_ms, seriesCount }) {
  const { time_ms } = columns;
  const [from, to] = [indexAt(time_ms, range_ms[0]), indexAfter(time_ms, range_ms[1])];
  const limits = gapLimits(time_ms, { exactFrom, interval_ms, seriesCount: columns.seriesCount });
  return {
    time_ms,
    rows: Array.from({ length: seriesCount }, (_, i) => columns.values(i)),
    from,
    to,
    // One tick more at both ends, for the lines that come in and go out.
    breaks: breaks(time_ms, limits, Math.max(0, from - 1), Math.min(time_ms.length, to + 1)),
    isReduced: from < exactFrom,
    unknown: [],
  };
}
