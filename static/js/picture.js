/** A picture of the panes as they are drawn, with title, span and legend: one canvas, for a file. */

const MARGIN_PX = 16;
const TITLE_PX = 26;
const LINE_PX = 20;
const KEY_PX = 14;
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
  const height_px = 2 * MARGIN_PX + TITLE_PX + LINE_PX + panes.reduce((sum, pane) => sum + LINE_PX + pane.canvas.height / px, 0);
  [canvas.width, canvas.height] = [Math.ceil(width_px * px), Math.ceil(height_px * px)];
  const ctx = canvas.getContext("2d");
  ctx.scale(px, px);
  ctx.fillStyle = colors.surface;
  ctx.fillRect(0, 0, width_px, height_px);
  ctx.textBaseline = "middle";
  write(ctx, title, MARGIN_PX, MARGIN_PX + TITLE_PX / 2, `600 18px ${FONT}`, colors.ink);
  write(ctx, span, MARGIN_PX, MARGIN_PX + TITLE_PX + LINE_PX / 2, `12px ${FONT}`, colors.muted);
  let top = MARGIN_PX + TITLE_PX + LINE_PX;
  for (const pane of panes) {
    drawLegend(ctx, pane.legend, top + LINE_PX / 2, colors);
    ctx.drawImage(pane.canvas, MARGIN_PX, top + LINE_PX, pane.canvas.width / px, pane.canvas.height / px);
    top += LINE_PX + pane.canvas.height / px;
  }
  return canvas;
}

function drawLegend(ctx, legend, y, { ink }) {
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
    x += KEY_PX + 7 + write(ctx, label, x + KEY_PX + 7, y, `600 13px ${FONT}`, ink) + 18;
  }
}

function write(ctx, text, x, y, font, color) {
  ctx.font = font;
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
  return ctx.measureText(text).width;
}
