/** The panes of a chart, one below the other. */

import { Pane } from "./pane.js";
import { theme } from "./theme.js";

/** Up to this many series have a pane each; more share one for each unit. */
const PANES_MAX = 24;

/** Return the series of each pane, each with its `index` in the description. */
export function panesOf(series) {
  const numbered = series.map((one, index) => ({ ...one, index }));
  if (series.length <= PANES_MAX) return numbered.map((one) => [one]);
  return [...Map.groupBy(numbered, ({ unit }) => unit).values()];
}

export class Plot {
  #root;
  /** What all panes are given. */
  shared;
  #panes = [];
  #shape = "";
  #observer = new ResizeObserver(() => this.#panes.forEach((pane) => pane.resize()));

  /** @param {object} shared - what all panes are given; see `Pane` */
  constructor(root, shared) {
    this.#root = root;
    this.shared = shared;
    this.#observer.observe(root);
  }

  /** Width of the plotted area, for which points are asked. */
  get width_px() {
    return this.#panes[0]?.width_px ?? Math.max(160, this.#root.clientWidth - 76);
  }

  /** @param {import("./view.js").View} view */
  draw(series, view) {
    this.#build(series);
    for (const pane of this.#panes) pane.draw(view);
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

  #build(series) {
    const shape = JSON.stringify(series);
    if (shape === this.#shape) return;
    this.#shape = shape;
    for (const pane of this.#panes) pane.destroy();
    const [colors, groups] = [theme(), panesOf(series)];
    this.#panes = groups.map((group, i) => new Pane(group, colors, i === groups.length - 1, this.shared));
    // All stand in the page before the first is measured.
    this.#root.append(...this.#panes.map((pane) => pane.root));
  }
}
