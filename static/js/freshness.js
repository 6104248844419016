/**
 * How long nothing has arrived, and whether that is too long. Pure: it is told the time.
 *
 * It judges by arrival, here or at the server, and not by the times of ticks, which may be years old in a replay.
 */

import { usualSpacing } from "./spacing.js";

const STALE_INTERVALS = 3;
const STALE_MIN_MS = 2_000;
const ARRIVALS_MAX = 50;

export class Freshness {
  #arrivals_ms = [];
  #since_ms = null;

  /** Ticks arrived on their beat. */
  arrived(now_ms) {
    this.#arrivals_ms.push(now_ms);
    if (this.#arrivals_ms.length > ARRIVALS_MAX) this.#arrivals_ms.shift();
    this.#since_ms = now_ms;
  }

  /** Something arrived that says nothing of the beat, a snapshot or a backfill; its newest tick had come `silence_ms` before. */
  refreshed(now_ms, silence_ms = 0) {
    this.#since_ms = now_ms - silence_ms;
  }

  /** Ticks came as `took` of a feed tells it; those of a snapshot or a backfill had come to the server `silence_ms` before. */
  took({ kind, isNew }, now_ms, silence_ms) {
    if (kind === "tick") this.arrived(now_ms);
    else if (isNew) this.refreshed(now_ms, silence_ms);
  }

  /** The link was lost, or nobody looked: the pause that comes is not a spacing. */
  interrupted() {
    this.#arrivals_ms = [];
  }

  silence_ms(now_ms) {
    return this.#since_ms === null ? 0 : now_ms - this.#since_ms;
  }

  /** @param {number|null} interval_ms - the beat, for as long as arrivals do not tell */
  isStale(now_ms, interval_ms) {
    const arrival_ms = usualSpacing(this.#arrivals_ms);
    const usual_ms = Number.isNaN(arrival_ms) ? (interval_ms ?? Infinity) : arrival_ms;
    return this.silence_ms(now_ms) > Math.max(STALE_MIN_MS, STALE_INTERVALS * usual_ms);
  }
}
