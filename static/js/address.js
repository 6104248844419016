/**
 * Keeps the page's address in step with its Look, so that a link, a reload, back and forward show the same.
 *
 * What belongs together, such as the turns of a wheel, is one entry of the browser's history. What somebody else
 * presents makes none: "back" takes back what was done here.
 */

import { lookOf, queryOf, withLook } from "./look-url.js";

/** Browsers take no more than a few changes a second. */
const WAIT_MS = 350;
/** A change so long after the last one is an act of its own, which "back" takes back. */
const APART_MS = 1_500;

export class Address {
  #look;
  /** Where it stands whether somebody is followed; the wall follows nobody. */
  #main;
  #timer = null;
  #changed_ms = -Infinity;
  #isRestoring = false;
  /** The last of what is to be written was done here. */
  #isOwn = false;
  #isLate;

  constructor({ look, main }) {
    this.#look = look;
    this.#main = main;
    // What was chosen before this was here goes before an address that says something else, such as whom one follows.
    this.#isLate = !location.search || !look.isUntouched;
    if (!this.#isLate) this.#restore();
  }

  start() {
    this.#look.addEventListener("change", ({ detail }) => this.#isRestoring || this.#later(!detail.has("presented")));
    addEventListener("popstate", () => this.#restore());
    if (this.#isLate) this.#later(!this.#main?.dataset.follows);
    addEventListener("pagehide", () => this.#timer !== null && this.#write());
  }

  #restore() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#isOwn = false;
    this.#isRestoring = true;
    this.#look.restore(lookOf(new URLSearchParams(location.search)));
    this.#isRestoring = false;
  }

  #later(isOwn) {
    this.#isOwn = isOwn;
    this.#timer ??= setTimeout(() => this.#write(), WAIT_MS);
  }

  #write() {
    this.#timer = null;
    const query = queryOf(withLook(this.#look, new URLSearchParams(location.search)));
    const isApart = this.#isOwn && performance.now() - this.#changed_ms > APART_MS;
    if (this.#isOwn) this.#changed_ms = performance.now();
    this.#isOwn = false;
    if (query === queryOf(new URLSearchParams(location.search))) return;
    history[isApart ? "pushState" : "replaceState"](null, "", `${location.pathname}${query}${location.hash}`);
  }
}
