import assert from "node:assert/strict";
import { test } from "node:test";

import { Past } from "../../static/js/past.js";
import { levelOf } from "../../static/js/tiles.js";
import { ticksPath } from "../../static/js/ticks-request.js";

const NEED = { range_ms: [0, 60_000], span_ms: 60_000, width_px: 1000, seriesCount: 1, newest_ms: 1e9, epoch: "aaaaaaaa" };
const LEVEL = levelOf(60_000, 1000);

/** A past whose timers the test runs, and whose requests it answers. */
function asking() {
  const [requests, timers] = [[], []];
  const past = new Past(
    (wanted) => new Promise((resolve, reject) => requests.push({ ...wanted, resolve, reject })),
    { setTimer: (task, wait_ms) => timers.push({ task, wait_ms }), clearTimer: (n) => { if (n) timers[n - 1].task = () => {}; } },
  );
  const run = async () => {
    timers.at(-1)?.task();
    await settled();
  };
  return { past, requests, timers, run };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const frame = (epoch = NEED.epoch) => ({ epoch, t: [1000, 2000], y: [[1, 2]] });

test("what is looked at is asked for once it stands still, one request at a time", async () => {
  const { past, requests, timers, run } = asking();

  past.want(NEED);
  past.want(NEED);
  assert.deepEqual([requests.length, timers.length], [0, 1]);
  await run();
  past.want(NEED);

  assert.equal(requests.length, 1);
  assert.equal(past.state, "loading");
  requests[0].resolve(frame());
  await settled();
  assert.deepEqual([past.state, past.answers, requests.length], ["idle", 1, 1]);
  assert.deepEqual([...past.cover([0, 3000], LEVEL)[0].tile.t], [1000, 2000]);
});

test("what nobody looks at any more is aborted", async () => {
  const { past, requests, run } = asking();
  past.want(NEED);
  await run();

  past.want({ ...NEED, range_ms: [1e8, 1e8 + 60_000] });
  await run();

  assert.deepEqual(requests.map(({ signal }) => signal.aborted), [true, false]);
  requests[0].reject(new Error("aborted"));
  await settled();
  assert.equal(past.state, "loading");
});

test("what failed says why, and is asked again after growing pauses", async () => {
  const { past, requests, timers, run } = asking();
  past.want(NEED);
  await run();

  requests[0].reject(new Error("no way"));
  await settled();
  assert.deepEqual([past.state, past.error], ["failed", "no way"]);
  past.want(NEED);
  await run();
  requests[1].reject(Object.assign(new Error("later"), { retry_after_s: 7 }));
  await settled();

  assert.equal(timers.at(-1).wait_ms, 7000);
  await run();
  requests[2].resolve(frame());
  await settled();
  assert.equal(past.state, "idle");
});

test("another epoch begins anew, and an answer of another is not taken", async () => {
  const { past, requests, run } = asking();
  past.want(NEED);
  await run();
  requests[0].resolve(frame("bbbbbbbb"));
  await settled();
  assert.equal(past.cover([0, 3000], LEVEL)[0].tile, null);

  past.want({ ...NEED, epoch: "bbbbbbbb" });
  await run();
  requests[1].resolve(frame("bbbbbbbb"));
  await settled();

  assert.equal(past.cover([0, 3000], LEVEL)[0].tile.t.length, 2);
});

test("what is wanted no more is not asked for", async () => {
  const { past, requests, run } = asking();

  past.want(NEED);
  past.want(null);
  await run();

  assert.deepEqual([requests.length, past.state], [0, "idle"]);
});

test("a request says from when to when, and shows the link that the page was opened with", () => {
  assert.equal(ticksPath("fx", { from_ms: 0, to_ms: 5.5, points: 9 }), "/api/charts/fx/ticks?from=0&to=5.5&points=9");
  assert.equal(ticksPath("fx", { to_ms: 5, points: 9 }, "?link=a%2Bb"), "/api/charts/fx/ticks?to=5&points=9&link=a%2Bb");
});
