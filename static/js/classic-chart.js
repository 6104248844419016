/**
 * Epoch's time.line, correct at any tick rate.
 *
 * Epoch slides each tick in for a second and drops what comes faster. So one tick is pushed when it
 * stands still, and those that came meanwhile are put before it as data.
 */

import { entryOf, layersOf, WINDOW_TICKS } from "./layers.js";
import { axisLabel, moment } from "./text.js";

const AXES = ["left", "right", "bottom"];

export class ClassicChart {
  #root;
  #chart = null;
  #seriesCount = 0;
  #onShown;
  /** Offset of the newest tick that is drawn, and of that which slides in. */
  #sliding = 0;

  /** @param {(offset: number) => void} onShown - the tick with this offset stands where it belongs */
  constructor(root, onShown) {
    this.#root = root;
    this.#onShown = onShown;
    new ResizeObserver(() => this.#chart?.option("width", root.clientWidth)).observe(root);
    document.addEventListener("visibilitychange", () => this.#onShownAgain());
  }

  #viewer = null;

  /** Show the viewer's ticks from the beginning: the first time, and when series were added. */
  build(viewer, seriesCount, spacing_ms) {
    this.#viewer = viewer;
    this.#seriesCount = seriesCount;
    this.#root.replaceChildren();
    this.#chart = new Epoch.Time.Line({
      el: this.#root,
      width: this.#root.clientWidth,
      height: this.#root.clientHeight,
      axes: AXES,
      windowSize: WINDOW_TICKS,
      historySize: WINDOW_TICKS,
      data: layersOf(viewer.columns, seriesCount),
      tickFormats: { bottom: (time_s) => (spacing_ms >= 3_600_000 ? axisLabel(time_s * 1000, 86_400_000) : moment(time_s * 1000)) },
    });
    this.#chart.on("transition:end", () => this.#onEnd());
    this.#shown(viewer.offset);
  }

  get isBuilt() {
    return this.#chart !== null;
  }

  /** Put all that is held on the chart at once: after a snapshot, a backfill, a hidden tab. */
  refill() {
    if (!this.#chart) return;
    this.#update(this.#viewer.columns.length);
    // In a slide the newest stands one place to the right until the slide ends.
    if (this.#chart.inTransition()) this.#sliding = this.#viewer.offset;
    else this.#shown(this.#viewer.offset);
  }

  /** Show what has come since the last push, as soon as nothing slides. */
  advance() {
    if (!this.#chart || document.hidden || this.#chart.inTransition()) return;
    const { columns, offset } = this.#viewer;
    const fresh = offset - this.#sliding;
    if (fresh <= 0) return;
    if (fresh > 1) this.#update(columns.length - 1);
    this.#sliding = offset;
    this.#chart.push(entryOf(columns, this.#seriesCount, columns.length - 1));
    if (fresh > 1) this.#onShown(offset - 1);
  }

  /** Read the colors of the style sheet again. */
  recolor() {
    Epoch.QueryCSS.purge();
    this.#chart?.draw();
  }

  #update(end) {
    this.#chart.update(layersOf(this.#viewer.columns, this.#seriesCount, end));
    // Otherwise the axes keep the range and the times of before.
    this.#chart.option("ticks", this.#chart.option("ticks"));
  }

  #onEnd() {
    this.#onShown(this.#sliding);
    // The chart still counts as sliding while it says so.
    setTimeout(() => this.advance(), 0);
  }

  #shown(offset) {
    this.#sliding = offset;
    this.#onShown(offset);
  }

  #onShownAgain() {
    if (!document.hidden) this.refill();
  }
}
