/** One chart on the wall: title, state, newest values, a small plot. Drawn only when it is in sight. */

import { element, setText } from "./element.js";
import { Freshness } from "./freshness.js";
import { keyOf } from "./key.js";
import { Look } from "./look.js";
import { silenceSince } from "./page-clock.js";
import { BANDS_MAX, SmallPlot } from "./small-plot.js";
import { listed, tell } from "./status.js";
import { number } from "./text.js";
import { fetchTicks } from "./ticks-request.js";
import { seriesColor } from "./theme.js";
import { TileAlerts } from "./tile-alerts.js";
import { reachOf, viewOf } from "./view.js";
import { firstWindow, nearest } from "./window.js";

/** A window in which there are fewer does not suit a chart. */
const TICKS_LEAST = 3;

export class WallTile {
  root;
  feed;
  isInSight = false;
  isDue = true;
  #connection;
  #alerts;
  #look = new Look();
  #freshness = new Freshness();
  #past = null;
  #isAsked = false;
  #spacing_ms = null;
  #span_ms = NaN;
  #plot;
  #places = [];
  #series = null;
  #colors = null;

  /** @param {import("./connection.js").Connection} connection - of the feed */
  constructor(root, feed, connection) {
    this.root = root;
    this.feed = feed;
    this.#connection = connection;
    this.#alerts = new TileAlerts(root);
    this.#plot = new SmallPlot(root.querySelector("canvas"));
    feed.addEventListener("ticks", ({ detail }) => this.#onTicks(detail));
    feed.addEventListener("rest", () => this.#freshness.interrupted());
    for (const event of ["ticks", "description", "status", "viewers"]) {
      feed.addEventListener(event, () => { this.isDue = true; });
    }
  }

  /** Show this window of time, in ms; NaN: the one that suits the chart. */
  choose(span_ms) {
    this.#span_ms = span_ms;
    this.isDue = true;
  }

  /** The time that a pointer over the plot is at, null when it is over no plot. */
  timeAt({ clientX, target }) {
    if (target !== this.root && !this.root.contains(target)) return null;
    const { left, width } = this.#plot.canvas.getBoundingClientRect();
    const range = this.#plot.range_ms;
    const share = (clientX - left) / width;
    return range && share >= 0 && share <= 1 ? range[0] + share * (range[1] - range[0]) : null;
  }

  /** Say how the chart is. */
  tell() {
    const { status, viewers, viewer, description } = this.feed;
    const { link } = this.#connection;
    // That the server is away the page tells once, for all.
    if (!description || link.state !== "connected" || status.status === "stopping") return;
    const now_ms = performance.now();
    const told = tell(link, status, {
      hasSnapshot: viewer.epoch !== "" && !this.feed.isResting,
      isStale: this.#freshness.isStale(now_ms, description.interval_ms ?? this.#spacing_ms),
      silence_ms: this.#freshness.silence_ms(now_ms),
    });
    this.root.dataset.state = told.state;
    setText(this.root.querySelector("[data-status]"), listed(told.headline, told.detail));
    setText(this.root.querySelector("[data-viewers]"), number(viewers, 0));
    setText(this.root.querySelector("h2 a"), description.title);
  }

  /** Mark what limits are passed, and return it. */
  alert() {
    const { description, viewer } = this.feed;
    if (description && viewer.epoch) this.#alerts.draw(description, viewer);
    return this.#alerts.over;
  }

  /** @param {{colors: object, time_ms: number|null}} shared - by all tiles */
  draw(shared) {
    const { viewer, description } = this.feed;
    this.isDue = false;
    if (!description || !viewer.epoch) return;
    this.tell();
    const view = viewer.columns.length ? this.#view() : null;
    this.#listSeries(description.series, shared.colors);
    this.#drawValues(description, view, shared.time_ms);
    this.alert();
    if (view) this.#plot.draw(description.series, view, shared);
    Object.assign(this.root.dataset, { offset: viewer.offset, windowMs: this.#look.span_ms });
    this.root.dataset.draws = Number(this.root.dataset.draws ?? 0) + 1;
  }

  #onTicks(taken) {
    const now_ms = performance.now();
    this.#freshness.took(taken, now_ms, silenceSince(taken.arrived_ms, now_ms));
  }

  #view() {
    const { viewer, description } = this.feed;
    const width_px = this.#plot.canvas.clientWidth;
    const reach = reachOf(viewer, description);
    this.#look.reach(reach);
    this.#spacing_ms = reach.spacing_ms;
    // A window of minutes shows nothing of what comes once a day.
    if (this.#span_ms >= TICKS_LEAST * reach.spacing_ms) this.#look.choose(this.#span_ms);
    else this.#look.restore({});
    this.#look.suggest(firstWindow(reach.spacing_ms, viewer.exactFrom > 0));
    const view = viewOf(viewer, description, this.#look, { past: this.#past, width_px });
    if (view.past_ms && this.#look.isChosen) this.#want(view, width_px);
    return view;
  }

  /** What is held is too coarse for a window that was chosen. */
  async #want({ past_ms, range_ms, series, newest_ms }, width_px) {
    if (!this.#past && !this.#isAsked) {
      this.#isAsked = true;
      const Past = (await import("./past.js")).Past;
      this.#past = new Past((wanted) => fetchTicks(this.feed.chart, wanted));
      this.#past.addEventListener("change", () => this.feed.dispatchEvent(new Event("description")));
    }
    this.#past?.want({ range_ms: past_ms, span_ms: range_ms[1] - range_ms[0], width_px, seriesCount: series.length, newest_ms, epoch: this.feed.viewer.epoch });
  }

  /** Anew for others, and for other colors: those that are drawn have a key. */
  #listSeries(series, colors) {
    if (this.#series === series && this.#colors === colors) return;
    [this.#series, this.#colors] = [series, colors];
    this.#places = series.map(() => element("dd"));
    const keys = series.slice(0, BANDS_MAX).map((one, i) => keyOf(seriesColor(one, i, colors), i));
    const rows = series.map(({ label }, i) => element("div", "", element("dt", "", keys[i] ?? "", label), this.#places[i]));
    this.root.querySelector("[data-values]").replaceChildren(...rows);
  }

  #drawValues({ series }, view, time_ms) {
    const at = view && time_ms !== null ? nearest(view.time_ms, time_ms, view.from, view.to) : -1;
    series.forEach(({ unit }, i) => {
      const { values = [], last = NaN, digits = 0 } = view?.series[i] ?? {};
      setText(this.#places[i], [number(at < 0 ? last : values[at], digits), unit].filter(Boolean).join(" "));
    });
  }
}
