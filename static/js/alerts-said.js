/** What is read aloud of the limits that are passed on a wall: what is new, little of it, and seldom. Pure. */

import { listed } from "./status.js";
import { say } from "./words.js";

/** No more often than this. */
const SAID_MS = 10_000;
/** More at once nobody listens to: they are counted. */
const NAMED_MAX = 3;

export class AlertsSaid {
  #known = new Set();
  #said_ms = -Infinity;

  /**
   * @param {{key: string, text: string}[]} over - all that is passed now
   * @returns {string} what is to be said, empty when there is nothing to say
   */
  next(over, now_ms) {
    if (now_ms - this.#said_ms < SAID_MS) return "";
    const news = over.filter(({ key }) => !this.#known.has(key)).map(({ text }) => text);
    const isCalm = over.length === 0 && this.#known.size > 0;
    this.#known = new Set(over.map(({ key }) => key));
    if (news.length === 0 && !isCalm) return "";
    this.#said_ms = now_ms;
    if (isCalm) return say("alerts.calm");
    const more = news.length - NAMED_MAX;
    return listed(...news.slice(0, NAMED_MAX), more > 0 ? `+${more}` : "");
  }
}
