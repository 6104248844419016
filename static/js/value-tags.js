/** A layer: the newest value in view of each series as a tag beside the axis, and a dot on its place. */

import { font } from "./marks.js";
import { number } from "./text.js";

/** Above this many series in a pane tags would hide each other. */
const TAGS_MAX = 2;

export function valueTags(u, pane) {
  for (const { values, last, digits, stroke } of newest(pane)) {
    const at = values.lastIndexOf(last, pane.view.to - 1);
    tag(u, { time_ms: pane.view.time_ms[at], value: last, text: number(last, digits), color: stroke, ink: pane.colors.surface });
  }
}

/** The views of the series that have a tag, with `stroke`. */
export function newest({ series, view }) {
  if (series.length > TAGS_MAX) return [];
  return series.map(({ index, stroke }) => ({ ...view.series[index], stroke }));
}

function tag(u, { time_ms, value, text, color, ink }) {
  if (Number.isNaN(value)) return;
  const { ctx, bbox } = u;
  const px = devicePixelRatio;
  const [x, right] = [u.valToPos(time_ms, "x", true), bbox.left + bbox.width];
  const y = Math.min(bbox.top + bbox.height, Math.max(bbox.top, u.valToPos(value, "y", true)));
  ctx.save();
  ctx.fillStyle = color;
  ctx.beginPath();
  if (x >= bbox.left) ctx.arc(Math.min(x, right), y, 3 * px, 0, 2 * Math.PI);
  ctx.font = font(12, 600);
  const middle = Math.min(u.ctx.canvas.height - 11 * px, Math.max(11 * px, y));
  ctx.roundRect(right + 6 * px, middle - 10 * px, ctx.measureText(text).width + 12 * px, 20 * px, 4 * px);
  ctx.fill();
  ctx.fillStyle = ink;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  ctx.fillText(text, right + 12 * px, middle + px);
  ctx.restore();
}
