/** How the series are drawn: as lines or candles, in one panel or one each; and the zone of the times. */

import { element, setText } from "./element.js";
import { zone } from "./text.js";
import { say } from "./words.js";

export class KindPart {
  #page;
  #kinds = [...document.querySelectorAll("[data-kind]")].filter((one) => one.tagName === "BUTTON");
  #panels = document.querySelector("[data-panels]");
  #zone = element("p", "zone");
  /** The mode that shows what the chart shows by itself, "" for none. */
  #usual = "";

  constructor(page) {
    this.#page = page;
  }

  start() {
    const { look } = this.#page;
    for (const button of this.#kinds) button.addEventListener("click", () => look.set({ kind: button.dataset.kind }));
    document.querySelector(".side .foot").before(this.#zone);
    this.#panels.addEventListener("click", () => this.#choose(this.#isSingle() ? "stacked" : "single"));
    setText(this.#zone, say("kind.zone", { zone: zone() }));
  }

  drawn(view, description) {
    const { look, main, plot } = this.#page;
    this.#kinds.forEach((button) => { button.ariaPressed = String(button.dataset.kind === look.kind); });
    const isOfCandles = look.kind === "candles";
    const shown = description.series.length - look.hidden.size;
    this.#panels.hidden = isOfCandles || shown < 2;
    if (!look.panels && !isOfCandles) this.#usual = { 1: "single", [shown]: "stacked" }[plot.length] ?? "";
    setText(this.#panels, this.#isSingle() ? say("kind.stacked") : say("kind.single"));
    Object.assign(main.dataset, { kind: look.kind, panels: plot.length });
  }

  /** What is usual need not be chosen: with other series another mode may be. */
  #choose(panels) {
    this.#page.look.set({ panels: panels === this.#usual ? "" : panels });
  }

  #isSingle() {
    return this.#page.plot.length === 1;
  }
}
