import assert from "node:assert/strict";
import { test } from "node:test";

import { after, base, hasJump, later } from "../../static/js/frame.js";

const frame = { epoch: "aaaaaaaa", offset: 12, t: [100, 110, 110], y: [[1, 2, 3], [4, null, 6]] };

test("a frame begins after its base", () => {
  assert.equal(base(frame), 9);
});

test("a frame that continues the series is no jump, nor is one that overlaps", () => {
  assert.equal(hasJump(frame, 9), false);
  assert.equal(hasJump(frame, 11), false);
});

test("a frame that leaves out one tick is a jump", () => {
  assert.equal(hasJump(frame, 8), true);
});

test("after drops what is known, in all rows", () => {
  assert.deepEqual(after(frame, 10), { ...frame, t: [110, 110], y: [[2, 3], [null, 6]] });
});

test("after leaves nothing of a frame that is known altogether", () => {
  assert.deepEqual(after(frame, 40).t, []);
});

test("after leaves a frame alone of which nothing is known", () => {
  assert.equal(after(frame, 3), frame);
});

test("later drops by time", () => {
  assert.deepEqual(later(frame, 100).y, [[2, 3], [null, 6]]);
  assert.deepEqual(later(frame, 110).t, []);
});
