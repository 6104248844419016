import assert from "node:assert/strict";
import test from "node:test";

import { Look } from "../../static/js/look.js";
import { followLink, shareLink } from "../../static/js/share-link.js";

const HREF = "http://localhost/fx?follow=12&kiosk=1&theme=dark&lang=ja&link=abc";

function look() {
  const one = new Look();
  one.reach({ oldest_ms: 0, newest_ms: 600_000, spacing_ms: 1_000 });
  one.suggest(300_000);
  return one;
}

test("a link has the window, and nothing that is of this page alone", () => {
  assert.equal(shareLink(HREF, look()), "http://localhost/fx?link=abc&window=5m");
});

test("a link to exactly a span has it, though the view has moved on", () => {
  assert.equal(
    shareLink(HREF, look(), [240_000, 540_000]),
    "http://localhost/fx?link=abc&from=1970-01-01T00:04:00.000Z&to=1970-01-01T00:09:00.000Z",
  );
});

test("what is in a span is in the one that its link has", () => {
  assert.equal(
    shareLink(HREF, look(), [33_043.663, 34_043.2]),
    "http://localhost/fx?link=abc&from=1970-01-01T00:00:33.043Z&to=1970-01-01T00:00:34.044Z",
  );
});

test("a link to follow somebody says whom, and nothing else that is of this page alone", () => {
  assert.equal(followLink(`${HREF}&window=5m`, "34"), "http://localhost/fx?link=abc&window=5m&follow=34");
});
