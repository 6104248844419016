/** How the series are drawn: as lines or candles, in one panel or one each; and the zone of the times. */

import { element, setText } from "./element.js";
import { zone } from "./text.js";
import { say } from "./words.js";

export class KindPart {
  #page;
  #kinds = [...document.querySelectorAll("[data-kind]")].filter((one) => one.tagName === "BUTTON");
  #panels = document.querySelector("[data-panels]");
  #zone = element("p", "zone");

  constructor(page) {
    this.#page = page;
  }

  start() {
    const { look } = this.#page;
    for (const button of this.#kinds) button.addEventListener("click", () => look.set({ kind: button.dataset.kind }));
    document.querySelector(".side .foot").before(this.#zone);
    this.#panels.addEventListener("click", () => look.set({ panels: this.#isSingle() ? "stacked" : "single" }));
    setText(this.#zone, say("kind.zone", { zone: zone() }));
  }

  drawn(view, description) {
    const { look, main, plot } = this.#page;
    this.#kinds.forEach((button) => { button.ariaPressed = String(button.dataset.kind === look.kind); });
    const isOfCandles = look.kind === "candles";
    this.#panels.hidden = isOfCandles || description.series.length - look.hidden.size < 2;
    setText(this.#panels, this.#isSingle() ? say("kind.stacked") : say("kind.single"));
    Object.assign(main.dataset, { kind: look.kind, panels: plot.length });
  }

  #isSingle() {
    return this.#page.plot.length === 1;
  }
}
