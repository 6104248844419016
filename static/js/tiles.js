/**
 * Ticks of the past by tiles of time: which a range needs, and what has been fetched. Pure.
 *
 * A tile of level k covers TILE_PX * 2^k ms, and is fetched with points enough for as many px: of what
 * is held, each range of the screen needs a few of one level. A tile whose answer left nothing out serves
 * all finer levels, too.
 */

import { reducedSpacing } from "./spacing.js";

const TILE_PX = 512;
/** Two for each px show minimum and maximum; more series share them. */
const POINTS_PER_PX = 2;
const VALUES_PER_TILE_MAX = 60_000;
const TILES_MAX = 240;
const LEVELS_MAX = 42;
const BEATS = 4;

/**
 * @typedef {object} Tile
 * @property {number} from_ms
 * @property {number} to_ms - exclusive
 * @property {number} until_ms - what comes at this time or later was not known yet
 * @property {boolean} isReduced
 * @property {number} limit_ms - neighbours further apart are a gap, NaN when that cannot be told
 * @property {Float64Array} t
 * @property {Float64Array[]} y - a row per series
 */

/** The level whose tiles are as fine as the px of a range, but no finer than the beat: they have ticks to draw a line between. */
export function levelOf(span_ms, width_px, beat_ms = 0) {
  const least_ms = Math.max(span_ms, BEATS * beat_ms);
  return Math.min(LEVELS_MAX, Math.max(0, Math.floor(Math.log2(least_ms / Math.max(1, width_px)))));
}

/** How wide a tile of this level is. */
export function width_ms(level) {
  return TILE_PX * 2 ** level;
}

/** The points to ask for with one tile. */
export function pointsOf(seriesCount) {
  const n = Math.max(1, seriesCount);
  return Math.max(256, Math.min(TILE_PX * POINTS_PER_PX * n, Math.floor(VALUES_PER_TILE_MAX / (n + 1))));
}

export class Tiles {
  #tiles = new Map();

  clear() {
    this.#tiles.clear();
  }

  get size() {
    return this.#tiles.size;
  }

  /**
   * Return the range to fetch next so that [from, to) is held at this level, or null.
   *
   * What lies side by side is fetched in one; a tile that ended when it was fetched is fetched again.
   *
   * @returns {{level: number, first: number, count: number, from_ms: number, to_ms: number}|null}
   */
  missing([from_ms, to_ms], level) {
    const width = width_ms(level);
    const lacks = (i) => !this.#serving(i, level, Math.min(to_ms, (i + 1) * width));
    const [begin, end] = [Math.floor(from_ms / width), Math.ceil(to_ms / width)];
    for (let first = begin; first < end; first += 1) {
      if (!lacks(first)) continue;
      let count = 1;
      while (first + count < end && lacks(first + count)) count += 1;
      return { level, first, count, from_ms: first * width, to_ms: (first + count) * width };
    }
    return null;
  }

  /**
   * Keep what was fetched for `wanted`.
   *
   * @param {ReturnType<Tiles["missing"]>} wanted
   * @param {{t: number[], y: (number|null)[][], reduced?: boolean}} frame - all ticks from the first tile on
   * @param {number} until_ms - the newest time there was
   */
  keep({ level, first, count }, frame, until_ms) {
    const width = width_ms(level);
    const t = Float64Array.from(frame.t);
    const y = frame.y.map((row) => Float64Array.from(row, (value) => value ?? NaN));
    const isReduced = Boolean(frame.reduced);
    const limit_ms = isReduced ? reducedSpacing(t, t.length, y.length) : NaN;
    let begin = 0;
    for (let i = first; i < first + count; i += 1) {
      let end = begin;
      while (end < t.length && t[end] < (i + 1) * width) end += 1;
      const part = (column) => column.slice(begin, end);
      this.#put(`${level}:${i}`, {
        from_ms: i * width,
        to_ms: (i + 1) * width,
        until_ms: Math.min(until_ms, (i + 1) * width),
        isReduced,
        limit_ms,
        t: part(t),
        y: y.map(part),
      });
      begin = end;
    }
  }

  /**
   * Return what is held of [from, to), oldest first: the finest there is for each tile of this level.
   *
   * @returns {{from_ms: number, to_ms: number, tile: Tile|null}[]} null: nothing is held of it
   */
  cover([from_ms, to_ms], level) {
    const width = width_ms(level);
    const found = [];
    for (let i = Math.floor(from_ms / width); i * width < to_ms; i += 1) {
      const slot = { from_ms: Math.max(from_ms, i * width), to_ms: Math.min(to_ms, (i + 1) * width) };
      const tile = this.#serving(i, level, slot.to_ms) ?? this.#coarser(i, level);
      found.push(...this.#split(slot, tile));
    }
    return found;
  }

  /** A tile that was not over yet serves up to then. */
  #split(slot, tile) {
    if (!tile || tile.until_ms >= slot.to_ms) return [{ ...slot, tile }];
    const middle = Math.max(slot.from_ms, tile.until_ms);
    return [{ ...slot, to_ms: middle, tile }, { ...slot, from_ms: middle, tile: null }];
  }

  /** The tile, or an exact one of a coarser level, that is good up to `to_ms`. */
  #serving(i, level, to_ms) {
    return this.#find(i, level, (tile, up) => (up === 0 || !tile.isReduced) && tile.until_ms >= to_ms);
  }

  #coarser(i, level) {
    return this.#find(i, level, () => true);
  }

  #find(i, level, isGood) {
    for (let up = 0; level + up <= LEVELS_MAX; up += 1) {
      const key = `${level + up}:${Math.floor(i / 2 ** up)}`;
      const tile = this.#tiles.get(key);
      if (!tile || !isGood(tile, up)) continue;
      this.#put(key, tile);
      return tile;
    }
    return null;
  }

  /** What was used last stays longest. */
  #put(key, tile) {
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    if (this.#tiles.size > TILES_MAX) this.#tiles.delete(this.#tiles.keys().next().value);
  }
}
