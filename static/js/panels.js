/** Which series share a panel. Pure. */

/** Up to this many series without a unit have a panel each. */
const ALONE_MAX = 24;
/** More lines than this in a panel that nobody has asked for cannot be told apart. */
const SHARED_MAX = 8;
/** Series of one unit share a panel as long as each still takes up a quarter of it. */
const STRETCH_MAX = 4;
/** In a lower panel a line cannot be read: the heading, what is plotted, and once the labels of time. */
const PANEL_MIN_PX = 26 + 40;
const TIMES_PX = 26;

/** Return how many panels, one at least, have room in a height. */
export function panelsWithin(height_px) {
  return Math.max(1, Math.floor((height_px - TIMES_PX) / PANEL_MIN_PX));
}

/**
 * Return the series of each panel, in their order.
 *
 * `auto` puts together what has the same unit and moves in the same range; what has no unit stands alone.
 *
 * @template {{unit: string}} S
 * @param {S[]} series
 * @param {"auto"|"single"|"stacked"} mode
 * @param {(one: S) => {min: number, max: number}} rangeOf - in view; NaN when there is nothing
 * @returns {S[][]}
 */
export function panelsOf(series, mode, rangeOf) {
  if (series.length === 0) return [];
  if (mode === "single") return [series];
  if (mode === "stacked") return series.map((one) => [one]);
  if (series.length > ALONE_MAX) return [...new Set(series.map(({ unit }) => unit))].map((unit) => series.filter((one) => one.unit === unit));
  const panels = [];
  for (const one of series) {
    const panel = one.unit && panels.find((other) => doesFit(one, other, rangeOf));
    if (panel) panel.push(one);
    else panels.push([one]);
  }
  return panels;
}

function doesFit(one, panel, rangeOf) {
  if (panel[0].unit !== one.unit || panel.length >= SHARED_MAX) return false;
  const ranges = [...panel, one].map(rangeOf);
  const span = Math.max(...ranges.map(({ max }) => max)) - Math.min(...ranges.map(({ min }) => min));
  // NaN, where there is nothing to go by, is no reason to share.
  return ranges.every(({ min, max }) => span <= STRETCH_MAX * (max - min));
}
