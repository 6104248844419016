import assert from "node:assert/strict";
import { test } from "node:test";

import { chartText, latestText, wayOf } from "../../static/js/alternative.js";

const series = [{ name: "e", label: "EURUSD", unit: "USD" }, { name: "l", label: "Load", unit: "" }];
const view = { series: [
  { first: 1.1, last: 1.2, min: 1, max: 1.25, digits: 2 },
  { first: 5, last: 5, min: 5, max: 5, digits: 0 },
] };

test("a chart is told by each series: newest value, lowest, highest, and where it goes", () => {
  assert.equal(
    chartText("FX", series, view),
    "Chart FX; EURUSD: 1.20 USD, lowest 1.00, highest 1.25, rising; Load: 5, lowest 5, highest 5, steady",
  );
});

test("the newest values are said in one line", () => {
  assert.equal(latestText(series, view), "EURUSD 1.20 USD, Load 5");
});

test("what is hidden is not told, and of what has no values that it has none", () => {
  const none = { ...view, series: [view.series[0], {}] };

  assert.equal(chartText("FX", series, view, new Set(["e"])), "Chart FX; Load: 5, lowest 5, highest 5, steady");
  assert.equal(latestText(series, view, new Set(["l"])), "EURUSD 1.20 USD");
  assert.equal(chartText("FX", series, none, new Set(["e"])), "Chart FX; Load: no values");
});

test("of very many it is told how many more there are", () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ name: `s${i}`, label: `S${i}`, unit: "" }));
  const text = latestText(many, { series: many.map((_, i) => ({ last: i, digits: 0 })) });

  assert.ok(text.endsWith("S6 6, S7 7, and 22 more"), text);
});

test("a way is one of a tenth of the range at least", () => {
  assert.equal(wayOf({ first: 0, last: -2, min: -2, max: 2 }), "say.falling");
  assert.equal(wayOf({ first: 0, last: 0.1, min: -2, max: 2 }), "say.steady");
  assert.equal(wayOf({ first: NaN, last: NaN, min: NaN, max: NaN }), "say.steady");
});
