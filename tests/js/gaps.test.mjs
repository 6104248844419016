import assert from "node:assert/strict";
import { test } from "node:test";

import { breaks, gapLimits } from "../../static/js/gaps.js";
import { reducedSpacing, usualSpacing } from "../../static/js/spacing.js";

const beat = (n, spacing_ms = 1000) => Array.from({ length: n }, (_, i) => i * spacing_ms);
const gapsOf = (times, options) => breaks(times, gapLimits(times, { exactFrom: 0, interval_ms: null, seriesCount: 2, ...options }));

test("a steady beat has no gap", () => {
  assert.deepEqual(gapsOf(beat(50)), []);
});

test("more than three intervals are a gap, three are none", () => {
  assert.deepEqual(gapsOf([0, 1000, 4000, 5000, 8001], { interval_ms: 1000 }), [4]);
});

test("without an interval the usual spacing stands for it", () => {
  const times = [...beat(30), 29_000 + 3_500];

  assert.deepEqual(gapsOf(times), [30]);
});

test("days without weekends have no gaps, a lost fortnight is one", () => {
  const day_ms = 86_400_000;
  const days = Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 7 < 5);
  const times = [...days, days.at(-1) + 14].map((day) => day * day_ms);

  assert.deepEqual(gapsOf(times), [days.length]);
});

test("bursts of ticks with pauses between are not torn apart", () => {
  const times = Array.from({ length: 40 }, (_, i) => i * 1000).flatMap((ms) => [ms, ms, ms + 1, ms + 1]);

  assert.deepEqual(gapsOf(times), []);
});

test("one tick, or ticks of one time, have no gap", () => {
  assert.deepEqual(gapsOf([5]), []);
  assert.deepEqual(gapsOf([5, 5, 5]), []);
});

/** What a reduction by minima and maxima keeps of a walk: up to two ticks per series and bucket. */
function reduced(times, buckets, seriesCount = 2) {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const size = times.length / buckets;
  const kept = new Set([0, times.length - 1]);
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    for (let i = 0; i < 2 * seriesCount; i += 1) kept.add(Math.floor((bucket + random()) * size));
  }
  return [...kept].sort((a, b) => a - b).map((i) => times[i]);
}

test("a reduced run without gaps shows none, though its spacings differ wildly", () => {
  const times = reduced(beat(86_400), 600);

  assert.deepEqual(gapsOf(times, { exactFrom: times.length, interval_ms: 1000 }), []);
});

test("a reduced run shows an hour that is missing of a day", () => {
  const day = beat(86_400).filter((ms) => ms < 40_000_000 || ms > 43_600_000);
  const times = reduced(day, 600);

  const [only, ...others] = gapsOf(times, { exactFrom: times.length, interval_ms: 1000 });

  assert.deepEqual(others, []);
  assert.ok(times[only] - times[only - 1] >= 3_600_000);
});

test("after a reduced run the exact ticks are judged by their own beat", () => {
  const run = reduced(beat(86_400), 600);
  const end_ms = run.at(-1);
  const times = [...run, end_ms + 1000, end_ms + 2000, end_ms + 9000, end_ms + 10_000];

  assert.deepEqual(gapsOf(times, { exactFrom: run.length, interval_ms: 1000 }), [run.length + 2]);
});

test("the usual spacing ignores what lies before the index given", () => {
  assert.equal(usualSpacing([0, 100, 200, 201, 202, 203], 2), 1);
});

test("there is no spacing in less than two times", () => {
  assert.ok(Number.isNaN(usualSpacing([1])));
  assert.ok(Number.isNaN(reducedSpacing([1], 1, 2)));
});
