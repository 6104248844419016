import assert from "node:assert/strict";
import { test } from "node:test";

import { Causes } from "../../static/js/causes.js";

function seen(...states) {
  const causes = new Causes();
  for (const [state, at_s] of states) causes.told(state, at_s * 1000);
  return (from_s, to_s) => causes.of([from_s * 1000, to_s * 1000]);
}

test("a gap has the cause that was seen meanwhile", () => {
  const of = seen(["live", 0], ["stale", 13], ["failed", 14], ["failed", 30], ["live", 31]);

  assert.equal(of(10, 31), "gap.failed");
  assert.equal(of(40, 60), "");
});

test("what was seen for a small part of a gap is not its cause", () => {
  const of = seen(["live", 0], ["reconnecting", 10], ["live", 12]);

  assert.equal(of(10, 100), "");
  assert.equal(of(9, 13), "gap.away");
});

test("a server that said that it stops is away because of that", () => {
  const of = seen(["live", 0], ["stopping", 10], ["reconnecting", 11], ["reconnecting", 30], ["connecting", 31]);

  assert.equal(of(10, 31), "gap.stopped");
});
