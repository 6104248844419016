import assert from "node:assert/strict";
import { test } from "node:test";

import { changeOf, changeText } from "../../static/js/change.js";

test("a change is told in the unit and as a share of the window's first", () => {
  assert.equal(changeText(changeOf(151.223, 151.28), 3), "▲ +0.057 +0.04%");
  assert.equal(changeText(changeOf(200, 150), 0), "▼ −50 −25.0%");
  assert.equal(changeText(changeOf(-4, -2), 0), "▲ +2 +50.0%");
});

test("there is no share of nothing, nor of a share", () => {
  assert.equal(changeText(changeOf(0, 5), 0), "▲ +5");
  assert.equal(changeText(changeOf(40, 50, "%"), 0), "▲ +10");
});

test("what has not changed, or is not known, has no share either", () => {
  assert.equal(changeText(changeOf(3, 3), 0), "unchanged");
  assert.equal(changeText(changeOf(NaN, NaN), 0), "");
});
