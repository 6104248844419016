import assert from "node:assert/strict";
import { test } from "node:test";

import { apart } from "../../static/js/chips.js";

test("chips with room stay where they are", () => {
  assert.deepEqual(apart([100, 20, 60], 20, [0, 200]), [100, 20, 60]);
});

test("chips that collide are moved apart by the same", () => {
  assert.deepEqual(apart([52, 48], 20, [0, 200]), [60, 40]);
  assert.deepEqual(apart([50, 50, 50], 20, [0, 200]), [30, 50, 70]);
});

test("chips that are pushed meet others, which give way in turn", () => {
  assert.deepEqual(apart([50, 52, 72], 20, [0, 200]), [38, 58, 78]);
});

test("no chip leaves the axis", () => {
  assert.deepEqual(apart([-10, 0, 300], 20, [0, 200]), [10, 30, 190]);
});

test("without room for all there is none for any", () => {
  assert.equal(apart([1, 2, 3], 20, [0, 59]), null);
  assert.deepEqual(apart([], 20, [0, 5]), []);
});
