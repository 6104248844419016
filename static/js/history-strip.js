/** All there is as a small strip below the panes, with a brush on what is looked at. */

import { brushed, centered, partAt } from "./brush.js";
import { element } from "./element.js";
import { Overview } from "./overview.js";
import { usualSpacing } from "./spacing.js";
import { columnsOf } from "./strip-line.js";
import { axisLabel } from "./text.js";
import { theme } from "./theme.js";
import { fetchTicks } from "./ticks-request.js";

/** The live part grows by less than a px meanwhile, most of the time. */
const EVERY_MS = 3_000;
const ASK_AFTER_MS = 400;
const AGAIN_MS = 15_000;
const POINTS = 1_500;
const DRAG_MIN_PX = 4;
const LABEL_PX = 130;
/** Ticks further apart than so many usual spacings are not joined. */
const GAP_SPACINGS = 3;
const GAP_MIN_PX = 4;
const STEPS_MS = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 7_776_000, 31_536_000, 157_680_000].map((s) => s * 1000);
/** A brush let go so near to the newest end is live again. */
const LIVE_PX = 5;

export class HistoryStrip {
  #page;
  #overview = new Overview();
  #root = document.querySelector("[data-history]");
  #canvas = element("canvas", "history-line");
  #brush = element("i", "history-brush");
  #drawn = { at_ms: -Infinity, key: "" };
  /** In px; measured anew when it has changed. */
  #size = null;
  #asked_ms = -Infinity;
  #bounds_ms = [0, 1];
  #drag = null;

  constructor(page) {
    this.#page = page;
  }

