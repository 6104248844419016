/** A layer: notes, each as a dashed line at its time, with its letter at the top. */

import { letterOf } from "./notes.js";
import { font } from "./marks.js";

const TAG_PX = 16;
const TAG_GAP_PX = 2;
const DASH_PX = [3, 3];

export function noteMarks(u, { view, colors, shared, root }) {
  const { ctx, bbox } = u;
  const isFirst = root.previousElementSibling === null;
  const px = devicePixelRatio;
  const marks = [];
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
    marks.push({ x, letter: letterOf(note) });
  }
  if (isFirst) for (const { x, text } of tagsOf(marks, (TAG_PX + TAG_GAP_PX) * px)) tag(ctx, x, bbox.top, text, colors);
  ctx.restore();
}

/** One tag for each note, or for those that lie so near that one would cover the other: the first, and how many more. */
export function tagsOf(marks, apart) {
  const groups = [];
  for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
    const last = groups.at(-1);
    // What says how many more is twice as wide.
    if (last && mark.x - last.at(-1).x < apart * (last.length > 1 ? 1.5 : 1)) last.push(mark);
    else groups.push([mark]);
  }
  return groups.map((group) => ({
    x: (group[0].x + group.at(-1).x) / 2,
    text: group.length > 1 ? `${group[0].letter} +${group.length - 1}` : group[0].letter,
  }));
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
