import assert from "node:assert/strict";
import { test } from "node:test";

import { Behind, behindText } from "../../static/js/behind.js";
import { Look } from "../../static/js/look.js";

function looking() {
  const look = new Look();
  look.reach({ oldest_ms: 0, newest_ms: 100_000, spacing_ms: 1000 });
  return { look, behind: new Behind(look) };
}

test("a view that follows is behind nothing", () => {
  const { behind } = looking();

  assert.equal(behind.at({ epoch: "a", offset: 7 }), null);
});

test("what comes while one looks back is counted", () => {
  const { look, behind } = looking();
  look.pause();

  behind.at({ epoch: "a", offset: 7 });
  look.reach({ newest_ms: 141_000 });

  assert.deepEqual(behind.at({ epoch: "a", offset: 89 }), { behind_ms: 41_000, ticks: 82 });
  assert.equal(behindText({ behind_ms: 41_000, ticks: 82 }), "41 s behind, 82 new");
});

test("each look back begins to count anew, and so does another history", () => {
  const { look, behind } = looking();
  look.pause();
  behind.at({ epoch: "a", offset: 7 });
  look.follow();
  behind.at({ epoch: "a", offset: 50 });
  look.pause();

  assert.equal(behind.at({ epoch: "a", offset: 60 }).ticks, 0);
  assert.equal(behind.at({ epoch: "b", offset: 5 }).ticks, 0);
});
