/** A small plot of one chart on a canvas: a band for each of the first series, each to its own scale. */

import { axisRange, extent } from "./extent.js";
import { breaks, gapLimits } from "./gaps.js";
import { seriesColor, seriesDash } from "./theme.js";
import { indexAfter, indexAt } from "./window.js";

export const BANDS_MAX = 4;
const LINE_PX = 1.25;
const GAP_PX = 3;

export class SmallPlot {
  canvas;
  /** @type {[number, number]|null} the range that was drawn */
  range_ms = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
  }

  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {object} description
   * @param {[number, number]} range_ms
   * @param {{colors: object, time_ms: number|null}} shared - by all plots of the page; where the crosshair is
   */
  draw(viewer, { series, interval_ms }, range_ms, { colors, time_ms }) {
    const ctx = this.#clear();
    const [width, height] = [this.canvas.width, this.canvas.height];
    const times = viewer.columns.time_ms;
    const [from, to] = [Math.max(0, indexAt(times, range_ms[0]) - 1), indexAfter(times, range_ms[1])];
    const limits = gapLimits(times, { exactFrom: viewer.exactFrom, interval_ms: interval_ms ?? null, seriesCount: series.length });
    const broken = new Set(breaks(times, limits, from, to));
    const n = Math.min(BANDS_MAX, viewer.columns.seriesCount, series.length);
    const x = (ms) => ((ms - range_ms[0]) / (range_ms[1] - range_ms[0])) * width;
    this.range_ms = range_ms;
    for (let i = 0; i < n; i += 1) {
      const band = { top: (i * height) / n + GAP_PX, height: height / n - 2 * GAP_PX };
      this.#style(ctx, seriesColor(series[i], i, colors), seriesDash(i));
      line(ctx, { times, values: viewer.columns.values(i), from, to, broken }, x, band);
    }
    if (time_ms !== null && time_ms >= range_ms[0] && time_ms <= range_ms[1]) this.#point(ctx, x(time_ms), colors);
  }

  #clear() {
    const { clientWidth, clientHeight } = this.canvas;
    const px = devicePixelRatio;
    const [width, height] = [Math.round(clientWidth * px), Math.round(clientHeight * px)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const ctx = this.canvas.getContext("2d");
    ctx.clearRect(0, 0, width, height);
    return ctx;
  }

  #style(ctx, color, dash) {
    ctx.strokeStyle = color;
    ctx.lineWidth = LINE_PX * devicePixelRatio;
    ctx.setLineDash(dash.map((one) => one * devicePixelRatio));
  }

  #point(ctx, x, { muted }) {
    this.#style(ctx, muted, []);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, 0);
    ctx.lineTo(x, this.canvas.height);
    ctx.stroke();
  }
}

function line(ctx, { times, values, from, to, broken }, x, { top, height }) {
  const { min, max } = extent(values, from, to);
  const [low, high] = axisRange(min, max);
  let isDown = false;
  ctx.beginPath();
  for (let i = from; i < to; i += 1) {
    if (broken.has(i)) isDown = false;
    if (Number.isNaN(values[i])) {
      isDown = false;
      continue;
    }
    const y = top + height - ((values[i] - low) / (high - low)) * height;
    ctx[isDown ? "lineTo" : "moveTo"](x(times[i]), y);
    isDown = true;
  }
  ctx.stroke();
}
