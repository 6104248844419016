import assert from "node:assert/strict";
import { test } from "node:test";

import { Columns } from "../../static/js/columns.js";

test("values come back bit for bit", () => {
  const columns = new Columns(10);

  columns.append([1.25, 1e12 + 0.125], [[0.1 + 0.2, -0], [5e-324, Number.MAX_VALUE]]);

  assert.deepEqual([...columns.time_ms], [1.25, 1e12 + 0.125]);
  assert.ok(Object.is(columns.values(0)[1], -0));
  assert.deepEqual([...columns.values(0)], [0.30000000000000004, -0]);
  assert.deepEqual([...columns.values(1)], [5e-324, Number.MAX_VALUE]);
});

test("a missing value is NaN, never 0", () => {
  const columns = new Columns(10);

  columns.append([1, 2], [[null, 7]]);

  assert.deepEqual([...columns.values(0)], [NaN, 7]);
});

test("the oldest go, and their number is told", () => {
  const columns = new Columns(3);

  for (let i = 1; i <= 100; i += 1) columns.append([i], [[10 * i]]);

  assert.deepEqual([...columns.time_ms], [98, 99, 100]);
  assert.deepEqual([...columns.values(0)], [980, 990, 1000]);
  assert.equal(columns.dropped, 97);
});

for (const [capacity, size] of [[3, 2], [3, 3], [4, 3], [2, 5], [7, 20]]) {
  test(`frames of ${size} into ${capacity} leave the newest, like a plain list`, () => {
    const columns = new Columns(capacity);
    const plain = [];

    for (let i = 0; i < 40; i += 1) {
      const t = Array.from({ length: size }, (_, k) => i * size + k);
      columns.append(t, [t.map((ms) => -ms)]);
      plain.push(...t);
      assert.deepEqual([...columns.time_ms], plain.slice(-capacity));
      assert.deepEqual([...columns.values(0)], plain.slice(-capacity).map((ms) => -ms));
      assert.equal(columns.dropped, plain.length - columns.length);
    }
  });
}

test("a series that is added is missing in the ticks before", () => {
  const columns = new Columns(4);
  columns.append([1], [[5]]);

  columns.append([2], [[6], [60]]);

  assert.deepEqual([...columns.values(1)], [NaN, 60]);
});

test("a row that is not there is missing", () => {
  const columns = new Columns(4);
  columns.append([1], [[5], [50]]);

  columns.append([2], [[6]]);

  assert.deepEqual([...columns.values(1)], [50, NaN]);
});

test("clear leaves nothing", () => {
  const columns = new Columns(2);
  columns.append([1, 2, 3], [[1, 2, 3]]);

  columns.clear();

  assert.deepEqual([columns.length, columns.seriesCount, columns.dropped], [0, 0, 0]);
});
