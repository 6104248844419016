import assert from "node:assert/strict";
import { test } from "node:test";

import { accessCodeOf, pauseOf_ms, refusalOf } from "../../static/js/refusal.js";

const answered = (status, responseText) => Object.assign(new Error("xhr poll error"), { context: { status, responseText } });

test("a server that is full is quoted", () => {
  assert.equal(refusalOf(answered(503, '{"error": "the server is full"}')), "the server is full");
});

test("a server that knows itself by another address is quoted", () => {
  assert.equal(refusalOf(answered(403, '{"error": "pages of your origin may not connect"}')), "pages of your origin may not connect");
  assert.equal(refusalOf(answered(429, '{"error": "too many requests"}')), "too many requests");
});

test("when nobody answered there is nothing to quote", () => {
  assert.equal(refusalOf(new Error("websocket error")), "");
  assert.equal(refusalOf(answered(0, "")), "");
});

test("what others answer is not quoted", () => {
  for (const body of ["<h1>Bad gateway</h1>", "", "null", '{"error": {"code": 1}}']) assert.equal(refusalOf(answered(503, body)), "");
  assert.equal(refusalOf(answered(404, '{"error": "no such page"}')), "");
});

test("a refusal that is not about credentials offers no way to sign in", () => {
  assert.equal(accessCodeOf({ data: { code: "expired" } }), "expired");
  assert.equal(accessCodeOf({ data: { code: "too_costly", retry_after_s: 2 } }), "");
  assert.equal(accessCodeOf({}), "");
});

test("the pause that a server asks for is kept, within bounds", () => {
  assert.equal(pauseOf_ms({ data: { retry_after_s: 12.5 } }), 12_500);
  assert.equal(pauseOf_ms({ data: { retry_after_s: 1e9 } }), 60_000);
  for (const retry_after_s of [undefined, -1, NaN, "x", null]) assert.equal(pauseOf_ms({ data: { retry_after_s } }), 0);
  assert.equal(pauseOf_ms({}), 0);
});
