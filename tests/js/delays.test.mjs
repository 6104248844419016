import assert from "node:assert/strict";
import test from "node:test";

import { ServerClock } from "../../static/js/clock.js";
import { columnsOf, scaleOf } from "../../static/js/delay-strip.js";
import { Delays, rateText } from "../../static/js/delays.js";

test("the quickest way there and back tells how the clocks differ", () => {
  const clock = new ServerClock();
  assert.equal(clock.isKnown, false);

  clock.took(0, 1_090, 100);
  clock.took(200, 1_205, 210);
  clock.took(300, 1_400, 500);

  assert.deepEqual([clock.ahead_ms, clock.error_ms], [1_000, 5]);
});

test("what was quick long ago is forgotten", () => {
  const clock = new ServerClock();
  clock.took(0, 50, 0);

  for (let i = 0; i < 8; i += 1) clock.took(0, 10, 10);

  assert.equal(clock.ahead_ms, 5);
});

test("the median is of the last ticks", () => {
  const delays = new Delays();

  for (const delay_ms of [11, 9, 64, 10, 12]) delays.took(1_000, 1_000 + delay_ms, 0);

  assert.equal(delays.median_ms, 11);
  assert.ok(delays.isSense(1));
});

test("of a range the median and the worst are of the ticks in it", () => {
  const delays = new Delays();
  for (const [time_ms, delay_ms] of [[999, 300], [1_000, 11], [1_500, 9], [2_000, 64], [2_001, 500]]) delays.took(time_ms, time_ms + delay_ms, 0);

  assert.deepEqual(delays.within([1_000, 2_000]), { median_ms: 11, worst_ms: 64 });
  assert.deepEqual(delays.within([3_000, 4_000]), { median_ms: NaN, worst_ms: NaN });
  assert.equal(delays.held.length, 5);
});

test("however many ticks come, no more room is taken than at first", () => {
  const delays = new Delays();
  delays.took(0, 5, 0);
  const { buffer } = delays.held.values(0);

  for (let i = 1; i < 20_000; i += 1) delays.took(i, i + 5, i);

  assert.equal(delays.held.values(0).buffer, buffer);
  assert.equal(delays.held.length, 8_192);
  assert.deepEqual([delays.held.time_ms.at(-1), delays.median_ms], [19_999, 5]);
});

test("before the first tick nothing is known", () => {
  const delays = new Delays();

  assert.deepEqual([delays.median_ms, delays.rate_hz(0)], [NaN, NaN]);
  assert.equal(delays.isSense(1), false);
});

test("ticks from the future, or from years ago, say that the clocks differ", () => {
  for (const delay_ms of [-500, 86_400_000]) {
    const delays = new Delays();
    delays.took(0, delay_ms, 0);
    assert.equal(delays.isSense(5), false);
  }
});

test("that there is no delay to tell is known at once of years, of little only after many ticks", () => {
  const [years, little] = [new Delays(), new Delays()];
  years.took(0, 86_400_000, 0);
  for (let i = 0; i < 29; i += 1) little.took(0, -50, 0);

  assert.deepEqual([new Delays(), years, little].map((one) => one.isNonsense(5)), [false, true, false]);
  little.took(0, -50, 0);
  assert.equal(little.isNonsense(5), true);
  assert.equal(little.isNonsense(60), false);
});

test("ticks a second are counted, and become fewer while none comes", () => {
  const delays = new Delays();
  for (let i = 0; i <= 10; i += 1) delays.took(0, 0, 500 * i);

  assert.equal(delays.rate_hz(5_200), 2);
  assert.ok(delays.rate_hz(15_000) < 1);
  assert.deepEqual(rateText(2), ["2.0", "ticks/s"]);
  assert.deepEqual(rateText(1 / 30), ["2.0", "ticks/min"]);
  assert.deepEqual(rateText(NaN), ["–", "ticks/s"]);
});

test("of the ticks in one px the longest delay is shown, and nothing where none came", () => {
  const delays = new Delays();
  for (const [time_ms, delay_ms] of [[-1, 99], [0, 5], [1, 7], [1, 6], [10, 9], [11, 99]]) delays.took(time_ms, time_ms + delay_ms, 0);

  assert.deepEqual([...columnsOf(delays.held, [0, 10], 5)], [7, NaN, NaN, NaN, 9]);
});

test("the scale is round, and never finer than 50 ms", () => {
  assert.deepEqual([[1], [64], [NaN, 201], [1e6]].map((one) => scaleOf(Float32Array.from(one))), [50, 100, 500, 60_000]);
});
