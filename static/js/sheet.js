/**
 * The lines of a live pane on a canvas of their own, of which only what is new is drawn.
 *
 * To draw a long line takes a hundred times as long as to copy it. So columns of px are counted by
 * time, from 1970 on, and each has its place on a sheet somewhat wider than the plot, which is used round
 * and round: what comes into view at the right is drawn where something was that has left at the left.
 */

import { DENSE_LINE_PX, DOT_PX, drawColumns, isDense, Pen } from "./line.js";
import { indexAt } from "./window.js";

/** Columns beside its own into which a line may reach. */
const REACH = 2;
/** So that what is new touches nothing that is still in view. */
const SPARE = 4 * REACH;
/** A window that differs by less than this is the same. */
const SAME_PX = 0.25;

export class Sheet {
  /** Whether the lines of the last plot are on it. */
  isUsed = false;
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d");
  #key = "";
  #span_ms = NaN;
  #step_ms = NaN;
  /** The newest column drawn, and up to when; the times of ticks before which lines were broken. */
  #newest = -Infinity;
  #until_ms = -Infinity;
  #broken = [];
  /** Of each series: the length of its line where a column begins, at the column's place. */
  #lengths = [];

  /**
   * Put the lines of a pane on its plot, when there are many ticks and they move on; see `isUsed`.
   *
   * @param {object} u - uPlot's plot
   * @param {import("./pane.js").Pane} pane
   */
  paint(u, { view, series, candles }) {
    this.isUsed = this.#isSteady(u, view) && !candles && view.isFollowing && view.run !== null && isDense(view.to - view.from, u.bbox.width);
    if (!this.isUsed) return;
    this.#prepare(u, view, series.length);
    this.#draw(u, view, series);
    this.#copy(u, view);
  }

  /** Whether the window is as wide as it was at the last draw. */
  #isSteady({ bbox }, { range_ms: [from_ms, to_ms] }) {
    const isSame = Math.abs((to_ms - from_ms) / this.#span_ms - 1) * bbox.width < SAME_PX;
    if (!isSame) this.#span_ms = to_ms - from_ms;
    return isSame;
  }

