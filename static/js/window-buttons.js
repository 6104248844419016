/** The buttons that choose the window of time. */

import { element } from "./element.js";
import { length } from "./text.js";

export class WindowButtons {
  #root;
  #look;
  #windows = [];

  /** @param {import("./look.js").Look} look */
  constructor(root, look) {
    this.#root = root;
    this.#look = look;
  }

  /** @param {{label: string, span_ms: number}[]} windows */
  offer(windows) {
    const isSame = windows.map(({ label }) => label).join() === this.#windows.map(({ label }) => label).join();
    if (isSame) return;
    this.#windows = windows;
    this.#root.classList.remove("is-idle");
    this.#root.replaceChildren(...windows.map((one) => this.#button(one)));
    this.mark();
  }

  /** Mark the window that is chosen; a range of one's own is none of them. */
  mark() {
    const [from_ms, to_ms] = this.#look.range_ms();
    const span_ms = this.#look.isFollowing ? this.#look.span_ms : to_ms - from_ms;
    this.#windows.forEach((one, i) => { this.#root.children[i].ariaPressed = String(one.span_ms === span_ms); });
  }

  #button({ label, span_ms }) {
    const button = element("button", "", length(label));
    button.type = "button";
    button.addEventListener("click", () => this.#look.choose(span_ms));
    return button;
  }
}
