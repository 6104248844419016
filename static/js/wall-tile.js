/** One chart on the wall: title, state, newest values, a small plot. Drawn only when it is in sight. */

import { element, setText } from "./element.js";
import { lastOf } from "./extent.js";
import { SmallPlot } from "./small-plot.js";
import { usualSpacing } from "./spacing.js";
import { digitsFor, number } from "./text.js";
import { firstWindow, followed, nearest } from "./window.js";
import { say } from "./words.js";

const VALUES_MAX = 6;

export class WallTile {
  root;
  isInSight = false;
  isDue = true;
  #feed;
  #plot;
  #places = [];

  constructor(root, feed) {
    this.root = root;
    this.#feed = feed;
    this.#plot = new SmallPlot(root.querySelector("canvas"));
    for (const event of ["ticks", "description", "status", "viewers"]) {
      feed.addEventListener(event, () => { this.isDue = true; });
    }
  }

  /** The time that a pointer over the plot is at, null when it is over no plot. */
  timeAt({ clientX, target }) {
    if (target !== this.root && !this.root.contains(target)) return null;
    const { left, width } = this.#plot.canvas.getBoundingClientRect();
    const range = this.#plot.range_ms;
    const share = (clientX - left) / width;
    return range && share >= 0 && share <= 1 ? range[0] + share * (range[1] - range[0]) : null;
  }

  /** @param {{colors: object, time_ms: number|null}} shared - by all tiles */
  draw(shared) {
    const { status, viewers, viewer, description } = this.#feed;
    this.isDue = false;
    if (!description || !viewer.epoch) return;
    this.root.dataset.state = status.status;
    this.root.dataset.offset = viewer.offset;
    const state = status.status && say(`state.${status.status}`);
    setText(this.root.querySelector("[data-status]"), [state, status.reason].filter(Boolean).join(": "));
    setText(this.root.querySelector("[data-viewers]"), number(viewers, 0));
    setText(this.root.querySelector("h2 a"), description.title);
    this.#drawValues(description, shared.time_ms);
    if (viewer.columns.length) this.#plot.draw(viewer, description, this.#range(), shared);
    this.root.dataset.draws = Number(this.root.dataset.draws ?? 0) + 1;
  }

  #range() {
    const { viewer, description } = this.#feed;
    const { time_ms } = viewer.columns;
    const spacing_ms = description.interval_ms ?? usualSpacing(time_ms);
    const reach = { oldest_ms: time_ms[0], newest_ms: time_ms.at(-1), spacing_ms };
    return followed(reach, firstWindow(spacing_ms, viewer.exactFrom > 0));
  }

  #drawValues({ series }, time_ms) {
    const list = this.root.querySelector("[data-values]");
    if (this.#places.length !== series.length) {
      this.#places = series.map(() => element("dd"));
      list.replaceChildren(...series.map(({ label }, i) => element("div", i < VALUES_MAX ? "" : "is-more", element("dt", "", label), this.#places[i])));
    }
    series.forEach((one, i) => setText(this.#places[i], this.#valueText(one, i, time_ms)));
  }

  #valueText({ digits, unit }, i, time_ms) {
    const { columns } = this.#feed.viewer;
    const values = i < columns.seriesCount ? columns.values(i) : [];
    const at = time_ms === null ? -1 : nearest(columns.time_ms, time_ms);
    const value = at < 0 ? lastOf(values) : values[at];
    const decimals = digits ?? (Number.isInteger(value) ? 0 : digitsFor(Math.abs(value), 0));
    return [number(value, decimals), unit].filter(Boolean).join(" ");
  }
}
