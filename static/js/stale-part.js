/** Lets a strip of silence grow at the right of the panes while no tick comes that ought to, and keeps in mind why. */

import { Causes } from "./causes.js";

/** States in which the newest tick is not of now. */
const SILENT = new Set(["stale", "reconnecting", "failed", "stopping", "refused"]);
/** Half a px of growth is not worth a draw, nor is less than a second of the label. */
const EVERY_MS = 1_000;

export class StalePart {
  #page;
  #drawn_ms = 0;
  #causes = new Causes();

  constructor(page) {
    this.#page = page;
  }

  start() {
    this.#page.plot.shared.causes = this.#causes;
    // What has come ends the silence at once.
    this.#page.feed.addEventListener("ticks", ({ detail }) => detail.isNew && this.#grow(0));
  }

  told({ state }) {
    const { freshness, view } = this.#page;
    this.#causes.told(state, Date.now());
    this.#grow(SILENT.has(state) && view ? freshness.silence_ms(performance.now()) : 0);
  }

  #grow(silence_ms) {
    const { look, plot, pace } = this.#page;
    const isOver = silence_ms === 0 && this.#drawn_ms > 0;
    if (!isOver && silence_ms - this.#drawn_ms < EVERY_MS) return;
    this.#drawn_ms = silence_ms;
    plot.shared.silence_ms = silence_ms;
    look.reach({ ahead_ms: silence_ms });
    if (look.isFollowing) pace.now();
  }
}
