import assert from "node:assert/strict";
import { test } from "node:test";

import { Freshness } from "../../static/js/freshness.js";
import { tell } from "../../static/js/status.js";

const connected = { state: "connected", tries: 0, reason: "" };
const live = { status: "live", reason: "" };
const fresh = { hasSnapshot: true, isStale: false, silence_ms: 300 };
const stale = { hasSnapshot: true, isStale: true, silence_ms: 12_400 };

const cases = [
  ["live", connected, live, fresh, "Live", ""],
  ["connecting", { state: "connecting", tries: 0, reason: "" }, live, fresh, "Connecting", ""],
  ["connecting", { state: "connecting", tries: 0, reason: "the server cannot be reached" }, live, fresh, "Connecting", "the server cannot be reached"],
  ["connecting", connected, live, { ...fresh, hasSnapshot: false }, "Connecting", ""],
  ["reconnecting", { state: "reconnecting", tries: 3, reason: "" }, live, stale, "Reconnecting", "try 3, no data for 12 s"],
  ["reconnecting", { state: "reconnecting", tries: 1, reason: "" }, { status: "stopping", reason: "" }, stale, "Reconnecting", "try 1, the server stopped"],
  ["refused", { state: "refused", tries: 0, reason: "unknown chart" }, live, fresh, "Refused", "unknown chart"],
  ["stale", connected, live, stale, "Stale", "no data for 12 s"],
  ["stale", connected, { status: "stalled", reason: "no tick for 3 intervals" }, fresh, "Stale", "no data for 0 s, no tick for 3 intervals"],
  ["ended", connected, { status: "ended", reason: "" }, stale, "Ended", ""],
  ["failed", connected, { status: "failed", reason: "ValueError: x" }, stale, "Failed", "ValueError: x"],
  ["waiting", connected, { status: "waiting", reason: "" }, fresh, "Waiting", "for the first tick"],
  ["stopping", connected, { status: "stopping", reason: "" }, fresh, "Server stopping", ""],
];

for (const [state, link, source, data, headline, detail] of cases) {
  test(`link ${link.state}, source ${source.status}: ${headline} ${detail}`, () => {
    assert.deepEqual(tell(link, source, data), { state, headline, detail });
  });
}

test("a refusal that other credentials would change says so", () => {
  const link = { state: "refused", tries: 0, reason: "the link has expired", code: "expired" };

  assert.deepEqual(tell(link, live, fresh), { state: "refused", headline: "Refused", detail: "the link has expired", code: "expired" });
});

function arrivals(spacing_ms, n, until_ms = 0) {
  const freshness = new Freshness();
  for (let i = n - 1; i >= 0; i -= 1) freshness.arrived(until_ms - i * spacing_ms);
  return freshness;
}

test("nothing has come yet: not stale", () => {
  assert.equal(new Freshness().isStale(99_000, 1000), false);
});

test("stale after three intervals of arrival", () => {
  const freshness = arrivals(5_000, 10);

  assert.equal(freshness.isStale(15_000, null), false);
  assert.equal(freshness.isStale(15_001, null), true);
});

test("arrival is what counts: a replay of days each second is stale after three seconds", () => {
  assert.equal(arrivals(1_000, 10).isStale(3_100, 86_400_000), true);
});

test("fast ticks do not flicker: never stale within two seconds", () => {
  assert.equal(arrivals(50, 40).isStale(1_900, 50), false);
});

test("until ticks arrive the interval of the description is believed", () => {
  const freshness = new Freshness();
  freshness.refreshed(0);

  assert.equal(freshness.isStale(3_100, 1_000), true);
  assert.equal(freshness.isStale(1e9, null), false);
});

test("an outage is no spacing", () => {
  const freshness = arrivals(1_000, 3);

  freshness.interrupted();
  freshness.refreshed(60_000);
  for (const ms of [61_000, 62_000]) freshness.arrived(ms);

  assert.equal(freshness.isStale(65_100, null), true);
});

test("who opens the page on a source that has died is told at once", () => {
  const freshness = new Freshness();
  freshness.took({ kind: "snapshot", isNew: true }, 1_000, 600_000);

  assert.equal(freshness.silence_ms(1_000), 600_000);
  assert.equal(freshness.isStale(1_000, 1_000), true);
  assert.equal(freshness.isStale(1_000, 300_000), false);
});

test("an answer without a tick ends no silence", () => {
  const freshness = arrivals(1_000, 10);

  freshness.took({ kind: "backfill", isNew: false }, 9_000, 0);
  assert.equal(freshness.silence_ms(9_000), 9_000);
  freshness.took({ kind: "backfill", isNew: true }, 9_000, 3_000);
  assert.equal(freshness.silence_ms(9_000), 3_000);
});
