import assert from "node:assert/strict";
import { test } from "node:test";

import { dump } from "../../static/js/dump.js";
import { Viewer } from "../../static/js/viewer.js";

const A = "aaaaaaaa";
const B = "bbbbbbbb";

/** A frame with the ticks `from`..`to`; the value of a tick is its offset, its time ten times that. */
function frame(from, to, more = {}) {
  const offsets = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  return { v: 1, chart: "fx", epoch: A, offset: to, t: offsets.map((o) => 10 * o), y: [offsets], ...more };
}

function joined(from = 1, to = 5) {
  const viewer = new Viewer(100);
  viewer.take("snapshot", frame(from, to));
  return viewer;
}

const held = (viewer) => [...viewer.columns.values(0)];

test("a snapshot is taken as it is", () => {
  const viewer = joined(3, 5);

  assert.deepEqual(held(viewer), [3, 4, 5]);
  assert.deepEqual(viewer.position, { epoch: A, offset: 5 });
});

test("a tick that continues is appended", () => {
  const viewer = joined();

  const taken = viewer.take("tick", frame(6, 7));

  assert.deepEqual(taken, { isNew: true, ask: "", hasRestarted: false });
  assert.deepEqual(held(viewer), [1, 2, 3, 4, 5, 6, 7]);
});

test("a tick that came with the snapshot already is dropped", () => {
  const viewer = joined();

  assert.equal(viewer.take("tick", frame(4, 5)).isNew, false);
  viewer.take("tick", frame(4, 6));

  assert.deepEqual(held(viewer), [1, 2, 3, 4, 5, 6]);
});

test("a jump asks for a backfill and appends nothing", () => {
  const viewer = joined();

  const taken = viewer.take("tick", frame(7, 7));

  assert.deepEqual(taken, { isNew: false, ask: "backfill", hasRestarted: false });
  assert.equal(viewer.offset, 5);
});

test("the backfill heals the jump, and counts what it brought", () => {
  const viewer = joined();
  viewer.take("tick", frame(8, 8));

  viewer.take("backfill", frame(6, 8));
  viewer.take("tick", frame(9, 9));

  assert.deepEqual(held(viewer), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(viewer.counts, { snapshots: 1, backfills: 1, refilled: 3, missed: 0 });
});

test("a backfill of nothing changes nothing", () => {
  const viewer = joined();

  const taken = viewer.take("backfill", frame(6, 5));

  assert.deepEqual(taken, { isNew: false, ask: "", hasRestarted: false });
  assert.equal(viewer.offset, 5);
});

test("a backfill that itself leaves a hole asks for a snapshot", () => {
  assert.equal(joined().take("backfill", frame(9, 12)).ask, "snapshot");
});

test("ticks before the first snapshot are ignored", () => {
  const viewer = new Viewer(10);

  assert.deepEqual(viewer.take("tick", frame(6, 6)), { isNew: false, ask: "", hasRestarted: false });
  assert.equal(viewer.position, undefined);
});

test("a snapshot older than a tick that came before it asks for what lies between", () => {
  const viewer = new Viewer(10);
  viewer.take("tick", frame(6, 6));

  assert.equal(viewer.take("snapshot", frame(1, 5)).ask, "backfill");
});

test("a snapshot older than what is held asks for what lies between", () => {
  assert.equal(joined(1, 9).take("snapshot", frame(1, 7)).ask, "backfill");
});

test("another epoch asks for a snapshot, which replaces all and tells of the restart", () => {
  const viewer = joined(1, 90);

  assert.equal(viewer.take("tick", frame(3, 3, { epoch: B })).ask, "snapshot");
  assert.equal(viewer.offset, 90);
  const taken = viewer.take("snapshot", frame(2, 3, { epoch: B }));

  assert.deepEqual(taken, { isNew: true, ask: "", hasRestarted: true });
  assert.deepEqual(held(viewer), [2, 3]);
  assert.deepEqual(viewer.position, { epoch: B, offset: 3 });
});

test("a reduced backfill sets the offset and counts what was left out", () => {
  const viewer = joined();

  viewer.take("backfill", { ...frame(1, 1), offset: 105, t: [600, 1050], y: [[60, 105]], reduced: true });

  assert.equal(viewer.offset, 105);
  assert.deepEqual(held(viewer), [1, 2, 3, 4, 5, 60, 105]);
  assert.deepEqual([viewer.counts.refilled, viewer.counts.missed], [2, 98]);
  assert.equal(viewer.exactFrom, 7);
  assert.equal(viewer.take("tick", frame(106, 106)).isNew, true);
});

test("a reduced snapshot is marked as such until it is evicted", () => {
  const viewer = new Viewer(4);
  viewer.take("snapshot", { ...frame(1, 1), offset: 90, t: [10, 500, 900], y: [[1, 50, 90]], reduced: true });
  assert.equal(viewer.exactFrom, 3);

  viewer.take("tick", frame(91, 93));

  assert.deepEqual(held(viewer), [90, 91, 92, 93]);
  assert.equal(viewer.exactFrom, 1);
});

test("ticks that no snapshot of the same epoch brought count as missed", () => {
  const viewer = joined();

  viewer.take("snapshot", frame(51, 60));

  assert.equal(viewer.counts.missed, 45);
});

test("a reduced snapshot counts as a loss when it stands for a backfill, not when it was asked for", () => {
  const reduced = { ...frame(1, 1), offset: 105, t: [600, 1050], y: [[60, 105]], reduced: true };
  const [asked, lost] = [joined(), joined()];

  asked.take("snapshot", reduced);
  lost.take("snapshot", { ...reduced, recovered: false });

  assert.equal(asked.counts.missed, 0);
  assert.equal(lost.counts.missed, 98);
});

test("the description gives series even where no tick has come", () => {
  const viewer = new Viewer(4);

  viewer.take("snapshot", { ...frame(1, 0), y: [[], []], description: { series: [{}, {}] } });

  assert.equal(viewer.columns.seriesCount, 2);
});

test("any order of live frames and lost ones ends in the same series", () => {
  const viewer = joined(1, 1);
  let offset = 1;
  for (let i = 0; i < 500; i += 1) {
    const n = 1 + ((i * 7919) % 5);
    const isLost = (i * 104729) % 3 === 0;
    const live = frame(offset + 1, offset + n);
    offset += n;
    if (isLost) continue;
    if (viewer.take("tick", live).ask === "backfill") viewer.take("backfill", frame(viewer.offset + 1, offset));
  }
  viewer.take("backfill", frame(viewer.offset + 1, offset));

  assert.deepEqual(held(viewer), Array.from({ length: offset }, (_, i) => i + 1).slice(-100));
  assert.equal(viewer.counts.missed, 0);
});

test("a dump holds all values, null for missing", () => {
  const viewer = new Viewer(4);
  viewer.take("snapshot", { ...frame(1, 2), y: [[0.1, null]] });

  assert.deepEqual(dump(viewer), { epoch: A, offset: 2, exactFrom: 0, t: [10, 20], y: [[0.1, null]] });
});

test("what a reduced backfill leaves out is missed, but not by who was away by choice", () => {
  const reduced = frame(30, 31, { offset: 40, reduced: true });

  for (const [wasAway, missed] of [[false, 33], [true, 0]]) {
    const viewer = joined();
    viewer.take("backfill", reduced, wasAway);
    assert.deepEqual([viewer.offset, viewer.counts.missed], [40, missed]);
  }
});
