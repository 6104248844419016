import assert from "node:assert/strict";
import { test } from "node:test";

import { Returning } from "../../static/js/returning.js";

/** Socket.IO's manager as far as pauses go, and a chance that is set by hand. */
function bench(chance = 0.5) {
  const pause = {};
  const manager = {
    reconnectionDelay: (ms) => { pause.delay_ms = ms; },
    reconnectionDelayMax: (ms) => { pause.most_ms = ms; },
    randomizationFactor: (factor) => { pause.factor = factor; },
  };
  return { pause, returning: new Returning(manager, () => chance) };
}

const stopping = (within_s) => ({ chart: "fx", status: "stopping", reason: "", return_within_s: within_s });

for (const [chance, wait_ms] of [[0, 500], [0.5, 1_000], [1, 1_500]]) {
  test(`after a loss that nobody announced: ${wait_ms} ms at a chance of ${chance}`, () => {
    const { pause, returning } = bench(chance);

    assert.equal(returning.lost(), wait_ms);
    assert.deepEqual(pause, { delay_ms: wait_ms, most_ms: wait_ms, factor: 0 });
  });
}

for (const [chance, wait_ms] of [[0, 0], [0.25, 2_500], [1, 10_000]]) {
  test(`a server that stops spreads its viewers: ${wait_ms} ms at a chance of ${chance}`, () => {
    const { pause, returning } = bench(chance);

    returning.told(stopping(10));

    assert.equal(returning.lost(), wait_ms);
    assert.equal(pause.most_ms, wait_ms);
  });
}

test("what a server asked for holds for one return", () => {
  const { returning } = bench(1);
  returning.told(stopping(10));

  returning.lost();

  assert.equal(returning.lost(), 1_500);
});

test("a source that goes on takes the word back", () => {
  const { returning } = bench(1);

  returning.told(stopping(10));
  returning.told({ chart: "fx", status: "live", reason: "" });

  assert.equal(returning.lost(), 1_500);
});

for (const within_s of [undefined, null, -1, "5", Number.NaN, Infinity]) {
  test(`a word that makes no sense is not heeded: ${String(within_s)}`, () => {
    const { returning } = bench(1);

    returning.told(stopping(within_s));

    assert.equal(returning.lost(), 1_500);
  });
}

test("no server keeps its viewers away for more than a minute", () => {
  const { returning } = bench(1);

  returning.told(stopping(1e9));

  assert.equal(returning.lost(), 60_000);
});

test("once an attempt was made the client doubles its pauses again, and spreads them", () => {
  const { pause, returning } = bench();
  returning.lost();

  returning.tried();

  assert.deepEqual(pause, { delay_ms: 1_000, most_ms: 5_000, factor: 0.5 });
});
