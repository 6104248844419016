/**
 * A pane: one uPlot with its heading, for one series or for several that share a unit.
 *
 * The range of y is worked out by `view`: uPlot's own fails on NaN.
 */

import { valueSpace } from "./axis-steps.js";
import { drawnOf } from "./drawn.js";
import { axisRange, stepped, withLimits } from "./extent.js";
import { element, setText } from "./element.js";
import { keyOf } from "./key.js";
import { linePaths } from "./line.js";
import { gaps } from "./gap-marks.js";
import { chipsOf, valueTags } from "./value-tags.js";
import { staleStrip } from "./stale-strip.js";
import { axisLabel, digitsOfStep, number } from "./text.js";
import { seriesColor, seriesDash } from "./theme.js";

const AXIS_Y_PX = 76;
const AXIS_X_PX = 26;
const LINE_PX = 1.5;
/** Left of what is plotted. */
const LEFT_PX = 14;
/** Of a label of time, at most. */
const LABEL_CHAR_PX = 6.4;
/** How far labels of time are apart at least; and those with thousandths, of so short a span. */
const TIME_SPACE_PX = 90;
const FINE_SPACE_PX = 110;
const FINE_MS = 1_000;
/** A label of the axis nearer than this to a tag's middle would look out from under it. */
const TAG_CLEAR_PX = 16;
const NO_MOUSE = Object.fromEntries(
  ["mousedown", "mouseup", "click", "dblclick", "mousemove", "mouseleave", "mouseenter"].map((type) => [type, () => null]),
);

/**
 * What is drawn besides the lines, in this order: each is a function of uPlot's plot and the pane; by its
 * name, what is put into `shared.layers` when it is needed.
 *
 * A pane gives them `view`, `series` (each with `index` and `stroke`), `colors`, `hasTimes` and `shared`.
 */
const LAYERS = { below: [gaps, staleStrip], above: ["candles", "limits", "notes", valueTags] };

export class Pane {
  root = element("section", "pane");
  series;
  colors;
  hasTimes;
  shared;
  #body = element("div", "pane-plot");
  /** The height at which the pointer is, from the top of what is plotted; null: it is not in this pane. */
  pointed_px = null;
  /** Of the crosshair; null as long as nothing was pointed at. */
  #lines = null;
  #values;
  #plot = null;
  /** What is drawn of many ticks; null for as long as there are few. */
  #sheet = null;
  #path = linePaths(() => this.view.breaks);
  #note = element("span", "pane-note");
  /** @type {import("./view.js").View|null} what is drawn */
  view = null;
  /** @type {import("./ohlc.js").Candles|null} drawn in place of a line */
  candles = null;

