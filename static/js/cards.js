/** A card per series: its newest value, how it lies in the window, and whether it is drawn. */

import { changeOf, changeText } from "./change.js";
import { element, setText } from "./element.js";
import { keyOf } from "./key.js";
import { Roving } from "./roving.js";
import { isSolo, solo, toggled } from "./shown.js";
import { number } from "./text.js";
import { seriesColor, theme } from "./theme.js";
import { say } from "./words.js";

/** As the style sheet has it: from so many on cards keep to value and change, and then are a line each. */
const BRIEF = 6;
const LINES = 13;

export class Cards {
  #root;
  #look;
  #roving;
  #cards = [];
  #names = [];
  #shape = "";
  #series = null;

  /** @param {import("./look.js").Look} look */
  constructor(root, look) {
    this.#root = root;
    this.#roving = new Roving(root, ".card");
    this.#look = look;
  }

  reset() {
    this.#shape = "";
    this.#series = null;
  }

  /** @param {import("./view.js").View|null} view - null before the first tick */
  draw(series, view) {
    this.#build(series);
    const room = this.#cards.length < BRIEF ? "all" : this.#cards.length < LINES ? "change" : "value";
    this.#cards.forEach((card, i) => card.draw(view?.series[i], view, room));
    this.#cards.forEach((card, i) => card.mark(this.#look.hidden.has(this.#names[i]), isSolo(this.#names, this.#look.hidden, this.#names[i])));
  }

  #build(series) {
    if (series === this.#series) return;
    this.#series = series;
    const shape = JSON.stringify(series);
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#names = series.map(({ name }) => name);
    const colors = theme();
    const choose = (name, isAlone) => this.#look.set({ hidden: (isAlone ? solo : toggled)(this.#names, this.#look.hidden, name) });
    this.#cards = series.map((one, i) => new Card(one, seriesColor(one, i, colors), i, (isAlone) => choose(one.name, isAlone)));
    this.#root.classList.toggle("is-single", series.length === 1);
    this.#root.replaceChildren(...this.#cards.map((card) => card.root));
    this.#roving.update();
  }
}

class Card {
  root = element("article", "card");
  #unit;
  #label;
  #toggle = element("button", "card-toggle");
  #only = element("button", "card-only", say("card.only"));
  #value = element("strong", "card-value", "–");
  #change = element("span", "card-change");
  #min = element("dd");
  #mean = element("dd");
  #meanTerm = element("dt", "", say("card.mean"));
  #max = element("dd");
  #way = element("i", "card-way");
  #bar = element("i", "card-mark");
  #characters = 0;

  /** @param {(isAlone: boolean) => void} choose - hide or show it, or show it alone */
  constructor({ name, label, unit }, color, i, choose) {
    [this.#unit, this.#label] = [unit, label];
    const value = element("p", "card-line", this.#value, element("span", "card-unit", unit), this.#change);
    const range = element("dl", "card-range",
      element("div", "", element("dt", "", say("card.min")), this.#min),
      element("div", "", this.#meanTerm, this.#mean),
      element("div", "", element("dt", "", say("card.max")), this.#max));
    this.root.dataset.series = name;
    this.#way.style.background = color;
    this.#listen(choose);
    this.#toggle.append(keyOf(color, i), element("span", "", label));
    this.root.append(
      element("h3", "card-label", this.#toggle, this.#only),
      value, element("p", "card-alert"), element("div", "card-bar", this.#way, this.#bar), range,
    );
  }

  #listen(choose) {
    for (const button of [this.#toggle, this.#only]) button.type = "button";
    this.#toggle.title = say("card.hint");
    this.#toggle.addEventListener("click", ({ altKey, shiftKey }) => choose(altKey || shiftKey));
    // A press of Alt and Enter is no click in every browser.
    this.#toggle.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.altKey) return;
      event.preventDefault();
      choose(true);
    });
    this.#only.addEventListener("click", () => choose(true));
  }

  /** Say whether the series is drawn. */
  mark(isHidden, isAlone) {
    this.root.classList.toggle("is-hidden", isHidden);
    this.#toggle.ariaPressed = String(!isHidden);
    setText(this.#only, isAlone ? say("card.all") : say("card.only"));
    this.#only.ariaLabel = isAlone ? say("card.show-all") : say("card.show-only", { label: this.#label });
  }

  /** @param {"all"|"change"|"value"} room - what there is room for, and so is written */
  draw(series, view, room) {
    const { values, last = NaN, first = NaN, min = NaN, mean = NaN, max = NaN, digits = 0 } = series ?? {};
    // What is missing now is not the value of before.
    const now = (view?.isFollowing ?? true) ? (series?.now ?? NaN) : last;
    const texts = [now, min, max].map((value) => number(value, digits));
    setText(this.#value, texts[0]);
    this.#fit(Math.max(...texts.map(({ length }) => length)));
    this.root.classList.toggle("is-missing", Boolean(values?.length) && Number.isNaN(now));
    if (room !== "value") setText(this.#change, changeText(changeOf(first, last, this.#unit), digits));
    if (room !== "all") return;
    setText(this.#min, texts[1]);
    setText(this.#mean, number(mean, digits));
    setText(this.#max, texts[2]);
    // Of ticks that were left out nobody knows the mean.
    setText(this.#meanTerm, view?.isReduced ? say("card.mean-about") : say("card.mean"));
    this.#place(min, max, first, last);
  }

  /** So many characters have to have room in a line: the style sheet shrinks them. */
  #fit(characters) {
    if (characters === this.#characters) return;
    this.#characters = characters;
    this.root.style.setProperty("--n", characters);
  }

  /** The way from the window's first value to its last, between its lowest and highest. */
  #place(min, max, first, last) {
    this.#bar.hidden = this.#way.hidden = !(max > min);
    if (!(max > min)) return;
    const [from, to] = [first, last].map((value) => (100 * (value - min)) / (max - min));
    // Moved, not laid out anew: nothing else has to be measured for it.
    this.#bar.style.transform = `translateX(${to}cqw)`;
    this.#way.style.transform = `translateX(${Math.min(from, to)}cqw) scaleX(${Math.abs(to - from) / 100})`;
  }
}
