import assert from "node:assert/strict";
import test from "node:test";

import { tagsOf } from "../../static/js/note-marks.js";

const at = (...places) => places.map((x, i) => ({ x, letter: "ABCDEFG"[i] }));

test("notes that are apart have a tag each", () => {
  assert.deepEqual(tagsOf(at(10, 60, 30), 18), [{ x: 10, text: "A" }, { x: 30, text: "C" }, { x: 60, text: "B" }]);
});

test("notes that would cover one another share a tag, which says how many they are", () => {
  assert.deepEqual(tagsOf(at(10, 20, 30, 100), 18), [{ x: 20, text: "A +2" }, { x: 100, text: "D" }]);
  assert.deepEqual(tagsOf(at(10, 10), 18), [{ x: 10, text: "A +1" }]);
  assert.deepEqual(tagsOf([], 18), []);
});
