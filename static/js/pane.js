/**
 * A pane: one uPlot with its heading, for one series or for several that share a unit.
 *
 * The range of y is worked out by `view`: uPlot's own fails on NaN.
 */

import { axisRange } from "./extent.js";
import { element, setText } from "./element.js";
import { keyOf } from "./key.js";
import { linePaths } from "./line.js";
import { hatch, tag } from "./marks.js";
import { axisLabel, digitsOfStep, moment, number } from "./text.js";
import { seriesColor, seriesDash } from "./theme.js";

const AXIS_Y_PX = 76;
const AXIS_X_PX = 26;
const LINE_PX = 1.5;
const LABEL_HALF_PX = 14;
/** A label of the axis nearer than this to a tag's middle would look out from under it. */
const TAG_CLEAR_PX = 16;
/** Above this many series in a pane tags would hide each other. */
const TAGS_MAX = 2;

export class Pane {
  root = element("section", "pane");
  #series;
  #colors;
  #hasTimes;
  #body = element("div", "pane-plot");
  #headings;
  #plot = null;
  #view = null;

  /**
   * @param {{label: string, unit: string, color: string, index: number}[]} series
   * @param {ReturnType<import("./theme.js").theme>} colors
   * @param {boolean} hasTimes - it is the last pane, and bears the labels of time
   */
  constructor(series, colors, hasTimes) {
    this.#series = series.map((one) => ({ ...one, stroke: seriesColor(one, one.index, colors) }));
    this.#colors = colors;
    this.#hasTimes = hasTimes;
    this.#headings = this.#series.map(() => element("span", "pane-hover"));
    const heading = element("h2", "pane-heading");
    this.#series.forEach((one, i) => heading.append(
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
    this.#view = view;
    const data = [view.time_ms, ...this.#series.map(({ index }) => view.series[index].values)];
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
      padding: [10, 0, this.#hasTimes ? 0 : 6, 14],
      legend: { show: false },
      cursor: {
        sync: { key: "time", scales: ["x", null] },
        drag: { x: false, y: false, setScale: false },
        points: { size: 7 },
      },
      scales: { x: { auto: false }, y: { range: () => this.#rangeY() } },
      axes: [this.#axisX(), this.#axisY()],
      series: [{}, ...this.#series.map((one) => this.#line(one))],
      hooks: { drawAxes: [(u) => this.#drawGaps(u)], draw: [(u) => this.#drawTags(u)], setCursor: [(u) => this.#hover(u)] },
    };
  }

  #line({ stroke, index, label }) {
    return {
      label,
      stroke,
      fill: stroke,
      width: LINE_PX,
      dash: seriesDash(index),
      paths: linePaths(() => this.#view.breaks),
      points: { show: false },
    };
  }

  #axisX() {
    return {
      ...this.#axis(),
      size: this.#hasTimes ? AXIS_X_PX : 0,
      space: 90,
      values: (u, splits, _, __, step_ms) => splits.map((ms) => (this.#isLabelled(u, ms) ? axisLabel(ms, step_ms) : "")),
    };
  }

  /** A label at the very left would be cut off. */
  #isLabelled(u, time_ms) {
    return this.#hasTimes && u.valToPos(time_ms, "x") > LABEL_HALF_PX;
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
    return !this.#tagged().some(({ last }) => Math.abs(u.valToPos(last, "y") - y) < TAG_CLEAR_PX);
  }

  /** The views of the series that have a tag, with `stroke`. */
  #tagged() {
    if (this.#series.length > TAGS_MAX) return [];
    return this.#series.map(({ index, stroke }) => ({ ...this.#view.series[index], stroke }));
  }

  #axis() {
    const { muted, grid } = this.#colors;
    return { stroke: muted, font: "11px system-ui, sans-serif", grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  }

  #rangeY() {
    const shown = this.#series.map(({ index }) => this.#view.series[index]).filter(({ min }) => !Number.isNaN(min));
    if (shown.length === 0) return axisRange(NaN, NaN);
    return axisRange(Math.min(...shown.map(({ min }) => min)), Math.max(...shown.map(({ max }) => max)));
  }

  #drawGaps(u) {
    const { time_ms, breaks } = this.#view;
    for (const i of breaks) hatch(u, [time_ms[i - 1], time_ms[i]], this.#colors, this.#hasTimes);
  }

  #drawTags(u) {
    for (const { values, last, digits, stroke } of this.#tagged()) {
      const at = values.lastIndexOf(last);
      tag(u, { time_ms: this.#view.time_ms[at], value: last, text: number(last, digits), color: stroke, ink: this.#colors.surface });
    }
  }

  #hover(u) {
    const { idx } = u.cursor;
    this.#series.forEach(({ index }, i) => {
      const { values, digits } = this.#view.series[index];
      const isShown = idx !== null && idx !== undefined && idx < values.length;
      const at = isShown && i === 0 ? ` at ${moment(this.#view.time_ms[idx], this.#view.spacing_ms)}` : "";
      setText(this.#headings[i], isShown ? `${number(values[idx], digits)}${at}` : "");
    });
  }
}
