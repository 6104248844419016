/** The colors of the style sheet, for what is drawn on a canvas; light or dark as the system is. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const SERIES_COLORS = 8;
/** Dashes tell series apart without color; in px. */
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

/** @returns {{[name: string]: string, series: string[]}} ink, muted, grid, surface, warn, bad, and `up` and `down` of candles */
export function theme() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const series = Array.from({ length: SERIES_COLORS }, (_, i) => color(`series-${i + 1}`));
  return { ink: color("ink"), muted: color("muted"), grid: color("grid"), surface: color("surface"), warn: color("warn"), bad: color("bad"), up: series[0], down: series[1], series };
}

/** The color of series `i`: its own, else the palette's. */
export function seriesColor(series, i, { series: palette }) {
  return series.color && CSS.supports("color", series.color) ? series.color : palette[i % palette.length];
}

export function seriesDash(i) {
  return DASHES[i % DASHES.length];
}

export function onThemeChange(redraw) {
  dark.addEventListener("change", redraw);
}

export function isDark() {
  return dark.matches;
}
