/** Marks on a pane's canvas: hatching, and how text is set there. */

import { duration } from "./text.js";
import { say } from "./words.js";

const HATCH_PX = 7;
const LABEL_MIN_PX = 28;

/**
 * Hatch the time between two ticks that lie too far apart, with `text` in it, or how long it was.
 *
 * @param {uPlot} u
 * @param {number[]} gap - from and to, in ms
 * @param {{muted: string, grid: string}} colors
 */
export function hatch(u, [from_ms, to_ms], colors, hasLabel, text = gapText(to_ms - from_ms)) {
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
  if (hasLabel) label(u, (left + right) / 2, (right - left) / devicePixelRatio, text, colors.muted);
  ctx.restore();
}

/** As much of "no data 19 s, why" as there is room for: in any case how long. */
function fitting(ctx, text, width) {
  const isWide = (one) => ctx.measureText(one).width > width;
  const short = text.split(", ")[0];
  return [text, short].find((one) => !isWide(one)) ?? short.replace(say("gap.none", { time: "" }), "");
}

/** Shade time of which nothing is known yet. */
export function shade({ ctx, bbox, valToPos }, [from_ms, to_ms], { grid }) {
  const left = Math.max(bbox.left, valToPos(from_ms, "x", true));
  const right = Math.min(bbox.left + bbox.width, valToPos(to_ms, "x", true));
  if (right <= left) return;
  ctx.save();
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = grid;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.restore();
}

/** "no data 19 s" */
export function gapText(gap_ms) {
  return say("gap.none", { time: duration(gap_ms) });
}

function label({ ctx, bbox }, x, width_px, text, color) {
  if (width_px < LABEL_MIN_PX) return;
  ctx.font = font(11);
  ctx.fillStyle = color;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.fillText(fitting(ctx, text, width_px * devicePixelRatio), x, bbox.top + bbox.height - 3 * devicePixelRatio);
}

export function font(size_px, weight = 400) {
  return `${weight} ${size_px * devicePixelRatio}px system-ui, sans-serif`;
}
