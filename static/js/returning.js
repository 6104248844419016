/** When to come back after the link was lost: spread, so that the viewers of a server do not come in step. Pure. */

/** After a loss that nobody announced. */
const FIRST_MIN_MS = 500;
const FIRST_MAX_MS = 1_500;
/** After an attempt that failed; doubled by the client up to the most, and spread by the factor. */
const AGAIN = { delay_ms: 1_000, most_ms: 5_000, factor: 0.5 };
/** Whatever a server asks for. */
const WITHIN_MAX_MS = 60_000;

export class Returning {
  #manager;
  #random;
  #within_ms = null;

  /** @param manager - of Socket.IO's client: it makes the pauses, and doubles them */
  constructor(manager, random = Math.random) {
    this.#manager = manager;
    this.#random = random;
  }

  /** A status came: a server that stops says within how many seconds its viewers are to be back. */
  told({ status, return_within_s: within_s }) {
    const isAsked = status === "stopping" && Number.isFinite(within_s) && within_s >= 0;
    this.#within_ms = isAsked ? Math.min(within_s * 1000, WITHIN_MAX_MS) : null;
  }

  /** The link is lost: have the client wait, and return how long. */
  lost() {
    const [least_ms, most_ms] = this.#within_ms === null ? [FIRST_MIN_MS, FIRST_MAX_MS] : [0, this.#within_ms];
    this.#within_ms = null;
    const wait_ms = least_ms + this.#random() * (most_ms - least_ms);
    this.#pause({ delay_ms: wait_ms, most_ms: wait_ms, factor: 0 });
    return wait_ms;
  }

  /** An attempt is made: should it fail, the client is to wait as usual. */
  tried() {
    this.#pause(AGAIN);
  }

  #pause({ delay_ms, most_ms, factor }) {
    this.#manager.reconnectionDelay(delay_ms);
    this.#manager.reconnectionDelayMax(most_ms);
    this.#manager.randomizationFactor(factor);
  }
}
