/** "Share this moment": a small dialog with the link, which may be to exactly the span in view. */

import { copyText } from "./clipboard.js";
import { setText } from "./element.js";
import { shareLink } from "./share-link.js";
import { moment } from "./text.js";
import { say } from "./words.js";

export class SharePart {
  #page;
  #root = document.querySelector("#share-dialog");
  #link = this.#root.querySelector("[data-link]");
  #isExact = this.#root.querySelector("[data-exact]");
  #copy = this.#root.querySelector("[data-copy]");
  #send = this.#root.querySelector("[data-send]");
  /** What was in view when it was asked for: the text and the link are of the same moment. */
  #range_ms;

  constructor(page) {
    this.#page = page;
  }

  start() {
    document.querySelector("[data-share]").addEventListener("click", () => this.#open());
    this.#isExact.addEventListener("change", () => this.#write());
    this.#copy.addEventListener("click", () => this.#onCopy());
    this.#send.hidden = !navigator.share;
    this.#send.addEventListener("click", () => this.#onSend());
    this.#root.querySelector("[data-cancel]").addEventListener("click", () => this.#root.close());
  }

  #open() {
    const { look, view } = this.#page;
    this.#range_ms = view?.range_ms ?? look.range_ms();
    setText(this.#root.querySelector("[data-span]"), view ? spanText(view) : "");
    this.#isExact.checked = !look.isFollowing;
    // Where there is no tick yet there is no span.
    this.#isExact.disabled = !this.#range_ms.every(Number.isFinite);
    this.#write();
    this.#root.showModal();
  }

  #write() {
    this.#link.value = shareLink(location.href, this.#page.look, this.#isExact.checked ? this.#range_ms : null);
    setText(this.#copy, say("share.copy"));
  }

  async #onCopy() {
    const isCopied = await copyText(this.#link.value);
    setText(this.#copy, isCopied ? say("share.copied") : say("share.failed"));
    if (!isCopied) this.#link.select();
  }

  async #onSend() {
    try {
      await navigator.share({ title: document.title, url: this.#link.value });
      this.#root.close();
    } catch {
      // Whoever thought better of it has not failed.
    }
  }
}

function spanText({ range_ms, spacing_ms }) {
  const [from, to] = range_ms.map((ms) => moment(ms, spacing_ms));
  return say("time.range", { from, to });
}
