import assert from "node:assert/strict";
import { test } from "node:test";

import { composed } from "../../static/js/composed.js";
import { mosaicOf } from "../../static/js/mosaic.js";
import { Past } from "../../static/js/past.js";
import { Viewer } from "../../static/js/viewer.js";

const EPOCH = "aaaaaaaa";
const value = (ms) => ms / 1000;
const beat = (from_s, to_s) => Array.from({ length: to_s - from_s }, (_, i) => (from_s + i) * 1000);

/** A viewer of ticks a second apart: a snapshot of `t`, then the exact ones from `live_s`. */
function viewerOf(t, { reduced = false, live = [] } = {}) {
  const viewer = new Viewer(100_000);
  viewer.take("snapshot", { epoch: EPOCH, offset: t.length + 1e6, t, y: [t.map(value)], reduced });
  viewer.take("tick", { epoch: EPOCH, offset: viewer.offset + live.length, t: live, y: [live.map(value)] });
  return viewer;
}

/** What the server has, exact, a second apart from 0 s. */
async function fetched(need) {
  const server = ({ from_ms, to_ms }) => {
    const t = beat(Math.max(0, Math.ceil(from_ms / 1000)), Math.floor(to_ms / 1000) + 1);
    return Promise.resolve({ epoch: EPOCH, t, y: [t.map(value)] });
  };
  const tasks = [];
  const past = new Past(server, { setTimer: (task) => tasks.push(task), clearTimer: () => {} });
  past.want({ span_ms: need.range_ms[1] - need.range_ms[0], width_px: 1000, seriesCount: 1, newest_ms: 1e9, epoch: EPOCH, ...need });
  while (tasks.length) {
    tasks.shift()();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return past;
}

const NOTHING = await fetched({ range_ms: [0, 0] });

function seen(range_ms, oldest_ms = 0) {
  return { range_ms, width_px: 1000, interval_ms: 1000, beat_ms: 1000, seriesCount: 1, oldest_ms };
}

function inView({ time_ms, rows, from, to }) {
  const times = [...time_ms.subarray(from, to)];
  assert.deepEqual([...rows[0].subarray(from, to)], times.map(value));
  return times;
}

test("where the ticks held are all that is needed, nothing is copied", () => {
  const viewer = viewerOf(beat(0, 100));

  const mosaic = mosaicOf(viewer, seen([20_000, 50_000]), NOTHING);

  assert.equal(mosaic.time_ms.buffer, viewer.columns.time_ms.buffer);
  assert.deepEqual(inView(mosaic), beat(20, 51));
  assert.equal(mosaic.past_ms, null);
});

test("a reduced run that is fine enough for the screen will do", () => {
  const viewer = viewerOf(beat(0, 2000).map((ms) => ms * 10), { reduced: true });

  assert.equal(mosaicOf(viewer, seen([0, 2e7]), NOTHING).past_ms, null);
});

test("closer, a reduced run is shown until the exact ticks have come, and not after", async () => {
  const viewer = viewerOf([0, 400_000, 800_000], { reduced: true, live: beat(801, 900) });
  const range_ms = [790_000, 850_000];

  const before = mosaicOf(viewer, seen(range_ms), NOTHING);
  const after = mosaicOf(viewer, seen(range_ms), await fetched({ range_ms: before.past_ms, span_ms: range_ms[1] - range_ms[0] }));

  assert.deepEqual(before.past_ms, [790_000, 801_000]);
  assert.deepEqual([before.isReduced, after.isReduced], [true, false]);
  assert.deepEqual(inView(before), [800_000, ...beat(801, 851)]);
  assert.deepEqual(inView(after), beat(790, 851));
  assert.deepEqual(after.breaks, []);
});

test("what was before the ticks held is fetched, and joins them without doubling", async () => {
  const viewer = viewerOf(beat(500, 600));
  const range_ms = [450_000, 550_000];

  const before = mosaicOf(viewer, seen(range_ms), NOTHING);
  const after = mosaicOf(viewer, seen(range_ms), await fetched({ range_ms: before.past_ms, span_ms: range_ms[1] - range_ms[0] }));

  assert.deepEqual([before.past_ms, before.unknown], [[450_000, 500_000], [[450_000, 500_000]]]);
  assert.deepEqual(inView(before), beat(500, 551));
  assert.deepEqual(inView(after), beat(450, 551));
  assert.deepEqual([after.unknown, after.breaks], [[], []]);
});

test("before the oldest tick of all nothing is wanted", () => {
  const viewer = viewerOf(beat(500, 600));

  assert.equal(mosaicOf(viewer, seen([450_000, 550_000], 500_000), NOTHING).past_ms, null);
});

test("a line does not run over what has not been fetched", async () => {
  const viewer = viewerOf(beat(5000, 5100));
  const range_ms = [0, 5_050_000];
  const past = await fetched({ range_ms: [0, 1_000_000], span_ms: 5_050_000 });

  const { time_ms, breaks, unknown } = mosaicOf(viewer, seen(range_ms), past);

  assert.equal(unknown.length > 0, true);
  assert.deepEqual(breaks.map((i) => time_ms[i]), [5_000_000]);
});

test("a gap in what was fetched is a gap, at the seam too", async () => {
  const viewer = viewerOf(beat(700, 800));
  const past = await fetched({ range_ms: [600_000, 700_000], newest_ms: 650_000, span_ms: 150_000 });

  const coverOf = ([from_ms, to_ms]) => past.cover([from_ms, 650_000], 7).concat({ from_ms: 650_000, to_ms, tile: { t: new Float64Array(), y: [new Float64Array()], isReduced: false, limit_ms: NaN } });
  const mosaic = mosaicOf(viewer, seen([600_000, 750_000]), {
    compose: (live, what, past_ms) => composed(live, what, coverOf, past_ms),
  });

  assert.deepEqual(mosaic.breaks.map((i) => mosaic.time_ms[i]), [700_000]);
});

test("a chart whose ticks are all of a reduced run keeps its newest", async () => {
  const viewer = viewerOf([0, 400_000, 800_000], { reduced: true });
  const range_ms = [790_000, 800_000];

  const mosaic = mosaicOf(viewer, seen(range_ms), await fetched({ range_ms: [790_000, 800_000] }));

  assert.deepEqual(inView(mosaic), beat(790, 801));
});

test("between two ticks both are there, of the past as of those held", async () => {
  const viewer = viewerOf(beat(500, 600));
  const past = await fetched({ range_ms: [450_000, 460_000] });
  const of = (range_ms) => mosaicOf(viewer, seen(range_ms), past);

  for (const [before_ms, mosaic] of [[455_000, of([455_200, 455_230])], [520_000, of([520_200, 520_230])]]) {
    const { time_ms, from, to } = mosaic;
    assert.equal(from, to);
    assert.deepEqual([time_ms[from - 1], time_ms[from]], [before_ms, before_ms + 1000]);
  }
});

test("between two ticks of a past that is asked for there and then, both come", async () => {
  const viewer = viewerOf(beat(5000, 5100));
  // The tick before lies in another tile.
  for (const at_ms of [455_200, 455_900, 460_799, 2048 * 222 + 20]) {
    const range_ms = [at_ms, at_ms + 30];
    const { past_ms } = mosaicOf(viewer, seen(range_ms), NOTHING);
    const past = await fetched({ range_ms: past_ms, span_ms: 30, beat_ms: 1000 });

    const { time_ms, from, breaks } = mosaicOf(viewer, seen(range_ms), past);

    const before_ms = Math.floor(at_ms / 1000) * 1000;
    assert.deepEqual([time_ms[from - 1], time_ms[from]], [before_ms, before_ms + 1000]);
    assert.ok(!breaks.includes(from));
  }
});
