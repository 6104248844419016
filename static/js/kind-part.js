/** How the series are drawn: as lines or candles, of which length, in one panel or one each; and the zone of the times. */

import { candleMs } from "./candles.js";
import { element, setText } from "./element.js";
import { candlesFor } from "./ohlc.js";
import { wordOf } from "./span.js";
import { length, zone } from "./text.js";
import { say } from "./words.js";

export class KindPart {
  #page;
  #kinds = [...document.querySelectorAll("[data-kind]")].filter((one) => one.tagName === "BUTTON");
  #length = element("select", "button candle-length");
  #panels = document.querySelector("[data-panels]");
  #zone = element("p", "zone");
  #offered = "";

  constructor(page) {
    this.#page = page;
    Object.assign(this.#length, { ariaLabel: say("kind.length"), hidden: true });
  }

  start() {
    const { look } = this.#page;
    document.querySelector("#windows").before(this.#length);
    for (const button of this.#kinds) button.addEventListener("click", () => look.set({ kind: button.dataset.kind }));
    document.querySelector(".side .foot").before(this.#zone);
    this.#length.addEventListener("change", () => look.set({ candle_ms: Number(this.#length.value) }));
    this.#panels.addEventListener("click", () => look.set({ panels: this.#isSingle() ? "stacked" : "single" }));
    setText(this.#zone, say("kind.zone", { zone: zone() }));
  }

  drawn(view, description) {
    const { look, main, plot } = this.#page;
    this.#kinds.forEach((button) => { button.ariaPressed = String(button.dataset.kind === look.kind); });
    const isOfCandles = look.kind === "candles";
    this.#panels.hidden = isOfCandles || description.series.length - look.hidden.size < 2;
    setText(this.#panels, this.#isSingle() ? say("kind.stacked") : say("kind.single"));
    this.#length.hidden = !isOfCandles || !view;
    Object.assign(main.dataset, { kind: look.kind, panels: plot.length });
    if (!isOfCandles || !view) return;
    const length_ms = candleMs(look, view.range_ms, plot.width_px, view.spacing_ms);
    Object.assign(main.dataset, { candleMs: length_ms, candles: view.isReduced ? "reduced" : "exact" });
    this.#offer(view, length_ms);
  }

  #isSingle() {
    return this.#page.plot.length === 1;
  }

  #offer({ range_ms: [from, to], spacing_ms }, length_ms) {
    const { look, plot } = this.#page;
    const lengths = new Set(candlesFor(to - from, plot.width_px, spacing_ms));
    if (look.candle_ms) lengths.add(look.candle_ms);
    const options = [[0, look.candle_ms ? say("kind.auto") : say("kind.auto-now", { length: textOf(length_ms) })], ...[...lengths].sort((a, b) => a - b).map((ms) => [ms, textOf(ms)])];
    const offered = JSON.stringify(options);
    // A list that is open must not be made anew under the finger.
    if (offered !== this.#offered && document.activeElement !== this.#length) {
      this.#offered = offered;
      this.#length.replaceChildren(...options.map(([ms, text]) => new Option(text, ms)));
    }
    this.#length.value = look.candle_ms;
  }
}

function textOf(length_ms) {
  return length(wordOf(length_ms));
}
