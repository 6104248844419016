import assert from "node:assert/strict";
import { test } from "node:test";

import { candleAt, candleFor, candlesFor, ohlc, startOf } from "../../static/js/ohlc.js";

const HOUR_MS = 3_600_000;
const times = Float64Array.of(1000, 2000, 9000, 9999, 10_000, 10_000, 12_000, 31_000);
const values = Float64Array.of(5, 9, 2, 4, 7, 8, 6, 1);

test("candles are of all ticks of their time", () => {
  const { start_ms, open, high, low, close } = ohlc(times, values, [0, 40_000], 10_000);

  assert.deepEqual(start_ms, [0, 10_000, 30_000]);
  assert.deepEqual(open, [5, 7, 1]);
  assert.deepEqual(high, [9, 8, 1]);
  assert.deepEqual(low, [2, 6, 1]);
  assert.deepEqual(close, [4, 6, 1]);
});

test("a candle that begins before the view is whole", () => {
  const { start_ms, open } = ohlc(times, values, [9500, 11_000], 10_000);

  assert.deepEqual(start_ms, [0, 10_000]);
  assert.deepEqual(open, [5, 7]);
});

test("missing values belong to no candle", () => {
  const { start_ms, open, close } = ohlc(times, Float64Array.of(NaN, 9, NaN, NaN, NaN, NaN, NaN, 1), [0, 40_000], 10_000);

  assert.deepEqual([start_ms, open, close], [[0, 30_000], [9, 1], [9, 1]]);
});

test("days begin at local midnight, weeks on Mondays", () => {
  const at = Date.UTC(2026, 10, 22, 20);

  assert.equal(startOf(at, 24 * HOUR_MS, 9 * HOUR_MS), Date.UTC(2026, 10, 22, 15));
  assert.equal(startOf(at, 7 * 24 * HOUR_MS), Date.UTC(2026, 10, 16));
});

test("a moment is in one candle or in none", () => {
  const candles = ohlc(times, values, [0, 40_000], 10_000);

  assert.deepEqual([-1, 0, 9999, 10_000, 20_000, 30_001, 40_000].map((ms) => candleAt(candles, ms)), [-1, 0, 0, 1, -1, 2, -1]);
});

test("candles suit the window, and what comes in it", () => {
  assert.equal(candleFor(60_000, 1000, 250), 1000);
  assert.equal(candleFor(300_000, 1000, 250), 5000);
  assert.equal(candleFor(60_000, 1000, 1000), 5000);
  assert.equal(candleFor(1000, 1000, 1000), 1000);
  assert.ok(candlesFor(300_000, 1000, 1000).includes(candleFor(300_000, 1000, 1000)));
});
