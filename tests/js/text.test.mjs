import assert from "node:assert/strict";
import { test } from "node:test";

import { axisLabel, change, digitsFor, digitsOfStep, duration, moment, number, trend } from "../../static/js/text.js";

const at = (...parts) => new Date(...parts).getTime();

test("decimals tell values apart", () => {
  assert.equal(digitsFor(1.08, 0.002), 5);
  assert.equal(digitsFor(151, 0.2), 3);
  assert.equal(digitsFor(900, 800), 2);
  assert.equal(digitsFor(0, 0), 2);
  assert.equal(digitsFor(NaN, NaN), 2);
});

test("an axis writes its steps in full", () => {
  assert.deepEqual([50, 1, 0.5, 0.25, 0.02, 1e-5].map(digitsOfStep), [0, 0, 1, 2, 2, 5]);
});

test("numbers", () => {
  assert.equal(number(1.08125, 4), "1.0813");
  assert.equal(number(-3, 0), "−3");
  assert.equal(number(200e6, 0), "200M");
  assert.equal(number(-1.2345678e12, 0), "−1.2346T");
  assert.equal(number(NaN, 2), "–");
  assert.equal(number(null, 2), "–");
});

test("a change points up or down, unless there is none to be seen", () => {
  assert.equal(trend(0.5, 2), "▲ +0.50");
  assert.equal(trend(-0.5, 2), "▼ −0.50");
  assert.equal(trend(0, 0), "unchanged");
  assert.equal(trend(-0.001, 2), "unchanged");
  assert.equal(trend(NaN, 2), "");
});

test("changes have a sign", () => {
  assert.equal(change(0.5, 2), "+0.50");
  assert.equal(change(-0.5, 2), "−0.50");
  assert.equal(change(NaN, 2), "");
});

test("durations", () => {
  assert.deepEqual([900, 12_400, 95_000, 7_260_000].map(duration), ["0 s", "12 s", "1 min 35 s", "2 h 1 min"]);
});

test("moments are as fine as the beat", () => {
  const ms = at(2026, 0, 5, 9, 7, 3, 450);

  assert.equal(moment(ms, 1000), "09:07:03");
  assert.equal(moment(ms, 100), "09:07:03.4");
  assert.equal(moment(ms, 3_600_000), "5 Jan 2026 09:07");
  assert.equal(moment(ms, 86_400_000), "5 Jan 2026");
  assert.equal(moment(NaN), "–");
});

test("labels of the time axis are as fine as its steps", () => {
  assert.equal(axisLabel(at(2026, 0, 5, 9, 7, 30), 30_000), "09:07:30");
  assert.equal(axisLabel(at(2026, 0, 5, 9, 8, 0), 30_000), "09:08");
  assert.equal(axisLabel(at(2026, 0, 5, 9, 0), 3_600_000), "09:00");
  assert.equal(axisLabel(at(2026, 0, 5, 0, 0), 3_600_000), "5 Jan");
  assert.equal(axisLabel(at(2026, 3, 1), 30 * 86_400_000), "Apr");
  assert.equal(axisLabel(at(2026, 0, 1), 30 * 86_400_000), "2026");
  assert.equal(axisLabel(at(2026, 0, 1), 365 * 86_400_000), "2026");
});