  start() {
    const track = this.#root.querySelector("[data-history-track]");
    track.append(this.#canvas, this.#brush);
    track.addEventListener("pointerdown", (event) => this.#onDown(event));
    track.addEventListener("pointermove", (event) => this.#onMove(event));
    track.addEventListener("pointerup", (event) => this.#onUp(event));
    track.addEventListener("pointercancel", () => { this.#drag = null; });
    track.addEventListener("dblclick", () => this.#page.look.follow());
    new ResizeObserver(() => this.#onSize()).observe(track);
  }

  #onSize() {
    this.#size = null;
    this.#page.pace.now();
  }

  get #box() {
    this.#size ??= [this.#canvas.clientWidth, this.#canvas.clientHeight];
    return this.#size;
  }

  drawn(view, description) {
    const { feed: { viewer }, look } = this.#page;
    if (!view) return;
    if (this.#overview.isNeeded(viewer)) setTimeout(() => this.#ask(), ASK_AFTER_MS);
    this.#page.oldest_ms = this.#overview.oldest_ms(viewer);
    if (!this.#drag) this.#bounds_ms = [look.bounds_ms[0], Math.max(look.bounds_ms[1], view.isFollowing ? view.range_ms[1] : 0)];
    const key = [viewer.epoch, this.#page.oldest_ms, this.#bounds_ms[0], this.#box[0], theme().muted, [...look.hidden].join()].join("|");
    const now_ms = performance.now();
    if (key !== this.#drawn.key || now_ms - this.#drawn.at_ms >= EVERY_MS) {
      this.#drawn = { at_ms: now_ms, key };
      this.#drawLine(description, viewer);
    }
    this.#place(view.range_ms);
  }

  /** Who looks back draws nothing of what comes; here it is a part of all there is. */
  told() {
    const { view, feed: { description } } = this.#page;
    if (view && !view.isFollowing && performance.now() - this.#drawn.at_ms >= EVERY_MS) this.drawn(view, description);
  }

  async #ask() {
    const { feed: { chart, viewer }, look } = this.#page;
    const now_ms = performance.now();
    if (now_ms - this.#asked_ms < AGAIN_MS || !this.#overview.isNeeded(viewer)) return;
    this.#asked_ms = now_ms;
    try {
      // With a bound the server looks into its store, too, and not only into memory.
      this.#overview.keep(await fetchTicks(chart, { to_ms: look.bounds_ms[1], points: POINTS }), viewer);
      this.#page.oldest_ms = this.#overview.oldest_ms(viewer);
      this.#page.pace.now();
    } catch {
      // The strip shows what is held until the next try; whoever looks back is told by the past.
    }
  }

  #drawLine({ series }, viewer) {
    const ratio = devicePixelRatio;
    const [width, height] = this.#box;
    if (width < 20) return;
    Object.assign(this.#canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const ctx = this.#canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    const { muted } = theme();
    const shown = series.findIndex(({ name }) => !this.#page.look.hidden.has(name));
    const { times, values } = this.#overview.columns(viewer, Math.max(0, shown));
    const [from, to] = this.#bounds_ms;
    const gap_px = Math.max(GAP_MIN_PX, (GAP_SPACINGS * usualSpacing(times) * width) / (to - from) || 0);
    this.#stroke(ctx, columnsOf(times, values, this.#bounds_ms, Math.round(width)), gap_px, height - 20, muted);
    this.#labels(ctx, [width, height], muted);
  }

  #stroke(ctx, { low, high, min, max }, gap_px, height, color) {
    const y = (value) => 3 + (max > min ? (max - value) / (max - min) : 0.5) * (height - 6);
    let before = -Infinity;
    ctx.beginPath();
    low.forEach((value, x) => {
      if (Number.isNaN(value)) return;
      ctx[x - before > gap_px ? "moveTo" : "lineTo"](x, y(value));
      before = x;
      if (high[x] !== value) ctx.lineTo(x, y(high[x]));
    });
    ctx.strokeStyle = color;
    ctx.lineWidth = 1;
    ctx.stroke();
  }

  #labels(ctx, [width, height], color) {
    const [from, to] = this.#bounds_ms;
    const least_ms = ((to - from) * LABEL_PX) / width;
    const step = STEPS_MS.find((ms) => ms >= least_ms) ?? STEPS_MS.at(-1);
    const zone_ms = new Date(from).getTimezoneOffset() * 60_000;
    Object.assign(ctx, { fillStyle: color, font: "11px system-ui, sans-serif", textAlign: "center", textBaseline: "bottom" });
    for (let ms = Math.ceil((from - zone_ms) / step) * step + zone_ms; ms < to; ms += step) {
      const x = ((ms - from) / (to - from)) * width;
      const text = axisLabel(ms, step);
      const half = ctx.measureText(text).width / 2;
      if (x > half && x < width - half) ctx.fillText(text, x, height);
    }
  }

  #place([from_ms, to_ms]) {
    const { left, width } = this.#edges([from_ms, to_ms]);
    this.#brush.style.left = `${left}px`;
    this.#brush.style.width = `${Math.max(3, width)}px`;
  }

  #edges([from_ms, to_ms]) {
    const [least, most] = this.#bounds_ms;
    const px = (ms) => (Math.min(1, Math.max(0, (ms - least) / (most - least || 1)))) * this.#box[0];
    return { left: px(from_ms), width: px(to_ms) - px(from_ms) };
  }

  #timeAt(clientX) {
    const { left, width } = this.#canvas.getBoundingClientRect();
    const [least, most] = this.#bounds_ms;
    return least + ((clientX - left) / width) * (most - least);
  }

  #onDown(event) {
    if (event.button > 0) return;
    const range_ms = this.#page.look.range_ms();
    const { left, width } = this.#edges(range_ms);
    const x_px = event.clientX - this.#canvas.getBoundingClientRect().left;
    this.#drag = { part: partAt(x_px, left, left + width), range_ms, from_x: event.clientX, at_ms: this.#timeAt(event.clientX), hasMoved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  #onMove(event) {
    const drag = this.#drag;
    if (!drag) return;
    drag.hasMoved ||= Math.abs(event.clientX - drag.from_x) >= DRAG_MIN_PX;
    if (drag.hasMoved) this.#page.look.show(...brushed(drag.part, drag.range_ms, drag.at_ms, this.#timeAt(event.clientX), this.#bounds_ms));
  }

  #onUp() {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag) return;
    const { look } = this.#page;
    if (!drag.hasMoved) {
      if (drag.part === "outside") look.show(...centered(drag.range_ms, drag.at_ms, this.#bounds_ms));
      return;
    }
    const [from_ms, to_ms] = look.range_ms();
    const px_ms = (this.#bounds_ms[1] - this.#bounds_ms[0]) / Math.max(1, this.#box[0]);
    if (this.#bounds_ms[1] - to_ms > LIVE_PX * px_ms) return;
    look.choose(to_ms - from_ms);
    look.follow();
  }
}
