/**
 * Ticks from before those held, or finer than them: fetched as far as somebody looks at them. Pure; the
 * server and the clock are passed in.
 *
 * There is one request at a time; one that nobody waits for any more is aborted, and one that failed is
 * repeated after growing pauses. Event `change`: there is more to show, or the state is another.
 */

import { composed } from "./composed.js";
import { pause_ms } from "./recovery.js";
import { levelOf, pointsOf, Tiles } from "./tiles.js";

/** Who still moves has not arrived yet. */
const QUIET_MS = 90;

export class Past extends EventTarget {
  /** @type {"idle"|"loading"|"failed"} */
  state = "idle";
  /** Why the last request failed. */
  error = "";
  /** Requests answered. */
  answers = 0;
  #fetchTicks;
  #setTimer;
  #clearTimer;
  #tiles = new Tiles();
  #epoch = "";
  #need = null;
  #wanted = null;
  #aborter = null;
  #timer = null;
  #tries = 0;

  /** @param {(wanted: {from_ms: number, to_ms: number, points: number, signal: AbortSignal}) => Promise<object>} fetchTicks */
  constructor(fetchTicks, { setTimer = setTimeout, clearTimer = clearTimeout } = {}) {
    super();
    this.#fetchTicks = fetchTicks;
    this.#setTimer = (task, wait_ms) => setTimer(task, wait_ms);
    this.#clearTimer = (timer) => clearTimer(timer);
  }

  /** The ticks in view: of these, and of the live ones; see `composed`. */
  compose(live, seen, past_ms) {
    return composed(live, seen, (range_ms, level) => this.cover(range_ms, level), past_ms);
  }

  /** What is held of a range; see `Tiles.cover`. */
  cover(range_ms, level) {
    return this.#tiles.cover(range_ms, level);
  }

  /**
   * See to it that this is held: the part of what is looked at that is not held otherwise; null: nothing.
   *
   * @param {{range_ms: [number, number], span_ms: number, width_px: number, beat_ms?: number, seriesCount: number, newest_ms: number, epoch: string}|null} need
   */
  want(need) {
    if (need && need.epoch !== this.#epoch) {
      this.#tiles.clear();
      this.#epoch = need.epoch;
      this.#stop();
    }
    this.#need = need;
    const wanted = this.#missing();
    if (this.#wanted && !isPartOf(this.#wanted, wanted)) this.#stop();
    if (!wanted) this.#become("idle");
    else if (!this.#wanted && this.#timer === null) this.#in(QUIET_MS);
  }

  #missing() {
    if (!this.#need) return null;
    const { range_ms: [from_ms, to_ms], span_ms, width_px, beat_ms, newest_ms } = this.#need;
    // What has not come yet cannot be fetched, however often one asks.
    return this.#tiles.missing([from_ms, Math.min(to_ms, newest_ms)], levelOf(span_ms, width_px, beat_ms));
  }

  #in(wait_ms) {
    this.#timer = this.#setTimer(() => {
      this.#timer = null;
      this.#ask();
    }, wait_ms);
  }

  async #ask() {
    const wanted = this.#missing();
    if (!wanted) return;
    this.#wanted = wanted;
    this.#aborter = new AbortController();
    const { signal } = this.#aborter;
    const { newest_ms, seriesCount } = this.#need;
    this.#become("loading");
    try {
      const points = wanted.count * pointsOf(seriesCount);
      const frame = await this.#fetchTicks({ from_ms: wanted.from_ms, to_ms: Math.min(wanted.to_ms, newest_ms), points, signal });
      if (!signal.aborted) this.#take(wanted, frame, newest_ms);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  #take(wanted, frame, newest_ms) {
    this.#wanted = null;
    this.#tries = 0;
    this.answers += 1;
    // Of another epoch: the feed brings the new one, and what is wanted of it.
    if (frame.epoch === this.#epoch) this.#tiles.keep(wanted, frame, newest_ms);
    this.#become("idle", true);
    if (this.#missing() && this.#timer === null) this.#in(frame.epoch === this.#epoch ? 0 : pause_ms(2));
  }

  #fail(error) {
    this.#wanted = null;
    this.error = error.message;
    const wait_ms = Math.max(pause_ms(this.#tries), 1000 * (error.retry_after_s ?? 0));
    this.#tries += 1;
    this.#become("failed", true);
    this.#in(wait_ms);
  }

  #stop() {
    this.#aborter?.abort();
    this.#wanted = null;
    this.#clearTimer(this.#timer);
    this.#timer = null;
    this.#tries = 0;
  }

  #become(state, isNew = false) {
    if (state === this.state && !isNew) return;
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

/** Whether what is being fetched is still wanted, be it in part. */
function isPartOf(fetched, wanted) {
  return wanted !== null && fetched.level === wanted.level && fetched.from_ms < wanted.to_ms && wanted.from_ms < fetched.to_ms;
}
