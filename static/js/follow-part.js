/** Tells of who presents, and follows them, or whom the page's address names, until something is done here. */

import { byText } from "./by.js";
import { element, setText } from "./element.js";
import { showView } from "./presented-view.js";
import { say } from "./words.js";

const PARAMETER = "follow";

export class FollowPart {
  #page;
  #banner = document.querySelector("[data-following]");
  #text = element("span");
  #start = button(say("follow.start"), () => this.#follow(this.#offered));
  #stop = button("", () => this.#end());
  #id = new URLSearchParams(location.search).get(PARAMETER) ?? "";
  /** Who is followed, by name. */
  #by = "";
  #offered = "";
  #dismissed = new Set();

  constructor(page) {
    this.#page = page;
    this.#banner.append(this.#text, this.#start, this.#stop);
  }

  start() {
    const { connection, feed, look } = this.#page;
    connection.addEventListener("link", () => connection.link.state === "connected" && this.#ask());
    connection.receive("presented", (shown) => shown.id === this.#id && this.#show(shown));
    // Before the first view is shown the page finds its own window.
    look.addEventListener("change", ({ detail }) => detail.has("presented") || !this.#by || this.#leave(say("follow.stopped")));
    if (connection.link.state === "connected") this.#ask();
    // Nobody looks: not even at what is presented.
    feed.addEventListener("rest", () => this.#id && this.#unfollow());
    feed.addEventListener("return", () => connection.link.state === "connected" && this.#ask());
  }

  /** Whom one can follow changes with those who are here. */
  told() {
    const { feed: { presenters }, main } = this.#page;
    const offered = presenters.find(({ id }) => id !== main.dataset.presents && !this.#dismissed.has(id));
    this.#offered = offered?.id ?? "";
    this.#banner.hidden = this.#id ? !this.#by : !offered;
    if (this.#banner.hidden) return;
    this.#start.hidden = Boolean(this.#id);
    setText(this.#text, this.#id ? say("follow.on", { by: this.#by }) : say("follow.offer", { by: byText(offered.by) }));
    setText(this.#stop, say(this.#id ? "follow.stop" : "follow.dismiss"));
  }

  #follow(id) {
    this.#id = id;
    this.#address();
    this.#ask();
  }

  #end() {
    if (this.#id) this.#leave(say("follow.stopped"));
    else this.#dismissed.add(this.#offered);
    this.told();
  }

  async #ask() {
    if (!this.#id) return;
    try {
      const answer = await this.#page.connection.request("follow", { id: this.#id });
      if (answer.error) this.#leave(say("follow.ended"));
      else this.#show(answer);
    } catch {
      // The link was lost again: it is asked when it is back.
    }
  }

  #show({ by, view }) {
    const { look, crosshair, main, pace } = this.#page;
    if (!this.#id) return;
    if (!view) {
      this.#leave(say("follow.ended"));
      return;
    }
    main.dataset.follows = this.#id;
    showView(view, look, crosshair);
    pace.now();
    this.#by = byText(by);
    this.told();
  }

  #leave(why) {
    if (!this.#id) return;
    const { main, crosshair, panel } = this.#page;
    // Whoever leaves does not want to be asked again.
    this.#dismissed.add(this.#id);
    this.#id = this.#by = "";
    delete main.dataset.follows;
    crosshair.hover(null);
    panel.notice(why);
    this.#unfollow();
    this.#address();
    this.told();
  }

  #unfollow() {
    this.#page.connection.request("follow", { id: null }).catch(() => {});
  }

  /** A reload goes on with it. */
  #address() {
    const url = new URL(location.href);
    if (this.#id) url.searchParams.set(PARAMETER, this.#id);
    else url.searchParams.delete(PARAMETER);
    history.replaceState(null, "", url);
  }
}

function button(text, act) {
  const made = element("button", "", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
