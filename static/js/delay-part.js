/** Measures how long ticks are on their way, and shows it: in the pill, in the facts, in a strip. */

import { ServerClock } from "./clock.js";
import { DelayStrip } from "./delay-strip.js";
import { Delays, rateText } from "./delays.js";
import { setText } from "./element.js";
import { theme } from "./theme.js";
import { say } from "./words.js";

const WORDS = {
  differs: say("delay.differs"),
  unknown: "–",
  some: (median, worst) => say("delay.some", { median, worst }),
};
/** At first often, then now and then. */
const PROBE_PAUSES_MS = [0, 150, 300, 600, 1_200];
const PROBE_EVERY_MS = 30_000;
/** Of a frame that brings more, the newest count. */
const TICKS_MAX = 100;
/** The strip moves by no more than a px or two meanwhile. */
const STRIP_EVERY_MS = 500;

export class DelayPart {
  #page;
  #clock = new ServerClock();
  #delays = new Delays();
  #bars = document.querySelector("#delays");
  #strip = new DelayStrip(this.#bars);
  /** Where the panes plot, measured when the page's size has changed. */
  #plotted = null;
  #drawn_ms = -Infinity;
  #heading = document.querySelector("[data-delays]");
  #offset = 0;
  #timer = null;

  constructor(page) {
    this.#page = page;
  }

  start() {
    const { connection, feed } = this.#page;
    this.#offset = feed.viewer.offset;
    feed.addEventListener("ticks", ({ detail }) => this.#onTicks(detail));
    feed.addEventListener("rest", () => this.#delays.interrupted());
    connection.addEventListener("link", () => this.#onLink());
    document.addEventListener("visibilitychange", () => this.#onLink());
    this.#onLink();
    new ResizeObserver(() => this.#onSize()).observe(this.#bars);
  }

  #onSize() {
    this.#plotted = null;
    this.#strip.resized();
  }

  drawn(view) {
    const now_ms = performance.now();
    if (!view || !this.#isTold || (this.#page.look.isFollowing && now_ms - this.#drawn_ms < STRIP_EVERY_MS)) return;
    this.#drawn_ms = now_ms;
    this.#plotted ??= plottedOf(document.querySelector("#plots .u-over"), this.#bars);
    if (this.#plotted) this.#strip.draw(this.#delays.held, view.range_ms, this.#plotted, theme());
  }

  /** In the pill, beside "Live"; and in the facts. */
  told(told) {
    const { panel, main } = this.#page;
    const [rate, unit] = rateText(this.#delays.rate_hz(performance.now()));
    panel.text("rate", rate);
    panel.text("rate-unit", unit);
    const median_ms = Math.max(0, Math.round(this.#delays.median_ms));
    const isKnown = this.#clock.isKnown && this.#delays.held.length > 0;
    panel.text("delay", this.#isTold ? say("delay.ms", { ms: median_ms }) : isKnown ? WORDS.differs : WORDS.unknown);
    main.dataset.delay = this.#isTold ? median_ms : "";
    main.dataset.clock = this.#clock.isKnown ? Math.round(this.#clock.ahead_ms) : "";
    // Its room is kept as long as it may come yet.
    this.#heading.hidden = this.#clock.isKnown && this.#delays.isNonsense(this.#clock.error_ms);
    this.#heading.classList.toggle("is-idle", !this.#isTold);
    if (!this.#isTold) return;
    this.#head();
    if (told.state === "live" && !told.detail) told.detail = say("delay.ms", { ms: median_ms });
  }

  /** The heading tells of what is shown: of the past to who looks back. */
  #head() {
    const { view } = this.#page;
    const shown = view ? this.#delays.within(view.range_ms) : { worst_ms: NaN };
    const [median_ms, worst_ms] = [shown.median_ms, shown.worst_ms].map((ms) => Math.max(0, Math.round(ms)));
    setText(this.#heading.querySelector("[data-delays-text]"), Number.isNaN(worst_ms) ? "" : WORDS.some(median_ms, worst_ms));
  }

  get #isTold() {
    return this.#clock.isKnown && this.#delays.isSense(this.#clock.error_ms);
  }

  #onTicks({ kind, isNew }) {
    const { viewer: { columns, offset } } = this.#page.feed;
    const n = Math.min(offset - this.#offset, TICKS_MAX, columns.length);
    this.#offset = offset;
    if (kind !== "tick" || !isNew || !this.#clock.isKnown) return;
    const came_ms = now_ms() + this.#clock.ahead_ms;
    for (const time_ms of columns.time_ms.subarray(columns.length - n)) {
      this.#delays.took(time_ms, came_ms, performance.now());
    }
  }

  #onLink() {
    clearTimeout(this.#timer);
    if (this.#page.connection.link.state === "connected" && !document.hidden) this.#probe(0);
  }

  async #probe(n) {
    const sent_ms = now_ms();
    try {
      const { time_ms } = await this.#page.connection.request("time", {});
      if (Number.isFinite(time_ms) && !document.hidden) this.#clock.took(sent_ms, time_ms, now_ms());
    } catch {
      // Without an answer nothing is known; the link says so.
    }
    if (this.#page.connection.link.state !== "connected" || document.hidden) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#probe(n + 1), PROBE_PAUSES_MS[n + 1] ?? PROBE_EVERY_MS);
  }
}

function plottedOf(over, bars) {
  if (!over?.clientWidth || !bars.clientWidth) return null;
  return { left_px: over.getBoundingClientRect().left - bars.getBoundingClientRect().left, width_px: over.clientWidth };
}

/** The time by our clock, which is not set back while the page is open. */
function now_ms() {
  return performance.timeOrigin + performance.now();
}
