/** What the chart shows, in words: pure but for the catalogue. */

import { listed } from "./status.js";
import { number } from "./text.js";
import { say } from "./words.js";

/** Of the range between lowest and highest, what a series must have gone to rise or fall. */
const STEADY_SHARE = 0.1;
/** More series than this are too many to be read aloud; how many more there are is. */
const SERIES_MAX = 8;

/**
 * Return a sentence for each series that is shown: newest value, lowest, highest, and where it goes.
 *
 * @param {string} title
 * @param {{name: string, label: string, unit: string}[]} series
 * @param {import("./view.js").View} view
 * @param {Set<string>} [hidden] - names
 */
export function chartText(title, series, view, hidden = new Set()) {
  const told = shownOf(series, view, hidden).map(([one, seen]) => seriesText(one, seen));
  return [say("say.chart", { title }), ...first(told)].join("; ");
}

/** Return the newest value of each series, to be said in passing. */
export function latestText(series, view, hidden = new Set()) {
  const told = shownOf(series, view, hidden).map(([{ label, unit }, { last = NaN, digits = 0 }]) =>
    say("say.latest", { label, last: withUnit(last, digits, unit) }));
  return listed(...first(told));
}

function shownOf(series, view, hidden) {
  return series.map((one, i) => [one, view.series[i] ?? {}]).filter(([{ name }]) => !hidden.has(name));
}

function first(told) {
  const more = told.length - SERIES_MAX;
  return more > 0 ? [...told.slice(0, SERIES_MAX), say("say.more", { n: more })] : told;
}

/** @returns {"say.rising"|"say.falling"|"say.steady"} */
export function wayOf({ first, last, min, max }) {
  const way = (last - first) / (max - min);
  if (!(Math.abs(way) >= STEADY_SHARE)) return "say.steady";
  return way > 0 ? "say.rising" : "say.falling";
}

function seriesText({ label, unit }, { first = NaN, last = NaN, min = NaN, max = NaN, digits = 0 }) {
  if (Number.isNaN(min)) return say("say.none", { label });
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
