import assert from "node:assert/strict";
import { test } from "node:test";

import { axisRange, extent, lastOf, stepped } from "../../static/js/extent.js";
import { Look } from "../../static/js/look.js";
import { reachOf, viewOf } from "../../static/js/view.js";
import { Viewer } from "../../static/js/viewer.js";
import { firstWindow, followed, indexAfter, indexAt, nearest, pointsFor, redraw_hz, windowsFor } from "../../static/js/window.js";

test("minutes for ticks that come by the second, years for days", () => {
  assert.deepEqual(windowsFor(1000).map(({ label }) => label), ["1m", "5m", "15m", "1h", "All"]);
  assert.deepEqual(windowsFor(86_400_000).map(({ label }) => label), ["1M", "6M", "1Y", "5Y", "All"]);
});

test("five minutes to begin with, unless they would show nothing", () => {
  assert.equal(firstWindow(1000, false), 300_000);
  assert.equal(firstWindow(1000, true), Infinity);
  assert.equal(firstWindow(60_000, false), Infinity);
  assert.equal(firstWindow(NaN, false), Infinity);
});

const followedOf = (times, span_ms, spacing_ms) =>
  followed({ oldest_ms: times[0], newest_ms: times.at(-1), spacing_ms }, span_ms);

test("a full window ends with the newest tick", () => {
  assert.deepEqual(followedOf([0, 100_000, 400_000], 300_000, 1000), [100_000, 400_000]);
});

test("a window that is not yet full shows what there is, twenty intervals at least", () => {
  assert.deepEqual(followedOf([0, 100_000], 300_000, 1000), [0, 100_000]);
  assert.deepEqual(followedOf([50_000, 52_000], 300_000, 1000), [32_000, 52_000]);
  assert.deepEqual(followedOf([52_000], Infinity, NaN), [32_000, 52_000]);
});

test("indexAt finds the first time at or after", () => {
  assert.deepEqual([0, 5, 10, 11, 99].map((ms) => indexAt([5, 10, 10, 20], ms)), [0, 0, 1, 3, 4]);
  assert.deepEqual([0, 5, 10, 99].map((ms) => indexAfter([5, 10, 10, 20], ms)), [0, 1, 3, 4]);
});

test("nearest finds the time that is least far away, among those allowed", () => {
  const at = (ms, ...bounds) => nearest([5, 10, 10, 20], ms, ...bounds);
  assert.deepEqual([-9, 7, 8, 14, 16, 99].map((ms) => at(ms)), [0, 0, 1, 2, 3, 3]);
  assert.deepEqual([at(99, 0, 2), at(-9, 2, 3), at(10, 2, 2)], [1, 2, -1]);
});

test("redraws keep to what can be seen", () => {
  assert.equal(redraw_hz(1000, 3_600_000), 1);
  assert.equal(redraw_hz(1000, 300_000), 2000 / 300);
  assert.equal(redraw_hz(1000, 60_000), 30);
});

test("points are two for each pixel", () => {
  assert.deepEqual([1000, 3].map(pointsFor), [2000, 320]);
});

test("an extent passes by what is missing, at the beginning too", () => {
  assert.deepEqual(extent([NaN, 3, NaN, -1, 2, NaN]), { min: -1, max: 3, mean: 4 / 3, first: 3, last: 2 });
  assert.ok(Number.isNaN(extent([NaN]).min));
  assert.equal(lastOf([1, NaN]), 1);
});

test("an axis has room even around one value", () => {
  const [low, high] = axisRange(0, 0);
  assert.ok(low < 0 && high > 0);
  assert.deepEqual(axisRange(NaN, NaN), [0, 1]);
});

test("an axis has a length, however large its values are", () => {
  const largest = Number.MAX_VALUE;
  for (const range of [[-largest, largest], [5, largest], [-largest, 0], [largest, largest]]) {
    const [low, high] = stepped(axisRange(...range));
    assert.ok(Number.isFinite(high - low) && high > low, `${range}`);
  }
});

test("a view holds ranges, gaps and digits of what is in the window only", () => {
  const viewer = new Viewer(100);
  const t = [0, 1000, 60_000, 61_000, 62_000];
  viewer.take("snapshot", { epoch: "aaaaaaaa", offset: 5, t, y: [[9e6, 9e6, 1.25, null, 1.5]] });
  const description = { interval_ms: 1000, series: [{ digits: null }] };

  const look = new Look();
  look.choose(10_000);
  look.reach(reachOf(viewer, description));

  const view = viewOf(viewer, description, look);

  assert.deepEqual(view.range_ms, [52_000, 62_000]);
  assert.deepEqual(view.breaks, [2]);
  assert.equal(view.isReduced, false);
  const { min, max, first, last, digits } = view.series[0];
  assert.deepEqual({ min, max, first, last, digits }, { min: 1.25, max: 1.5, first: 1.25, last: 1.5, digits: 4 });
});

test("of a view that looks back, what comes after it is no part", () => {
  const viewer = new Viewer(100);
  viewer.take("snapshot", { epoch: "aaaaaaaa", offset: 4, t: [0, 1000, 2000, 3000], y: [[1, 2, 3, 40]] });
  const description = { interval_ms: 1000, series: [{ digits: 0 }] };
  const look = new Look();
  look.reach(reachOf(viewer, description));
  look.show(500, 2000);

  const view = viewOf(viewer, description, look);

  assert.deepEqual([view.from, view.to, view.newest_ms, view.isFollowing], [1, 3, 3000, false]);
  const { min, max, last, now } = view.series[0];
  assert.deepEqual({ min, max, last, now }, { min: 2, max: 3, last: 3, now: 40 });
});

test("a line that crosses the view between two ticks has a range, and no value of a window", () => {
  const viewer = new Viewer(100);
  const t = [0, 1000, 2000, 60_000];
  viewer.take("snapshot", { epoch: "aaaaaaaa", offset: 4, t, y: [[10, 20, 10, 5], [null, 1, 2, 3]] });
  const description = { interval_ms: 1000, series: [{ digits: 0 }, { digits: 0 }] };
  const look = new Look();
  look.reach(reachOf(viewer, description));
  const seen = (...range_ms) => {
    look.show(...range_ms);
    return viewOf(viewer, description, look).series;
  };

  const [crossed, missing] = seen(1250, 1750);
  assert.deepEqual([crossed.line, crossed.min, missing.line], [[12.5, 17.5], NaN, [1.25, 1.75]]);
  assert.deepEqual(seen(200, 700).map(({ line }) => line), [[12, 17], [NaN, NaN]]);
  // In a gap there is no line.
  assert.deepEqual(seen(20_000, 30_000)[0].line, [NaN, NaN]);
  assert.deepEqual(seen(900, 2100)[0].line, [10, 20]);
  // A tick alone in view: the line comes in and goes out below it.
  assert.deepEqual([seen(500, 1500)[0].line, seen(500, 1500)[0].min], [[15, 20], 20]);
});
