import assert from "node:assert/strict";
import test from "node:test";

import { comparable, compare, digestOf } from "../../static/js/same-series.js";
import { Viewer } from "../../static/js/viewer.js";

const EPOCH = "9f2c41aa";

function frame(offset, n, value = (at) => at) {
  const offsets = Array.from({ length: n }, (_, i) => offset - n + 1 + i);
  return { chart: "fx", epoch: EPOCH, offset, t: offsets.map((one) => 1_000 * one), y: [offsets.map(value)] };
}

function viewerOf(snapshot) {
  const viewer = new Viewer(10_000);
  viewer.take("snapshot", { ...snapshot, description: { series: [{}] } });
  return viewer;
}

/** A server that holds this frame. */
function serverOf(content) {
  return async ({ offset, ticks }) => ({ epoch: content.epoch, offset, ticks, digest: digestOf(viewerOf(content), { offset, ticks }) });
}

test("whole blocks are compared as far as they are held", () => {
  assert.deepEqual(comparable(viewerOf(frame(350, 350))), { offset: 300, ticks: 300 });
  assert.deepEqual(comparable(viewerOf(frame(350, 200))), { offset: 300, ticks: 100 });
  assert.deepEqual(comparable(viewerOf(frame(5_050, 5_000))), { offset: 5_000, ticks: 1_000 });
});

test("before there is a whole block the newest ticks are compared", () => {
  assert.deepEqual(comparable(viewerOf(frame(350, 70))), { offset: 350, ticks: 70 });
});

test("ticks of a reduced run cannot be compared", () => {
  const viewer = viewerOf({ ...frame(5_000, 50), reduced: true });
  assert.deepEqual(comparable(viewer), { offset: 5_000, ticks: 0 });

  viewer.take("tick", frame(5_003, 3));

  assert.deepEqual(comparable(viewer), { offset: 5_003, ticks: 3 });
});

test("who holds the same finds that it does, whenever it came", async () => {
  const ask = serverOf(frame(350, 350));
  const [early, late] = [viewerOf(frame(350, 350)), viewerOf(frame(350, 190))];

  const found = await Promise.all([early, late].map((viewer) => compare(viewer, ask)));

  assert.deepEqual(found.map(({ state }) => state), ["same", "same"]);
  assert.equal(found[0].digest, found[1].digest);
  assert.equal(found[0].digestOffset, 300);
});

test("a single value that differs is found", async () => {
  const viewer = viewerOf(frame(350, 350, (at) => (at === 123 ? at + 1e-12 : at)));

  const { state } = await compare(viewer, serverOf(frame(350, 350)));

  assert.equal(state, "differs");
});

test("nothing is said when the server cannot tell, or has begun anew", async () => {
  const viewer = viewerOf(frame(350, 350));

  for (const answer of [null, { epoch: "00000000", offset: 300, ticks: 300, digest: "" }]) {
    assert.equal((await compare(viewer, async () => answer)).state, "unknown");
  }
});

test("ticks that come while the answer is on its way change nothing", async () => {
  const viewer = viewerOf(frame(350, 350));
  const server = serverOf(frame(350, 350));

  const found = await compare(viewer, async (wanted) => {
    viewer.take("tick", frame(351, 1));
    return server(wanted);
  });

  assert.equal(found.state, "same");
});
