/** The panes of a chart, one below the other. */

import { Pane } from "./pane.js";
import { panelsOf, panelsWithin } from "./panels.js";
import { isEmbed, isKiosk } from "./place.js";
import { theme } from "./theme.js";

/** Panels are put together anew while a chart is young: ticks so far, in doublings. */
const DOUBLINGS_MAX = 8;
/** A candle has a pane for itself as long as so many have room. */
const CANDLES_MAX = 24;

export class Plot {
  #root;
  /** What all panes are given. */
  shared;
  #panes = [];
  #shape = "";
  #grouping = "";
  #groups = [];
  /** Null for a picture, which is drawn once. */
  #observer = null;
  /** How many panes have room. */
  #room = Infinity;
  /** Of all panes; null: to be measured, once for each size. */
  #height_px = null;

  /** @param {object} shared - what all panes are given; see `Pane` */
  constructor(root, shared) {
    this.#root = root;
    this.shared = shared;
  }

  /** Keep to the size of the page, from now on; `onRoom`: other panes have room in it, which the next draw makes. */
  keepSize(onRoom) {
    this.#observer = new ResizeObserver(() => {
      for (const pane of this.#panes) pane.resize();
      this.#height_px = null;
      if (this.#room !== this.#findRoom()) onRoom();
    });
    this.#observer.observe(this.#root);
  }

  /** Width of the plotted area, for which points are asked. */
  get width_px() {
    return this.#panes[0]?.width_px ?? Math.max(160, this.#root.clientWidth - 76);
  }

  /** @param {import("./view.js").View} view */
  draw(description, view) {
    this.#group(description, view);
    this.#build();
    for (const pane of this.#panes) pane.draw(view);
  }

  /** Show nothing: there are no ticks any more. */
  clear() {
    for (const pane of this.#panes.splice(0)) pane.destroy();
    this.#grouping = "";
    this.reset();
  }

  /** The pane that a pointer is over, if any. */
  paneAt(event) {
    return this.#panes.find((pane) => pane.holds(event));
  }

  /** A pointer is over this pane, or over none. */
  point(over, event) {
    for (const pane of this.#panes) pane.point(pane === over ? event : null);
  }

  /** Make the panes anew at the next draw: colors have changed. */
  reset() {
    this.#shape = "";
  }

  /** What each pane has drawn; see `drawn`. */
  drawn() {
    return this.#panes.map((pane) => pane.drawn());
  }

  /** How many panes there are. */
  get length() {
    return this.#panes.length;
  }

  /** A frame is as high as it is, and so is a kiosk; what somebody has chosen is shown in any. */
  #findRoom() {
    if (!(isEmbed || isKiosk) || this.shared.look.panels) return Infinity;
    this.#height_px ??= this.#root.clientHeight;
    return panelsWithin(this.#height_px);
  }

  /** The ranges move with every tick; panels must not. */
  #group({ series, panels }, view) {
    const { hidden, panels: chosen, kind } = this.shared.look;
    this.#room = this.#findRoom();
    const said = chosen || panels || "auto";
    const mode = kind === "candles" && series.length <= CANDLES_MAX ? "stacked" : said;
    const age = Math.min(DOUBLINGS_MAX, Math.floor(Math.log2(view.time_ms.length)));
    const grouping = JSON.stringify([series, [...hidden], mode, age, this.#room]);
    if (grouping === this.#grouping) return;
    this.#grouping = grouping;
    const shown = series.map((one, index) => ({ ...one, index })).filter(({ name }) => !hidden.has(name));
    const groups = panelsOf(shown, mode, ({ index }) => view.series[index]);
    this.#groups = groups.length > this.#room ? [shown] : groups;
  }

  #build() {
    const shape = JSON.stringify(this.#groups);
    if (shape === this.#shape) return;
    this.#shape = shape;
    for (const pane of this.#panes) pane.destroy();
    const [colors, groups] = [theme(), this.#groups];
    this.#panes = groups.map((group, i) => new Pane(group, colors, i === groups.length - 1, this.shared));
    for (const pictured of this.#root.querySelectorAll(".pane")) pictured.remove();
    // All stand in the page before the first is measured.
    this.#root.append(...this.#panes.map((pane) => pane.root));
    // A heading makes way for what is wrong with the data.
    if (isEmbed) for (const { root } of this.#panes) this.#observer?.observe(root.firstElementChild);
  }
}
