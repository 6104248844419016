/** The crosshair in one pane: uPlot's own lines under the pointer, a line where it is pinned, and the values there. */

import { element, setText } from "./element.js";
import { moment, number } from "./text.js";
import { nearest } from "./window.js";
import { say } from "./words.js";

function candleText({ start_ms, open, high, low, close }, i, digits, spacing_ms) {
  const [o, h, l, c] = [open, high, low, close].map((part) => number(part[i], digits));
  return say("cross.candle", { open: o, high: h, low: l, close: c, time: moment(start_ms[i], spacing_ms) });
}

/** The first in a pane tells the time, too. */
function valueText(value, time) {
  return time ? say("cross.at", { value, time }) : value;
}

/** Where uPlot shows no cursor. */
const NOWHERE = { left: -10, top: -10 };

export class CrosshairLines {
  #pane;
  #headings;
  #pin = element("i", "pin");
  #plot;
  #stop = new AbortController();

  /**
   * @param {import("./pane.js").Pane} pane
   * @param {object} plot - its uPlot
   * @param {HTMLElement[]} headings - where the value of each series is written
   */
  constructor(pane, plot, headings) {
    this.#pane = pane;
    this.#plot = plot;
    this.#headings = headings;
    plot.over.append(this.#pin);
    this.#crosshair.addEventListener("change", () => this.place(), { signal: this.#stop.signal });
  }

  get #crosshair() {
    return this.#pane.shared.crosshair;
  }

  detach() {
    this.#stop.abort();
  }

  /** Put the lines where the crosshair is: it has moved, or what is below it has. */
  place() {
    const plot = this.#plot;
    const { hovered_ms, pinned_ms, time_ms } = this.#crosshair;
    const left = hovered_ms === null ? NOWHERE.left : plot.valToPos(hovered_ms, "x");
    plot.setCursor({ left, top: left < 0 ? NOWHERE.top : Math.max(0, this.#pane.pointed_px) }, false);
    const at_px = pinned_ms === null ? -1 : plot.valToPos(pinned_ms, "x");
    this.#pin.hidden = !(at_px >= 0 && at_px <= plot.over.clientWidth);
    this.#pin.style.transform = `translateX(${at_px}px)`;
    this.#write(time_ms);
  }

  #write(time_ms) {
    const { view, series } = this.#pane;
    const at = time_ms === null ? -1 : nearest(view.time_ms, time_ms, view.from, view.to);
    const { candles, shared } = this.#pane;
    const candle = candles && time_ms !== null ? shared.candles.at(candles, time_ms) : -1;
    series.forEach(({ index }, i) => {
      const { values, digits } = view.series[index];
      if (candles) setText(this.#headings[i], candle < 0 ? "" : candleText(candles, candle, digits, view.spacing_ms));
      else setText(this.#headings[i], at < 0 ? "" : valueText(number(values[at], digits), i === 0 && moment(view.time_ms[at], view.spacing_ms)));
    });
  }
}
