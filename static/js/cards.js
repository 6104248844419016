/** A card per series: its newest value, and how it lies in the window. */

import { element, setText } from "./element.js";
import { keyOf } from "./key.js";
import { number, trend } from "./text.js";
import { seriesColor, theme } from "./theme.js";

export class Cards {
  #root;
  #cards = [];
  #shape = "";

  constructor(root) {
    this.#root = root;
  }

  reset() {
    this.#shape = "";
  }

  /** @param {import("./view.js").View|null} view - null before the first tick */
  draw(series, view) {
    this.#build(series);
    this.#cards.forEach((card, i) => card.draw(view?.series[i], view?.isFollowing ?? true));
  }

  #build(series) {
    const shape = JSON.stringify(series);
    if (shape === this.#shape) return;
    this.#shape = shape;
    const colors = theme();
    this.#cards = series.map((one, i) => new Card(one, seriesColor(one, i, colors), i));
    this.#root.replaceChildren(...this.#cards.map((card) => card.root));
  }
}

class Card {
  root = element("article", "card");
  #value = element("strong", "card-value", "–");
  #change = element("span", "card-change");
  #min = element("dd");
  #max = element("dd");
  #bar = element("i", "card-mark");

  constructor(series, color, i) {
    const heading = element("h3", "card-label", keyOf(color, i), element("span", "", series.label));
    const value = element("p", "card-line", this.#value, element("span", "card-unit", series.unit), this.#change);
    const range = element("dl", "card-range",
      element("div", "", element("dt", "", "min"), this.#min),
      element("div", "", element("dt", "", "max"), this.#max));
    this.root.dataset.series = series.name;
    this.#bar.style.background = color;
    this.root.append(heading, value, element("div", "card-bar", this.#bar), range);
  }

  draw(view, isFollowing) {
    const { values, last = NaN, first = NaN, min = NaN, max = NaN, digits = 0 } = view ?? {};
    // What is missing now is not the value of before.
    const now = isFollowing ? (view?.now ?? NaN) : last;
    setText(this.#value, number(now, digits));
    setText(this.#min, number(min, digits));
    setText(this.#max, number(max, digits));
    setText(this.#change, trend(last - first, digits));
    this.root.classList.toggle("is-missing", Boolean(values?.length) && Number.isNaN(now));
    this.#bar.hidden = !(max > min);
    if (max > min) this.#bar.style.left = `${(100 * (last - min)) / (max - min)}%`;
  }
}
