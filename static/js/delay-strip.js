/**
 * The strip below the panes that shows how long each tick in view was on its way: a bar for each px.
 *
 * It is made once there is a delay to show.
 */

import { say } from "./words.js";

/** The scale is at least this high, so that what is quick looks quick. */
const HIGH_MIN_MS = 50;
const BAR_MIN_PX = 2;
const BAR_MAX_PX = 4;
const STEPS_MS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

export class DelayStrip {
  #root;
  #canvas = null;
  /** In px; null: to be measured. */
  #size = null;

  constructor(root) {
    this.#root = root;
  }

  /** Its place has another size now. */
  resized() {
    this.#size = null;
  }

  /**
   * @param {import("./columns.js").Columns} held - times, and delays as the only series
   * @param {[number, number]} range_ms - in view
   * @param {{left_px: number, width_px: number}} plotted - where that range lies on the canvas
   * @param {{muted: string}} colors
   */
  draw(held, range_ms, { left_px, width_px }, { muted }) {
    const context = this.#cleared();
    const [, height] = this.#size;
    const columns = columnsOf(held, range_ms, width_px);
    const high_ms = scaleOf(columns);
    context.fillStyle = muted;
    const wide_px = barWidth(columns);
    columns.forEach((delay_ms, x) => {
      if (Number.isNaN(delay_ms)) return;
      const bar = Math.max(BAR_MIN_PX, (delay_ms / high_ms) * (height - 1));
      context.fillRect(left_px + x - wide_px + 1, height - bar, wide_px, bar);
    });
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "top";
    context.fillText(say("delay.ms", { ms: high_ms }), left_px + width_px + 8, 0);
    context.textBaseline = "alphabetic";
    context.fillText(say("delay.ms", { ms: 0 }), left_px + width_px + 8, height - 1);
  }

  #cleared() {
    const canvas = (this.#canvas ??= this.#made());
    this.#size ??= [this.#root.clientWidth, this.#root.clientHeight];
    const [width, height] = this.#size.map((px) => Math.round(px * devicePixelRatio));
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = canvas.getContext("2d");
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  #made() {
    const canvas = document.createElement("canvas");
    this.#root.append(canvas);
    return canvas;
  }
}

/** The longest delay in each px of the range, NaN where no tick came. */
export function columnsOf(held, [from_ms, to_ms], width_px) {
  const columns = new Float32Array(Math.max(0, Math.floor(width_px))).fill(NaN);
  const [times, delays] = [held.time_ms, held.values(0)];
  for (let i = 0; i < times.length; i += 1) {
    const [time_ms, delay_ms] = [times[i], delays[i]];
    const x = Math.floor(((time_ms - from_ms) / (to_ms - from_ms)) * columns.length);
    const at = x === columns.length && time_ms <= to_ms ? x - 1 : x;
    if (at >= 0 && at < columns.length && !(columns[at] >= delay_ms)) columns[at] = Math.max(0, delay_ms);
  }
  return columns;
}

/** As wide as bars can be and still stand apart, for those that are few. */
function barWidth(columns) {
  const n = columns.reduce((count, one) => count + !Number.isNaN(one), 0);
  return Math.max(1, Math.min(BAR_MAX_PX, Math.floor(columns.length / Math.max(1, n)) - 1));
}

/** A round number of ms that the longest delay stays below. */
export function scaleOf(columns) {
  const worst_ms = columns.reduce((worst, one) => (one > worst ? one : worst), HIGH_MIN_MS);
  return STEPS_MS.find((step_ms) => step_ms >= worst_ms) ?? STEPS_MS.at(-1);
}
