/** A layer: limits of the series as dotted lines, each with its label. */

import { levelOf } from "./extent.js";
import { limitText } from "./limit-text.js";
import { font } from "./marks.js";

const DOTS_PX = [2, 4];

export function limits(u, pane) {
  if (pane.isBlank) return;
  for (const { label, limits: own = [] } of pane.series) {
    const name = pane.series.length > 1 ? label : "";
    for (const limit of own) draw(u, limit, limitText(limit, name), pane.colors);
  }
}

function draw({ ctx, bbox, valToPos }, limit, text, { warn, bad, surface }) {
  const px = devicePixelRatio;
  const y = Math.round(valToPos(levelOf(limit), "y", true)) + 0.5;
  if (!(y >= bbox.top && y <= bbox.top + bbox.height)) return;
  ctx.save();
  ctx.strokeStyle = limit.severity === "critical" ? bad : warn;
  ctx.lineWidth = 1.5 * px;
  ctx.setLineDash(DOTS_PX.map((dash) => dash * px));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.font = font(11);
  ctx.textAlign = "left";
  // On the side where values are as they ought to be there is more to read.
  const isAbove = y - bbox.top > 16 * px;
  ctx.textBaseline = isAbove ? "bottom" : "top";
  ctx.lineWidth = 3 * px;
  ctx.lineJoin = "round";
  ctx.fillStyle = ctx.strokeStyle;
  ctx.strokeStyle = surface;
  ctx.strokeText(text, bbox.left + 8 * px, y + (isAbove ? -2 : 3) * px);
  ctx.fillText(text, bbox.left + 8 * px, y + (isAbove ? -2 : 3) * px);
  ctx.restore();
}
