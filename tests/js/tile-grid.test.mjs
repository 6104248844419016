/** How many tiles of a kiosk stand side by side. */

import assert from "node:assert/strict";
import test from "node:test";

import { columnsFor } from "../../static/js/tile-grid.js";

const WIDE = { width: 1280, height: 740 };
const TALL = { width: 1080, height: 1860 };

test("one tile has all of the screen", () => {
  assert.equal(columnsFor(1, WIDE), 1);
  assert.equal(columnsFor(1, TALL), 1);
});

test("no tiles need no more than a column", () => {
  assert.equal(columnsFor(0, WIDE), 1);
});

test("two stand side by side on a wide screen, and one above the other on a tall one", () => {
  assert.equal(columnsFor(2, WIDE), 2);
  assert.equal(columnsFor(2, TALL), 1);
});

test("many leave each other the most room", () => {
  assert.equal(columnsFor(7, WIDE), 3);
  assert.equal(columnsFor(40, WIDE), 7);
  assert.equal(columnsFor(7, TALL), 2);
});

test("a strip has all of them side by side, or one above the other", () => {
  assert.equal(columnsFor(4, { width: 4000, height: 300 }), 4);
  assert.equal(columnsFor(4, { width: 100, height: 4000 }), 1);
});
