/**
 * The colors of the style sheet, for what is drawn on a canvas; and the theme they are of: light, dark,
 * or as the system is. A choice is kept by the browser; one in the address (`?theme=`) goes before it.
 */

import { themeOf } from "./theme-choice.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
/** Colors that the reader's system has chosen, for all pages. */
const forced = matchMedia("(forced-colors: active)");
const contrast = matchMedia("(prefers-contrast: more)");
const SERIES_COLORS = 8;
/** Dashes tell series apart without color; in px. */
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3]];
const KEPT = "chartserver.theme";
const changes = new EventTarget();

let chosen = themeOf(new URLSearchParams(location.search).get("theme")) ?? themeOf(kept()) ?? "system";
let isOnPaper = false;
let colors = null;
mark();
for (const query of [dark, forced, contrast]) query.addEventListener("change", tell);

/** @returns {{[name: string]: string, series: string[]}} ink, muted, grid, surface, warn, bad, and `up` and `down` of candles */
export function theme() {
  // To look them up takes as long as to draw a line.
  colors ??= found();
  return colors;
}

function found() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => resolved(style.getPropertyValue(`--${name}`).trim());
  const series = Array.from({ length: SERIES_COLORS }, (_, i) => color(`series-${i + 1}`));
  const named = ["ink", "muted", "grid", "surface", "warn", "bad"].map((name) => [name, color(name)]);
  return { ...Object.fromEntries(named), up: series[0], down: series[1], series };
}

/** What any canvas can draw with: mixed colors, and those of the system such as CanvasText, have their value in the page alone. */
function resolved(color) {
  if (/^#|^$/.test(color)) return color;
  const probe = document.createElement("i");
  probe.style.cssText = `forced-color-adjust: none; color: ${color}`;
  document.body.append(probe);
  const { color: value } = getComputedStyle(probe);
  probe.remove();
  return value;
}

/** The color of series `i`: its own, else the palette's; where colors are forced, only the palette's. */
export function seriesColor(series, i, { series: palette }) {
  return series.color && !forced.matches && CSS.supports("color", series.color) ? series.color : palette[i % palette.length];
}

export function seriesDash(i) {
  return DASHES[i % DASHES.length];
}

export function onThemeChange(redraw) {
  changes.addEventListener("change", redraw);
}

export function isDark() {
  return !isOnPaper && (chosen === "dark" || (chosen === "system" && dark.matches));
}

/** "light", "dark" or "system". */
export function chosenTheme() {
  return chosen;
}

/** Take a theme; `isKept`: for the next time, too. */
export function chooseTheme(wanted, isKept = true) {
  if (isKept) keep(wanted);
  chosen = wanted;
  mark();
  tell();
}

/** Paper is light, whatever the screen is. */
export function putOnPaper(isSo) {
  if (isOnPaper === isSo) return;
  isOnPaper = isSo;
  mark();
  tell();
}

function mark() {
  const { dataset } = document.documentElement;
  if (isOnPaper) dataset.theme = "light";
  else if (chosen === "system") delete dataset.theme;
  else dataset.theme = chosen;
}

function tell() {
  colors = null;
  changes.dispatchEvent(new Event("change"));
}

// In a frame of another site there may be nothing to keep it in.
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(wanted) {
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // It holds for as long as the page is open.
  }
}
