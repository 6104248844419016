/**
 * A pane: one uPlot with its heading, for one series or for several that share a unit.
 *
 * The range of y is worked out by `view`: uPlot's own fails on NaN.
 */

import { axisRange } from "./extent.js";
import { element, setText } from "./element.js";
import { keyOf } from "./key.js";
import { linePaths } from "./line.js";
import { gaps } from "./gap-marks.js";
import { newest, valueTags } from "./value-tags.js";
import { axisLabel, digitsOfStep, moment, number } from "./text.js";
import { seriesColor, seriesDash } from "./theme.js";

const AXIS_Y_PX = 76;
const AXIS_X_PX = 26;
const LINE_PX = 1.5;
const LABEL_HALF_PX = 14;
/** A label of the axis nearer than this to a tag's middle would look out from under it. */
const TAG_CLEAR_PX = 16;

/**
 * What is drawn besides the lines, in this order: each is a function of uPlot's plot and the pane.
 *
 * A pane gives them `view`, `series` (each with `index` and `stroke`), `colors`, `hasTimes` and `shared`.
 */
const LAYERS = { below: [gaps], above: [valueTags] };

export class Pane {
  root = element("section", "pane");
  series;
  colors;
  hasTimes;
  shared;
  #body = element("div", "pane-plot");
  #headings;
  #plot = null;
  /** @type {import("./view.js").View|null} what is drawn */
  view = null;

  /**
   * @param {{label: string, unit: string, color: string, index: number}[]} series
   * @param {ReturnType<import("./theme.js").theme>} colors
   * @param {boolean} hasTimes - it is the last pane, and bears the labels of time
   * @param {{look: import("./look.js").Look, crosshair: import("./crosshair.js").Crosshair}} shared - by all panes
   */
  constructor(series, colors, hasTimes, shared) {
    this.shared = shared;
    this.series = series.map((one) => ({ ...one, stroke: seriesColor(one, one.index, colors) }));
    this.colors = colors;
    this.hasTimes = hasTimes;
    this.#headings = this.series.map(() => element("span", "pane-hover"));
    const heading = element("h2", "pane-heading");
    this.series.forEach((one, i) => heading.append(
      keyOf(one.stroke, one.index),
      element("span", "pane-label", one.label),
      element("span", "pane-unit", one.unit),
      this.#headings[i],
    ));
    this.root.append(heading, this.#body);
    this.root.classList.toggle("has-times", hasTimes);
  }

  /** @param {import("./view.js").View} view */
  draw(view) {
    this.view = view;
    const data = [view.time_ms, ...this.series.map(({ index }) => view.series[index].values)];
    this.#plot ??= new uPlot(this.#options(), data, this.#body);
    this.#plot.batch(() => {
      this.#plot.setData(data, false);
      // Of a minimum with fractions uPlot makes labels one millisecond before the full second.
      this.#plot.setScale("x", { min: Math.floor(view.range_ms[0]), max: view.range_ms[1] });
    });
  }

  resize() {
    this.#plot?.setSize(this.#size());
  }

  get width_px() {
    return this.#body.clientWidth - AXIS_Y_PX;
  }

  destroy() {
    this.#plot?.destroy();
    this.root.remove();
  }

  #size() {
    return { width: this.#body.clientWidth, height: Math.max(40, this.#body.clientHeight) };
  }

  #options() {
    return {
      ...this.#size(),
      ms: 1,
      padding: [10, 0, this.hasTimes ? 0 : 6, 14],
      legend: { show: false },
      cursor: {
        sync: { key: "time", scales: ["x", null] },
        drag: { x: false, y: false, setScale: false },
        points: { size: 7 },
      },
      scales: { x: { auto: false }, y: { range: () => this.#rangeY() } },
      axes: [this.#axisX(), this.#axisY()],
      series: [{}, ...this.series.map((one) => this.#line(one))],
      hooks: { drawAxes: this.#hooks(LAYERS.below), draw: this.#hooks(LAYERS.above), setCursor: [(u) => this.#hover(u)] },
    };
  }

  #hooks(layers) {
    return layers.map((layer) => (u) => layer(u, this));
  }

  #line({ stroke, index, label }) {
    return {
      label,
      stroke,
      fill: stroke,
      width: LINE_PX,
      dash: seriesDash(index),
      paths: linePaths(() => this.view.breaks),
      points: { show: false },
    };
  }

  #axisX() {
    return {
      ...this.#axis(),
      size: this.hasTimes ? AXIS_X_PX : 0,
      space: 90,
      values: (u, splits, _, __, step_ms) => splits.map((ms) => (this.#isLabelled(u, ms) ? axisLabel(ms, step_ms) : "")),
    };
  }

  /** A label at the very left would be cut off. */
  #isLabelled(u, time_ms) {
    return this.hasTimes && u.valToPos(time_ms, "x") > LABEL_HALF_PX;
  }

  #axisY() {
    return {
      ...this.#axis(),
      side: 1,
      size: AXIS_Y_PX,
      space: 38,
      gap: 8,
      values: (u, splits, _, __, step) => splits.map((value) => (this.#isClear(u, value) ? number(value, digitsOfStep(step)) : "")),
    };
  }

  #isClear(u, value) {
    const y = u.valToPos(value, "y");
    return !newest(this).some(({ last }) => Math.abs(u.valToPos(last, "y") - y) < TAG_CLEAR_PX);
  }

  #axis() {
    const { muted, grid } = this.colors;
    return { stroke: muted, font: "11px system-ui, sans-serif", grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  }

  #rangeY() {
    const shown = this.series.map(({ index }) => this.view.series[index]).filter(({ min }) => !Number.isNaN(min));
    if (shown.length === 0) return axisRange(NaN, NaN);
    return axisRange(Math.min(...shown.map(({ min }) => min)), Math.max(...shown.map(({ max }) => max)));
  }

  #hover(u) {
    const { idx } = u.cursor;
    this.series.forEach(({ index }, i) => {
      const { values, digits } = this.view.series[index];
      const isShown = idx !== null && idx !== undefined && idx < values.length;
      const at = isShown && i === 0 ? ` at ${moment(this.view.time_ms[idx], this.view.spacing_ms)}` : "";
      setText(this.#headings[i], isShown ? `${number(values[idx], digits)}${at}` : "");
    });
  }
}
