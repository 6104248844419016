import assert from "node:assert/strict";
import test from "node:test";

import { Crosshair } from "../../static/js/crosshair.js";
import { Look } from "../../static/js/look.js";
import { showView, viewOfLook } from "../../static/js/presented-view.js";

function lookOf(change = () => {}) {
  const look = new Look();
  look.reach({ oldest_ms: 0, newest_ms: 600_000, spacing_ms: 1_000 });
  change(look);
  return look;
}

function shown(look, crosshair = new Crosshair()) {
  // As it goes over the wire.
  const view = JSON.parse(JSON.stringify(viewOfLook(look, crosshair)));
  const [other, pointer] = [lookOf(), new Crosshair()];
  showView(view, other, pointer);
  return [other, pointer];
}

test("a window that follows is followed", () => {
  const [other] = shown(lookOf((look) => look.choose(60_000)));

  assert.deepEqual([other.isFollowing, other.range_ms()], [true, [540_000, 600_000]]);
});

test("all there is, is all there is", () => {
  const [other] = shown(lookOf((look) => look.choose(Infinity)));

  assert.deepEqual([other.span_ms, other.isFollowing], [Infinity, true]);
});

test("a range that is looked back at is shown exactly, with all that is chosen", () => {
  const [other] = shown(lookOf((look) => {
    look.show(100_000.5, 200_000);
    look.set({ kind: "candles", candle_ms: 5_000, hidden: new Set(["a"]), pinned_ms: 150_000, panels: "stacked" });
  }));

  assert.deepEqual(other.range_ms(), [100_000.5, 200_000]);
  assert.deepEqual([other.kind, other.candle_ms, other.pinned_ms, other.panels], ["candles", 5_000, 150_000, "stacked"]);
  assert.deepEqual([...other.hidden], ["a"]);
});

test("what the pointer is at is shown, and gone with it", () => {
  const crosshair = new Crosshair();
  crosshair.hover(123_000);
  assert.equal(shown(lookOf(), crosshair)[1].time_ms, 123_000);

  crosshair.hover(null);

  assert.equal(shown(lookOf(), crosshair)[1].time_ms, null);
});

test("what is shown is told from what was done here", () => {
  const heard = [];
  const look = lookOf();
  look.addEventListener("change", ({ detail }) => heard.push(detail.has("presented")));

  showView(viewOfLook(lookOf(), new Crosshair()), look, new Crosshair());
  look.choose(60_000);
  look.restore({});

  assert.deepEqual(heard, [true, false, false]);
});
