import assert from "node:assert/strict";
import { test } from "node:test";

import { Look } from "../../static/js/look.js";

/** A look at ticks from 0 to 1000 s, a second apart; `heard` is what changed. */
function looking(span_ms = 100_000) {
  const look = new Look();
  look.reach({ oldest_ms: 0, newest_ms: 1_000_000, spacing_ms: 1000 });
  look.choose(span_ms);
  const heard = [];
  look.addEventListener("change", ({ detail }) => heard.push([...detail].sort().join()));
  return { look, heard };
}

test("a view that follows ends with the newest tick, and moves on with it", () => {
  const { look } = looking();

  assert.deepEqual(look.range_ms(), [900_000, 1_000_000]);
  look.reach({ newest_ms: 1_001_000 });

  assert.deepEqual(look.range_ms(), [901_000, 1_001_000]);
  assert.ok(look.isFollowing);
});

test("what is looked back at stays where it is, whatever comes", () => {
  const { look } = looking();

  look.pause();
  look.reach({ newest_ms: 2_000_000 });

  assert.ok(!look.isFollowing);
  assert.deepEqual(look.range_ms(), [900_000, 1_000_000]);
  look.follow();
  assert.deepEqual(look.range_ms(), [1_900_000, 2_000_000]);
});

test("what was dragged over is shown, from whichever side", () => {
  const { look, heard } = looking();

  look.show(300_000, 200_000);

  assert.deepEqual(look.range_ms(), [200_000, 300_000]);
  assert.deepEqual(heard, ["range"]);
});

test("a range that is too narrow is widened around its middle", () => {
  const { look } = looking();

  look.show(500, 500);

  assert.deepEqual(look.range_ms(), [490, 510]);
});

test("a range that is no range is not taken", () => {
  const { look } = looking();

  look.show(NaN, 5);

  assert.ok(look.isFollowing);
});

test("one can move as far as there are ticks, and the span stays", () => {
  const { look } = looking();

  look.pan(-50_000);
  assert.deepEqual(look.range_ms(), [850_000, 950_000]);
  look.pan(99_000_000);
  assert.deepEqual(look.range_ms(), [900_000, 1_000_000]);
  look.pan(-99_000_000);
  assert.deepEqual(look.range_ms(), [0, 100_000]);
});

test("zooming leaves the moment under the pointer where it is", () => {
  const { look } = looking();

  look.zoom(0.5, 925_000);

  assert.deepEqual(look.range_ms(), [912_500, 962_500]);
  look.zoom(2, 925_000);
  assert.deepEqual(look.range_ms(), [900_000, 1_000_000]);
  assert.ok(!look.isFollowing);
});

test("what cannot be seen closer stays where it is", () => {
  const { look } = looking();
  look.show(925_000, 925_020);

  look.zoom(0.5, 925_002);
  assert.deepEqual(look.range_ms(), [925_000, 925_020]);

  look.show(925_000, 925_030);
  look.zoom(0.5, 925_000);
  assert.deepEqual(look.range_ms(), [925_000, 925_020]);
});

test("zooming out ends with all there is", () => {
  const { look } = looking();

  look.zoom(1000, 950_000);

  assert.deepEqual(look.range_ms(), [0, 1_000_000]);
});

test("zooming a live view at no moment keeps it live", () => {
  const { look } = looking();

  look.zoom(0.5);

  assert.ok(look.isFollowing);
  assert.deepEqual(look.range_ms(), [950_000, 1_000_000]);
});

test("a window chosen while looking back keeps the newest end; all there is is live", () => {
  const { look } = looking();
  look.show(100_000, 400_000);

  look.choose(60_000);
  assert.deepEqual(look.range_ms(), [340_000, 400_000]);
  look.choose(Infinity);

  assert.ok(look.isFollowing);
  assert.deepEqual(look.range_ms(), [0, 1_000_000]);
});

test("a suggestion gives way to what was chosen", () => {
  const look = new Look();

  look.suggest(300_000);
  assert.equal(look.span_ms, 300_000);
  look.choose(60_000);
  look.suggest(300_000);

  assert.equal(look.span_ms, 60_000);
});

test("silence is shown after the newest tick, and takes no more than a part of the view", () => {
  const { look } = looking();

  look.reach({ ahead_ms: 12_000 });
  assert.deepEqual(look.range_ms(), [912_000, 1_012_000]);
  look.reach({ ahead_ms: 1e9 });

  assert.deepEqual(look.range_ms(), [925_000, 1_025_000]);
});

test("of a view that has room nothing is left out for the silence after it", () => {
  const { look } = looking();
  look.choose(Infinity);
  const [oldest_ms, newest_ms] = look.range_ms();

  look.reach({ ahead_ms: 12_000 });
  assert.deepEqual(look.range_ms(), [oldest_ms, newest_ms + 12_000]);
  look.reach({ ahead_ms: 1e9 });

  assert.deepEqual(look.range_ms(), [oldest_ms, newest_ms + (newest_ms - oldest_ms) / 3]);
});

test("only what differs is told", () => {
  const { look, heard } = looking();

  look.set({ kind: "candles", candle_ms: 0 });
  look.toggleSeries("a");
  look.set({ hidden: new Set(["a"]) });
  look.toggleSeries("a");

  assert.deepEqual(heard, ["kind", "hidden", "hidden"]);
  assert.equal(look.hidden.size, 0);
});
