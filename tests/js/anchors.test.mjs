import assert from "node:assert/strict";
import { test } from "node:test";

import { anchored } from "../../static/js/anchors.js";

test("one finger moves the range and leaves its span", () => {
  assert.deepEqual(anchored([{ time_ms: 5000, x_px: 600 }], 1000, 10_000), [-1000, 9000]);
});

test("two fingers stretch the range, and what was under them stays there", () => {
  const anchors = [{ time_ms: 4000, x_px: 200 }, { time_ms: 6000, x_px: 800 }];

  const [from, to] = anchored(anchors, 1000, 10_000);

  const at = (x_px) => from + (x_px / 1000) * (to - from);
  assert.ok(Math.abs(at(200) - 4000) < 1e-6 && Math.abs(at(800) - 6000) < 1e-6);
});

test("fingers that touch or pass each other only move it", () => {
  const passed = [{ time_ms: 4000, x_px: 800 }, { time_ms: 6000, x_px: 200 }];
  const touching = [{ time_ms: 4000, x_px: 400 }, { time_ms: 6000, x_px: 405 }];

  for (const anchors of [passed, touching]) {
    const [from, to] = anchored(anchors, 1000, 10_000);
    assert.ok(Math.abs(to - from - 10_000) < 1e-6);
  }
});
