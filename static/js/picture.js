/** A picture of the panes as they are drawn, with title, span and legend: one canvas, for a file. */

const MARGIN_PX = 16;
const TITLE_PX = 26;
const LINE_PX = 20;
const KEY_PX = 14;
const KEY_GAP_PX = 7;
const LEGEND_GAP_PX = 18;
const LEGEND_FONT_PX = 13;
/** Smaller writing is pressed together instead. */
const LEAST_PX = 9;
const FONT = "system-ui, sans-serif";

/**
 * @typedef {object} Pane
 * @property {HTMLCanvasElement} canvas
 * @property {{label: string, color: string, dash: number[]}[]} legend
 */

/**
 * @param {{title: string, span: string, panes: Pane[], colors: {ink: string, muted: string, surface: string}}} drawn
 * @returns {HTMLCanvasElement}
 */
export function pictureOf({ title, span, panes, colors }) {
  const canvas = document.createElement("canvas");
  const px = devicePixelRatio;
  const width_px = Math.max(...panes.map((pane) => pane.canvas.width / px)) + 2 * MARGIN_PX;
  const inner_px = width_px - 2 * MARGIN_PX;
  const ctx = canvas.getContext("2d");
  const legends = panes.map(({ legend }) => linesOf(ctx, legend, inner_px));
  const height_px = 2 * MARGIN_PX + TITLE_PX + LINE_PX
    + panes.reduce((sum, pane, i) => sum + LINE_PX * legends[i].length + pane.canvas.height / px, 0);
  [canvas.width, canvas.height] = [Math.ceil(width_px * px), Math.ceil(height_px * px)];
  ctx.scale(px, px);
  ctx.fillStyle = colors.surface;
  ctx.fillRect(0, 0, width_px, height_px);
  ctx.textBaseline = "middle";
  writeFitting(ctx, title, MARGIN_PX + TITLE_PX / 2, ["600", 18], inner_px, colors.ink);
  writeFitting(ctx, span, MARGIN_PX + TITLE_PX + LINE_PX / 2, ["400", 12], inner_px, colors.muted);
  let top = MARGIN_PX + TITLE_PX + LINE_PX;
  panes.forEach((pane, i) => {
    for (const line of legends[i]) {
      drawLegend(ctx, line, top + LINE_PX / 2, colors, inner_px);
      top += LINE_PX;
    }
    ctx.drawImage(pane.canvas, MARGIN_PX, top, pane.canvas.width / px, pane.canvas.height / px);
    top += pane.canvas.height / px;
  });
  return canvas;
}

/** The legend in lines, none longer than `width_px` unless it is of one series. */
function linesOf(ctx, legend, width_px) {
  const lines = [[]];
  let x = 0;
  ctx.font = fontOf("600", LEGEND_FONT_PX);
  for (const one of legend) {
    const own_px = KEY_PX + KEY_GAP_PX + ctx.measureText(one.label).width;
    if (x > 0 && x + own_px > width_px) [x] = [0, lines.push([])];
    lines.at(-1).push(one);
    x += own_px + LEGEND_GAP_PX;
  }
  return lines;
}

function drawLegend(ctx, legend, y, { ink }, width_px) {
  let x = MARGIN_PX;
  for (const { label, color, dash } of legend) {
    ctx.save();
    ctx.strokeStyle = color;
    ctx.lineWidth = 2;
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(x, y);
    ctx.lineTo(x + KEY_PX, y);
    ctx.stroke();
    ctx.restore();
    x += KEY_PX + KEY_GAP_PX;
    ctx.font = fontOf("600", LEGEND_FONT_PX);
    ctx.fillStyle = ink;
    ctx.fillText(label, x, y, width_px - KEY_PX - KEY_GAP_PX);
    x += ctx.measureText(label).width + LEGEND_GAP_PX;
  }
}

/** Write it smaller where there is no room, so that all of it can be read. */
function writeFitting(ctx, text, y, [weight, size_px], width_px, color) {
  ctx.font = fontOf(weight, size_px);
  const share = Math.min(1, width_px / ctx.measureText(text).width);
  ctx.font = fontOf(weight, Math.max(LEAST_PX, size_px * share));
  ctx.fillStyle = color;
  ctx.fillText(text, MARGIN_PX, y, width_px);
}

function fontOf(weight, size_px) {
  return `${weight} ${size_px}px ${FONT}`;
}
