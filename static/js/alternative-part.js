/** The chart for who does not see it: a label that tells of it, and newest values said politely, both seldom. */

import { chartText, latestText } from "./alternative.js";
import { element } from "./element.js";

const EVERY_MS = 10_000;

export class AlternativePart {
  #page;
  #plots = document.querySelector("#plots");
  #said = element("p", "sr-only");
  #told_ms = -Infinity;

  constructor(page) {
    this.#page = page;
  }

  start() {
    this.#said.setAttribute("aria-live", "polite");
    this.#said.dataset.latest = "";
    this.#plots.after(this.#said);
  }

  drawn(view, { title, series }) {
    const [{ look }, now_ms] = [this.#page, performance.now()];
    // Panes are made anew with another set of series.
    const isNew = this.#plots.querySelector("canvas:not([role])") !== null;
    if (!view || document.hidden || (now_ms - this.#told_ms < EVERY_MS && !isNew)) return;
    this.#label(chartText(title, series, view, look.hidden));
    if (now_ms - this.#told_ms < EVERY_MS) return;
    this.#told_ms = now_ms;
    // Who looks back is not interrupted by what is new.
    if (look.isFollowing) this.#said.textContent = latestText(series, view, look.hidden);
  }

  /** The panes are one picture: the first one tells of all. */
  #label(text) {
    this.#plots.querySelectorAll("canvas").forEach((canvas, i) => {
      canvas.setAttribute("role", i === 0 ? "img" : "presentation");
      if (i === 0) canvas.ariaLabel = text;
      else canvas.ariaHidden = "true";
    });
  }
}
