/** Says on the page whether this viewer holds the same series as everybody; loudly, were it ever not so. */

import { compare } from "./same-series.js";
import { credentialsOf } from "./signed-link.js";
import { moment } from "./text.js";
import { say } from "./words.js";

const WORDS = {
  same: (code, offset, time) => (code ? say("same.block", { code, offset, time }) : say("same.verified", { time })),
  differs: say("same.differs"),
  unknown: "–",
  notice: say("same.notice"),
};
const FIRST_MS = 1_500;
const EVERY_MS = 20_000;
const DIGITS = 8;

export class SamePart {
  #page;
  #timer = null;
  #checked_ms = -Infinity;

  constructor(page) {
    this.#page = page;
  }

  start() {
    this.#page.feed.addEventListener("ticks", ({ detail }) => detail.kind === "snapshot" && this.#in(FIRST_MS));
    document.addEventListener("visibilitychange", () => document.hidden || this.#in(FIRST_MS));
    this.#in(FIRST_MS);
  }

  #in(wait_ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), wait_ms);
  }

  async #check() {
    const { feed, connection } = this.#page;
    if (document.hidden) return;
    if (connection.link.state === "connected" && feed.viewer.epoch) {
      this.#tell(await compare(feed.viewer, (wanted) => this.#ask(wanted)));
    }
    this.#in(EVERY_MS * (0.75 + 0.5 * Math.random()));
  }

  async #ask({ offset, ticks }) {
    const { token } = credentialsOf(location.search);
    const asked = new URLSearchParams({ offset, ticks, ...(token && { link: token }) });
    const answer = await fetch(`/api/charts/${this.#page.feed.chart}/digest?${asked}`).catch(() => null);
    return answer?.ok ? answer.json() : null;
  }

  /** @param {import("./same-series.js").Verdict} verdict */
  #tell({ state, offset, digest, digestOffset }) {
    const { main, panel, feed } = this.#page;
    Object.assign(main.dataset, { same: state, sameUntil: offset, digest, digestOffset });
    if (state === "differs") {
      panel.text("same", WORDS.differs);
      panel.notice(WORDS.notice);
      feed.join();
    } else if (state === "same") {
      panel.text("same", WORDS.same(digest.slice(0, DIGITS), String(digestOffset), moment(Date.now())));
    } else panel.text("same", WORDS.unknown);
  }
}
