/** Pause and resume, and the way back to live: the button in the bar, the one over the plot, Space and End. */

import { Behind, behindText } from "./behind.js";
import { setText } from "./element.js";
import { isKiosk } from "./place.js";
import { duration } from "./text.js";
import { say } from "./words.js";

/** What has a use of its own for a key. */
const TAKES_KEYS = "button, a, input, textarea, select, summary, [contenteditable], [role=slider]";

export class LiveControls {
  #page;
  #behind;
  #pause = document.querySelector("[data-pause]");
  #back = document.querySelector("[data-back]");

  constructor(page) {
    this.#page = page;
    this.#behind = new Behind(page.look);
  }

  start() {
    const { look } = this.#page;
    this.#pause.addEventListener("click", () => look.toggle());
    this.#back.addEventListener("click", () => this.#follow());
    if (!isKiosk) document.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Say that it is paused, and how far behind; what is wrong with the data is more important. */
  told(told) {
    const { look, feed: { viewer }, main } = this.#page;
    const behind = this.#behind.at(viewer);
    main.dataset.look = look.isFollowing ? "live" : "paused";
    document.documentElement.dataset.look = main.dataset.look;
    this.#pause.classList.toggle("is-idle", viewer.columns.length === 0);
    setText(this.#pause.querySelector("[data-pause-text]"), say(behind ? "live.resume" : "live.pause"));
    this.#back.hidden = behind === null;
    if (!behind) {
      delete main.dataset.behind;
      delete main.dataset.new;
      return;
    }
    Object.assign(main.dataset, { behind: Math.round(behind.behind_ms), new: behind.ticks });
    setText(this.#back, say("live.back", { time: duration(behind.behind_ms) }));
    if (told.state === "live") Object.assign(told, { headline: say("state.paused"), detail: behindText(behind) });
  }

  #follow() {
    // The button goes, and must not take the focus with it.
    this.#pause.focus({ preventScroll: true });
    this.#page.look.follow();
  }

  #onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const isFree = !event.target.closest?.(TAKES_KEYS);
    if (event.key === " " && isFree) this.#page.look.toggle();
    else if (event.key === "End" && isFree) this.#page.look.follow();
    else return;
    event.preventDefault();
  }
}
