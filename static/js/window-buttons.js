/** The buttons that choose the window of time. */

import { element } from "./element.js";

export class WindowButtons {
  #root;
  #onChoose;
  #windows = [];
  /** The label of the window chosen, "" before there is any. */
  chosen = "";

  /** @param {() => void} onChoose */
  constructor(root, onChoose) {
    this.#root = root;
    this.#onChoose = onChoose;
  }

  get span_ms() {
    return this.#windows.find(({ label }) => label === this.chosen)?.span_ms ?? Infinity;
  }

  /** Offer these windows; what was chosen stays if it is among them. */
  offer(windows, first) {
    const isSame = windows.map(({ label }) => label).join() === this.#windows.map(({ label }) => label).join();
    if (isSame) return;
    this.#windows = windows;
    if (!windows.some(({ label }) => label === this.chosen)) this.chosen = first;
    this.#root.replaceChildren(...windows.map(({ label }) => this.#button(label)));
    this.#mark();
  }

  #button(label) {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => {
      this.chosen = label;
      this.#mark();
      this.#onChoose();
    });
    return button;
  }

  #mark() {
    for (const button of this.#root.children) button.ariaPressed = String(button.textContent === this.chosen);
  }
}
