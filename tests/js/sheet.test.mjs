/** Lines by columns of px: pieces that go on where another ended, and axes that stand still. */

import assert from "node:assert/strict";
import test from "node:test";

/** Keeps what is drawn on it. */
globalThis.Path2D = class {
  steps = [];
  moveTo(x, y) { this.steps.push(["move", x + 0, y]); }
  lineTo(x, y) { this.steps.push(["line", x + 0, y]); }
  arc(x, y) { this.steps.push(["dot", x + 0, y]); }
};
globalThis.devicePixelRatio = 1;
const { stepped } = await import("../../static/js/extent.js");
const { drawColumns, Pen } = await import("../../static/js/line.js");
const { MeasuringPen } = await import("../../static/js/sheet.js");

const PER_COLUMN = 4;

function drawn(pen, values, { from = 0, perColumn = PER_COLUMN, breaks = [] } = {}) {
  const times = values.map((_, i) => i - (perColumn - 1) / 2);
  drawColumns(pen, [times, values], [{ at: 0, factor: 1 / perColumn }, { at: 0, factor: 1 }], [from, values.length - 1], breaks);
  return { lines: pen.stroke.steps, dots: pen.dots.steps };
}

test("a column is drawn from its lowest to its highest value, whatever is between", () => {
  const { lines } = drawn(new Pen(1), [5, 9, 1, 2, 2, 2, 2, 2]);

  assert.deepEqual(lines, [["move", 0, 9], ["line", 0, 1], ["line", 1, 2]]);
});

test("a line is broken before a gap and at what is missing, and a value alone is a dot", () => {
  const { lines, dots } = drawn(new Pen(1), [1, 1, 1, 1, NaN, 7, NaN, 8, 3, 3], { perColumn: 1, breaks: [2] });

  assert.deepEqual(lines.filter(([what]) => what === "move").map(([, x]) => x), [0, 2, 5, 7]);
  assert.deepEqual(dots.filter(([what]) => what === "dot"), [["dot", 5, 7]]);
});

test("a piece that goes on from a column draws what the whole line has from there, at the same length", () => {
  const values = Array.from({ length: 400 }, (_, i) => Math.round(50 * Math.sin(i) + 20 * Math.sin(i / 7)));
  const [whole, piece] = [new Map(), new Map()];
  const all = drawn(new MeasuringPen(0, (column, length_px) => whole.set(column + 0, length_px)), values);

  const rest = drawn(new MeasuringPen(whole.get(60), (column, length_px) => piece.set(column, length_px)), values, { from: 60 * PER_COLUMN });

  assert.deepEqual(rest.lines.slice(1), all.lines.slice(-(rest.lines.length - 1)));
  assert.deepEqual([...piece.keys()], [...whole.keys()].slice(60));
  for (const [column, length_px] of piece) assert.ok(Math.abs(length_px - whole.get(column)) < 1e-9);
});

test("dashes begin anew after a gap", () => {
  const lengths = [];

  drawn(new MeasuringPen(3, (column, length_px) => lengths.push([column, length_px])), [0, 3, NaN, 5, 9], { perColumn: 1 });

  assert.deepEqual(lengths, [[0, 3], [1, 3 + Math.hypot(1, 3)], [3, 3], [4, 3 + Math.hypot(1, 4)]]);
});

test("the range of an axis stands still while its values move a little", () => {
  assert.deepEqual(stepped([10.1, 29.2]), stepped([10.3, 29.4]));
  assert.notDeepEqual(stepped([10.1, 29.2]), stepped([10.1, 33]));
});

test("the range of an axis holds its values, and is little wider than they are", () => {
  for (const [low, high] of [[0, 1], [-3.7, 120.4], [1e-9, 3e-9], [-5e12, 4e12], [99.99, 100.01]]) {
    const [from, to] = stepped([low, high]);
    assert.ok(from <= low && to >= high, `${[from, to]}`);
    assert.ok(to - from <= 1.13 * (high - low) + 1e-12, `${[from, to]}`);
  }
});
