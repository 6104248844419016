/** Open, high, low and close of ticks, by spans of time. Pure. */

import { indexAt } from "./window.js";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** 1 January 1970 was a Thursday; weeks begin on Mondays. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

export const CANDLES_MS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 2, 4, 8].map((n) => n * HOUR_MS),
  DAY_MS, WEEK_MS, 30 * DAY_MS, 90 * DAY_MS, 365 * DAY_MS,
];
/** A candle, with the room beside it, is at least so wide. */
const CANDLE_PX = 10;
/** A candle of fewer ticks shows little. */
const TICKS_MIN = 4;
/** With fewer candles than this the window is better cut finer. */
const COUNT_MIN = 12;

/**
 * @typedef {object} Candles
 * @property {number} candle_ms
 * @property {number[]} start_ms - when each begins; none where there is no tick
 * @property {number[]} open
 * @property {number[]} high
 * @property {number[]} low
 * @property {number[]} close
 */

/**
 * Return the candles of the ticks in `[from, to)` of time, whole ones also where they begin before.
 *
 * @param {Float64Array} time_ms - never falling
 * @param {Float64Array} values - NaN for missing
 * @param {[number, number]} range_ms
 * @param {number} [zone_ms] - by how much local time is ahead of UTC: days begin at midnight
 * @returns {Candles}
 */
export function ohlc(time_ms, values, [from, to], candle_ms, zone_ms = 0) {
  const found = { candle_ms, start_ms: [], open: [], high: [], low: [], close: [] };
  let end_ms = -Infinity;
  let at = -1;
  for (let i = indexAt(time_ms, startOf(from, candle_ms, zone_ms)); i < time_ms.length && time_ms[i] <= to; i += 1) {
    const value = values[i];
    if (Number.isNaN(value)) continue;
    if (time_ms[i] >= end_ms) {
      const start_ms = startOf(time_ms[i], candle_ms, zone_ms);
      end_ms = start_ms + candle_ms;
      at += 1;
      found.start_ms.push(start_ms);
      for (const part of [found.open, found.high, found.low, found.close]) part.push(value);
      continue;
    }
    if (value > found.high[at]) found.high[at] = value;
    if (value < found.low[at]) found.low[at] = value;
    found.close[at] = value;
  }
  return found;
}

/** When the candle begins that `time_ms` is in. */
export function startOf(time_ms, candle_ms, zone_ms = 0) {
  const shift_ms = zone_ms - (candle_ms === WEEK_MS ? FIRST_MONDAY_MS : 0);
  return Math.floor((time_ms + shift_ms) / candle_ms) * candle_ms - shift_ms;
}

/** The candle that `time_ms` is in, as an index; -1 when there is none. */
export function candleAt({ start_ms, candle_ms }, time_ms) {
  let at = indexAt(start_ms, time_ms);
  if (start_ms[at] !== time_ms) at -= 1;
  return at >= 0 && time_ms < start_ms[at] + candle_ms ? at : -1;
}

/** The length of candles that suits a window of `span_ms` on `width_px`, with ticks `spacing_ms` apart. */
export function candleFor(span_ms, width_px, spacing_ms) {
  const least_ms = Math.max((span_ms * CANDLE_PX) / width_px, Math.min(TICKS_MIN * (spacing_ms || 0), span_ms / COUNT_MIN));
  return CANDLES_MS.find((ms) => ms >= least_ms) ?? CANDLES_MS.at(-1);
}

/** The lengths that make sense for such a window, to choose from. */
export function candlesFor(span_ms, width_px, spacing_ms) {
  return CANDLES_MS.filter((ms) => ms <= span_ms / 3 && ms >= (2 * span_ms) / width_px && ms >= (spacing_ms || 0));
}
