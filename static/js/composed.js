/** The ticks in view, put together of those held live and of tiles of the past, without doubling any. Pure. */

import { gapLimits } from "./gaps.js";
import { usualSpacing } from "./spacing.js";
import { levelOf } from "./tiles.js";
import { indexAfter, indexAt } from "./window.js";

/** Of the span, what is looked at to the left of it: for the line that comes in from there. */
const MARGIN = 0.05;

/**
 * @param {{columns: import("./columns.js").Columns, exactFrom: number, begin: number}} live - `begin`: the index from which they do
 * @param {object} seen - see `mosaicOf`
 * @param {(range_ms: [number, number], level: number) => object[]} coverOf - what tiles there are; see `Tiles.cover`
 * @param {[number, number]} past_ms - the range for which the ticks held do not do
 */
export function composed(live, seen, coverOf, past_ms) {
  const { range_ms: [from_ms, to_ms], width_px, beat_ms, seriesCount } = seen;
  const begin_ms = past_ms[0] - MARGIN * (to_ms - from_ms);
  const cover = coverOf([begin_ms, past_ms[1]], levelOf(to_ms - from_ms, width_px, beat_ms));
  const pieces = cover.flatMap((slot) => pieceOf(slot, live, seen));
  const unknown = merged(pieces.filter(({ time_ms }) => time_ms === null), past_ms[0]);
  const known = pieces.filter(({ time_ms }) => time_ms !== null);
  const after = tail(live, seen, past_ms[1]);
  reachOut(known, after.length ? after[0].time_ms[after[0].from] : Infinity);
  known.push(...after);
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

/** One tick more at both ends, for the lines that come in and go out, if it is there and before `until_ms`. */
function reachOut(pieces, until_ms) {
  const [first, last] = [pieces[0], pieces.at(-1)];
  if (!first) return;
  first.from = Math.max(0, first.from - 1);
  if (last.time_ms[last.to] < until_ms) last.to += 1;
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
