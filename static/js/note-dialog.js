/** The small dialog in which a note is written; closed by Escape, sent by Enter. */

import { moment } from "./text.js";
import { setText } from "./element.js";

export class NoteDialog {
  #root;
  #text;
  #error;
  #send;
  #time_ms = NaN;

  /** @param {(time_ms: number, text: string) => Promise<string>} send - returns what is wrong, "" for nothing */
  constructor(root, send) {
    this.#root = root;
    this.#send = send;
    this.#text = root.querySelector("input");
    this.#error = root.querySelector("[data-error]");
    root.querySelector("form").addEventListener("submit", (event) => this.#onSubmit(event));
    root.querySelector("[data-cancel]").addEventListener("click", () => root.close());
  }

  open(time_ms, spacing_ms) {
    this.#time_ms = time_ms;
    this.#text.value = "";
    setText(this.#error, "");
    setText(this.#root.querySelector("[data-when]"), moment(time_ms, spacing_ms));
    if (!this.#root.open) this.#root.showModal();
    this.#text.focus();
  }

  async #onSubmit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text) return;
    setText(this.#error, await this.#send(this.#time_ms, text));
    if (this.#error.textContent) return;
    // It would have the focus for a moment yet, and with it the next key.
    this.#text.blur();
    this.#root.close();
  }
}
