/**
 * A position in a chart's history and the ticks before it that are held: what a viewer is. Pure.
 *
 * `take` keeps the rules of the wire; what must be asked of the server it only says.
 */

import { Columns } from "./columns.js";
import { after, base, hasJump, later } from "./frame.js";

/** The most ticks that are held: more than a day of one tick a second. */
export const TICKS_MAX = 100_000;

/**
 * @typedef {object} Taken
 * @property {boolean} isNew - there is something new to show
 * @property {""|"backfill"|"snapshot"} ask - what to ask the server for
 * @property {boolean} hasRestarted - the history began afresh
 */

const NOTHING = Object.freeze({ isNew: false, ask: "", hasRestarted: false });

export class Viewer {
  columns;
  epoch = "";
  offset = 0;
  /** Snapshots and backfills taken; ticks that a backfill brought; ticks that never came. */
  counts = { snapshots: 0, backfills: 0, refilled: 0, missed: 0 };
  #reducedUntil = 0;
  /** The highest offset told of while nothing could be appended. */
  #seen = { epoch: "", offset: 0 };

  constructor(capacity = TICKS_MAX) {
    this.columns = new Columns(capacity);
  }

  /** What to send as `since`, or undefined before the first snapshot. */
  get position() {
    return this.epoch ? { epoch: this.epoch, offset: this.offset } : undefined;
  }

  /** The ticks held before this index are of a reduced run. */
  get exactFrom() {
    return Math.max(0, this.#reducedUntil - this.columns.dropped);
  }

  /**
   * @param {"snapshot"|"backfill"|"tick"} kind
   * @param {import("./frame.js").Frame} frame
   * @param {boolean} [wasAway] - by its own choice: what a reduced backfill leaves out was not lost
   * @returns {Taken}
   */
  take(kind, frame, wasAway = false) {
    if (kind === "snapshot") return this.#replace(frame);
    if (!this.epoch) return this.#see(frame, "");
    if (frame.epoch !== this.epoch) return this.#see(frame, "snapshot");
    if (frame.reduced) return this.#takeReduced(frame, wasAway);
    if (hasJump(frame, this.offset)) return this.#see(frame, kind === "tick" ? "backfill" : "snapshot");
    return this.#takeExact(kind, frame);
  }

  #see({ epoch, offset }, ask) {
    if (epoch !== this.#seen.epoch || offset > this.#seen.offset) this.#seen = { epoch, offset };
    return { ...NOTHING, ask };
  }

  #replace(frame) {
    const hasRestarted = this.epoch !== "" && this.epoch !== frame.epoch;
    this.#countMissed(frame);
    const known = this.#knownOffset(frame.epoch);
    this.columns.clear();
    this.columns.widen(frame.description?.series.length ?? 0);
    this.columns.append(frame.t, frame.y);
    this.#reducedUntil = frame.reduced ? frame.t.length : 0;
    this.epoch = frame.epoch;
    this.offset = frame.offset;
    this.counts.snapshots += 1;
    // The snapshot was read before ticks that came first on the wire.
    return { isNew: true, ask: known > frame.offset ? "backfill" : "", hasRestarted };
  }

  #knownOffset(epoch) {
    return Math.max(...[this, this.#seen].map((known) => (known.epoch === epoch ? known.offset : 0)));
  }

  #countMissed(frame) {
    // A reduced snapshot that was asked for leaves out ticks, but none was lost on the way.
    if (this.epoch !== frame.epoch || (frame.reduced && frame.recovered !== false)) return;
    const passed = Math.max(0, frame.offset - this.offset);
    const came = frame.reduced ? this.#laterThanHeld(frame).t.length : Math.max(0, frame.offset - Math.max(this.offset, base(frame)));
    this.counts.missed += Math.max(0, passed - came);
  }

  #takeReduced(frame, wasAway) {
    if (frame.offset <= this.offset) return NOTHING;
    const fresh = this.#laterThanHeld(frame);
    this.counts.backfills += 1;
    this.counts.refilled += fresh.t.length;
    if (!wasAway) this.counts.missed += Math.max(0, frame.offset - this.offset - fresh.t.length);
    this.columns.append(fresh.t, fresh.y);
    this.#reducedUntil = this.columns.dropped + this.columns.length;
    this.offset = frame.offset;
    return { ...NOTHING, isNew: true };
  }

  #takeExact(kind, frame) {
    const fresh = after(frame, this.offset);
    if (kind === "backfill") {
      this.counts.backfills += 1;
      this.counts.refilled += fresh.t.length;
    }
    if (fresh.t.length === 0) return NOTHING;
    this.columns.append(fresh.t, fresh.y);
    this.offset = frame.offset;
    return { ...NOTHING, isNew: true };
  }

  #laterThanHeld(frame) {
    return later(frame, this.columns.length ? this.columns.time_ms.at(-1) : -Infinity);
  }
}
