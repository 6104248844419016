import assert from "node:assert/strict";
import { test } from "node:test";

import { pause_ms, Recovery } from "../../static/js/recovery.js";

/** A wire that answers as told, and a clock that is turned by hand. */
function bench(answers = []) {
  const sent = [];
  const timers = new Map();
  let id = 0;
  const recovery = new Recovery({
    send: async (kind) => {
      sent.push(kind);
      const answer = answers.shift() ?? { ok: true };
      if (answer instanceof Error) throw answer;
      return answer;
    },
    setTimer: (task, wait_ms) => {
      timers.set((id += 1), { task, wait_ms });
      return id;
    },
    clearTimer: (timer) => timers.delete(timer),
  });
  const settle = () => new Promise((resolve) => { setImmediate(resolve); });
  const ring = async () => {
    const [[key, { task, wait_ms }]] = timers;
    timers.delete(key);
    task();
    await settle();
    return wait_ms;
  };
  return { recovery, sent, timers, ring, settle };
}

test("one question at a time, however many jumps are seen", async () => {
  const { recovery, sent, settle } = bench();

  for (let i = 0; i < 5; i += 1) recovery.ask("backfill");
  await settle();

  assert.deepEqual(sent, ["backfill"]);
});

test("a snapshot outranks a backfill, not the other way round", async () => {
  const { recovery, sent, settle } = bench();

  for (const kind of ["backfill", "snapshot", "backfill"]) recovery.ask(kind);
  await settle();

  assert.deepEqual(sent, ["backfill", "snapshot"]);
});

test("an error is asked again after growing pauses", async () => {
  const { recovery, sent, ring, settle } = bench([{ error: "busy" }, new Error("no answer"), { error: "busy" }]);

  recovery.ask("backfill");
  await settle();
  const pauses = [await ring(), await ring(), await ring()];

  assert.equal(sent.length, 4);
  assert.ok(pauses[0] <= 500 && pauses[1] <= 1000 && pauses[2] <= 2000, `${pauses}`);
  assert.ok(pauses[0] >= 250 && pauses[1] >= 500 && pauses[2] >= 1000, `${pauses}`);
});

test("an answer whose frame never comes is asked again", async () => {
  const { recovery, sent, ring, settle } = bench();
  recovery.ask("snapshot");
  await settle();

  await ring();

  assert.deepEqual(sent, ["snapshot", "snapshot"]);
});

test("the frame ends the matter, whether before or after the answer", async () => {
  const { recovery, timers, settle } = bench();

  recovery.ask("backfill");
  recovery.answered("backfill");
  await settle();

  assert.equal(timers.size, 0);
  assert.equal(recovery.wanted, "");
});

test("a backfill does not answer the question for a snapshot", async () => {
  const { recovery, settle } = bench();
  recovery.ask("snapshot");
  await settle();

  recovery.answered("backfill");

  assert.equal(recovery.wanted, "snapshot");
});

test("what the handshake promised is asked for when it does not come", async () => {
  const { recovery, sent, ring } = bench();
  recovery.expect("snapshot");
  assert.deepEqual(sent, []);

  await ring();

  assert.deepEqual(sent, ["snapshot"]);
});

test("a lost link silences the question", async () => {
  const { recovery, timers, settle } = bench([new Error("lost")]);
  recovery.ask("backfill");

  recovery.cancel();
  await settle();

  assert.equal(timers.size, 0);
});

test("pauses double up to half a minute and are spread", () => {
  assert.equal(pause_ms(0, 1), 500);
  assert.equal(pause_ms(3, 1), 4_000);
  assert.equal(pause_ms(30, 1), 30_000);
  assert.equal(pause_ms(30, 0), 15_000);
});
