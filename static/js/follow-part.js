/**
 * Tells of who presents, and follows them, or whom the page's address names, until something is done here.
 *
 * Whoever presents and is lost may come back under the same id, and is waited for a while.
 */

import { byText } from "./by.js";
import { element, setText } from "./element.js";
import { showView } from "./presented-view.js";
import { say } from "./words.js";

const PARAMETER = "follow";
const WAIT_MS = 30_000;
/** All who wait ask, but not in step. */
const AGAIN_MS = 2_000;

export class FollowPart {
  #page;
  #banner = document.querySelector("[data-following]");
  #text = element("span");
  #start = button(say("follow.start"), () => this.#follow(this.#offered.id));
  #link = element("a", "", say("follow.go"));
  #stop = button("", () => this.#decline());
  #id = new URLSearchParams(location.search).get(PARAMETER) ?? "";
  /** Who is followed, by name. */
  #by = "";
  /** @type {{id: string, by: string}|null} */
  #offered = null;
  /** How many others one could follow. */
  #others = 0;
  #dismissed = new Set();
  /** Whose end has been told here, and not yet by the list of those who present. */
  #ended = "";
  /** @type {{by: string, chart: string}|null} whoever was to be followed presents another chart */
  #elsewhere = null;
  /** Until when who is lost is waited for; null: it is not lost. */
  #until_ms = null;
  #again = null;

  constructor(page) {
    this.#page = page;
    this.#banner.append(this.#text, this.#start, this.#link, this.#stop);
  }

  start() {
    const { connection, feed, look } = this.#page;
    connection.addEventListener("link", () => this.#onLink());
    connection.receive("presented", (shown) => shown.id === this.#id && this.#take(shown));
    // Before the first view is shown the page finds its own window.
    look.addEventListener("change", ({ detail }) => detail.has("presented") || !this.#by || this.#leave(say("follow.stopped")));
    this.#onLink();
    // Nobody looks: not even at what is presented.
    feed.addEventListener("rest", () => this.#rest());
    feed.addEventListener("return", () => this.#onLink());
  }

  /** Whom one can follow changes with those who are here. */
  told() {
    this.#findOffer();
    const said = this.#said();
    this.#banner.hidden = !said;
    if (!said) return;
    setText(this.#text, said);
    setText(this.#stop, say(this.#id ? "follow.stop" : "follow.dismiss"));
    this.#start.hidden = Boolean(this.#id || this.#elsewhere);
    this.#link.hidden = !this.#elsewhere;
  }

  #findOffer() {
    const { feed: { presenters, morePresenters }, main } = this.#page;
    // Nobody is asked to follow themselves, also when they have just stopped.
    if (main.dataset.presents) this.#dismissed.add(main.dataset.presents);
    if (!presenters.some(({ id }) => id === this.#ended)) this.#ended = "";
    const fit = presenters.filter(({ id }) => id !== this.#ended && !this.#dismissed.has(id));
    this.#offered = fit[0] ?? null;
    const isOneOfMore = main.dataset.presents && !presenters.some(({ id }) => id === main.dataset.presents);
    this.#others = fit.length - 1 + Math.max(0, morePresenters - Number(Boolean(isOneOfMore)));
  }

  #said() {
    const by = this.#by;
    if (this.#elsewhere) return say("follow.elsewhere", this.#elsewhere);
    if (this.#until_ms !== null) return by ? say("follow.lost", { by }) : say("follow.nobody");
    if (this.#id) return by ? say("follow.on", { by }) : "";
    if (!this.#offered) return "";
    return say(this.#others ? "follow.offer-more" : "follow.offer", { by: byText(this.#offered.by), n: this.#others });
  }

  #follow(id) {
    this.#id = id;
    this.#address();
    this.#ask();
  }

  #decline() {
    if (this.#elsewhere) this.#elsewhere = null;
    else if (this.#id) this.#leave(say("follow.stopped"));
    else this.#dismissed.add(this.#offered?.id);
    this.told();
  }

  #onLink() {
    this.#waitNoMore();
    if (this.#page.connection.link.state === "connected") this.#ask();
  }

  #rest() {
    this.#waitNoMore();
    if (this.#id) this.#unfollow();
  }

  async #ask() {
    const { connection, feed } = this.#page;
    const id = this.#id;
    if (!id) return;
    let answer;
    try {
      answer = await connection.request("follow", { id });
    } catch {
      // Where the link was lost again it is asked when it is back.
      if (connection.link.state !== "connected") return;
    }
    if (id === this.#id && !feed.isResting) this.#take(answer?.ok ? answer : { lost: true });
  }

  #take(shown) {
    if (shown.lost) this.#wait();
    else if (!shown.view) this.#end();
    else if (shown.chart !== this.#page.feed.chart) this.#point(shown);
    else this.#show(shown);
  }

  #show({ by, view }) {
    const { look, crosshair, main, pace } = this.#page;
    this.#waitNoMore();
    main.dataset.follows = this.#id;
    showView(view, look, crosshair);
    pace.now();
    this.#by = byText(by);
    this.told();
  }

  #wait() {
    const now_ms = performance.now();
    this.#until_ms ??= now_ms + WAIT_MS;
    clearTimeout(this.#again);
    if (now_ms > this.#until_ms) {
      this.#end();
      return;
    }
    this.#again = setTimeout(() => this.#ask(), AGAIN_MS * (0.75 + 0.5 * Math.random()));
    this.#page.crosshair.hover(null);
    this.told();
  }

  #waitNoMore() {
    clearTimeout(this.#again);
    this.#until_ms = null;
  }

  #end() {
    this.#ended = this.#id;
    this.#leave(say("follow.ended"));
  }

  /** Say where it is that they present: what they look at cannot be shown here. */
  #point({ by, chart, id }) {
    const url = new URL(location.href);
    url.searchParams.set(PARAMETER, id);
    url.pathname = url.pathname.replace(`/${encodeURIComponent(this.#page.feed.chart)}`, `/${encodeURIComponent(chart)}`);
    this.#link.href = url.href;
    this.#elsewhere = { by: byText(by), chart };
    this.#leave("");
  }

  #leave(why) {
    if (!this.#id) return;
    const { main, crosshair, panel } = this.#page;
    this.#waitNoMore();
    this.#id = this.#by = "";
    delete main.dataset.follows;
    crosshair.hover(null);
    if (why) panel.notice(why);
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
