/** A small plot of one chart on a canvas: a band for each of the first series, each to its own scale. */

import { axisRange } from "./extent.js";
import { seriesColor, seriesDash } from "./theme.js";

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
   * @param {object[]} series - of the description
   * @param {import("./view.js").View} view
   * @param {{colors: object, time_ms: number|null}} shared - by all plots of the page; where the crosshair is
   */
  draw(series, view, { colors, time_ms }) {
    const ctx = this.#clear();
    const [width, height] = [this.canvas.width, this.canvas.height];
    const { range_ms } = view;
    const n = Math.min(BANDS_MAX, series.length);
    const x = (ms) => ((ms - range_ms[0]) / (range_ms[1] - range_ms[0])) * width;
    const broken = new Set(view.breaks);
    this.range_ms = range_ms;
    for (let i = 0; i < n; i += 1) {
      const band = { top: (i * height) / n + GAP_PX, height: height / n - 2 * GAP_PX };
      this.#style(ctx, seriesColor(series[i], i, colors), seriesDash(i));
      line(ctx, view, view.series[i], broken, x, band);
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
    ctx.strokeStyle = ctx.fillStyle = color;
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

function line(ctx, { time_ms, from, to }, { values, min, max }, broken, x, { top, height }) {
  const [low, high] = axisRange(min, max);
  let [begun, drawn] = [-1, 0];
  ctx.beginPath();
  // One more at the left, for the line that comes in from there.
  for (let i = Math.max(0, from - 1); i < to; i += 1) {
    if (broken.has(i) || Number.isNaN(values[i])) begun = -1;
    if (Number.isNaN(values[i])) continue;
    const share = Math.min(1, Math.max(0, (values[i] - low) / (high - low)));
    const y = top + height * (1 - share);
    ctx[begun < 0 ? "moveTo" : "lineTo"](x(time_ms[i]), y);
    begun = i;
    drawn += 1;
  }
  ctx.stroke();
  // A single tick makes no line.
  if (drawn === 1 && begun >= 0) ctx.fillRect(x(time_ms[begun]) - 3, top + height / 2 - 3, 6, 6);
}
