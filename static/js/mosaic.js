/**
 * The ticks in view, put together of those held live and of tiles of the past, without doubling any. Pure.
 *
 * Where the ticks held are all that is needed nothing is copied.
 */

import { breaks, gapLimits } from "./gaps.js";
import { usualSpacing } from "./spacing.js";
import { levelOf } from "./tiles.js";
import { indexAfter, indexAt } from "./window.js";

/** A reduced run is fine enough with a point for so many px. */
const FINE_PX = 1.5;
/** Of the span, what is looked at to the left of it: for the line that comes in from there. */
const MARGIN = 0.05;

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
 */

/**
 * @param {import("./viewer.js").Viewer} viewer
 * @param {{range_ms: [number, number], width_px: number, interval_ms: number|null, seriesCount: number, oldest_ms: number}} seen -
 *   `oldest_ms`: of all that the server has, NaN when that is not known
 * @param {import("./past.js").Past|null} past
 * @returns {Mosaic}
 */
export function mosaicOf(viewer, seen, past) {
  const { columns, exactFrom } = viewer;
  const live = { columns, exactFrom, begin: beginOf(viewer, seen) };
  const past_ms = past && pastRange(live, seen);
  if (!past_ms) return ofLive(live, seen);
  return { ...composed(live, seen, past, past_ms), past_ms };
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

function pastRange({ columns: { time_ms }, begin }, { range_ms: [from_ms, to_ms], oldest_ms }) {
  const cut_ms = begin < time_ms.length ? time_ms[begin] : Infinity;
  const range_ms = [Math.max(from_ms, Number.isNaN(oldest_ms) ? -Infinity : oldest_ms), Math.min(to_ms, cut_ms, time_ms[time_ms.length - 1])];
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
    past_ms: null,
  };
}

function composed(live, seen, past, past_ms) {
  const { range_ms: [from_ms, to_ms], width_px, seriesCount } = seen;
  const begin_ms = past_ms[0] - MARGIN * (to_ms - from_ms);
  const cover = past.cover([begin_ms, past_ms[1]], levelOf(to_ms - from_ms, width_px));
  const pieces = cover.flatMap((slot) => pieceOf(slot, live, seen));
  const unknown = merged(pieces.filter(({ time_ms }) => time_ms === null), past_ms[0]);
  const known = pieces.filter(({ time_ms }) => time_ms !== null);
  known.push(...tail(live, seen, past_ms[1]));
  const { time_ms, rows } = joined(known, seriesCount);
  const [from, to] = [indexAt(time_ms, from_ms), indexAfter(time_ms, to_ms)];
  return {
    time_ms,
    rows,
    from,
    to,
    breaks: breaksOf(known, time_ms, unknown),
    isReduced: isReducedIn(known, from, to),
    unknown,
  };
}

/** The ranges of slots of which nothing is held, from `least_ms` on; those side by side are one. */
function merged(slots, least_ms) {
  const found = [];
  for (const { from_ms, to_ms } of slots.filter((one) => one.to_ms > least_ms)) {
    if (found.at(-1)?.[1] === from_ms) found.at(-1)[1] = to_ms;
    else found.push([Math.max(from_ms, least_ms), to_ms]);
  }
  return found;
}

/** Whether ticks between two indices are of a reduced run. */
function isReducedIn(pieces, begin, end) {
  let at = 0;
  return pieces.some(({ from, to, isReduced }) => {
    const [first, next] = [at, (at += to - from)];
    return isReduced && Math.max(first, begin) < Math.min(next, end);
  });
}

/** What is to be shown of one slot: ticks of a tile, else of the reduced run held, else nothing. */
function pieceOf({ from_ms, to_ms, tile }, { columns, exactFrom }, seen) {
  if (tile) {
    const exact_ms = exactLimit(columns.time_ms, exactFrom, seen.interval_ms);
    const limit_ms = tile.isReduced ? Math.max(tile.limit_ms, seen.interval_ms === null ? 0 : exact_ms) : exact_ms || 3 * usualSpacing(tile.t);
    return [piece(tile.t, (i) => tile.y[i], [from_ms, to_ms], { limit_ms, isReduced: tile.isReduced })];
  }
  const held = heldPieces({ columns, exactFrom }, seen, [from_ms, to_ms]);
  return held.some(({ from, to }) => to > from) ? held : [{ from_ms, to_ms, time_ms: null }];
}

/** What is held of [from, to): the reduced run, then the exact one. */
function heldPieces({ columns, exactFrom }, { interval_ms }, [from_ms, to_ms]) {
  const { time_ms } = columns;
  const limits = gapLimits(time_ms, { exactFrom, interval_ms, seriesCount: columns.seriesCount });
  const [from, to] = [indexAt(time_ms, from_ms), indexAt(time_ms, to_ms)];
  const one = (begin, end, isReduced) => ({
    time_ms,
    row: (i) => (i < columns.seriesCount ? columns.values(i) : undefined),
    from: begin,
    to: Math.max(begin, end),
    limit_ms: isReduced ? limits.reduced_ms : limits.exact_ms,
    isReduced,
  });
  const middle = Math.min(to, Math.max(from, exactFrom));
  return [one(from, middle, true), one(middle, to, false)];
}

/** What is held from where the past ends, up to one tick after the view. */
function tail({ columns, exactFrom, begin }, seen, cut_ms) {
  const { time_ms } = columns;
  const first = Math.max(begin, indexAt(time_ms, cut_ms));
  const end = Math.min(time_ms.length, indexAfter(time_ms, seen.range_ms[1]) + 1);
  if (first >= end) return [];
  const [reduced, exact] = heldPieces({ columns, exactFrom }, seen, [time_ms[first], Infinity]);
  return [reduced, exact].map((one) => ({ ...one, from: Math.max(one.from, first), to: Math.max(Math.max(one.from, first), Math.min(one.to, end)) }));
}

function exactLimit(time_ms, exactFrom, interval_ms) {
  return 3 * (interval_ms ?? usualSpacing(time_ms, exactFrom));
}

function piece(time_ms, row, [from_ms, to_ms], more) {
  return { time_ms, row, from: indexAt(time_ms, from_ms), to: indexAt(time_ms, to_ms), ...more };
}

function joined(pieces, seriesCount) {
  const length = pieces.reduce((sum, { from, to }) => sum + to - from, 0);
  const time_ms = new Float64Array(length);
  const rows = Array.from({ length: seriesCount }, () => new Float64Array(length).fill(NaN));
  let at = 0;
  for (const { time_ms: times, row, from, to } of pieces) {
    time_ms.set(times.subarray(from, to), at);
    rows.forEach((values, i) => row(i) && values.set(row(i).subarray(from, to), at));
    at += to - from;
  }
  return { time_ms, rows };
}

/** Between two pieces the wider of their limits holds; what is not known yet breaks the line. */
function breaksOf(pieces, time_ms, unknown) {
  const found = [];
  let at = 0;
  let before_ms = NaN;
  for (const { from, to, limit_ms } of pieces) {
    for (let i = at; i < at + to - from; i += 1) {
      const widest_ms = i === at ? Math.max(before_ms, limit_ms) : limit_ms;
      if (i > 0 && (time_ms[i] - time_ms[i - 1] > widest_ms || isAcross(time_ms[i - 1], time_ms[i], unknown))) found.push(i);
    }
    at += to - from;
    if (to > from) before_ms = limit_ms;
  }
  return found;
}

function isAcross(before_ms, after_ms, unknown) {
  return unknown.some(([from_ms, to_ms]) => before_ms < to_ms && after_ms >= to_ms && from_ms < to_ms);
}
