/** A layer: notes, each as a dashed line at its time, with its letter at the top. */

import { letterOf } from "./notes.js";
import { font } from "./marks.js";

const TAG_PX = 16;
const DASH_PX = [3, 3];

export function noteMarks(u, { view, colors, shared, root }) {
  const { ctx, bbox } = u;
  const isFirst = root.previousElementSibling === null;
  const px = devicePixelRatio;
  ctx.save();
  for (const note of shared.notes.within(view.range_ms)) {
    const x = Math.round(u.valToPos(note.time_ms, "x", true)) + px / 2;
    ctx.beginPath();
    ctx.setLineDash(DASH_PX.map((one) => one * px));
    ctx.strokeStyle = colors.muted;
    ctx.lineWidth = px;
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (isFirst) tag(ctx, x, bbox.top, letterOf(note), colors);
  }
  ctx.restore();
}

function tag(ctx, x, top, text, { muted, surface }) {
  const px = devicePixelRatio;
  ctx.font = font(10, 600);
  const width = Math.max(TAG_PX * px, ctx.measureText(text).width + 8 * px);
  ctx.beginPath();
  ctx.roundRect(x - width / 2, top, width, TAG_PX * px, 3 * px);
  ctx.fillStyle = muted;
  ctx.fill();
  ctx.fillStyle = surface;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(text, x, top + (TAG_PX / 2 + 0.5) * px);
}
