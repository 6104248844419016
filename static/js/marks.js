/** What is drawn on a pane's canvas beside the lines: hatched gaps, and the newest value as a tag. */

import { duration } from "./text.js";

const HATCH_PX = 7;
const LABEL_MIN_PX = 40;
const LABEL_FULL_PX = 90;

/**
 * Hatch the time between two ticks that lie too far apart.
 *
 * @param {uPlot} u
 * @param {number[]} gap - from and to, in ms
 * @param {{muted: string, grid: string}} colors
 */
export function hatch(u, [from_ms, to_ms], colors, hasLabel) {
  const { ctx, bbox } = u;
  const left = Math.max(bbox.left, u.valToPos(from_ms, "x", true));
  const right = Math.min(bbox.left + bbox.width, u.valToPos(to_ms, "x", true));
  const step = HATCH_PX * devicePixelRatio;
  if (right - left < step) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.beginPath();
  // On a grid of the canvas, so that the pattern stands still while the gap moves through it.
  for (let x = Math.floor((left - bbox.height) / step) * step; x < right; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.strokeStyle = colors.grid;
  ctx.lineWidth = devicePixelRatio;
  ctx.stroke();
  if (hasLabel) label(u, (left + right) / 2, (right - left) / devicePixelRatio, duration(to_ms - from_ms), colors.muted);
  ctx.restore();
}

function label({ ctx, bbox }, x, width_px, text, color) {
  if (width_px < LABEL_MIN_PX) return;
  ctx.font = font(11);
  ctx.fillStyle = color;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.fillText(width_px < LABEL_FULL_PX ? text : `no data ${text}`, x, bbox.top + bbox.height - 3 * devicePixelRatio);
}

/** Put the newest value beside the axis, and a dot on its place when that is in view. */
export function tag(u, { time_ms, value, text, color, ink }) {
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

function font(size_px, weight = 400) {
  return `${weight} ${size_px * devicePixelRatio}px system-ui, sans-serif`;
}
