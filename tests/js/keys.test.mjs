import assert from "node:assert/strict";
import { test } from "node:test";

import { DEEDS, deedOf, rowsOf } from "../../static/js/keys.js";
import { Look } from "../../static/js/look.js";

function lookAt(from_ms, to_ms) {
  const look = new Look();
  look.reach({ oldest_ms: 0, newest_ms: 100_000, spacing_ms: 1000 });
  look.show(from_ms, to_ms);
  return look;
}

test("no key does two things", () => {
  const keys = DEEDS.flatMap((deed) => deed.keys);

  assert.equal(new Set(keys).size, keys.length);
});

test("arrows move by a fifth of what is in view", () => {
  const look = lookAt(40_000, 50_000);

  deedOf("ArrowLeft").look(look);
  assert.deepEqual(look.range_ms(), [38_000, 48_000]);
  deedOf("ArrowRight").look(look);
  assert.deepEqual(look.range_ms(), [40_000, 50_000]);
});

test("plus looks closer, minus wider", () => {
  const look = lookAt(40_000, 50_000);

  deedOf("+").look(look);
  assert.deepEqual(look.range_ms(), [42_500, 47_500]);
  deedOf("-").look(look);
  assert.deepEqual(look.range_ms(), [40_000, 50_000]);
});

test("letters choose the kind, large or small", () => {
  const look = lookAt(40_000, 50_000);

  deedOf("C").look(look);
  assert.equal(look.kind, "candles");
  deedOf("l").look(look);
  assert.equal(look.kind, "line");
});

test("keys that others take are left to them", () => {
  assert.deepEqual([" ", "End", "a", "Escape", "x", "Tab"].map((key) => deedOf(key)), Array(6).fill(undefined));
});

test("the chart in a frame has keys for looking alone, a kiosk one for all of the screen", () => {
  const keys = DEEDS.flatMap((deed) => deed.keys);
  const inPlace = (place) => keys.filter((key) => deedOf(key, place)).join("");

  assert.equal(inPlace("embed"), "ArrowLeftArrowRight+=-,.12345cl");
  assert.equal(inPlace("kiosk"), "f");
});

test("keys for the same are one row of the sheet", () => {
  assert.deepEqual(rowsOf(DEEDS).find(({ words }) => words === "keys.window").keys, ["1", "2", "3", "4", "5"]);
});
