/** A layer: the newest value in view of each series as a chip beside the axis, and a dot on its place. */

import { apart } from "./chips.js";
import { font } from "./marks.js";
import { number } from "./text.js";

/** Above this many series in a pane nobody could tell which chip is whose. */
const CHIPS_MAX = 12;
const CHIP_PX = 20;
/** What is longer is set closer: the axis has no more room. */
const TEXT_MAX_PX = 57;
/** A chip may stand out from the axis by so much. */
const BEYOND_PX = 6;
/** A chip that was moved further than this has a line to its value. */
const MOVED_PX = 2;

/**
 * Return the chips of a pane, none when there is no room for all.
 *
 * @returns {{y: number, place: number, text: string, stroke: string, time_ms: number}[]} in px from the
 *   top of what is plotted: `y` of the value, `place` of the middle of the chip
 */
export function chipsOf(u, { series, view }) {
  const [from_ms] = view.range_ms;
  const shown = series.map(({ index, stroke }) => ({ ...view.series[index], stroke })).filter(({ last }) => !Number.isNaN(last));
  if (shown.length > CHIPS_MAX) return [];
  const height = u.bbox.height / devicePixelRatio;
  const wanted = shown.map(({ last }) => Math.min(height, Math.max(0, u.valToPos(last, "y"))));
  const places = apart(wanted, CHIP_PX, [-BEYOND_PX, height + BEYOND_PX]) ?? [];
  return places.map((place, i) => {
    const { values, last, digits, stroke } = shown[i];
    const time_ms = view.time_ms[values.lastIndexOf(last, view.to - 1)] ?? from_ms;
    return { y: wanted[i], place, text: number(last, digits), stroke, time_ms };
  });
}

export function valueTags(u, pane) {
  for (const chip of chipsOf(u, pane)) draw(u, chip, pane);
}

function draw({ ctx, bbox, valToPos }, { y, place, text, stroke, time_ms }, { colors, candles }) {
  const px = devicePixelRatio;
  const right = bbox.left + bbox.width;
  const [x, at, middle] = [valToPos(time_ms, "x", true), bbox.top + y * px, bbox.top + place * px];
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = stroke;
  ctx.lineWidth = px;
  ctx.beginPath();
  if (x >= bbox.left && !candles) ctx.arc(Math.min(x, right), at, 3 * px, 0, 2 * Math.PI);
  ctx.font = font(12, 600);
  const width = Math.min(TEXT_MAX_PX * px, ctx.measureText(text).width);
  ctx.roundRect(right + 6 * px, middle - 10 * px, width + 12 * px, CHIP_PX * px, 4 * px);
  ctx.fill();
  if (Math.abs(at - middle) > MOVED_PX * px) {
    ctx.beginPath();
    ctx.moveTo(right, at);
    ctx.lineTo(right + 6 * px, middle);
    ctx.stroke();
  }
  ctx.fillStyle = colors.surface;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(text, right + 12 * px, middle + px, width);
  ctx.restore();
}
