import assert from "node:assert/strict";
import { test } from "node:test";

import { levelOf, pointsOf, Tiles, width_ms } from "../../static/js/tiles.js";

const WIDTH = width_ms(4);

/** Ticks a second apart, as a server answers for what is wanted. */
function answer({ from_ms, to_ms }, options = {}) {
  const t = [];
  for (let ms = Math.ceil(from_ms / 1000) * 1000; ms < to_ms; ms += 1000) t.push(ms);
  return { t, y: [t.map((ms) => ms / 1000)], ...options };
}

function fetched(range, level, { until_ms = Infinity, ...options } = {}) {
  const tiles = new Tiles();
  let asked = 0;
  for (let wanted; (wanted = tiles.missing(range, level)); asked += 1) tiles.keep(wanted, answer(wanted, options), until_ms);
  return { tiles, asked };
}

/** What a cover shows, tick by tick. */
function shown(tiles, range, level) {
  return tiles.cover(range, level).flatMap(({ from_ms, to_ms, tile }) =>
    tile ? [...tile.t].filter((ms) => ms >= from_ms && ms < to_ms) : []);
}

test("a px of a tile is no wider than one of the screen", () => {
  for (const span_ms of [900, 60_000, 3.6e6, 9e11]) {
    const level = levelOf(span_ms, 1000);
    assert.ok(level === 0 || 2 ** level <= span_ms / 1000);
    assert.ok(span_ms / width_ms(level) < 5);
  }
});

test("points grow with the series, to a bound", () => {
  assert.deepEqual([1, 2, 20].map(pointsOf), [1024, 2048, 2857]);
});

test("what lies side by side is fetched at once, and once only", () => {
  const { tiles, asked } = fetched([WIDTH / 2, 3.5 * WIDTH], 4);

  assert.equal(asked, 1);
  assert.equal(tiles.size, 4);
  assert.equal(tiles.missing([0, 4 * WIDTH], 4), null);
});

test("only what is not held is fetched", () => {
  const { tiles } = fetched([WIDTH, 2 * WIDTH], 4);

  assert.deepEqual(tiles.missing([0, 3 * WIDTH], 4), { level: 4, first: 0, count: 1, from_ms: 0, to_ms: WIDTH });
  tiles.keep(tiles.missing([0, 3 * WIDTH], 4), answer({ from_ms: 0, to_ms: WIDTH }), Infinity);

  assert.equal(tiles.missing([0, 3 * WIDTH], 4).first, 2);
});

test("each tick is shown once, whatever the borders", () => {
  const range = [500, 3 * WIDTH - 700];
  const { tiles } = fetched(range, 4);

  const times = shown(tiles, range, 4);

  assert.deepEqual(times, answer({ from_ms: 500, to_ms: 3 * WIDTH - 700 }).t);
});

test("what is exact serves finer levels, what is reduced does not, but stands in for them", () => {
  const exact = fetched([0, WIDTH], 4).tiles;
  const reduced = fetched([0, WIDTH], 4, { reduced: true }).tiles;
  const range = [2000, 6000];

  assert.equal(exact.missing(range, 1), null);
  assert.notEqual(reduced.missing(range, 1), null);
  assert.deepEqual(shown(reduced, range, 1), [2000, 3000, 4000, 5000]);
});

test("a tile that was not over when it was fetched is fetched again", () => {
  const { tiles } = fetched([0, 5000], 4, { until_ms: 5000 });

  assert.equal(tiles.missing([0, 5000], 4), null);
  assert.equal(tiles.missing([0, 6000], 4).first, 0);
  assert.deepEqual(tiles.cover([0, 6000], 4).map(({ to_ms, tile }) => [to_ms, tile !== null]), [[5000, true], [6000, false]]);
});

test("the number of tiles is bounded, and what was used last stays", () => {
  const tiles = new Tiles();
  const one = (i) => ({ level: 4, first: i, count: 1 });

  tiles.keep(one(0), { t: [], y: [[]] }, Infinity);
  for (let i = 1; i < 500; i += 1) {
    tiles.keep(one(i), { t: [], y: [[]] }, Infinity);
    tiles.cover([0, 1], 4);
  }

  assert.ok(tiles.size <= 240);
  assert.equal(tiles.missing([0, WIDTH], 4), null);
  assert.notEqual(tiles.missing([WIDTH, 2 * WIDTH], 4), null);
});
