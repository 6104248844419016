/**
 * Draws the lines and axes of a pane as uPlot does, without it: for a first picture, which is drawn before that is there.
 *
 * It takes the options of a pane and has as much of uPlot as a pane and its layers use; it is drawn once, and never moves.
 */

import { timePlaces, valuePlaces } from "./axis-steps.js";
import { element } from "./element.js";
import { indexAfter, indexAt } from "./window.js";

/** Between what is plotted and the labels of time, as uPlot has it. */
const GAP_PX = 5;

export class Sketch {
  data = [];
  scales = { x: {}, y: {} };
  series;
  ctx;
  bbox;
  #options;
  #canvas = element("canvas", "sketch");
  /** Of what is plotted, in px of the page. */
  #area;

  constructor(options, _, root) {
    const { width, height, padding: [top, right, bottom, left], axes: [x, y] } = options;
    const px = devicePixelRatio;
    this.#options = options;
    this.series = options.series;
    this.#area = { left, top, width: width - left - right - y.size, height: height - top - bottom - x.size };
    this.bbox = Object.fromEntries(Object.entries(this.#area).map(([name, value]) => [name, Math.round(2 * value * px) / 2]));
    Object.assign(this.#canvas, { width: Math.round(width * px), height: Math.round(height * px) });
    Object.assign(this.#canvas.style, { width: `${width}px`, height: `${height}px` });
    this.ctx = this.#canvas.getContext("2d");
    root.append(this.#canvas);
  }

  setData(data) {
    this.data = data;
  }

  setScale(name, range) {
    this.scales[name] = range;
  }

  batch(set) {
    set();
    const { axes: [x, y], hooks, scales } = this.#options;
    const [min, max] = scales.y.range();
    this.scales.y = { min, max };
    this.#axis("x", x, timePlaces);
    this.#axis("y", y, valuePlaces);
    for (const layer of hooks.drawAxes) layer(this);
    for (let i = 1; i < this.series.length; i += 1) this.#line(i);
    for (const layer of hooks.draw) layer(this);
  }

  destroy() {
    this.#canvas.remove();
  }

  valToPos = (value, scale, isOfCanvas = false) => {
    const { left, top, width, height } = isOfCanvas ? this.bbox : { ...this.#area, left: 0, top: 0 };
    const { min, max } = this.scales[scale];
    const share = (value - min) / (max - min);
    return scale === "x" ? left + width * share : top + height * (1 - share);
  };

  #axis(scale, { stroke, font, gap = GAP_PX, grid, space, values }, placesOf) {
    const { ctx, bbox, scales } = this;
    const px = devicePixelRatio;
    const isX = scale === "x";
    const { min, max } = scales[scale];
    const length_px = isX ? this.#area.width : this.#area.height;
    const { step, places } = placesOf(min, max, length_px, space(this, Number(!isX), min, max, length_px));
    const [right, bottom] = [bbox.left + bbox.width, bbox.top + bbox.height];
    const at = places.map((place) => Math.round(this.valToPos(place, scale, true)));
    ctx.fillStyle = stroke;
    ctx.font = font.replace(/\d+/, (size_px) => Math.round(size_px * px));
    ctx.textAlign = isX ? "center" : "left";
    ctx.textBaseline = isX ? "top" : "middle";
    values(this, places, null, null, step).forEach((text, i) => {
      if (isX) ctx.fillText(text, at[i], Math.round(bottom) + Math.round(gap * px));
      else ctx.fillText(text, Math.round(right) + Math.round(gap * px), at[i]);
    });
    this.#stroke(grid.stroke, grid.width, () => {
      ctx.beginPath();
      for (const place of at) {
        ctx.moveTo(isX ? place : bbox.left, isX ? bbox.top : place);
        ctx.lineTo(isX ? place : right, isX ? bottom : place);
      }
      ctx.stroke();
    });
  }

  #line(i) {
    const { ctx, bbox, data: [times], scales: { x } } = this;
    const series = this.series[i];
    const path = series.paths(this, i, Math.max(0, indexAt(times, x.min) - 1), Math.min(times.length - 1, indexAfter(times, x.max)));
    if (!path) return;
    this.#stroke(series.stroke, series.width, () => {
      const { lineWidth } = ctx;
      ctx.fillStyle = series.fill;
      ctx.setLineDash(series.dash);
      ctx.beginPath();
      ctx.rect(bbox.left - lineWidth / 2, bbox.top - lineWidth / 2, bbox.width + lineWidth, bbox.height + lineWidth);
      ctx.clip();
      ctx.fill(path.fill);
      ctx.stroke(path.stroke);
    });
  }

  /** A line whose width is odd is sharp between two pixels. */
  #stroke(color, width_px, draw) {
    const { ctx } = this;
    ctx.save();
    ctx.strokeStyle = color;
    ctx.lineWidth = width_px * devicePixelRatio;
    ctx.lineJoin = "round";
    ctx.translate((ctx.lineWidth % 2) / 2, (ctx.lineWidth % 2) / 2);
    draw();
    ctx.restore();
  }
}
