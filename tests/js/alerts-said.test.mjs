import assert from "node:assert/strict";
import { test } from "node:test";

import { AlertsSaid } from "../../static/js/alerts-said.js";

const alerts = (...texts) => texts.map((text) => ({ key: text, text }));

test("a limit that is passed is said once", () => {
  const said = new AlertsSaid();

  assert.equal(said.next(alerts("a is hot"), 0), "a is hot");
  assert.equal(said.next(alerts("a is hot"), 20_000), "");
});

test("what comes soon after waits, and is said alone", () => {
  const said = new AlertsSaid();
  said.next(alerts("a is hot"), 0);

  assert.equal(said.next(alerts("a is hot", "b is dry"), 9_000), "");
  assert.equal(said.next(alerts("a is hot", "b is dry"), 10_000), "b is dry");
});

test("of many at once three are named", () => {
  assert.equal(new AlertsSaid().next(alerts("a", "b", "c", "d", "e"), 0), "a, b, c, +2");
});

test("that none is passed any more is said, that none ever was is not", () => {
  const said = new AlertsSaid();

  assert.equal(said.next([], 0), "");
  said.next(alerts("a is hot"), 1_000);
  assert.equal(said.next([], 12_000), "No limit is passed any more");
  assert.equal(said.next([], 30_000), "");
});
