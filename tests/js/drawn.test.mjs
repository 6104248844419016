import assert from "node:assert/strict";
import test from "node:test";

import { drawnOf } from "../../static/js/drawn.js";

const plot = {
  data: [Float64Array.of(1, 2, 3, 4), Float64Array.of(10, NaN, 30, 40)],
  valToPos: (value, scale, isCanvas) => (isCanvas ? value * (scale === "x" ? 100 : -1) : NaN),
};
const pane = { series: [{ name: "a" }], view: { from: 1, to: 3 } };

test("what is in view is told with its places, and nothing where a value is missing", () => {
  assert.deepEqual(drawnOf(plot, pane), { series: ["a"], t: [2, 3], y: [[null, 30]], x_px: [200, 300], y_px: [[null, -30]] });
});

test("a pane that has drawn nothing says so", () => {
  assert.deepEqual(drawnOf(null, pane), { series: ["a"], t: [], y: [], x_px: [], y_px: [] });
});
