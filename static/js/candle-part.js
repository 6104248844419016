/** Candles in place of lines: drawn by the panes, and the choice of how long each is. */

import { candleMarks, candleMs, candlesOf, candlesText } from "./candles.js";
import { element } from "./element.js";
import { candleAt, candlesFor } from "./ohlc.js";
import { wordOf } from "./span.js";
import { length } from "./text.js";
import { say } from "./words.js";

export class CandlePart {
  #page;
  #length = element("select", "button candle-length");
  #offered = "";

  constructor(page) {
    this.#page = page;
    Object.assign(this.#length, { ariaLabel: say("kind.length"), hidden: true });
  }

  start() {
    const { look, pace, plot: { shared } } = this.#page;
    shared.candles = { of: candlesOf, text: candlesText, at: candleAt };
    shared.layers.candles = candleMarks;
    document.querySelector(".kinds").after(this.#length);
    this.#length.addEventListener("change", () => look.set({ candle_ms: Number(this.#length.value) }));
    pace.now();
  }

  drawn(view) {
    const { look, main, plot } = this.#page;
    this.#length.hidden = look.kind !== "candles" || !view;
    if (this.#length.hidden) return;
    const length_ms = candleMs(look, view.range_ms, plot.width_px, view.spacing_ms);
    Object.assign(main.dataset, { candleMs: length_ms, candles: view.isReduced ? "reduced" : "exact" });
    this.#offer(view, length_ms);
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
