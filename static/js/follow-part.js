/** Follows a viewer who presents, named in the page's address, until something is done here. */

import { element } from "./element.js";
import { showView } from "./presented-view.js";
import { say } from "./words.js";

const WORDS = {
  following: (by) => say("follow.on", { by }),
  stop: say("follow.stop"),
  ended: say("follow.ended"),
  stopped: say("follow.stopped"),
};
const PARAMETER = "follow";

export class FollowPart {
  #page;
  #banner = document.querySelector("[data-following]");
  #text = element("span");
  #id = new URLSearchParams(location.search).get(PARAMETER) ?? "";
  #isShowing = false;

  constructor(page) {
    this.#page = page;
    const stop = element("button", "", WORDS.stop);
    stop.type = "button";
    stop.addEventListener("click", () => this.#stop(WORDS.stopped));
    this.#banner.append(this.#text, stop);
  }

  start() {
    if (!this.#id) return;
    const { connection, look } = this.#page;
    const ask = () => connection.link.state === "connected" && this.#ask();
    connection.addEventListener("link", ask);
    ask();
    connection.receive("presented", (shown) => shown.id === this.#id && this.#show(shown));
    // Before the first view is shown the page finds its own window.
    look.addEventListener("change", () => this.#isShowing || this.#banner.hidden || this.#stop(WORDS.stopped));
  }

  async #ask() {
    if (!this.#id) return;
    try {
      const answer = await this.#page.connection.request("follow", { id: this.#id });
      if (answer.error) this.#stop(WORDS.ended);
      else this.#show(answer);
    } catch {
      // The link was lost again: it is asked when it is back.
    }
  }

  #show({ by, view }) {
    const { look, crosshair, main, pace } = this.#page;
    if (!this.#id) return;
    if (!view) {
      this.#stop(WORDS.ended);
      return;
    }
    this.#isShowing = true;
    showView(view, look, crosshair);
    this.#isShowing = false;
    pace.now();
    main.dataset.follows = this.#id;
    this.#text.textContent = WORDS.following(by);
    this.#banner.hidden = false;
  }

  #stop(why) {
    if (!this.#id) return;
    const { connection, main, crosshair, panel } = this.#page;
    this.#id = "";
    this.#banner.hidden = true;
    delete main.dataset.follows;
    crosshair.hover(null);
    panel.notice(why);
    connection.request("follow", { id: null }).catch(() => {});
    const url = new URL(location.href);
    url.searchParams.delete(PARAMETER);
    history.replaceState(null, "", url);
  }
}
