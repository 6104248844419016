import assert from "node:assert/strict";
import { test } from "node:test";

import { Columns } from "../../static/js/columns.js";
import { entryOf, layersOf, WINDOW_TICKS } from "../../static/js/layers.js";

function columns(n) {
  const made = new Columns(1000);
  const t = Array.from({ length: n }, (_, i) => 1000 * i);
  made.append(t, [t.map((_, i) => i), t.map((_, i) => (i % 2 ? null : -i))]);
  return made;
}

test("layers have safe labels, seconds, and no more than the window", () => {
  const layers = layersOf(columns(200), 2);

  assert.deepEqual(layers.map(({ label }) => label), ["Series 1", "Series 2"]);
  assert.deepEqual(layers.map(({ values }) => values.length), [WINDOW_TICKS, WINDOW_TICKS]);
  assert.deepEqual(layers[0].values.at(-1), { time: 199, y: 199 });
});

test("a missing value stays missing", () => {
  assert.ok(Number.isNaN(layersOf(columns(2), 2)[1].values[1].y));
});

test("layers are there before there is a tick", () => {
  assert.deepEqual(layersOf(new Columns(5), 2), [{ label: "Series 1", values: [] }, { label: "Series 2", values: [] }]);
});

test("an entry is one value of each series", () => {
  assert.deepEqual(entryOf(columns(5), 2, 2), [{ time: 2, y: 2 }, { time: 2, y: -2 }]);
});
