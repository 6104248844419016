/** Marks on a pane's canvas: hatching, and how text is set there. */

/** As the page has it, in its language. */
let family;
const HATCH_PX = 7;

/**
 * Hatch the time between two ticks that lie too far apart, with what there is room for of `texts`, the longest first.
 *
 * @param {uPlot} u
 * @param {number[]} gap - from and to, in ms
 * @param {{muted: string, grid: string}} colors
 */
export function hatch(u, [from_ms, to_ms], colors, hasLabel, texts) {
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
  if (hasLabel) label(u, (left + right) / 2, (right - left) / devicePixelRatio, texts, colors.muted);
  ctx.restore();
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

function label({ ctx, bbox }, x, width_px, texts, color) {
  ctx.font = font(11);
  ctx.fillStyle = color;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  // A part of a number would be another one.
  const text = texts.find((one) => ctx.measureText(one).width <= width_px * devicePixelRatio) ?? "";
  ctx.fillText(text, x, bbox.top + bbox.height - 3 * devicePixelRatio);
}

export function font(size_px, weight = 400) {
  family ??= getComputedStyle(document.body).fontFamily;
  return `${weight} ${size_px * devicePixelRatio}px ${family}`;
}
