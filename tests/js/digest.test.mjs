import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { Columns } from "../../static/js/columns.js";
import { digest } from "../../static/js/digest.js";

const VECTORS = JSON.parse(readFileSync(new URL("../digest_vectors.json", import.meta.url)));

function columnsOf(t, y) {
  const columns = new Columns(Math.max(1, t.length));
  columns.append(t, y);
  return columns;
}

test("a digest is the same as the server's", () => {
  for (const { offset, t, y, digest: expected } of VECTORS) {
    assert.equal(digest(columnsOf(t, y), offset), expected, JSON.stringify(t));
  }
});

test("a part of the ticks held has the digest of that part", () => {
  const whole = columnsOf([1, 2, 3, 4], [[10, 20, 30, 40]]);

  assert.equal(digest(whole, 3, 1, 3), digest(columnsOf([2, 3], [[20, 30]]), 3));
});

test("a series that comes later changes nothing of before", () => {
  const columns = columnsOf([1, 2], [[10, 20]]);
  const before = digest(columns, 2);

  columns.widen(3);

  assert.equal(digest(columns, 2), before);
});

test("any value, time or offset that differs is found", () => {
  const one = digest(columnsOf([1, 2], [[10, 20], [30, null]]), 2);
  const others = [
    digest(columnsOf([1, 2], [[10, 20], [30, 0]]), 2),
    digest(columnsOf([1, 2], [[20, 10], [30, null]]), 2),
    digest(columnsOf([1, 2.5], [[10, 20], [30, null]]), 2),
    digest(columnsOf([1, 2], [[-10, -20], [30, null]]), 2),
    digest(columnsOf([1, 2], [[10, 20], [30, null]]), 3),
    digest(columnsOf([1, 2], [[30, null], [10, 20]]), 2),
  ];

  assert.equal(new Set([one, ...others]).size, 7);
});
