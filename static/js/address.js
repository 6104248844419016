/**
 * Keeps the page's address in step with its Look, so that a link, a reload, back and forward show the same.
 *
 * What belongs together, such as the turns of a wheel, is one entry of the browser's history.
 */

import { lookOf, queryOf, withLook } from "./look-url.js";

/** Browsers take no more than a few changes a second. */
const WAIT_MS = 350;
/** A change so long after the last one is an act of its own, which "back" takes back. */
const APART_MS = 1_500;

export class Address {
  #look;
  #timer = null;
  #changed_ms = -Infinity;
  #isRestoring = false;
  #isLate;

  constructor({ look }) {
    this.#look = look;
    // What was chosen before this was here goes before an address that says something else, such as whom one follows.
    this.#isLate = !location.search || !look.isUntouched;
    if (!this.#isLate) this.#restore();
  }

  start() {
    this.#look.addEventListener("change", () => this.#isRestoring || this.#later());
    addEventListener("popstate", () => this.#restore());
    if (this.#isLate) this.#later();
    addEventListener("pagehide", () => this.#timer !== null && this.#write());
  }

  #restore() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#isRestoring = true;
    this.#look.restore(lookOf(new URLSearchParams(location.search)));
    this.#isRestoring = false;
  }

  #later() {
    this.#timer ??= setTimeout(() => this.#write(), WAIT_MS);
  }

  #write() {
    this.#timer = null;
    const query = queryOf(withLook(this.#look, new URLSearchParams(location.search)));
    const isApart = performance.now() - this.#changed_ms > APART_MS;
    this.#changed_ms = performance.now();
    if (query === queryOf(new URLSearchParams(location.search))) return;
    history[isApart ? "pushState" : "replaceState"](null, "", `${location.pathname}${query}${location.hash}`);
  }
}
