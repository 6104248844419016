/** What the chart shows, in words: pure but for the catalogue. */

import { number } from "./text.js";
import { say } from "./words.js";

/** Of the range between lowest and highest, what a series must have gone to rise or fall. */
const STEADY_SHARE = 0.1;
/** More series than this are too many to be read aloud. */
const SERIES_MAX = 8;

/**
 * Return a sentence for each series: newest value, lowest, highest, and where it goes.
 *
 * @param {string} title
 * @param {{label: string, unit: string}[]} series
 * @param {import("./view.js").View} view
 */
export function chartText(title, series, view) {
  const told = series.slice(0, SERIES_MAX).map((one, i) => seriesText(one, view.series[i] ?? {}));
  return [say("say.chart", { title }), ...told].join("; ");
}

/** Return the newest value of each series, to be said in passing. */
export function latestText(series, view) {
  return series.slice(0, SERIES_MAX).map(({ label, unit }, i) => {
    const { last = NaN, digits = 0 } = view.series[i] ?? {};
    return say("say.latest", { label, last: withUnit(last, digits, unit) });
  }).reduce((items, item) => say("status.list", { items, item }));
}

/** @returns {"say.rising"|"say.falling"|"say.steady"} */
export function wayOf({ first, last, min, max }) {
  const way = (last - first) / (max - min);
  if (!(Math.abs(way) >= STEADY_SHARE)) return "say.steady";
  return way > 0 ? "say.rising" : "say.falling";
}

function seriesText({ label, unit }, { first = NaN, last = NaN, min = NaN, max = NaN, digits = 0 }) {
  return say("say.series", {
    label,
    last: withUnit(last, digits, unit),
    min: number(min, digits),
    max: number(max, digits),
    trend: say(wayOf({ first, last, min, max })),
  });
}

function withUnit(value, digits, unit) {
  return [number(value, digits), unit].filter(Boolean).join(" ");
}
