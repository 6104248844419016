import assert from "node:assert/strict";
import { test } from "node:test";

import { credentialsOf, withoutLink } from "../../static/js/signed-link.js";

test("a page that was opened with a link shows it", () => {
  assert.deepEqual(credentialsOf("?link=W10.a-b_c"), { token: "W10.a-b_c" });
  assert.deepEqual(credentialsOf("?chart=fx&link=a.b"), { token: "a.b" });
});

test("a page without a link shows nothing: the browser's cookie does", () => {
  for (const search of ["", "?", "?link=", "?chart=fx", "?token=x"]) assert.deepEqual(credentialsOf(search), {});
});

test("what is gone back to does not show it", () => {
  assert.equal(withoutLink("?link=secret&window=15m"), "?window=15m");
  assert.equal(withoutLink("?link=secret"), "");
});
