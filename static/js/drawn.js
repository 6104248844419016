/**
 * What one pane has drawn: the values that uPlot was given of what is in view, and where they stand. Pure.
 *
 * It is worked out when somebody asks, for `dump`; drawing costs nothing more for it.
 */

/**
 * @param {uPlot|null} u
 * @param {{series: {name: string}[], view: import("./view.js").View}} pane
 * @returns {{series: string[], t: number[], y: (number|null)[][], x_px: number[], y_px: (number|null)[][]}} places
 *   in px of the canvas, from its left and top
 */
export function drawnOf(u, { series, view }) {
  const names = series.map(({ name }) => name);
  if (!u) return { series: names, t: [], y: [], x_px: [], y_px: [] };
  const [t, ...y] = u.data.map((row) => Array.from(row.subarray(view.from, view.to)));
  const known = (value, of = (one) => one) => (Number.isNaN(value) ? null : of(value));
  return {
    series: names,
    t,
    y: y.map((row) => row.map((value) => known(value))),
    x_px: t.map((time_ms) => u.valToPos(time_ms, "x", true)),
    y_px: y.map((row) => row.map((value) => known(value, (one) => u.valToPos(one, "y", true)))),
  };
}
