/** The small piece of line that stands before a series' label. */

import { seriesDash } from "./theme.js";

const SVG = "http://www.w3.org/2000/svg";

export function keyOf(color, i) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "line");
  const geometry = { x1: 0, y1: 4, x2: 14, y2: 4, "stroke-width": 2, "stroke-dasharray": seriesDash(i).join(" ") };
  for (const [name, value] of Object.entries(geometry)) line.setAttribute(name, value);
  line.style.stroke = color;
  svg.setAttribute("class", "key");
  svg.setAttribute("viewBox", "0 0 14 8");
  svg.setAttribute("aria-hidden", "true");
  svg.append(line);
  return svg;
}