  /** Begin anew where what is drawn holds no more. */
  #prepare({ bbox, scales: { y } }, view, seriesCount) {
    const key = [bbox.width, bbox.height, y.min, y.max, view.run, this.#span_ms, devicePixelRatio].join();
    const before = this.#broken;
    this.#broken = view.breaks.map((i) => view.time_ms[i]);
    if (key === this.#key && this.#isSame(before, view.time_ms[view.from])) return;
    this.#key = key;
    this.#step_ms = this.#span_ms / bbox.width;
    [this.#canvas.width, this.#canvas.height] = [bbox.width + SPARE, bbox.height];
    this.#lengths = Array.from({ length: seriesCount }, () => new Float64Array(this.#canvas.width));
    this.#newest = this.#until_ms = -Infinity;
  }

  /** As more is known of a beat, a pause over which a line was drawn may be a gap, or a gap none. */
  #isSame(before, from_ms) {
    const drawn = (times) => times.filter((time_ms) => time_ms > from_ms && time_ms <= this.#until_ms).join();
    return drawn(before) === drawn(this.#broken);
  }

  #draw(u, view, series) {
    const { width } = this.#canvas;
    const until_ms = view.time_ms[view.to - 1];
    const newest = this.#columnOf(until_ms);
    const begin = Math.max(newest - u.bbox.width, this.#newest) - REACH;
    const end = newest + REACH + 1;
    const base = width * Math.floor(begin / width);
    const from = this.#firstOf(view, begin - REACH);
    const lines = series.map((one, row) => this.#line(u, view, { one, row, from, base }));
    // What goes over the edge of the sheet goes on at the other one.
    for (let at = base; at < end; at += width) this.#stroke(lines, base - at, Math.max(0, begin - at), Math.min(width, end - at));
    this.#newest = newest;
    this.#until_ms = until_ms;
  }

  /** The index of a column's first tick; where nothing is drawn yet, of the tick before, from which a line comes in. */
  #firstOf({ time_ms }, column) {
    let i = indexAt(time_ms, (column - 0.5) * this.#step_ms);
    // By a rounding, a tick may be of the column beside.
    while (i > 0 && this.#columnOf(time_ms[i - 1]) >= column) i -= 1;
    while (this.#columnOf(time_ms[i]) < column) i += 1;
    return this.#newest === -Infinity ? Math.max(0, i - 1) : i;
  }

  #line(u, view, { one: { index, stroke, dash }, row, from, base }) {
    const { min, max } = u.scales.y;
    const [lengths, factor] = [this.#lengths[row], u.bbox.height / (max - min)];
    const begun_px = this.#newest === -Infinity ? 0 : lengths[(this.#columnOf(view.time_ms[from]) - base) % lengths.length];
    const pen = new MeasuringPen(begun_px, (column, length_px) => { lengths[(column + lengths.length) % lengths.length] = length_px; });
    const [x, y] = [{ at: -base, factor: 1 / this.#step_ms }, { at: max * factor, factor: -factor }];
    drawColumns(pen, [view.time_ms, view.series[index].values], [x, y], [from, view.to - 1], view.breaks);
    return { stroke, dash, begun_px, path: pen.stroke, dots: pen.dots };
  }

  #stroke(lines, shift, from, to) {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, this.#canvas.height);
    context.clip();
    context.clearRect(from, 0, to - from, this.#canvas.height);
    context.lineJoin = "round";
    context.lineWidth = DENSE_LINE_PX * devicePixelRatio;
    // As uPlot has it, so that nothing jumps when a view is held.
    const aside = (context.lineWidth % 2) / 2;
    context.setTransform(1, 0, 0, 1, shift + aside, aside);
    for (const { stroke, dash, begun_px, path, dots } of lines) {
      context.strokeStyle = context.fillStyle = stroke;
      context.setLineDash(dash);
      context.lineDashOffset = begun_px;
      context.stroke(path);
      context.fill(dots);
    }
    context.restore();
  }

  /** Copy what is in view: its newest column belongs where its newest tick is. */
  #copy({ ctx, bbox, valToPos }, view) {
    const { width, height } = this.#canvas;
    const right = Math.min(Math.round(valToPos(this.#until_ms, "x", true)), bbox.left + bbox.width);
    const end = this.#newest + REACH + 1;
    const columns = Math.min(right - bbox.left + REACH + 1, width);
    let at = end - columns;
    let x = right + REACH + 1 - columns;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, height);
    ctx.clip();
    while (at < end) {
      const place = at - width * Math.floor(at / width);
      const n = Math.min(end - at, width - place);
      ctx.drawImage(this.#canvas, place, 0, n, height, x, bbox.top, n, height);
      at += n;
      x += n;
    }
    ctx.restore();
  }

  #columnOf(time_ms) {
    return Math.round(time_ms * (1 / this.#step_ms));
  }
}

/** A pen that tells how long its line was when it came to a column: dashes go on from there. */
export class MeasuringPen extends Pen {
  #begun_px;
  #onColumn;
  #length_px = 0;
  #last = null;

  constructor(begun_px, onColumn) {
    super(DOT_PX * devicePixelRatio);
    this.#begun_px = begun_px;
    this.#onColumn = onColumn;
  }

  to(x, y) {
    super.to(x, y);
    // Dashes of a canvas begin anew with each piece.
    this.#length_px = this.#last ? this.#length_px + Math.hypot(x - this.#last[0], y - this.#last[1]) : this.#begun_px;
    if (this.#last?.[0] !== x) this.#onColumn(x, this.#length_px);
    this.#last = [x, y];
  }

  lift() {
    super.lift();
    this.#last = null;
  }
}
