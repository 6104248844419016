import assert from "node:assert/strict";
import { test } from "node:test";

import { Look } from "../../static/js/look.js";
import { lookOf, queryOf, withLook } from "../../static/js/look-url.js";
import { spanOf, wordOf } from "../../static/js/span.js";

function restored(query) {
  const look = new Look();
  look.restore(lookOf(new URLSearchParams(query)));
  return look;
}

const again = (query) => queryOf(withLook(restored(query), new URLSearchParams(query)));

test("what makes a view comes through an address unchanged", () => {
  for (const query of [
    "",
    "?window=15m",
    "?window=all",
    "?window=1Y&hide=a",
    "?from=2026-11-22T08:00:00.000Z&to=2026-11-22T08:05:00.250Z",
    "?window=5m&kind=candles&candle=10s&hide=EUR/JPY,b&pin=2026-11-22T08:01:00.000Z&panels=single",
  ]) assert.equal(decodeURIComponent(again(query)), query);
});

test("a range is never said narrower than it is", () => {
  const look = new Look();
  look.show(33_043.663, 34_043.2);
  look.set({ pinned_ms: 33_043.663 });

  const query = "?from=1970-01-01T00:00:33.043Z&to=1970-01-01T00:00:34.044Z&pin=1970-01-01T00:00:33.044Z";
  assert.equal(queryOf(withLook(look, new URLSearchParams())), query);
  assert.equal(again(query), query);
});

test("names with commas and percent signs come through", () => {
  const look = new Look();
  look.set({ hidden: new Set(["a,b", "50%", "%2C"]) });

  const { hidden } = restored(queryOf(withLook(look, new URLSearchParams())));

  assert.deepEqual([...hidden], ["a,b", "50%", "%2C"]);
});

test("what makes no sense is passed by, and what is not its own is left alone", () => {
  const query = "?window=soon&from=yesterday&to=2026-11-22T08:00:00Z&kind=pie&candle=all&panels=9&pin=x&link=abc&theme=dark";

  const look = restored(query);

  assert.ok(look.isFollowing && !look.isChosen);
  assert.deepEqual([look.kind, look.candle_ms, look.pinned_ms, look.panels], ["line", 0, null, ""]);
  assert.equal(again(query), "?link=abc&theme=dark");
});

test("times in which there can be no ticks are passed by", () => {
  assert.ok(restored("?from=-271821-04-20T00:00:00Z&to=2026-11-22T08:00:00Z").isFollowing);
  assert.ok(restored("?from=2026-11-22T08:00:00Z&to=%2B275760-09-13T00:00:00Z").isFollowing);
  assert.ok(!restored("?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z").isFollowing);
});

test("a window that nobody chose is not said", () => {
  const look = new Look();
  look.suggest(300_000);

  assert.equal(queryOf(withLook(look, new URLSearchParams())), "");
});

test("spans have the shortest word, and each word its span", () => {
  assert.deepEqual([300_000, 3_600_000, 90_000, 1_500, Infinity].map(wordOf), ["5m", "1h", "90s", "1500ms", "all"]);
  assert.deepEqual(["5m", "1.5h", "1M", "all", "0s", "-1s", "1e9s", "toString", ""].map(spanOf),
    [300_000, 5_400_000, 2_592_000_000, Infinity, undefined, undefined, undefined, undefined, undefined]);
});
