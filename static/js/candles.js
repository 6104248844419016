/** A layer: the ticks of a pane's one series as candles, hollow when they rise and filled when they fall. */

import { candleFor, ohlc } from "./ohlc.js";
import { wordOf } from "./span.js";
import { length } from "./text.js";
import { say } from "./words.js";

/** Of the room that a candle has, what its body takes. */
const BODY = 0.7;
const BODY_MIN_PX = 1;

/**
 * Return the candles of a pane, or null where there are lines: of several series they would hide each other.
 *
 * @param {import("./pane.js").Pane} pane
 * @returns {import("./ohlc.js").Candles|null}
 */
export function candlesOf({ series, view, shared: { look }, width_px }) {
  if (look.kind !== "candles" || series.length !== 1) return null;
  const [from, to] = view.range_ms;
  const zone_ms = -60_000 * new Date(to).getTimezoneOffset();
  return ohlc(view.time_ms, view.series[series[0].index].values, view.range_ms, candleMs(look, [from, to], width_px, view.spacing_ms), zone_ms);
}

/** The length of candles that was chosen, or suits what is in view. */
export function candleMs(look, [from, to], width_px, spacing_ms) {
  return look.candle_ms || candleFor(to - from, width_px, spacing_ms);
}

export function candleMarks(u, { candles, colors, view }) {
  if (!candles) return;
  const { ctx, bbox } = u;
  const [rising, falling] = [new Path2D(), new Path2D()];
  candles.start_ms.forEach((_, i) => add(candles.close[i] < candles.open[i] ? falling : rising, placeOf(u, candles, i, view.range_ms[1])));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeStyle = colors.up;
  ctx.stroke(rising);
  ctx.fillStyle = ctx.strokeStyle = colors.down;
  ctx.fill(falling);
  ctx.stroke(falling);
  ctx.restore();
}

/** One that is still open is as wide as its time so far. */
function placeOf({ valToPos }, { start_ms, open, high, low, close, candle_ms }, i, end_ms) {
  const [left, right] = [start_ms[i], Math.min(end_ms, start_ms[i] + candle_ms)].map((ms) => valToPos(ms, "x", true));
  const [top, bottom] = [Math.max(open[i], close[i]), Math.min(open[i], close[i])].map((value) => crisp(valToPos(value, "y", true)));
  const width = Math.max(BODY_MIN_PX * devicePixelRatio, Math.round((right - left) * BODY));
  return { x: crisp((left + right) / 2), width, top, bottom, high: valToPos(high[i], "y", true), low: valToPos(low[i], "y", true) };
}

function add(path, { x, width, top, bottom, high, low }) {
  path.moveTo(x, high);
  path.lineTo(x, top);
  path.moveTo(x, bottom);
  path.lineTo(x, low);
  path.rect(crisp(x - width / 2), top, width, bottom - top);
}

/** Lines of one px are sharp between the grid of px. */
function crisp(px) {
  return Math.floor(px) + 0.5;
}

/** What the heading of a pane says of its candles. */
export function candlesText({ candles, view }) {
  if (!candles) return "";
  return say(view.isReduced ? "kind.candles-reduced" : "kind.candles-of", { length: length(wordOf(candles.candle_ms)) });
}
