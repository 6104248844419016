/** Texts of the page that follow the feed: status, viewers, notices, and the table of the connection. */

import { element, setText } from "./element.js";
import { withoutLink } from "./signed-link.js";
import { listed } from "./status.js";

const NOTICE_MS = 30_000;

export class Panel {
  #root;
  #noticeTimer = null;

  /** @param {ParentNode} root - holds the elements named by `data-text` */
  constructor(root) {
    this.#root = root;
  }

  /** @param {{state: string, headline: string, detail: string, code?: string}} told */
  status(told) {
    const wayIn = this.#root.querySelector("[data-sign-in]");
    if (wayIn) this.#offer(wayIn, told.code);
    this.text("headline", told.headline);
    this.text("detail", told.detail);
    // What there is no room for.
    this.#root.querySelector(".pill").title = told.detail;
    // Read aloud when the state changes, not with each second that passes.
    if (document.documentElement.dataset.state !== told.state) {
      document.documentElement.dataset.state = told.state;
      this.text("said", listed(told.headline, told.detail));
    }
  }

  /** Whoever has signed in goes on with what was looked at. */
  #offer(wayIn, code) {
    wayIn.hidden = !code;
    const [path] = (new URL(wayIn.href).searchParams.get("next") ?? "/").split("?");
    if (code) wayIn.href = `/sign-in?${new URLSearchParams({ next: path + withoutLink(location.search) })}`;
  }

  text(name, text) {
    for (const target of this.#root.querySelectorAll(`[data-text="${name}"]`)) setText(target, text);
  }

  /** Say something that passes; nothing, when there is nothing to say any more. */
  notice(text) {
    const place = this.#root.querySelector("[data-notice]");
    clearTimeout(this.#noticeTimer);
    if (text === "") {
      place.replaceChildren();
      return;
    }
    place.replaceChildren(element("p", "notice", text));
    this.#noticeTimer = setTimeout(() => place.replaceChildren(), NOTICE_MS);
  }

  /** Show or hide what stands in place of the plot. */
  empty(text) {
    this.#root.querySelector("[data-empty]").hidden = text === "";
    this.text("empty", text);
  }
}
