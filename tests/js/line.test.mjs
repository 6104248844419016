import assert from "node:assert/strict";
import { test } from "node:test";

import { linePaths } from "../../static/js/line.js";

/** Of a canvas only its paths are asked for: here each is a list of what it was told. */
globalThis.Path2D = class {
  steps = [];
  moveTo(x, y) { this.steps.push(["move", x, y]); }
  lineTo(x, y) { this.steps.push(["line", x, y]); }
  arc(x, y) { this.steps.push(["dot", x, y]); }
};
globalThis.devicePixelRatio = 1;

const WIDTH = 100;

/** Drawn so that x is in px, and y is the value, downwards. */
function drawn(values, breaks = []) {
  const times = Float64Array.from(values, (_, i) => (i * WIDTH) / values.length);
  const u = {
    bbox: { width: WIDTH },
    data: [times, Float64Array.from(values)],
    scales: { x: { min: 0, max: WIDTH }, y: { min: 0, max: 1 } },
    series: [{}, {}],
    valToPos: (value) => value,
  };
  const { stroke, fill } = linePaths(() => breaks)(u, 1, 0, values.length - 1);
  return { steps: stroke.steps, dots: fill.steps.filter(([kind]) => kind === "dot"), width: u.series[1].width, times };
}

const wave = Array.from({ length: 2_000 }, (_, i) => Math.sin(i / 7) + Math.sin(i * 3));

test("each column of many points keeps its lowest and highest value, in a line that is thin", () => {
  const { steps, times, width } = drawn(wave);

  for (let x = 0; x <= WIDTH; x += 1) {
    const column = wave.filter((_, i) => Math.round(times[i]) === x);
    const ys = steps.filter((step) => step[1] === x).map((step) => step[2]);
    assert.ok(ys.length <= 2);
    assert.ok(Math.abs(Math.min(...ys) - Math.min(...column)) < 1e-9);
    assert.ok(Math.abs(Math.max(...ys) - Math.max(...column)) < 1e-9);
  }
  assert.equal(steps.filter(([kind]) => kind === "move").length, 1);
  assert.ok(width < drawn(wave.slice(0, 150)).width);
});

test("gaps and missing values break the line, of few points and of many", () => {
  for (const n of [50, 2_000]) {
    const values = wave.slice(0, n);
    const middle = n / 2;
    values[middle] = NaN;

    const { steps } = drawn(values, [Math.floor(n / 4), Math.floor((3 * n) / 4)]);

    assert.equal(steps.filter(([kind]) => kind === "move").length, 4, `${n} points`);
    assert.ok(steps.every(([, x, y]) => !Number.isNaN(x) && !Number.isNaN(y)));
  }
});

test("a value alone between two gaps is a dot", () => {
  for (const n of [50, 2_000]) {
    const values = wave.slice(0, n).map((value, i) => (i === n / 2 ? value : NaN));

    const { dots } = drawn(values);

    assert.deepEqual(dots.map(([, x, y]) => [Math.round(x), y]), [[50, wave[n / 2]]], `${n} points`);
  }
});

test("points of one column on both sides of a break are on both sides of it", () => {
  const { steps } = drawn(wave, [1_001, 1_003]);

  assert.equal(steps.filter(([kind]) => kind === "move").length, 3);
  const around = steps.filter(([, x]) => x === 50).map(([, , y]) => y);
  for (const i of [1_001, 1_002]) assert.ok(around.some((y) => Math.abs(y - wave[i]) < 1e-9));
});

test("of ticks at one time all are drawn, whichever of them is found first or last", () => {
  const u = {
    bbox: { width: WIDTH },
    data: [Float64Array.of(10, 10, 10, 20, 30, 30, 30), Float64Array.of(1, 2, 3, 4, 5, 6, 7)],
    scales: { x: { min: 0, max: WIDTH }, y: { min: 0, max: 1 } },
    series: [{}, {}],
    valToPos: (value) => value,
  };

  const { stroke } = linePaths(() => [])(u, 1, 1, 5);

  assert.deepEqual(stroke.steps.map(([, , y]) => y), [1, 2, 3, 4, 5, 6, 7]);
});
