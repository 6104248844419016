import assert from "node:assert/strict";
import { test } from "node:test";

import { tickBeside } from "../../static/js/pointing.js";

const view = { time_ms: [0, 10, 20, 20, 30, 40, 50], from: 1, to: 6 };

test("the first that is pointed at is the newest in view", () => {
  assert.equal(tickBeside(view, null, -1, 0), 40);
  assert.equal(tickBeside(view, 50, -1, 0), 40);
  assert.equal(tickBeside(view, 0, 1, 0), 40);
});

test("one goes from tick to tick, and stays in view", () => {
  assert.equal(tickBeside(view, 40, -1, 1), 30);
  assert.equal(tickBeside(view, 30, -1, 1), 20);
  assert.equal(tickBeside(view, 20, -1, 1), 10);
  assert.equal(tickBeside(view, 10, -1, 1), 10);
  assert.equal(tickBeside(view, 10, 1, 1), 20);
  assert.equal(tickBeside(view, 20, 1, 1), 30);
});

test("after the newest nothing is pointed at", () => {
  assert.equal(tickBeside(view, 40, 1, 1), null);
});

test("between ticks the next one is pointed at", () => {
  assert.equal(tickBeside(view, 25, 1, 1), 30);
  assert.equal(tickBeside(view, 25, -1, 1), 20);
});

test("ticks that cannot be told apart are passed over", () => {
  assert.equal(tickBeside(view, 40, -1, 15), 20);
  assert.equal(tickBeside(view, 10, 1, 15), 30);
});

test("where there is nothing, nothing is pointed at", () => {
  assert.equal(tickBeside({ ...view, to: 1 }, null, -1, 0), null);
});
