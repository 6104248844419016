import assert from "node:assert/strict";
import { test } from "node:test";

import { change, digitsFor, digitsOfStep, duration, length, number, spell, trend } from "../../static/js/text.js";

test("decimals tell values apart", () => {
  assert.equal(digitsFor(1.08, 0.002), 5);
  assert.equal(digitsFor(151, 0.2), 3);
  assert.equal(digitsFor(900, 800), 2);
  assert.equal(digitsFor(0, 0), 2);
  assert.equal(digitsFor(NaN, NaN), 2);
});

test("large values are told apart like small ones", () => {
  const told = (values) => {
    const digits = digitsFor(Math.max(...values), Math.max(...values) - Math.min(...values));
    return values.map((value) => number(value, digits));
  };

  assert.deepEqual(told([15_234_567, 15_234_570, 15_234_702]), ["15.234567M", "15.23457M", "15.234702M"]);
  assert.deepEqual(told([1_000_000, 1_000_001, 1_000_060]), ["1M", "1.000001M", "1.00006M"]);
  assert.deepEqual(told([1.2345678e9, 9.8765432e9]), ["1.2346G", "9.8765G"]);
  assert.equal(new Set(Array.from({ length: 90 }, (_, i) => 1e15 + 3 * i).map((value) => number(value, 0))).size, 90);
  assert.equal(number(500, digitsFor(9e9, 8e9)), "500");
});

test("an axis writes its steps in full", () => {
  assert.deepEqual([50, 1, 0.5, 0.25, 0.02, 1e-5].map(digitsOfStep), [0, 0, 1, 2, 2, 5]);
});

test("numbers", () => {
  assert.equal(number(1.08125, 4), "1.0813");
  assert.equal(number(-3, 0), "−3");
  assert.equal(number(200e6, 0), "200M");
  assert.equal(number(-1.2345678e12, -8), "−1.2346T");
  assert.equal(number(-1.2345678e12, 0), "−1.2345678T");
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

test("what lasted less than a second is told in milliseconds", () => {
  assert.deepEqual([40.4, 999, 1_000, 95_000].map(spell), ["40 ms", "999 ms", "1 s", "1 min 35 s"]);
});

test("durations", () => {
  assert.deepEqual([900, 12_400, 95_000, 7_260_000].map(duration), ["0 s", "12 s", "1 min 35 s", "2 h 1 min"]);
});

test("what is tiny or huge keeps its digits", () => {
  assert.equal(digitsFor(1.3e-7, 2e-8), 8);
  assert.equal(number(-1.3e-7, 8), "−1.3E−7");
  assert.equal(number(1e-7, 2), "0.00");
  assert.equal(number(-0.001, 2), "0.00");
  assert.equal(number(7.3e22, 0), "7.3E22");
  assert.equal(number(4_200_000_000_000_000, 0), "4.2P");
  assert.equal(number(123_456.7, 1), "123,456.7");
});

test("a window is written as people do", () => {
  assert.deepEqual(["5m", "1h", "1M", "90s", "All"].map(length), ["5m", "1h", "1M", "90s", "All"]);
});
