import assert from "node:assert/strict";
import { test } from "node:test";

import { nextOf } from "../../static/js/roving.js";

/** Three to a row, the last row has two; the second thing is the highest. */
const places = [[0, 0, 10], [20, 0, 30], [40, 0, 10], [0, 40, 50], [20, 40, 50]].map(([left, top, bottom]) => ({ left, right: left + 10, top, bottom }));

test("left and right go in the order of reading, and stay at the ends", () => {
  assert.deepEqual([nextOf(places, 2, "ArrowRight"), nextOf(places, 2, "ArrowLeft")], [3, 1]);
  assert.deepEqual([nextOf(places, 4, "ArrowRight"), nextOf(places, 0, "ArrowLeft")], [4, 0]);
});

test("up and down go to what is nearest in the next row", () => {
  assert.deepEqual([nextOf(places, 1, "ArrowDown"), nextOf(places, 2, "ArrowDown")], [4, 4]);
  assert.deepEqual([nextOf(places, 3, "ArrowUp"), nextOf(places, 4, "ArrowUp")], [0, 1]);
  assert.deepEqual([nextOf(places, 0, "ArrowUp"), nextOf(places, 4, "ArrowDown")], [0, 4]);
});

test("Home and End go to the first and the last", () => {
  assert.deepEqual([nextOf(places, 3, "Home"), nextOf(places, 1, "End")], [0, 4]);
});

test("other keys lead nowhere", () => {
  assert.equal(nextOf(places, 1, "Enter"), -1);
});