  /**
   * @param {{label: string, unit: string, color: string, index: number}[]} series
   * @param {ReturnType<import("./theme.js").theme>} colors
   * @param {boolean} hasTimes - it is the last pane, and bears the labels of time
   * @param {{look: import("./look.js").Look, crosshair: import("./crosshair.js").Crosshair, Plotter?: Function}} shared - by
   *   all panes; `Plotter`: draws in place of uPlot
   */
  constructor(series, colors, hasTimes, shared) {
    this.shared = shared;
    this.series = series.map((one) => ({ ...one, stroke: seriesColor(one, one.index, colors), dash: seriesDash(one.index) }));
    this.colors = colors;
    this.hasTimes = hasTimes;
    this.#values = this.series.map(() => element("span", "pane-hover"));
    const heading = element("h2", "pane-heading");
    this.series.forEach((one, i) => heading.append(element(
      "span",
      "pane-series",
      element("span", "pane-label", keyOf(one.stroke, one.index), one.label),
      element("span", "pane-unit", one.unit),
      this.#values[i],
    )));
    heading.append(this.#note);
    this.root.append(heading, this.#body);
    this.root.classList.toggle("has-times", hasTimes);
    this.root.classList.toggle("is-shared", series.length > 1);
  }

  /** @param {import("./view.js").View} view */
  draw(view) {
    this.view = view;
    const { candles, Lines } = this.shared;
    this.candles = candles?.of(this) ?? null;
    setText(this.#note, candles?.text(this) ?? "");
    this.root.classList.toggle("has-candles", this.candles !== null);
    const data = [view.time_ms, ...this.series.map(({ index }) => view.series[index].values)];
    if (!this.#plot) this.#make(data);
    this.#plot.batch(() => {
      this.#plot.setData(data, false);
      // Of a minimum with fractions uPlot makes labels one millisecond before the full second.
      this.#plot.setScale("x", { min: Math.floor(view.range_ms[0]), max: view.range_ms[1] });
    });
    if (!this.#lines && Lines) this.#lines = new Lines(this, this.#plot, this.#values);
    this.#lines?.place();
  }

  #make(data) {
    const Plotter = this.shared.Plotter ?? uPlot;
    this.#plot = new Plotter(this.#options(), data, this.#body);
  }

  /** Whether a pointer is over what is plotted, or over the labels of time. */
  holds({ clientX, clientY }) {
    if (!this.#plot) return false;
    const { left, right, top } = this.#plot.over.getBoundingClientRect();
    return clientX >= left && clientX <= right && clientY >= top && clientY <= this.#body.getBoundingClientRect().bottom;
  }

  isOnAxis({ clientY }) {
    return clientY > this.#plot.over.getBoundingClientRect().bottom;
  }

  /** The place of a pointer in px from the left of what is plotted, and its time. */
  placeOf(clientX) {
    return clientX - this.#plot.over.getBoundingClientRect().left;
  }

  timeOf(x_px) {
    return this.#plot.posToVal(x_px, "x");
  }

  timeAt(clientX) {
    return this.timeOf(this.placeOf(clientX));
  }

  /** The nearest place over what is plotted. */
  clamp(clientX) {
    const { left, right } = this.#plot.over.getBoundingClientRect();
    return Math.min(right, Math.max(left, clientX));
  }

  /** The pointer is here, null: it is not. */
  point(event) {
    this.pointed_px = event && event.clientY - this.#plot.over.getBoundingClientRect().top;
  }

  resize() {
    this.#plot?.setSize(this.#size());
  }

  /** Where there is no line there is no scale. */
  get isBlank() {
    return this.series.every(({ index }) => Number.isNaN(this.view.series[index].line[0]));
  }

  get width_px() {
    // Of what was drawn: to ask the page would let it be laid out.
    return this.#plot?.bbox.width / devicePixelRatio || this.#body.clientWidth - AXIS_Y_PX;
  }

  /** What is drawn, for tests and the curious. */
  drawn() {
    return drawnOf(this.#plot, this);
  }

  destroy() {
    this.#lines?.detach();
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
      padding: [10, 0, this.hasTimes ? 0 : 6, LEFT_PX],
      legend: { show: false },
      // What points is the crosshair, which all panes share: uPlot only draws its lines and dots.
      cursor: { bind: NO_MOUSE, drag: { x: false, y: false, setScale: false }, points: { size: 7 } },
      scales: { x: { auto: false }, y: { range: () => this.#rangeY() } },
      axes: [this.#axisX(), this.#axisY()],
      series: [{}, ...this.series.map((one) => this.#line(one))],
      hooks: { drawAxes: [...this.#hooks(LAYERS.below), (u) => this.#paint(u)], draw: this.#hooks(LAYERS.above) },
    };
  }

  #paint(u) {
    const { Sheet } = this.shared;
    if (Sheet) this.#sheet ??= new Sheet();
    this.#sheet?.paint(u, this);
  }

  #hooks(layers) {
    return layers.map((layer) => (u) => (typeof layer === "string" ? this.shared.layers[layer] : layer)?.(u, this));
  }

  #line({ stroke, dash, label }) {
    return {
      label,
      stroke,
      fill: stroke,
      width: LINE_PX,
      dash,
      paths: (...plot) => (this.candles || this.#sheet?.isUsed ? null : this.#path(...plot)),
      points: { show: false },
    };
  }

  #axisX() {
    return {
      ...this.#axis(),
      size: this.hasTimes ? AXIS_X_PX : 0,
      space: (_u, _axis, min_ms, max_ms) => (max_ms - min_ms < FINE_MS ? FINE_SPACE_PX : TIME_SPACE_PX),
      values: (u, splits, _, __, step_ms) => splits.map((ms) => this.#timeLabel(u, ms, step_ms)),
    };
  }

  /** A label at the very left would be cut off. */
  #timeLabel(u, time_ms, step_ms) {
    const text = this.hasTimes ? axisLabel(time_ms, step_ms) : "";
    return u.valToPos(time_ms, "x") > LABEL_CHAR_PX * text.length / 2 - LEFT_PX ? text : "";
  }

  #axisY() {
    return {
      ...this.#axis(),
      side: 1,
      size: AXIS_Y_PX,
      space: (_u, _axis, _min, _max, length_px) => valueSpace(length_px),
      gap: 8,
      values: (u, splits, _, __, step) => this.#valueLabels(u, splits, step),
    };
  }

  #valueLabels(u, splits, step) {
    if (this.isBlank) return splits.map(() => "");
    const chips = chipsOf(u, this);
    const isClear = (y) => chips.every(({ place }) => Math.abs(place - y) >= TAG_CLEAR_PX);
    return splits.map((value) => (isClear(u.valToPos(value, "y")) ? number(value, digitsOfStep(step)) : ""));
  }

  #axis() {
    const { muted, grid } = this.colors;
    return { stroke: muted, font: "11px system-ui, sans-serif", grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  }

  #rangeY() {
    const shown = this.series.map(({ index }) => this.view.series[index]).filter(({ line }) => !Number.isNaN(line[0]));
    if (shown.length === 0) return axisRange(NaN, NaN);
    // A candle that is half in view has its extremes perhaps in the other half.
    const { low = [], high = [] } = this.candles ?? {};
    const [min, max] = [Math.min(...shown.map(({ line }) => line[0]), ...low), Math.max(...shown.map(({ line }) => line[1]), ...high)];
    return stepped(axisRange(...withLimits([min, max], this.series.flatMap((one) => one.limits ?? []))));
  }
}
