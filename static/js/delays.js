/** How long ticks were on their way, from the time that they carry until they came here. Pure. */

import { Columns } from "./columns.js";
import { number } from "./text.js";
import { indexAfter, indexAt } from "./window.js";
import { say } from "./words.js";

const HELD_MAX = 8_192;
const RECENT = 300;
/** Above this it is no delay: ticks carry times of their own, as in a replay. */
const SENSE_MAX_MS = 60_000;
/** Of so many ticks the median is no chance. */
const SURE = 30;
const RATE_ARRIVALS = 50;
const RATE_SPAN_MS = 60_000;

export class Delays {
  /** By tick, the newest last: its time, and as the only series how long it was on its way. */
  held = new Columns(HELD_MAX);
  #arrivals_ms = [];

  constructor() {
    this.held.widen(1);
  }

  /** A tick of `time_ms` came at `came_ms`, both by the clock of the server, and at `local_ms` by ours. */
  took(time_ms, came_ms, local_ms) {
    this.held.append([time_ms], [[came_ms - time_ms]]);
    this.#arrivals_ms.push(local_ms);
    if (this.#arrivals_ms.length > RATE_ARRIVALS) this.#arrivals_ms.shift();
  }

  /** The pause that comes is not one of the source. */
  interrupted() {
    this.#arrivals_ms = [];
  }

  /** The median of the last ticks, NaN before the first. */
  get median_ms() {
    return spreadOf(this.held.values(0).slice(-RECENT)).median_ms;
  }

  /** The median and the worst of the ticks in a range; NaN where it has none. */
  within([from_ms, to_ms]) {
    const { time_ms } = this.held;
    return spreadOf(this.held.values(0).slice(indexAt(time_ms, from_ms), indexAfter(time_ms, to_ms)));
  }

  /**
   * Whether it makes sense to speak of a delay.
   *
   * @param {number} error_ms - by how much the clocks may differ from what is known
   */
  isSense(error_ms) {
    const median_ms = this.median_ms;
    return median_ms >= -Math.max(5, error_ms) && median_ms <= SENSE_MAX_MS;
  }

  /** Whether it is known to make none: at first the clocks may differ from what is known by more than it seems. */
  isNonsense(error_ms) {
    return !this.isSense(error_ms) && (this.held.length >= SURE || Math.abs(this.median_ms) > SENSE_MAX_MS);
  }

  /** Ticks a second of late; NaN before two came. */
  rate_hz(now_ms) {
    const recent = this.#arrivals_ms.filter((at_ms) => now_ms - at_ms < RATE_SPAN_MS);
    const intervals = recent.length - 1;
    if (intervals < 1) return NaN;
    const span_ms = recent.at(-1) - recent[0];
    // Once the next one is overdue, there are fewer of them.
    const waited_ms = now_ms - recent[0] - span_ms / intervals;
    return (1000 * intervals) / Math.max(1, span_ms, waited_ms);
  }
}

/** @param {Float64Array} own - delays, which are sorted in place */
function spreadOf(own) {
  own.sort();
  return { median_ms: own[own.length >> 1] ?? NaN, worst_ms: own.at(-1) ?? NaN };
}

/** "2.0 ticks/s", or a minute where they are few. */
export function rateText(rate_hz) {
  if (!(rate_hz > 0)) return ["–", say("rate.s")];
  return rate_hz < 0.1 ? [number(60 * rate_hz, 1), say("rate.min")] : [number(rate_hz, rate_hz < 100 ? 1 : 0), say("rate.s")];
}
