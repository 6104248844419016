import assert from "node:assert/strict";
import { test } from "node:test";

import { brushed, centered, partAt } from "../../static/js/brush.js";
import { Overview } from "../../static/js/overview.js";
import { Viewer } from "../../static/js/viewer.js";

const BOUNDS = [0, 1000];

test("edges are taken hold of from both sides, the middle between them", () => {
  assert.deepEqual([10, 95, 105, 150, 195, 205, 300].map((x) => partAt(x, 100, 200)),
    ["outside", "left", "left", "middle", "right", "right", "outside"]);
});

test("of a brush that is narrow, the nearer edge is taken", () => {
  assert.deepEqual([99, 102, 103].map((x) => partAt(x, 100, 104)), ["left", "right", "right"]);
});

test("the middle moves the range, no further than there are ticks", () => {
  assert.deepEqual(brushed("middle", [400, 600], 500, 550, BOUNDS), [450, 650]);
  assert.deepEqual(brushed("middle", [400, 600], 500, 5000, BOUNDS), [800, 1000]);
});

test("an edge moves alone, and may pass the other", () => {
  assert.deepEqual(brushed("left", [400, 600], 400, 100, BOUNDS), [100, 600]);
  assert.deepEqual(brushed("right", [400, 600], 600, 9999, BOUNDS), [400, 1000]);
  assert.deepEqual(brushed("left", [400, 600], 400, 700, BOUNDS), [600, 700]);
});

test("outside, what is dragged over becomes the range, and a click moves it there", () => {
  assert.deepEqual(brushed("outside", [400, 600], 100, 50, BOUNDS), [50, 100]);
  assert.deepEqual(centered([400, 600], 150, BOUNDS), [50, 250]);
  assert.deepEqual(centered([400, 600], 20, BOUNDS), [0, 200]);
});

function viewerOf(from, to, { offset = to - from, ...more } = {}) {
  const t = Array.from({ length: to - from }, (_, i) => from + i);
  const viewer = new Viewer(1000);
  viewer.take("snapshot", { epoch: "aaaaaaaa", offset, t, y: [t], ...more });
  return viewer;
}

test("whoever holds all ticks from the first on needs no overview of the server's", () => {
  assert.equal(new Overview().isNeeded(viewerOf(0, 50)), false);
  assert.equal(new Overview().isNeeded(viewerOf(0, 50, { offset: 400 })), true);
});

test("a reduced snapshot may have left out what is before it", () => {
  assert.equal(new Overview().isNeeded(viewerOf(0, 50, { offset: 400, reduced: true })), true);
});

test("an overview ends with the live ticks, without doubling any", () => {
  const overview = new Overview();
  const viewer = viewerOf(80, 100, { offset: 100 });
  overview.keep({ epoch: "aaaaaaaa", t: [0, 50, 90], y: [[0, 50, 90]], reduced: true }, viewer);

  const { times, values } = overview.columns(viewer, 0);

  assert.deepEqual([...times], [0, 50, 90, ...Array.from({ length: 9 }, (_, i) => 91 + i)]);
  assert.deepEqual([...values], [...times]);
  assert.equal(overview.oldest_ms(viewer), 0);
  assert.equal(overview.isNeeded(viewer), false);
});

test("an overview of another epoch is none", () => {
  const overview = new Overview();
  const viewer = viewerOf(80, 100, { offset: 100 });
  overview.keep({ epoch: "bbbbbbbb", t: [0], y: [[0]] }, viewer);

  assert.ok(Number.isNaN(overview.oldest_ms(viewer)));
  assert.equal(overview.isNeeded(viewer), true);
});
