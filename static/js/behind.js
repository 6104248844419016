/** How far a view that looks back is behind: in time, and in ticks that came since. Pure. */

import { duration } from "./text.js";
import { say } from "./words.js";

export class Behind {
  #look;
  #left = null;

  /** @param {import("./look.js").Look} look */
  constructor(look) {
    this.#look = look;
  }

  /**
   * Take the position of now; return null for a view that follows.
   *
   * @param {{epoch: string, offset: number}} position
   * @returns {{behind_ms: number, ticks: number}|null}
   */
  at({ epoch, offset }) {
    if (this.#look.isFollowing) {
      this.#left = null;
      return null;
    }
    if (this.#left?.epoch !== epoch) this.#left = { epoch, offset };
    const [, to_ms] = this.#look.range_ms();
    const [, newest_ms] = this.#look.bounds_ms;
    return { behind_ms: Math.max(0, newest_ms - to_ms) || 0, ticks: offset - this.#left.offset };
  }
}

/** "41 s behind, 82 new" */
export function behindText({ behind_ms, ticks }) {
  return say("live.behind", { time: duration(behind_ms), n: ticks });
}
